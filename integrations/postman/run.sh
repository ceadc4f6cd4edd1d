#!/usr/bin/env bash
# run.sh BASE_URL [NEWMAN OPTIONS]: the collection beside it, with a token for that server; without one, no request.
collection=$(dirname "$0")/adobe.postman_collection.json
exec newman run "$collection" -e <(jwt-credential postman --for "$1") --env-var "BASE_URL=$1" "${@:2}"
