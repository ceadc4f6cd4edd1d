#!/usr/bin/env bash
# 27-javascript.sh DIR: yarn 1, bun and mcp-remote (npm, in DIR/node), and yarn 4 as `yarn4`, in a tree of its own.
set -euo pipefail
dir=$1

node=$dir/node
mkdir -p "$node/node_modules/.bin" "$dir/yarn4"
missing=()
for package in yarn@1 bun mcp-remote; do
    [[ -d $node/node_modules/${package%@*} ]] || missing+=("$package")
done
if ((${#missing[@]})); then
    npm install --silent --no-audit --no-fund --prefix "$node" "${missing[@]}"
fi
if [[ ! -e $dir/yarn4/node_modules/.bin/yarn ]]; then
    npm install --silent --no-audit --no-fund --prefix "$dir/yarn4" @yarnpkg/cli-dist@4
fi
ln -sfn "$dir/yarn4/node_modules/.bin/yarn" "$node/node_modules/.bin/yarn4"
