"""The client assertion that msal signs: msal_assertion.py KEY CERTIFICATE TENANT CLIENT."""

import sys

import msal

key, certificate, tenant, client = sys.argv[1:]


class Endpoint:
    """In place of the network."""

    class Answer:
        def __init__(self, text):
            self.status_code, self.text, self.headers = 200, text, {}

        def raise_for_status(self):
            pass

    def get(self, url, **_):
        base = f"https://login.microsoftonline.com/{tenant}"
        return self.Answer(
            f'{{"issuer":"{base}/v2.0","token_endpoint":"{base}/oauth2/v2.0/token",'
            f'"authorization_endpoint":"{base}/oauth2/v2.0/authorize"}}'
        )

    def post(self, url, data=None, **_):
        assertion = data["client_assertion"]
        print(assertion.decode() if isinstance(assertion, bytes) else assertion)
        return self.Answer('{"access_token":"t","token_type":"Bearer","expires_in":3599}')

    def close(self):
        pass


with open(key, encoding="ascii") as file:
    private_key = file.read()
with open(certificate, encoding="ascii") as file:
    public = file.read()
app = msal.ConfidentialClientApplication(
    client,
    authority=f"https://login.microsoftonline.com/{tenant}",
    client_credential={"private_key": private_key, "public_certificate": public},
    http_client=Endpoint(),
)
app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
