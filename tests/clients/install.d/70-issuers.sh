#!/usr/bin/env bash
# 70-issuers.sh DIR: issuers and signers of others. npm's oidc-provider, and PyPI's Authlib, google-auth and msal.
# `issuer-node` and `issuer-python` run a script that can import them.
set -euo pipefail
python=$1/python
tree=$1/issuers

[[ -x $python/bin/pip ]] || python3 -m venv "$python"
if [[ ! -x $python/bin/issuer-python ]]; then
    python3 -m venv "$tree/python"
    "$tree/python/bin/pip" install --quiet --disable-pip-version-check Authlib flask joserfc google-auth requests msal
    printf '#!/bin/sh\nexec %q "$@"\n' "$tree/python/bin/python" >"$tree/issuer-python"
    chmod +x "$tree/issuer-python"
    ln -sfn "$tree/issuer-python" "$python/bin/issuer-python"
fi
if [[ ! -x $python/bin/issuer-node ]]; then
    mkdir -p "$tree/node"
    npm install --silent --no-audit --no-fund --prefix "$tree/node" oidc-provider@9
    # A module finds its imports from its own directory.
    printf '#!/bin/sh\ncp "$1" %q/script.mjs\nshift\nexec node %q/script.mjs "$@"\n' "$tree/node" "$tree/node" >"$tree/issuer-node"
    chmod +x "$tree/issuer-node"
    ln -sfn "$tree/issuer-node" "$python/bin/issuer-node"
fi
