"""Requests of applications over HTTP, by Python's own client."""

import http.client
import json

from scenarios import setting

KEY = "a-key-of-the-rest-checks"
ADMIN_TOKEN = "an-admin-token-of-tests"
#: Calls, an application that may ask for everything, and somebody who may see the numbers.
LINES = (*setting.LINES, f"api-key=app:{KEY}", f"admin-token={ADMIN_TOKEN}",
         "static-auth-secret=a secret of the rest checks")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.bytes = response.read()

    @property
    def json(self):
        return json.loads(self.bytes)

    @property
    def code(self):
        """What programs tell refusals apart by."""
        return self.json["error"]["code"]


def ask(context, method, path, bearer=None, body=None, fields=None):
    """One request; `body` is sent as JSON unless it is bytes."""
    head = dict(fields or {})
    if bearer is not None:
        head["Authorization"] = f"Bearer {bearer}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        head.setdefault("Content-Type", "application/json")
    if method == "POST" and body is None:
        head["Content-Length"] = "0"
    connection = http.client.HTTPConnection("127.0.0.1", context.port, timeout=5)
    try:
        connection.request(method, path, body=body, headers=head)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def serve(context, *lines, **keywords):
    """A daemon with calls, whose tokens this machine can make."""
    setting.foreign(context)
    return context.serve(*LINES, *lines, **keywords)


def minted(context, user, **order):
    """A token for a user, made by the daemon."""
    answer = ask(context, "POST", "/apiv2/tokens", KEY, {"user": user, **order})
    if answer.status != 201:
        raise RuntimeError(f"no token: {answer.status} {answer.bytes}")
    return answer.json["token"]
