"""git_server.py DIR SCHEMES [USER:PASSWORD]: serves the repositories in DIR by git's own http-backend to requests with an
Authorization header of one of these schemes, and with this user and password if given. Prints its port, then the scheme
of each request, or `none`."""

import base64
import http.server
import os
import subprocess
import sys

ROOT, SCHEMES = sys.argv[1], sys.argv[2].split(",")
ONLY = ["Basic " + base64.b64encode(user.encode()).decode() for user in sys.argv[3:]]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_GET(self):
        body = self.body()
        scheme = self.headers.get("Authorization", "none").split(" ")[0]
        print(scheme, flush=True)
        if scheme not in SCHEMES or (ONLY and self.headers.get("Authorization") not in ONLY):
            return self.answer(401, [("WWW-Authenticate", f'{scheme} realm="git"') for scheme in SCHEMES], b"")
        path, _, query = self.path.partition("?")
        environment = dict(
            os.environ, GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL="1", REMOTE_USER="me", PATH_INFO=path,
            QUERY_STRING=query, REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type", ""),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""), CONTENT_LENGTH=str(len(body)),
        )
        ran = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE)
        head, _, rest = ran.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((value for name, value in headers if name == "Status"), "200").split(" ")[0]
        return self.answer(int(status), [pair for pair in headers if pair[0] != "Status"], rest)

    do_POST = do_GET

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers + [("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
