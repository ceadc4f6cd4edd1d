#!/bin/sh
# refresh.sh BASE_URL: writes a token for that server to .env (VS Code's REST Client) and http-client.private.env.json
# (JetBrains), both 0600, for the .http files beside this script. Without a token it leaves neither file, so that no
# request can be sent: the server's name is also in them.
set -eu
cd "$(dirname "$0")"
rm -f .env http-client.private.env.json
headers=$(jwt-credential headers --for "$1")
header() { printf '%s\n' "$headers" | sed -n "s/^$1: //p"; }

umask 077
cat >.env <<END
BASE_URL=$1
AUTHORIZATION=$(header Authorization)
API_KEY=$(header x-api-key)
IMS_ORG=$(header x-gw-ims-org-id)
END
cat >http-client.private.env.json <<END
{
  "jwt-credential": {
    "BASE_URL": "$1",
    "AUTHORIZATION": "$(header Authorization)",
    "API_KEY": "$(header x-api-key)",
    "IMS_ORG": "$(header x-gw-ims-org-id)"
  }
}
END
