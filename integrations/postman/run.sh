#!/usr/bin/env bash
# run.sh BASE_URL [NEWMAN OPTIONS]: runs the collection with a token for that server. Without one, it sends nothing.
collection=$(dirname "$0")/adobe.postman_collection.json
exec newman run "$collection" -e <(jwt-credential postman --for "$1") --env-var "BASE_URL=$1" "${@:2}"
