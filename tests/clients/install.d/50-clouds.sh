#!/usr/bin/env bash
# The aws command, with which a job reads its secret. One in PATH is not replaced.
set -euo pipefail
dir=$1

if [[ ! -x $dir/python/bin/aws ]] && ! command -v aws >/dev/null; then
    [[ -x $dir/python/bin/pip ]] || python3 -m venv "$dir/python"
    "$dir/python/bin/pip" install --quiet --disable-pip-version-check awscli
fi
