"""The admin API over HTTPS: what the socket answers, for whoever has the token, and only in TLS."""

import asyncio
import http.client
import json
import socket
import ssl
import time

import certificates
import stun
from check_relay import peer_socket
from check_requests import ALICE
from daemon import SECRET, rewrite
from harness import check, expect
from rest import Answer
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, RING, Talk

TOKEN = "the-operator-alone-knows-this"
#: What is another a moment later.
MOVING = ("ageSeconds", "firstSecondsAgo", "lastSecondsAgo", "uptimeSeconds", "seconds",
          "expiresInSeconds", "idleSeconds", "activeSeconds", "tokenExpiresInSeconds",
          "bannedSeconds", "rate", "streams", "expiresAt", "username", "credential")


def request(connection, method, path, body, fields):
    content = None if body is None else json.dumps(body).encode()
    if content is None and method in ("POST", "PUT"):
        content = b""
    try:
        connection.request(method, path, body=content, headers=fields)
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Site:
    """A daemon with a certificate and an admin token, and both ways to it."""

    def __init__(self, context, *lines, token=TOKEN, **keywords):
        self.context = context
        self.pair = certificates.Pair(context)
        if token:
            lines = (*lines, f"admin-token={token}")
        self.server = context.serve(*self.pair.lines, *lines, **keywords)

    def over_socket(self, method, path, body=None):
        return request(Unix(self.server.socket_path), method, path, body, {})

    def over_https(self, method, path, body=None, token=TOKEN, **fields):
        trust = ssl.create_default_context(cafile=self.pair.certificate)
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        return request(
            http.client.HTTPSConnection("127.0.0.1", self.context.port, timeout=10, context=trust),
            method, path, body, fields)

    def over_http(self, method, path, body=None, token=TOKEN, fields=None):
        fields = {"Authorization": f"Bearer {token}", **(fields or {})}
        return request(
            http.client.HTTPConnection("127.0.0.1", self.context.port, timeout=10),
            method, path, body, fields)


def still(value):
    """An answer without what moves by itself."""
    if isinstance(value, dict):
        return {name: None if name in MOVING else still(part) for name, part in value.items()}
    return [still(part) for part in value] if isinstance(value, list) else value


def same(site, method, path, body=None, status=200):
    """Asks both ways; the answers must be equal but for what moves. Returns that over HTTPS."""
    ours = site.over_socket(method, f"/v1/{path}", body)
    theirs = site.over_https(method, f"/admin/api/v1/{path}", body)
    expect(ours.status == theirs.status == status,
           f"{method} {path}: {ours.status} and {theirs.status}, not {status}")
    kinds = [answer.fields["content-type"] for answer in (ours, theirs)]
    expect(kinds[0] == kinds[1], f"{method} {path}: {kinds}")
    expect(theirs.fields["cache-control"] == "no-store", f"{path} may be kept: {theirs.fields}")
    expect("access-control-allow-origin" not in theirs.fields, f"{path} is for any page")
    if kinds[0] != "application/json":
        return theirs
    expect(still(ours.json) == still(theirs.json),
           f"{method} {path}:\n{ours.json}\n{theirs.json}")
    return theirs


