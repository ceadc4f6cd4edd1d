#!/usr/bin/env bash
# The aws command, which a job reads its secret with. One that is on the PATH stays.
set -euo pipefail
dir=$1

if [[ ! -x $dir/python/bin/aws ]] && ! command -v aws >/dev/null; then
    [[ -x $dir/python/bin/pip ]] || python3 -m venv "$dir/python"
    "$dir/python/bin/pip" install --quiet --disable-pip-version-check awscli
fi
