"""REST of calls, as applications and native clients use it (calls, tokens, configuration)."""

import asyncio
import time

import rest
from check_turnutils import peer, relayed
from harness import Skipped, check, expect
from rest import KEY, ask, minted, serve
from scenarios import setting

CALLS = "/apiv2/calls"


@check("REST: S2-1, S2-8, S3-11: two calls from POST to their end, with minted tokens",
       only="turnstone")
def whole(context):
    serve(context)
    alice, bob, carol = (minted(context, user) for user in ("alice", "bob", "carol"))
    opened = ask(context, "POST", CALLS, alice,
                 {"media": {"audio": True, "video": True}, "metadata": {"topic": "x"}})
    expect(opened.status == 201, f"{opened.status} {opened.bytes}")
    call = opened.json
    path = f"{CALLS}/{call['call_id']}"
    expect(opened.fields["location"] == path, f"{opened.fields}")
    expect(opened.fields["cache-control"] == "no-store", f"{opened.fields}")
    expect(call["status"] == "waiting" and call["peer_token"], f"{call}")
    expect(call["peer_token"] not in str(call.get("join_url")), "a token in the link")
    expect(any("credential" in server for server in call["iceServers"]), f"{call}")
    other = ask(context, "POST", CALLS, alice).json
    expect(other["call_id"] != call["call_id"], "no new call")
    expect(other["peer_id"] != call["peer_id"], "one peer_id in two calls")
    joined = ask(context, "POST", path + "/join", bob)
    expect(joined.status == 200, f"{joined.status} {joined.bytes}")
    expect(joined.json["participants"]["count"] == 2 and not joined.json["is_reconnect"],
           f"{joined.json}")
    full = ask(context, "POST", path + "/join", carol)
    expect(full.status == 409 and full.code == "call_full", f"{full.status} {full.bytes}")
    expect(ask(context, "GET", path, bob).json["you"] == joined.json["peer_id"], "another seat")
    expect(ask(context, "GET", path, carol).status == 404, "a stranger sees the call")
    ended = ask(context, "DELETE", path, bob)
    expect(ended.status == 200 and ended.json["reason"] == "hangup", f"{ended.bytes}")
    gone = ask(context, "GET", path, alice)
    expect(gone.status == 410 and gone.json["error"]["details"]["reason"] == "hangup",
           f"{gone.status} {gone.bytes}")
    expect(ask(context, "POST", path + "/end", alice).status == 200, "ending twice")
    expect(ask(context, "GET", f"{CALLS}/{other['call_id']}", alice).status == 200,
           "the other call ended too")


@check("REST: S2-2, S2-16: reuse_last and Idempotency-Key give an earlier call, nothing else does",
       only="turnstone")
def again(context):
    serve(context)
    alice = minted(context, "alice")

    def post(body=None, key=None, query=""):
        return ask(context, "POST", CALLS + query, alice, body,
                   {"Idempotency-Key": key} if key else None)

    first = post({"ttl_s": 600}, key='"8e03978e-40d5-43dd"')
    replay = post({"ttl_s": 600}, key='"8e03978e-40d5-43dd"')
    expect((first.status, replay.status) == (201, 200), f"{first.status} {replay.status}")
    expect(first.json["call_id"] == replay.json["call_id"], "another call")
    other = post({"ttl_s": 601}, key='"8e03978e-40d5-43dd"')
    expect(other.status == 422 and other.code == "idempotency_key_reused", f"{other.bytes}")
    # Creations are counted: 5 at once, one more every 2 s.
    time.sleep(4)
    reused = post(query="?reuse_last=true")
    expect(reused.status == 200 and reused.json["call_id"] == first.json["call_id"],
           f"{reused.status} {reused.bytes}")
    statuses = [post().status for _ in range(7)]
    expect(201 in statuses and 429 in statuses and set(statuses) <= {201, 429}, f"{statuses}")
    refused = post()
    expect(refused.status == 429 and int(refused.fields["retry-after"]) > 0, f"{refused.fields}")
    current = ask(context, "GET", CALLS + "/current", alice)
    expect(current.status == 410 and current.code == "gone", f"{current.status}")


