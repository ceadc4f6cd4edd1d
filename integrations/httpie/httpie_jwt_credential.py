"""HTTPie asks jwt-credential for the headers of each request: http -A jwt-credential [-a PROFILE] URL"""

import json
import subprocess
from urllib.parse import urljoin, urlsplit

from httpie import __version__
from httpie.plugins import AuthPlugin
from requests.auth import AuthBase

# What HTTPie says where the user said nothing: a profile's own headers go before these.
OF_HTTPIE = {"*/*", "application/json, */*;q=0.5", f"HTTPie/{__version__}"}


class NoToken(Exception):
    """The request must not be sent. Why not is on standard error already, in jwt-credential's own words."""


class JwtCredential(AuthPlugin):
    name = "jwt-credential"
    description = "Adobe IMS and other access tokens; -a is the profile, else the one whose hosts list the server"
    auth_type = "jwt-credential"
    auth_require = False
    auth_parse = False
    prompt_password = False

    def get_auth(self, username=None, password=None):
        return Headers(self.raw_auth)


class Headers(AuthBase):
    """Sets the headers on a request. They are asked for each time, so that a session file has no token."""

    def __init__(self, profile):
        self.profile = profile

    def __call__(self, request):
        origin = origin_of(request.url)
        ours = []
        for name, value in ask(origin, self.profile).items():
            if shown(request.headers.get(name)) is None:
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
    """Goes to the server as it is, and is not shown where HTTPie prints a request."""

    def __format__(self, _):
        return "Bearer ***"


def origin_of(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def shown(value):
    """What the user set a header to; None where HTTPie did it."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return None if text in OF_HTTPIE else text


def ask(url, profile):
    command = ["jwt-credential", "json", f"--for={url}"]
    if profile:
        command.append(f"--profile={profile}")
    try:
        # Its standard error is ours: it says there what is wrong, and asks there for a passphrase.
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except OSError as error:
        raise NoToken(f"jwt-credential cannot be run ({error.strerror}); no request was sent")
    if answer.returncode != 0:
        raise NoToken(f"jwt-credential ended with exit code {answer.returncode}; no request was sent")
    try:
        return json.loads(answer.stdout)["headers"]
    except (ValueError, KeyError, TypeError):
        # Without the cause, which quotes what was read.
        raise NoToken("jwt-credential printed no headers; no request was sent") from None
