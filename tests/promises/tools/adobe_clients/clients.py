"""Gets a token with each of Adobe's Python clients, unchanged, and prints `CLIENT TOKEN` for each."""

import json
import os

import urllib3.util.connection as connection

# The mock's profile, and a TLS proxy in front of the mock.
mock = json.loads(os.environ["MOCK"])
jwt, scopes = mock["jwt"], mock["scopes"]
with open(mock["key"], encoding="utf-8") as file:
    private_key = file.read()

# The clients hard-code Adobe's host: it leads to the proxy, as an entry in /etc/hosts would have it.
connect = connection.create_connection
connection.create_connection = lambda _, *more, **options: connect(("127.0.0.1", mock["port"]), *more, **options)

from umapi_client import JWTAuth, OAuthS2S  # noqa: E402

own = f"localhost:{mock['port']}"
for host in ["ims-na1.adobelogin.com", "ims-na1-stg1.adobelogin.com", own]:
    for auth in [
        JWTAuth(jwt["org_id"], jwt["client_id"], jwt["client_secret"], jwt["technical_account_id"], private_key,
                auth_host=host),
        OAuthS2S(jwt["client_id"], jwt["client_secret"], auth_host=host),
    ]:
        auth.refresh_token()
        print(f"umapi-client at {host}", auth.token)

import aepp  # noqa: E402
from aepp import connector  # noqa: E402

for environment in ["prod", "stage"]:
    aepp.configure(org_id=jwt["org_id"], client_id=jwt["client_id"], secret=jwt["client_secret"],
                   tech_id=jwt["technical_account_id"], scopes=",".join(scopes), environment=environment)
    print(f"aepp at {environment}", connector.AdobeRequest().token)
