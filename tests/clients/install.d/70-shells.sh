#!/usr/bin/env bash
# The shells whose completions are tested, and man. Programs in PATH are not replaced.
set -euo pipefail

packages=()
want() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || packages+=("$2")
}
want zsh zsh
want fish fish
want man man-db
if ((${#packages[@]})); then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
