#!/usr/bin/env bash
# 30-kubernetes.sh DIR: lightkube and pykube-ng (pip, in DIR/kubernetes). `kube-python` runs a script that can import
# them.
set -euo pipefail
python=$1/python
tree=$1/kubernetes

[[ -x $python/bin/pip ]] || python3 -m venv "$python"
if [[ ! -x $python/bin/kube-python ]]; then
    python3 -m venv "$tree"
    "$tree/bin/pip" install --quiet --disable-pip-version-check lightkube pykube-ng
    printf '#!/bin/sh\nexec %q "$@"\n' "$tree/bin/python" >"$tree/kube-python"
    chmod +x "$tree/kube-python"
    ln -sfn "$tree/kube-python" "$python/bin/kube-python"
fi
