"""PyPI's Authlib as an issuer: authlib_issuer.py PORT PUBLIC_KEY. It validates JWTs by its own code (RFC 7523)."""

import sys

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from flask import Flask
from joserfc.jwk import ECKey, RSAKey

PORT, KEY_FILE = int(sys.argv[1]), sys.argv[2]
URL = f"http://127.0.0.1:{PORT}/token"
with open(KEY_FILE, encoding="ascii") as file:
    PEM = file.read()
KEY = (RSAKey if "MIIB" in PEM else ECKey).import_key(PEM)


class Client(ClientMixin):
    client_id = "my-client"

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in ("read", "write"))

    def check_client_secret(self, secret):
        return secret == "authlib-secret"

    def check_endpoint_auth_method(self, method, endpoint):
        return True

    def check_grant_type(self, grant_type):
        return True


CLIENT = Client()


class Bearer(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return CLIENT if issuer == CLIENT.client_id else None

    def resolve_client_public_key(self, client):
        return KEY

    def authenticate_user(self, subject):
        return subject if subject == "user-1" else None

    def has_granted_permission(self, client, user):
        return True

    def get_audiences(self):
        return [URL]


class Credentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "client_assertion_jwt"]


class Assertion(JWTBearerClientAssertion):
    used = set()

    def validate_jti(self, claims, jti):
        is_new = jti not in self.used
        self.used.add(jti)
        return is_new

    def resolve_client_public_key(self, client, headers=None):
        return KEY

    def get_audiences(self):
        return [URL]


app = Flask(__name__)
server = AuthorizationServer(
    app, query_client=lambda client_id: CLIENT if client_id == CLIENT.client_id else None, save_token=lambda token, request: None
)
server.register_grant(Bearer)
server.register_grant(Credentials)
server.register_client_auth_method("client_assertion_jwt", Assertion(URL))
app.add_url_rule("/token", "token", server.create_token_response, methods=["POST"])
print("ready", flush=True)
app.run("127.0.0.1", PORT)
