#!/bin/sh
# run.sh BASE_URL FILE.hurl [HURL OPTIONS]: runs hurl with a token for that server, and not without one.
headers=$(jwt-credential headers --for "$1") || exit
header() { printf '%s\n' "$headers" | sed -n "s/^$1: //p"; }

# The process list does not show the environment, and hurl shows no secret.
HURL_SECRET_authorization=$(header Authorization)
HURL_VARIABLE_api_key=$(header x-api-key)
HURL_VARIABLE_org_id=$(header x-gw-ims-org-id)
HURL_VARIABLE_base_url=$1
export HURL_SECRET_authorization HURL_VARIABLE_api_key HURL_VARIABLE_org_id HURL_VARIABLE_base_url
shift
exec hurl "$@"
