#!/bin/sh
# get.sh [-p PROFILE] URL [CURL OPTIONS]: prints an API's answer. Without a token, it fails and sends nothing.
profile=
if [ "$1" = -p ]; then
    profile=$2
    shift 2
fi
exec jwt-credential ${profile:+--profile "$profile"} --for "$1" curl -- -sS --fail-with-body "$@"
