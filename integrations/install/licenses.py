"""licenses.py TRIPLE DIR: copies the licence texts of all crates that are linked into the program into DIR."""

import json
import pathlib
import shutil
import subprocess
import sys

triple, directory = sys.argv[1], pathlib.Path(sys.argv[2])
command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", triple]
metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}

linked, waiting = set(), [metadata["resolve"]["root"]]
while waiting:
    identifier = waiting.pop()
    if identifier in linked:
        continue
    linked.add(identifier)
    for dependency in nodes[identifier]["deps"]:
        # The kind of a normal dependency is null.
        if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])
linked.remove(metadata["resolve"]["root"])

lines = []
for package in sorted((packages[identifier] for identifier in linked), key=lambda package: package["id"]):
    name = f"{package['name']}-{package['version']}"
    lines.append(f"{name}: {package['license']}, {package['repository'] or 'https://crates.io/crates/' + package['name']}\n")
    source = pathlib.Path(package["manifest_path"]).parent
    for text in sorted(source.iterdir()):
        if text.is_file() and text.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE")):
            (directory / name).mkdir(exist_ok=True)
            shutil.copyfile(text, directory / name / text.name)
(directory / "THIRD-PARTY.txt").write_text("".join(lines))
