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
    import jwt
    import requests

    ims, client_id = env["BENCH_IMS"], env["BENCH_CLIENT_ID"]
    claims = {
        "iss": env["BENCH_ORG_ID"],
        "sub": env["BENCH_TECHNICAL_ACCOUNT_ID"],
        "aud": f"{ims}/c/{client_id}",
        "exp": int(time.time()) + 300,
    }
    claims |= {f"{ims}/s/{scope}": True for scope in env["BENCH_METASCOPES"].split(",")}
    with open(env["BENCH_KEY"], encoding="utf-8") as file:
        assertion = jwt.encode(claims, file.read(), algorithm="RS256")

    form = {"client_id": client_id, "client_secret": env["BENCH_CLIENT_SECRET"], "jwt_token": assertion}
    response = requests.post(f"{ims}/ims/exchange/jwt", data=form, timeout=30)
    response.raise_for_status()
    answer = response.json()

    entry = {"access_token": answer["access_token"], "expires_at": time.time() + answer["expires_in"] / 1000}
    os.makedirs(env["BENCH_CACHE"], exist_ok=True)
    with open(os.open(CACHE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(entry, file)
    return entry["access_token"]


print(cached() or request())
