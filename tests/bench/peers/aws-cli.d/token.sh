#!/bin/sh
# Prints the session token that is in the cache, with nothing of the user's own configuration.
export AWS_CONFIG_FILE="$BENCH_CACHE/config"
export AWS_SHARED_CREDENTIALS_FILE="$BENCH_CACHE/credentials"
exec "${0%/*}/venv/bin/aws" configure get aws_session_token
