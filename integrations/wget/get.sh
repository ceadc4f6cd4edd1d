#!/bin/sh
# get.sh URL [WGET OPTIONS]: wget with all headers that the API wants; without a token, no request.
set -eu
headers=$(jwt-credential headers --for "$1")

# wget reads the headers from a file that has no name any more. It would send them to wherever it is redirected.
config=$(mktemp)
exec 3<"$config" 4>"$config"
rm -f "$config"
{
    echo 'max_redirect = 0'
    printf '%s\n' "$headers" | sed 's/^/header = /'
} >&4
exec 4>&-
exec wget --config=/dev/fd/3 "$@"
