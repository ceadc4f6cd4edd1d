#!/usr/bin/env bash
# twine, hatch, poetry and ansible (pip, in DIR/publishers), and pdm (in DIR/pdm).
# They have a tree of their own: their dependencies bring a `keyring`, which must not be found in place of ours.
set -euo pipefail
dir=$1

[[ -x $dir/python/bin/pip ]] || python3 -m venv "$dir/python"
add() { # TREE PROGRAM REQUIREMENT...
    local tree=$dir/$1 program=$2
    [[ ! -x $dir/python/bin/$program ]] || return 0
    [[ -x $tree/bin/pip ]] || python3 -m venv "$tree"
    "$tree/bin/pip" install --quiet --disable-pip-version-check "${@:3}"
    ln -sfn "$tree/bin/$program" "$dir/python/bin/$program"
}
add publishers twine twine
add publishers hatch hatch
add publishers poetry poetry
add publishers ansible-playbook ansible-core
# pdm 2.29 does not run with unearth 0.18 and hishel 2, and admits both.
add pdm pdm pdm 'unearth<0.18' 'hishel<2'
