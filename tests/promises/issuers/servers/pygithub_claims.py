"""Prints the JWT that PyGithub signs for an App: pygithub_claims.py APP KEY."""

import sys

from github import Auth

app, key = sys.argv[1:]
with open(key) as file:
    print(Auth.AppAuth(app, file.read()).create_jwt())
