"""The beginning of a session: welcome, tokens of every kind, origins, and the first frame."""

import signal
import time

import daemon
import signaling
from daemon import SECRET as RELAY_SECRET
from harness import check, expect
from scenarios import keys
from scenarios.setting import SECRET, Setting, story, token
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk, beside, say
from signaling import Closed, Refused

WRONG = "another secret of thirty-two bytes or so"
#: What is wrong with a token, the error code, the close code.
BAD_TOKENS = [
    ("none at all", lambda: None, "unauthorized", 4500),
    ("words", lambda: "not a token", "unauthorized", 4500),
    ("another secret", lambda: token("eve", WRONG), "unauthorized", 4500),
    ("no signature", lambda: token("eve", None, "none"), "unauthorized", 4500),
    ("HS384", lambda: token("eve", SECRET * 2, "HS384"), "unauthorized", 4500),
    ("expired", lambda: token("eve", lifetime=-60), "token_expired", 4007),
    ("valid for 25 h", lambda: token("eve", lifetime=90_000), "unauthorized", 4500),
    ("of the future", lambda: token("eve", iat=int(time.time()) + 300), "unauthorized", 4500),
    ("not yet valid", lambda: token("eve", nbf=int(time.time()) + 300), "unauthorized", 4500),
    ("for others", lambda: token("eve", aud="mail"), "unauthorized", 4500),
    ("for nobody", lambda: token("eve", aud=None), "unauthorized", 4500),
    ("without exp", lambda: token("eve", exp=None), "unauthorized", 4500),
    ("without sub", lambda: token(None), "unauthorized", 4500),
    ("of another device", lambda: token("eve", dev="other"), "unauthorized", 4500),
]


async def refusal(client, **options):
    """(error code, close code) of a hello."""
    try:
        await client.open(**options)
    except Refused as refused:
        try:
            await client.frame()
        except Closed as closed:
            return refused.code, closed.code
    return "no refusal", None


@story("S3-8, S3-1, S0-20: welcome brings times, limits, configuration and ICE servers",
       f"static-auth-secret={RELAY_SECRET}")
async def welcome(setting):
    client = setting.client("carol", claims={"name": "Carol"})
    said = await client.open()
    expect(said["user_id"] == "carol" and said["resumed"] is False, f"{said}")
    expect((said["ping_interval_ms"], said["ping_timeout_ms"]) == (25_000, 20_000), f"{said}")
    expect(abs(said["server_time_ms"] - time.time() * 1000) < 5000, "another time")
    expect(said["calls"] == [] and said["replay_to"] == 0 and "resume_fail" not in said, f"{said}")
    expect(said["config"] and said["limits"]["frame_bytes"] == 65_536, f"{said}")
    for ice in (said["ice"], await client.ask("ice:refresh")):
        servers = ice["iceServers"]
        expect("credential" not in servers[0] and servers[-1]["credential"], f"{servers}")
        expect(any(url.startswith("turn:") for url in servers[-1]["urls"]), f"{servers}")
        expect(ice["expires_at"] > time.time() * 1000 and ice["ttl"] > 0, f"{ice}")


@story("a token comes in the first frame, in a header, or beside the subprotocol")
async def places(setting):
    good = token("carol")
    ways = [
        {"additional_headers": {"Authorization": f"Bearer {good}"}},
        {"subprotocols": ["signal.v1", f"bearer.{good}"]},
    ]
    for options in ways:
        client = setting.client("carol", token=None)
        said = await client.open(**options)
        expect(said["user_id"] == "carol", f"{said}")
        wanted = "signal.v1" if "subprotocols" in options else None
        expect(client.socket.subprotocol == wanted, f"{client.socket.subprotocol}")
        await client.leave()
    await setting.client("carol", token=good).open()
    wrong = setting.client("eve", token=None)
    options = {"additional_headers": {"Authorization": f"Bearer {token('eve', WRONG)}"}}
    expect(await refusal(wrong, **options) == ("unauthorized", 4500), "a wrong header was taken")
    expect(good not in setting.server.log(), "a token stands in the log")


@story("every wrong token is refused by an error and a close code, others notice nothing")
async def tokens(setting):
    async with beside(setting):
        for what, make, code, close in BAD_TOKENS:
            got = await refusal(setting.client("eve", token=make()))
            expect(got == (code, close), f"token {what}: {got}")
        # A right one is not delayed by the failures before (ruling 16).
        began = time.monotonic()
        await setting.online("carol")
        expect(time.monotonic() - began < 1, "who failed before holds others up")


