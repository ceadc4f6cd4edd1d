#!/bin/sh
# Prints the access token of the service account that the variables describe, without the user's own configuration. It
# contacts only the account's token_uri.
set -eu
key=$BENCH_CACHE/key.json
export CLOUDSDK_CONFIG="$BENCH_CACHE/config"
export CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE="$key"
export CLOUDSDK_AUTH_TOKEN_HOST="$BENCH_IMS/google"
export CLOUDSDK_CORE_DISABLE_PROMPTS=true
export CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true
export CLOUDSDK_CORE_CHECK_GCE_METADATA=false
export CLOUDSDK_METRICS_ENVIRONMENT=bench # otherwise it checks whether this is a Google machine
export CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true

if [ ! -e "$key" ]; then
    umask 077
    mkdir -p "$BENCH_CACHE"
    jq -n --rawfile key "$BENCH_KEY" '{
        type: "service_account",
        project_id: "bench",
        private_key_id: "bench",
        private_key: $key,
        client_id: env.BENCH_CLIENT_ID,
        client_email: env.BENCH_TECHNICAL_ACCOUNT_ID,
        token_uri: "\(env.BENCH_IMS)/google"
    }' >"$key.$$"
    mv "$key.$$" "$key"
fi
exec gcloud auth print-access-token