@check("admin https: every resource is as the socket has it", only="turnstone")
def resources(context):
    site = Site(context, "use-auth-secret", f"static-auth-secret={SECRET}", "user-quota=2",
                "workers=2")
    client = site.server.client(**ALICE)
    relay = client.allocated()
    peer_at = peer_socket(context)
    expect(client.bind_channel(0x4123, peer_at.getsockname()).is_success, "no channel")
    client.send_channel(0x4123, b"u" * 100)
    expect(peer_at.recv(200), "nothing was relayed")
    refused = site.server.client(user="alice", password="wrong")
    refused.allocate()
    expect(same(site, "GET", "status").json["allocations"]["current"] == 1, "not one allocation")
    listed = same(site, "GET", "allocations").json["allocations"]
    expect(listed[0]["relays"][0]["advertised"] == f"{relay[0]}:{relay[1]}", f"{listed}")
    mine = listed[0]["id"]
    same(site, "GET", f"allocations/{mine}")
    same(site, "GET", "allocations?user=alice&sort=rate&limit=1")
    same(site, "GET", "allocations?usr=alice", status=400)
    same(site, "GET", "users?by=traffic")
    same(site, "GET", "reports")
    same(site, "GET", "reports/1", status=404)
    causes = same(site, "GET", "refusals?code=401").json["refusals"]
    expect(causes and "password" in causes[0]["cause"], f"{causes}")
    same(site, "GET", "calls", status=409)
    same(site, "GET", "sessions", status=409)
    same(site, "GET", "configuration?defaults=true")
    same(site, "GET", "nothing", status=404)
    same(site, "GET", "log-level")
    same(site, "PUT", "log-level", {"level": "debug"})
    same(site, "PUT", "allocations", status=405)
    numbers = same(site, "GET", "metrics")
    expect(b"turnstone_allocations" in numbers.bytes, "no numbers")
    name = f"{int(time.time()) + 600}:carol"
    asked = {"username": name, "password": stun.rest_credential(SECRET, name)}
    expect(same(site, "POST", "credentials/explain", asked).json["accepted"], "not accepted")
    expect(same(site, "POST", "credentials", {"user": "carol"}).json["urls"], "no URLs")
    same(site, "POST", "credentials", {"usr": "carol"}, status=400)
    same(site, "POST", "credentials/revoke", {"username": name})
    same(site, "POST", "reload?dry-run=true")
    expect(same(site, "POST", "drain", {}).json["draining"], "it does not drain")
    expect(not same(site, "DELETE", "drain").json["draining"], "it drains on")
    gone = site.over_https("DELETE", f"/admin/api/v1/allocations/{mine}?ban=60")
    expect(gone.json["killed"] == 1 and gone.json["banSeconds"] == 60, f"{gone.json}")
    same(site, "DELETE", f"allocations/{mine}", status=404)
    head = site.over_https("HEAD", "/admin/api/v1/status")
    expect(head.status == 200 and not head.bytes, "HEAD is not as GET")
    log = site.server.log()
    expect(f"administrator at 127.0.0.1: DELETE /v1/allocations/{mine}?ban=60" in log, log)
    expect(SECRET not in log and TOKEN not in log, "a secret is in the log")


@check("admin https: curl with the token reads the status, and changes the file by reload",
       only="turnstone")
def by_curl(context):
    site = Site(context, "user-quota=7")
    url = f"https://127.0.0.1:{context.port}/admin/api/v1"
    curl = ["curl", "-sS", "--fail-with-body", "--cacert", site.pair.certificate, "-H",
            f"Authorization: Bearer {TOKEN}"]
    code, text = context.run(*curl, f"{url}/status")
    expect(code == 0 and json.loads(text)["realm"] == "turn.example.org", text)
    rewrite(site.server, ["user-quota=7"], ["user-quota=3"])
    code, text = context.run(*curl, "-X", "POST", f"{url}/reload?dry-run=true")
    plan = json.loads(text)
    expect(code == 0 and not plan["applied"] and plan["changes"], text)
    expect(site.server.json("users")["quota"] == 7, "a rehearsal changed it")
    code, text = context.run(*curl, "-X", "POST", f"{url}/reload")
    expect(code == 0 and json.loads(text)["applied"], text)
    expect(site.server.json("users")["quota"] == 3, "nothing changed")


@check("admin https: another token, taken over by a reload; without one nothing is there",
       only="turnstone")
def other_token(context):
    site = Site(context)
    token = "a-second-token-of-the-operator"
    rewrite(site.server, [f"admin-token={TOKEN}"], [f"admin-token={token}"])
    expect(site.over_https("POST", "/admin/api/v1/reload").json["applied"], "no reload")
    expect(site.over_https("GET", "/admin/api/v1/status").status == 401, "the old one works")
    path = "/admin/api/v1/status"
    expect(site.over_https("GET", path, token=token).status == 200, "the new one does not")
    rewrite(site.server, [f"admin-token={token}"])
    code, text = site.server.command("reload")
    expect(code == 0, text)
    expect(site.over_https("GET", path, token=token).status == 404, "it is still there")


@check("admin https: wrong tokens are 401, then 429, for the network they came from",
       only="turnstone")