@check("calls: keys may be several, of one algorithm each", only="turnstone")
def public_keys(context):
    made = keys.make(context)
    setting = Setting(
        context, f"token-key=old:HS256:{WRONG}", *(key.line for key in made))
    setting.run(several_keys, made)


async def several_keys(setting, made):
    await setting.client("carol", token=token("carol", WRONG)).open()
    named = token("carol", WRONG, headers={"kid": "old"})
    await setting.client("carol", token=named).open()
    for key in made:
        for headers in ({}, {"kid": key.name}):
            good = token("carol", key.private, key.algorithm, headers=headers)
            await setting.client("carol", key.name, token=good).open()
        forged = token("carol", key.foreign, key.algorithm)
        got = await refusal(setting.client("carol", token=forged))
        expect(got == ("unauthorized", 4500), f"{key.algorithm} by another key: {got}")
        # RFC 8725 2.1: the public key must not do as a shared secret.
        got = await refusal(setting.client("carol", token=keys.confused(key)))
        expect(got == ("unauthorized", 4500), f"HS256 with the public {key.algorithm} key: {got}")
    elsewhere = {"jku": "https://evil.example/keys", "kid": made[0].name}
    forged = token("carol", made[0].foreign, made[0].algorithm, headers=elsewhere)
    expect((await refusal(setting.client("carol", token=forged)))[1] == 4500, "jku was followed")


@story("keys change while calls go on: new tokens only, also for who comes back")
async def rotation(setting):
    caller, callee = await setting.pair("rotate")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    new = f"token-key=HS256:{WRONG}"

    async def reload(outgoing, incoming):
        daemon.rewrite(setting.server, outgoing, incoming)
        before = len(setting.server.log())
        setting.server.signal(signal.SIGHUP)
        await setting.logged("reloaded", before)

    await reload((), (new,))
    for secret in (SECRET, WRONG):
        await setting.client("carol", token=token("carol", secret)).open()
    await reload((f"token-key=HS256:{SECRET}",), ())
    expect((await refusal(setting.client("dave")))[1] == 4500, "the old key is still good")
    # Who is there stays; who comes back is asked again (calls.md 2.2).
    await call.step(say("caller", "still here"))
    await caller.lose("reset")
    expect((await refusal(caller)) == ("unauthorized", 4500), "resumed with an old token")
    caller.token = token(caller.user, WRONG)
    await caller.resume()
    await call.run([say("caller", "again"), END])


@story("an origin that is not listed gets 403 before the upgrade",
       "public-name=turn.example.org", "cors-origin=https://app.example.org")
async def origins(setting):
    from websockets.exceptions import InvalidStatus

    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "file://",
                   "https://app.example.org.evil.example", "http://app.example.org"):
        try:
            await setting.client("carol").open(origin=origin)
            raise signaling.Fault(f"{origin} was let in")
        except InvalidStatus as refused:
            expect(refused.response.status_code == 403, f"{origin}: {refused.response}")
    await setting.client("carol").open(origin="https://app.example.org")
    await setting.client("carol").open()


@story("the first frame is a hello and no other")
async def first_frame(setting):
    frames = [
        '{"type":"ping","data":{}}', '{"type":"call:join","id":1,"data":{"call_id":"x"}}', "[]",
        "{", '{"type":"hello","data":{}}', '{"type":"hello","data":{"device_id":7}}',
        '{"type":"hello","data":{"device_id":"d","resume":{"sid":"s"}}}',
    ]
    for frame in frames:
        client = setting.client("carol")
        await client.connect()
        await client.send(frame)
        answer = await client.frame()
        expect(answer["type"] == "error", f"{frame}: {answer}")
        expect(answer["data"]["code"] in ("bad_request", "unsupported_type"), f"{answer}")
        try:
            await client.frame()
        except Closed as closed:
            expect(closed.code == 4501, f"{frame}: {closed}")


@story("guests without a token only where they are let in; they call each other by name",
       "calls-demo")
async def guests(setting):
    people = []
    for name in ("Anna", "Bert"):
        client = setting.client(name, token=None, device=name)
        said = await client.open(hello={"name": name})
        expect(said["user_id"].startswith("guest-"), f"{said}")
        people.append(client)
    other = setting.client("thief", token=None, device="thief")
    try:
        await other.open(hello={"name": "bert"})
        raise signaling.Fault("a name was given twice")
    except Refused as refused:
        expect(refused.code == "forbidden", f"{refused}")
    call = await Talk(*people).run([*RING, ANSWER, *CONNECT])
    await people[1].lose("reset")
    await people[1].resume()
    await call.step(END)
