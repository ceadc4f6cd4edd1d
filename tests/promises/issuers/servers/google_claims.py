"""The JWTs that google-auth signs with a service account's file, as JSON: google_claims.py FILE SCOPE AUDIENCE."""

import json
import sys

from google.auth import jwt
from google.oauth2 import service_account

path, scope, audience = sys.argv[1:]
account = service_account.Credentials.from_service_account_file(path, scopes=[scope])
token = service_account.IDTokenCredentials.from_service_account_file(path, target_audience=audience)
assertions = {
    "access": account._make_authorization_grant_assertion(),
    "id": token._make_authorization_grant_assertion(),
}
own = jwt.Credentials.from_service_account_file(path, audience=audience)
own.refresh(None)
assertions["self-signed"] = own.token
print(json.dumps({name: value.decode() if isinstance(value, bytes) else value for name, value in assertions.items()}))
