# shellcheck shell=bash
# What the scripts beside this one share. Each of them is called as
#   NAME install DIR    puts the program there, and prints its name and version; ends with 77 where it cannot be had
#   NAME command DIR    prints what prints a token, a word on each line
#   NAME prepare        fills the cache of one that mints nothing
#   NAME about          prints what is known of it, as JSON
set -euo pipefail
peers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=${0##*/}

absent() {
    echo "$peer: $1" >&2
    exit 77
}

# Copies its sources, if these programs are there.
copy_where() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || absent "no $tool here"
    done
    cp "$peers/$peer.d"/* "$dir"
}

# Installs what package.json names.
npm_install() {
    copy_where node npm
    npm install --prefix "$dir" --no-package-lock --ignore-scripts --no-audit --no-fund >"$dir/install.log" 2>&1 ||
        absent "npm cannot install $1"
    echo "$peer $(node -p 'require(require("path").resolve(process.argv[1])).version' "$dir/node_modules/$1/package.json")"
}

# Installs what requirements.txt names.
pip_install() {
    copy_where python3
    { python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" install --disable-pip-version-check -r "$dir/requirements.txt"; } \
        >"$dir/install.log" 2>&1 || absent "pip cannot install $1"
    # The size is to be that of the packages.
    "$dir/venv/bin/pip" uninstall --quiet --yes pip setuptools >>"$dir/install.log" 2>&1
    echo "$peer $("$dir/venv/bin/python" -c 'from importlib.metadata import version as v; import sys; print(v(sys.argv[1]))' "$1")"
}

case ${1:?} in
install | command) dir=$(mkdir -p "${2:?}" && cd "$2" && pwd) ;;
esac
