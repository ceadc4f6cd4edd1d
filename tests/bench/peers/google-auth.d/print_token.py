"""Prints the cached access token, or requests one and caches it."""

import json
import os
import time

env = os.environ
CACHE = os.path.join(env["BENCH_CACHE"], "token.json")


def cached():
    try:
        with open(CACHE, encoding="utf-8") as file:
            entry = json.load(file)
    except (FileNotFoundError, ValueError):  # no file yet, or another process is writing it
        return None
    return entry["access_token"] if entry["expires_at"] > time.time() + 60 else None


def request():
    # Imported here because a cached token does not need them.
    from datetime import timezone

    from google.auth.transport.requests import Request
    from google.oauth2 import service_account

    with open(env["BENCH_KEY"], encoding="utf-8") as file:
        account = {
            "type": "service_account",
            "client_email": env["BENCH_TECHNICAL_ACCOUNT_ID"],
            "private_key": file.read(),
            "token_uri": env["BENCH_IMS"] + "/google",
        }
    scopes = env["BENCH_METASCOPES"].split(",")
    credentials = service_account.Credentials.from_service_account_info(account, scopes=scopes)
    credentials.refresh(Request())

    expires_at = credentials.expiry.replace(tzinfo=timezone.utc).timestamp()
    os.makedirs(env["BENCH_CACHE"], exist_ok=True)
    with open(os.open(CACHE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"access_token": credentials.token, "expires_at": expires_at}, file)
    return credentials.token


print(cached() or request())
