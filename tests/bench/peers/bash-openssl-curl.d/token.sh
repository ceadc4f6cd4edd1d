#!/usr/bin/env bash
# Prints the cached access token, or requests one and caches it.
set -euo pipefail
cache=$BENCH_CACHE/token

# The cache has two lines, which the shell reads without another program: the expiry and the token.
cached() {
    local expires_at token
    [[ -e $cache ]] && { read -r expires_at && read -r token; } <"$cache" &&
        ((expires_at > EPOCHSECONDS + 60)) && printf '%s\n' "$token"
}

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

cached && exit

umask 077
mkdir -p "$BENCH_CACHE"
exec 9>"$BENCH_CACHE/lock"
flock 9
cached && exit # another process requested it while this one waited

claims=$(jq -cn --argjson now "$EPOCHSECONDS" '{
    iss: env.BENCH_ORG_ID,
    sub: env.BENCH_TECHNICAL_ACCOUNT_ID,
    aud: "\(env.BENCH_IMS)/c/\(env.BENCH_CLIENT_ID)",
    exp: ($now + 300)
} + (env.BENCH_METASCOPES / "," | map({"\(env.BENCH_IMS)/s/\(.)": true}) | add)')
unsigned=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url).$(printf '%s' "$claims" | base64url)
signature=$(printf '%s' "$unsigned" | openssl dgst -sha256 -sign "$BENCH_KEY" -binary | base64url)

# Through standard input, because all users can read the arguments of a process.
jq -rn '"client_id=\(env.BENCH_CLIENT_ID | @uri)&client_secret=\(env.BENCH_CLIENT_SECRET | @uri)&jwt_token=\(input)"' \
    <<<"\"$unsigned.$signature\"" |
    curl --fail --silent --show-error --max-time 30 --data @- "$BENCH_IMS/ims/exchange/jwt" |
    jq -er --argjson now "$EPOCHSECONDS" '($now + .expires_in / 1000 | floor), .access_token' >"$cache.new"
mv "$cache.new" "$cache"
cached
