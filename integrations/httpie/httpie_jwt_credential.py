"""HTTPie asks jwt-credential for the headers of each request: http -A jwt-credential [-a PROFILE] URL"""

import json
import subprocess
from urllib.parse import urljoin, urlsplit

from httpie import __version__
from httpie.plugins import AuthPlugin
from requests.auth import AuthBase

# HTTPie's defaults. A profile's headers replace them.
HTTPIE_DEFAULTS = {"*/*", "application/json, */*;q=0.5", f"HTTPie/{__version__}"}


class NoToken(Exception):
    """The request must not be sent. jwt-credential has written the reason to standard error."""


class JwtCredential(AuthPlugin):
    name = "jwt-credential"
    description = "Adobe IMS and other access tokens; -a chooses the profile, by default the one that lists the server"
    auth_type = "jwt-credential"
    auth_require = False
    auth_parse = False
    prompt_password = False

    def get_auth(self, username=None, password=None):
        return Headers(self.raw_auth)


class Headers(AuthBase):
    """Sets the headers on a request. It gets them each time, so that a session file has no token."""

    def __init__(self, profile):
        self.profile = profile

    def __call__(self, request):
        origin = origin_of(request.url)
        ours = []
        for name, value in ask(origin, self.profile).items():
            if set_by_user(request.headers.get(name)) is None:
                request.headers[name] = Hidden(value) if name.lower() == "authorization" else value
                ours.append(name)

        def redirected(response, **_):
            location = response.headers.get("location", "")
            if response.is_redirect and not urljoin(response.url, location).startswith(origin):
                for name in ours:
                    response.request.headers.pop(name, None)

        request.register_hook("response", redirected)
        return request


class Hidden(str):
    """A header's value that HTTPie sends but does not show."""

    def __format__(self, _):
        return "Bearer ***"


def origin_of(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def set_by_user(value):
    """The value that the user set, or None if it is HTTPie's default."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return None if text in HTTPIE_DEFAULTS else text


def ask(url, profile):
    command = ["jwt-credential", "json", f"--for={url}"]
    if profile:
        command.append(f"--profile={profile}")
    try:
        # It inherits standard error for its messages and for the prompt for a passphrase.
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except OSError as error:
        raise NoToken(f"jwt-credential cannot be run ({error.strerror}); no request was sent")
    if answer.returncode != 0:
        raise NoToken(f"jwt-credential ended with exit code {answer.returncode}; no request was sent")
    try:
        return json.loads(answer.stdout)["headers"]
    except (ValueError, KeyError, TypeError):
        # The cause would quote the output.
        raise NoToken("jwt-credential printed no headers; no request was sent") from None
