#!/usr/bin/env bash
# 45-adobe-clients.sh DIR: Adobe's own clients of IMS, each language in a tree of its own (umapi-client pins old
# versions). `adobe-node` and `adobe-python` run a script that can import them.
set -euo pipefail
python=$1/python
tree=$1/adobe

[[ -x $python/bin/pip ]] || python3 -m venv "$python"
if [[ ! -x $python/bin/adobe-python ]]; then
    python3 -m venv "$tree/python"
    "$tree/python/bin/pip" install --quiet --disable-pip-version-check umapi-client aepp
    printf '#!/bin/sh\nexec %q "$@"\n' "$tree/python/bin/python" >"$tree/adobe-python"
    chmod +x "$tree/adobe-python"
    ln -sfn "$tree/adobe-python" "$python/bin/adobe-python"
fi
if [[ ! -x $python/bin/adobe-node ]]; then
    mkdir -p "$tree/node"
    npm install --silent --no-audit --no-fund --prefix "$tree/node" \
        @adobe/jwt-auth @adobe/aio-lib-ims @adobe/aio-lib-ims-jwt @adobe/aio-lib-core-auth @adobe/auth-token \
        @adobe/aem-headless-client-nodejs @adobe/firefly-services-common-apis @adobe/spacecat-shared-ims-client
    # A module finds its imports from the directory that it runs in.
    printf '#!/bin/sh\ncd %q && exec node --input-type=module "$@"\n' "$tree/node" >"$tree/adobe-node"
    chmod +x "$tree/adobe-node"
    ln -sfn "$tree/adobe-node" "$python/bin/adobe-node"
fi