@check("REST: S2-4, S2-5: lists by status and page, one's own or everybody's", only="turnstone")
def lists(context):
    serve(context)
    users = [minted(context, f"user-{number}") for number in range(3)]
    own = {user: [ask(context, "POST", CALLS, user).json["call_id"] for _ in range(3)]
           for user in users}
    for user, ids in own.items():
        found = ask(context, "GET", CALLS, user).json["items"]
        expect([call["call_id"] for call in found] == ids[::-1]
               or {call["call_id"] for call in found} == set(ids), f"{found}")
    seen, cursor = [], ""
    for _ in range(20):
        page = ask(context, "GET", f"{CALLS}?limit=2&status=waiting,active{cursor}", KEY).json
        expect(len(page["items"]) <= 2, "too many in a page")
        seen += [call["call_id"] for call in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    expect(len(seen) == 9 and set(seen) == {one for ids in own.values() for one in ids}, f"{seen}")
    ask(context, "DELETE", f"{CALLS}/{own[users[0]][0]}", users[0])
    expect(len(ask(context, "GET", CALLS, users[0]).json["items"]) == 2, "ended and listed")
    ended = ask(context, "GET", CALLS + "?status=ended", users[0]).json["items"]
    expect([call["call_id"] for call in ended] == own[users[0]][:1], f"{ended}")
    for query in ("limit=0", "limit=201", "status=over", "cursor=x"):
        answer = ask(context, "GET", f"{CALLS}?{query}", users[0])
        expect(answer.status == 400 and answer.code == "bad_request", f"{query}: {answer.bytes}")


@check("REST: ruling 14: tokens are what PyJWT reads, never for admins, never without the key",
       only="turnstone")
def tokens(context):
    serve(context)
    import jwt

    order = {"user": "alice", "name": "Alice", "device": "d1", "ttl": 600, "scope": "call",
             "calls": ["a"], "to": ["bob"], "watch": "*", "chats": {"c": "bob"}}
    answer = ask(context, "POST", "/apiv2/tokens", KEY, order)
    expect(answer.status == 201 and answer.json["user_id"] == "alice", f"{answer.bytes}")
    claims = jwt.decode(answer.json["token"], setting.SECRET, algorithms=["HS256"],
                        audience=setting.AUDIENCE)
    expect(claims["exp"] - claims["iat"] == 600, f"{claims}")
    expect(answer.json["expires_at"] == claims["exp"] * 1000, f"{answer.json} {claims}")
    wanted = {"sub": "alice", "dev": "d1", "name": "Alice", "scope": "call", "calls": ["a"],
              "to": ["bob"], "watch": "*", "chats": {"c": "bob"}}
    expect({name: claims.get(name) for name in wanted} == wanted, f"{claims}")
    expect(ask(context, "POST", "/apiv2/tokens", KEY, {**order, "scope": "admin"}).status == 403,
           "an admin's token")
    expect(ask(context, "POST", "/apiv2/tokens", answer.json["token"], order).status == 403,
           "a token for a token")
    nobody = ask(context, "POST", "/apiv2/tokens", None, order)
    expect(nobody.status == 401 and nobody.fields["www-authenticate"].startswith("Bearer"),
           f"{nobody.status} {nobody.fields}")
    wrong = ask(context, "POST", "/apiv2/tokens", KEY, {"user": 7})
    expect(wrong.status == 400 and "user" in wrong.json["error"]["message"], f"{wrong.bytes}")


@check("REST: expired, forged and foreign tokens, and bodies that are none", only="turnstone")
def refusals(context):
    server = serve(context)
    import jwt

    expired = setting.token("alice", lifetime=-600)
    forged = setting.token("alice", secret="another secret of thirty-two bytes!!")
    plain = jwt.encode({"sub": "alice"}, None, algorithm="none")
    for bearer, code in ((expired, "token_expired"), (forged, "unauthorized"),
                         (plain, "unauthorized"), ("x", "unauthorized")):
        answer = ask(context, "GET", CALLS, bearer)
        expect(answer.status == 401 and answer.code == code, f"{answer.status} {answer.bytes}")
    alice = setting.token("alice")
    for body, content, status in (
            (b"{", "application/json", 400), (b"[]", "application/json", 400),
            (b'{"ttl_s":1,"ttl_s":2}', "application/json", 400),
            (b'{"media":7}', "application/json", 400), (b"to=bob", "text/plain", 415),
            (b"[" * 60_000, "application/json", 400), (b" " * 65_537, "application/json", 413)):
        answer = ask(context, "POST", CALLS, alice, body, {"Content-Type": content})
        expect(answer.status == status, f"{body[:30]}: {answer.status} {answer.bytes[:200]}")
    guest = setting.token("dora", calls=["other"], scope="call")
    expect(ask(context, "POST", CALLS, guest).status == 403, "a guest opens calls")
    expect(ask(context, "PATCH", CALLS, alice).status == 405, "PATCH")
    expect(ask(context, "GET", "/apiv2/config").status == 200, "no configuration")
    for secret in (KEY, rest.ADMIN_TOKEN, alice, setting.SECRET):
        expect(secret not in server.log(), "a secret stands in the log")


@check("REST: S0-20, ruling 13: a user's token gets credentials that relay, a guest's for an hour",
       only="turnstone", seconds=60)
def credentials(context):
    serve(context, "rfc5766-channel-numbers")
    flags = peer(context)
    answer = ask(context, "GET", "/apiv2/ice-servers", setting.token("alice"))
    expect(answer.status == 200 and answer.json["ttl"] == 43_200, f"{answer.bytes}")
    entry = answer.json["iceServers"][-1]
    relayed(context, "-c", *flags, user=entry["username"], password=entry["credential"],
            messages=5)
    by_key = ask(context, "GET", "/apiv2/ice-servers?user=alice", KEY).json["iceServers"][-1]
    expect(by_key["username"].split(":")[1] == entry["username"].split(":")[1], "two accounts")
    guest = ask(context, "GET", "/apiv2/ice-servers?ttl=86400",
                setting.token("dora", calls=["c1"], scope="call"))
    expect(guest.json["ttl"] == 3600, f"{guest.bytes}")
    expect(ask(context, "GET", "/apiv2/ice-servers").status == 403, "for nobody")


@check("REST: ruling 7: a REST join is a seat without a socket; DELETE ends the call for sockets",
       only="turnstone")
def sockets(context):
    rest_lines = [line for line in rest.LINES if line not in setting.LINES]
    own = setting.Setting(context, *rest_lines)

    async def story(own):
        tokens = {user: setting.token(user) for user in ("alice", "bob")}
        call = ask(context, "POST", CALLS, tokens["alice"]).json
        path = f"{CALLS}/{call['call_id']}"
        seat = ask(context, "POST", path + "/join", tokens["bob"]).json
        expect(seat["status"] == "waiting" and not seat["peer_online"], f"{seat}")
        alice, bob = await own.online("alice"), await own.online("bob")
        joined = await alice.ask(
            "call:join", call_id=call["call_id"], peer_token=call["peer_token"])
        expect(joined["peer_id"] == call["peer_id"] and joined["status"] == "waiting", f"{joined}")
        joined = await bob.ask(
            "call:join", call_id=call["call_id"], peer_token=seat["peer_token"])
        expect(joined["peer_id"] == seat["peer_id"] and joined["state"] == "answered", f"{joined}")
        expect(ask(context, "GET", path, tokens["bob"]).json["status"] == "active", "not active")
        ended = await asyncio.to_thread(ask, context, "DELETE", path, KEY)
        expect(ended.json["reason"] == "deleted", f"{ended.bytes}")
        for side in (alice, bob):
            expect((await side.next("call:end", call["call_id"]))["reason"] == "deleted", "no end")

    own.run(story)


@check("REST: S2-3 and the rest are 404 without calls; /metrics is without its token",
       only="turnstone")
def unconfigured(context):
    context.serve(f"static-auth-secret={rest.LINES[-1].split('=')[1]}", f"api-key=app:{KEY}")
    for method, path in (("POST", CALLS), ("GET", CALLS), ("GET", CALLS + "/x"),
                         ("GET", CALLS + "/current"), ("POST", CALLS + "/x/join"),
                         ("GET", "/apiv2/config"), ("POST", "/apiv2/tokens"), ("GET", "/metrics")):
        answer = ask(context, method, path, KEY)
        expect(answer.status == 404, f"{method} {path}: {answer.status}")
    expect(ask(context, "GET", "/apiv2/ice-servers", KEY).status == 200, "no credentials")


@check("REST: ruling 14: /metrics is for the admin token, and what Prometheus' own parser reads",
       only="turnstone")
def metrics(context):
    serve(context)
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError as error:
        raise Skipped(f"{error}; scripts/test installs it") from None
    alice = setting.token("alice", scope="call host admin")
    for bearer in (None, KEY, alice):
        expect(ask(context, "GET", "/metrics", bearer).status == 404, "numbers for all")
    ask(context, "POST", CALLS, alice)
    answer = ask(context, "GET", "/metrics", rest.ADMIN_TOKEN)
    expect(answer.status == 200, f"{answer.status}")
    expect(answer.fields["content-type"].startswith("text/plain; version=0.0.4"),
           f"{answer.fields}")
    families = list(text_string_to_metric_families(answer.bytes.decode()))
    expect(all(family.documentation and family.type != "unknown" for family in families),
           "a family without HELP or TYPE")
    samples = {(sample.name, *sorted(sample.labels.items())): sample.value
               for family in families for sample in family.samples}
    expect(samples[("turnstone_calls_live",)] == 1, f"{samples}")
    expect(samples[("turnstone_calls_started_total",)] == 1, f"{samples}")
    answers = ("turnstone_http_answers_total", ("endpoint", "metrics"), ("status", "404"))
    expect(samples[answers] == 3, f"{samples}")
    expect(len(samples) < 400, f"{len(samples)} series")


@check("REST: Cloudflare's revoke: the user name relays no more", only="turnstone", seconds=60)
def revoke(context):
    server = serve(context)
    path = "/v1/turn/keys/app/credentials"
    entry = ask(context, "POST", path + "/generate", KEY,
                {"ttl": 600, "customIdentifier": "alice"}).json["iceServers"]
    pair = {"user": entry["username"], "password": entry["credential"]}
    expect(server.client(**pair).allocate().is_success, "no allocation")
    expect(ask(context, "POST", f"{path}/{entry['username']}/revoke").status == 403, "no key")
    answer = ask(context, "POST", f"{path}/{entry['username']}/revoke", KEY)
    expect(answer.status == 204 and not answer.bytes, f"{answer.status} {answer.bytes}")
    expect(ask(context, "POST", f"{path}/nobody/revoke", KEY).status == 404, "a made-up name")
    expect(not server.client(**pair).allocate().is_success, "still good")
