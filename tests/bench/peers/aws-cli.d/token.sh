#!/bin/sh
# Prints the session token in the cache, without the user's own configuration.
export AWS_CONFIG_FILE="$BENCH_CACHE/config"
export AWS_SHARED_CREDENTIALS_FILE="$BENCH_CACHE/credentials"
exec "${0%/*}/venv/bin/aws" configure get aws_session_token
