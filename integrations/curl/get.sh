#!/bin/sh
# get.sh [-p PROFILE] URL [CURL OPTIONS]: an API's answer, or an error and no request at all.
profile=
if [ "$1" = -p ]; then
    profile=$2
    shift 2
fi
exec jwt-credential ${profile:+--profile "$profile"} --for "$1" curl -- -sS --fail-with-body "$@"