def guesses(context):
    site = Site(context)
    path = "/admin/api/v1/status"
    bare = site.over_https("GET", path, token=None)
    expect(bare.status == 401 and bare.code == "unauthorized", f"{bare.status} {bare.bytes}")
    expect(bare.fields["www-authenticate"].startswith("Bearer"), f"{bare.fields}")
    for number in range(10):
        answer = site.over_https("GET", path, token=f"guess-number-{number}-of-many")
        expect(answer.status == 401, f"guess {number}: {answer.status}")
    for token in ("one-guess-too-many-of-it", TOKEN):
        answer = site.over_https("GET", path, token=token)
        expect(answer.status == 429 and answer.code == "too-many-attempts", f"{answer.status}")
        expect(0 < int(answer.fields["retry-after"]) <= 60, f"{answer.fields}")
    log = site.server.log()
    expect(log.count("a wrong admin token was shown by 127.0.0.1") == 1, log)
    expect(log.count("too many wrong admin tokens from 127.0.0.1") == 1, log)
    expect("guess-number" not in log and TOKEN not in log, "a token is in the log")
    # A proxy on this machine says for whom it asks: somebody else is not held up.
    elsewhere = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    expect(site.over_http("GET", path, fields=elsewhere).status == 200, "all are held up")


@check("admin https: plain HTTP is refused, but by a proxy on this machine that ends TLS",
       only="turnstone")
def plain(context):
    site = Site(context)
    for path in ("/admin", "/admin/", "/admin/page.js"):
        answer = site.over_http("GET", path)
        expect(answer.status == 403 and b"only over HTTPS" in answer.bytes, f"{answer.bytes}")
    answer = site.over_http("GET", "/admin/api/v1/status")
    expect(answer.status == 403 and answer.code == "forbidden", f"{answer.bytes}")
    expect("only over HTTPS" in answer.json["error"]["message"], f"{answer.json}")
    path = "/admin/api/v1/status"
    for value, status in (("https", 200), ("http", 403), ("https, http", 403),
                          ("http, https", 200), ("", 403)):
        answer = site.over_http("GET", path, fields={"X-Forwarded-Proto": value})
        expect(answer.status == status, f"{value!r}: {answer.status}")


@check("admin https: without a token /admin is as unknown as any other path", only="turnstone")
def absent(context):
    site = Site(context, token=None)
    unknown = site.over_https("GET", "/nothing-of-that-name")
    for path in ("/admin", "/admin/", "/admin/index.html", "/admin/page.js", "/admin/api",
                 "/admin/api/v1/status", "/admin/api/v1/nothing"):
        for answer in (site.over_https("GET", path), site.over_http("GET", path)):
            expect(answer.status == 404, f"{path}: {answer.status}")
            expect(answer.bytes == unknown.bytes, f"{path}: {answer.bytes}")
            expect(answer.fields.keys() == unknown.fields.keys(), f"{answer.fields}")


@story("admin https: calls and sessions, and their end", f"admin-token={TOKEN}")
async def calls(setting):
    def ask(method, path):
        return request(
            http.client.HTTPConnection("127.0.0.1", setting.context.port, timeout=10), method,
            f"/admin/api/v1/{path}", None,
            {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-Proto": "https"}).json

    caller, callee = await setting.pair("remote")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    listed = await asyncio.to_thread(ask, "GET", "calls")
    expect([item["id"] for item in listed["calls"]] == [call.id], f"{listed}")
    shown = await asyncio.to_thread(ask, "GET", f"calls/{call.id}")
    socket_says = await asyncio.to_thread(setting.server.json, "calls", "show", call.id)
    expect(still(shown) == still(socket_says), f"{shown}\n{socket_says}")
    found = await asyncio.to_thread(ask, "GET", "sessions")
    expect(found["matched"] == 2, f"{found}")
    ended = await asyncio.to_thread(ask, "DELETE", f"calls/{call.id}")
    expect(ended["reason"] == "deleted", f"{ended}")
    for client in (caller, callee):
        expect((await client.next("call:end"))["reason"] == "deleted", "another reason")
    mine = next(item for item in found["sessions"] if item["user"] == caller.user)
    gone = await asyncio.to_thread(ask, "DELETE", f"sessions/{mine['id']}")
    expect(gone["kicked"] == 1, f"{gone}")
    await caller.until(lambda: caller.closed is not None, "the kicked socket is closed")
