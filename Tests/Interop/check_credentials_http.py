"""TURN credentials over HTTP, asked with curl as applications do, and used."""

import json
import signal
import time

import stun
from check_turnutils import peer, relayed
from daemon import SECRET, rewrite
from harness import check, expect, tail

KEY = "a-key-for-tests-only"
LINES = (f"static-auth-secret={SECRET}", f"api-key=app:{KEY}")
BEARER = ("-H", f"Authorization: Bearer {KEY}")
BASIC = ("-u", f"app:{KEY}")
FIELDS = {"username", "password", "ttl", "uris"}

#: Every shape: method, path, arguments, status, and where user name and password are.
SHAPES = [
    ("GET", f"/turn?service=turn&username=carol&key={KEY}", (), 200, lambda it: it),
    ("POST", "/turn", ("-d", f"service=turn&username=carol&api={KEY}&key={KEY}"), 200,
     lambda it: it),
    ("GET", f"/turn/credentials?api={KEY}&username=carol", (), 200, lambda it: it),
    ("GET", "/_matrix/client/v3/voip/turnServer", BEARER, 200, lambda it: it),
    ("POST", "/v1/turn/keys/app/credentials/generate-ice-servers",
     (*BEARER, "-d", '{"ttl":86400}'), 201, lambda it: it["iceServers"][-1]),
    ("POST", "/v1/turn/keys/app/credentials/generate", (*BEARER, "-d", '{"ttl":86400}'), 201,
     lambda it: it["iceServers"]),
    ("POST", "/2010-04-01/Accounts/app/Tokens.json", (*BASIC, "-d", "Ttl=3600"), 201,
     lambda it: it["ice_servers"][-1]),
    ("PUT", "/_turn/lobby", (*BASIC, "-d", '{"format":"urls","expire":3600}'), 200,
     lambda it: it["v"]["iceServers"]),
    ("GET", "/apiv2/ice-servers?user=carol", BEARER, 200, lambda it: it["iceServers"][-1]),
]


def curl(context, method, path, *arguments):
    """(status, fields, body as JSON) of one request."""
    code, output = context.run(
        "curl", "-sS", "-i", "-m", 5, "-X", method, *arguments,
        f"http://127.0.0.1:{context.port}{path}")
    expect(code == 0, tail(output))
    head, _, body = output.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.split("\n")
    fields = dict(line.split(": ", 1) for line in lines)
    return int(first.split(" ")[1]), fields, json.loads(body) if body else None


@check("credentials over HTTP: every shape is issued and relays", only="turnstone", seconds=90)
def shapes(context):
    context.serve(*LINES, "rfc5766-channel-numbers")
    flags = peer(context)
    accounts = set()
    for method, path, arguments, wanted, find in SHAPES:
        status, fields, body = curl(context, method, path, *arguments)
        expect(status == wanted, f"{method} {path}: {status} {body}")
        expect(fields["cache-control"] == "no-store", f"{fields}")
        expect("access-control-allow-origin" not in fields, "CORS without being asked")
        entry = find(body)
        password = entry.get("credential") or entry["password"]
        name = entry["username"]
        expect(password == stun.rest_credential(SECRET, name), f"{path}: not the HMAC of the name")
        if "carol" in path + str(arguments):
            accounts.add(name.split(":")[1])
        relayed(context, "-c", *flags, user=name, password=password, messages=5)
    expect(len(accounts) == 1, f"one user has {len(accounts)} accounts")


@check("credentials over HTTP: the account is that of `credentials issue`", only="turnstone")
def account(context):
    server = context.serve(*LINES, "public-name=turn.example.org")
    issued = server.json("credentials", "issue", "--user", "carol", "--ttl", "12h")
    status, _, body = curl(context, "GET", f"/turn?username=carol&key={KEY}")
    expect(status == 200 and set(body) == FIELDS, f"{status} {body}")
    expect(body["username"].split(":")[1] == issued["username"].split(":")[1], "other accounts")
    expect(body["ttl"] == 43200, f"{body['ttl']}")
    expect(f"turn:turn.example.org:{context.port}?transport=udp" in body["uris"], f"{body}")
    urls = [url for url in issued["urls"] if url.startswith("turn")]
    expect(urls == body["uris"], f"{urls} and {body['uris']}")


@check("credentials over HTTP: nothing without a key, no key, a wrong one", only="turnstone")
def refusals(context):
    server = context.serve(f"static-auth-secret={SECRET}")
    for method, path, arguments, _, _ in SHAPES:
        status, _, _ = curl(context, method, path, *arguments)
        expect(status == 404, f"{method} {path}: {status}")
    expect(curl(context, "GET", "/healthz")[0] == 200, "not healthy")
    expect(curl(context, "GET", "/readyz")[0] == 200, "not ready")
    # A reload brings keys, and takes them away.
    rewrite(server, lines_in=(f"api-key=app:{KEY}",))
    server.signal(signal.SIGHUP)
    path = "/apiv2/ice-servers"
    expect(until(lambda: curl(context, "GET", path, *BEARER)[0] == 200), "the key is not taken")
    expect(curl(context, "GET", path)[0] == 403, "no key is good")
    expect(curl(context, "GET", path, "-H", "Authorization: Bearer wrong")[0] == 403, "wrong")
    status, fields, _ = curl(context, "DELETE", path, *BEARER)
    expect(status == 405 and fields["allow"] == "GET, HEAD, OPTIONS", f"{status} {fields}")
    expect(curl(context, "GET", path + "?ttl=x", *BEARER)[0] == 400, "a ttl of x")
    rewrite(server, lines_out=(f"api-key=app:{KEY}",))
    server.signal(signal.SIGHUP)
    expect(until(lambda: curl(context, "GET", path, *BEARER)[0] == 404), "the key is still good")
    expect(KEY not in server.log(), "a key stands in the log")


@check("credentials over HTTP: a user who asks too often, and a page of another origin",
       only="turnstone")
def bounds(context):
    context.serve(*LINES, "cors-origin=https://app.example.org")
    path = f"/turn?username=carol&key={KEY}"
    page = ("-H", "Origin: https://app.example.org")
    statuses = [curl(context, "GET", path, *page)[0] for _ in range(6)]
    expect(statuses == [200] * 6, f"{statuses}")
    status, fields, _ = curl(context, "GET", path, *page)
    expect(status == 429 and fields["retry-after"] == "10", f"{status} {fields}")
    expect(fields["access-control-allow-origin"] == "https://app.example.org", f"{fields}")
    _, fields, _ = curl(context, "GET", f"/turn?key={KEY}", "-H", "Origin: https://evil.example")
    expect("access-control-allow-origin" not in fields, f"{fields}")


@check("credentials over HTTP: every path is described", only="turnstone")
def described(context):
    context.serve(*LINES)
    status, _, document = curl(context, "GET", "/apiv2/openapi.json")
    expect(status == 200 and document["openapi"].startswith("3.1"), f"{status}")
    for method, path, _, wanted, _ in SHAPES:
        parts = path.split("?")[0].split("/")
        found = [
            item for name, item in document["paths"].items()
            if len(name.split("/")) == len(parts)
            and all(a == b or a.startswith("{") for a, b in zip(name.split("/"), parts))]
        expect(len(found) == 1, f"{path}: {len(found)} descriptions")
        expect(str(wanted) in found[0][method.lower()]["responses"], f"{path}: no {wanted}")


def until(holds, seconds=5):
    """Whether it came to hold in time."""
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at:
        if holds():
            return True
        time.sleep(0.1)
    return False
