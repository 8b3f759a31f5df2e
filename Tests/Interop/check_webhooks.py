"""Webhooks and the chat resolver, against a server of the standard library."""

import asyncio
import time
from contextlib import asynccontextmanager

from certificates import Pair
from harness import check, expect
from hook_server import LINES, TOO_MUCH, HookServer, half, hang_up, nonsense, reply, silence
from scenarios import talk
from scenarios.setting import Setting
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk
from signaling import PATIENCE, Refused

WHOLE = ["call.created", "call.ringing", "call.answered", "call.active", "call.ended"]
EVENTS, CHATS = "/events?from=turnstone", "/chats"


def hooked(name, *lines, resolver=False, **keywords):
    """Registers a check with a hook server beside the daemon."""
    def register(function):
        def run(context):
            hooks = HookServer(context, context.peer_port)
            base = f"http://127.0.0.1:{context.peer_port}"
            urls = [f"webhook-url={base}{EVENTS}"]
            if resolver:
                urls.append(f"chat-resolver-url=http://localhost:{context.peer_port}{CHATS}")
            Setting(context, *LINES, *urls, *lines).run(function, hooks)

        check(f"webhooks: {name}", only="turnstone", **keywords)(run)
        return function

    return register


async def until(holds, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not holds():
        expect(time.monotonic() < end, f"waited in vain for {what}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def undisturbed(caller):
    """Whatever hooks do meanwhile, requests of callers are answered at once."""
    stop = asyncio.Event()
    slowest = 0

    async def knock():
        nonlocal slowest
        while not stop.is_set():
            began = time.monotonic()
            await caller.refused("call:end", call_id="no-such-call")
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.1)

    knocking = asyncio.ensure_future(knock())
    yield
    stop.set()
    await knocking
    expect(slowest < 1, f"a request waited for {slowest:.2f} s")


async def whole_call(caller, callee):
    return await Talk(caller, callee).run([*RING, ANSWER, *CONNECT, END])


@hooked("a whole call is told in its order, signed, each event once")
async def in_order(setting, hooks):
    caller, callee = await setting.pair("whole")
    calls = [(await whole_call(caller, callee)).id for _ in range(3)]
    await until(lambda: len(hooks.events()) == 15, "15 events")
    for call in calls:
        expect(hooks.types(call) == WHOLE, f"{hooks.types(call)}")
    ids = {event.id for event in hooks.events()}
    expect(len(ids) == 15 and all(text.startswith("evt_") for text in ids), f"{ids}")
    for event in hooks.events():
        expect(event.is_signed, f"{event.fields}")
        expect(event.path == EVENTS, event.path)
        expect(event.fields["turnstone-event-id"] == event.id, f"{event.fields}")
        expect(event.fields["content-type"] == "application/json", f"{event.fields}")
        expect(event.fields["user-agent"] == "Turnstone", f"{event.fields}")
        expect(abs(event.body["created_at"] - time.time() * 1000) < 20_000, f"{event.body}")
        expect(set(event.body) == {"id", "type", "created_at", "data"}, f"{event.body}")
    ended = [event for event in hooks.events() if event.type == "call.ended"]
    expect(all(event.body["data"]["end_reason"] == "hangup" for event in ended), "the reason")
    expect(len(hooks.connections) <= 16, f"{len(hooks.connections)} connections for 15 events")
    expect("a-secret-between" not in setting.server.log(), "the secret stands in the log")


@hooked("a failing server is tried again; its call waits, in order, and no other does")
async def retried(setting, hooks):
    caller, callee = await setting.pair("retry")
    first = []

    def answer(event):
        if event.type == "call.created" and first[:1] in ([], [event.call]):
            first.append(event.call)
            return reply(500) if len(first) <= 2 else reply()
        return reply()

    hooks.answer = answer
    slow = (await whole_call(caller, callee)).id
    quick = (await whole_call(caller, callee)).id
    await until(lambda: hooks.types(quick) == WHOLE, "the other call")
    expect(hooks.types(slow) == ["call.created"], f"{hooks.types(slow)}")
    await until(lambda: hooks.types(slow) == WHOLE, "the retried call", 20)
    tries = [event for event in hooks.events(slow) if event.type == "call.created"]
    expect(len(tries) == 3 and len({event.id for event in tries}) == 1, f"{len(tries)} tries")
    expect(all(event.is_signed for event in tries), "a try is not signed")
    pauses = [later.at - earlier.at for earlier, later in zip(tries, tries[1:])]
    expect(0.7 <= pauses[0] <= 2 and 3.7 <= pauses[1] <= 7, f"pauses of {pauses}")
    expect("webhook-url: status 500" in setting.server.log(), "the log says nothing")
    await setting.logged("webhook-url: answers again")


@hooked("silent, broken, flooding and redirecting servers cost a try and nothing else", seconds=60)
async def broken(setting, hooks):
    caller, callee = await setting.pair("broken")
    ways = [
        silence, half, nonsense, hang_up, reply(200, b"x" * TOO_MUCH), reply(503),
        reply(302, Location=f"http://127.0.0.1:{setting.context.peer_port}/elsewhere"), reply(429)]
    bad = {}

    def answer(event):
        if event.call not in bad and len(bad) < len(ways):
            bad[event.call] = ways[len(bad)]
            return bad[event.call]
        return reply()

    hooks.answer = answer
    async with undisturbed(caller):
        calls = [(await whole_call(caller, callee)).id for _ in ways]
        for call in calls:
            await until(lambda: hooks.types(call) == WHOLE, f"all of {bad.get(call)}", 20)
    for call in calls:
        expect(len(hooks.events(call)) == 6, f"{len(hooks.events(call))} requests")
    expect(not any(event.path.startswith("/elsewhere") for event in hooks.events()), "followed")
    expect(None not in hooks.seen, "a redirect was followed")


@hooked("4xx is the end of an event, and of no other")
async def refused(setting, hooks):
    caller, callee = await setting.pair("refused")
    hooks.answer = lambda event: reply(400 if event.type == "call.ringing" else 200)
    call = (await whole_call(caller, callee)).id
    await until(lambda: hooks.types(call) == WHOLE, "the rest")
    await asyncio.sleep(2)
    expect(len(hooks.events(call)) == 5, "a refused event was tried again")


@hooked("Retry-After is honoured")
async def asked_for_time(setting, hooks):
    caller, callee = await setting.pair("after")
    hooks.answer = lambda event: (
        reply(503, Retry_After=4) if len(hooks.events()) == 1 else reply())
    call = (await whole_call(caller, callee)).id
    await until(lambda: hooks.types(call) == WHOLE, "all events")
    times = [event.at for event in hooks.events(call)]
    expect(3.9 <= times[1] - times[0] <= 6, f"after {times[1] - times[0]:.1f} s")


@hooked("a server that is away for a while gets everything when it is back")
async def away(setting, hooks):
    caller, callee = await setting.pair("away")
    hooks.finish()
    async with undisturbed(caller):
        calls = [(await whole_call(caller, callee)).id for _ in range(6)]
        await asyncio.sleep(1.5)
    back = HookServer(setting.context, setting.context.peer_port)
    await until(lambda: all(back.types(call) == WHOLE for call in calls), "all events", 25)
    expect("Connection refused" in setting.server.log(), "the log says nothing")


@hooked("the end of the daemon: what can be delivered is")
async def leaving(setting, hooks):
    caller, callee = await setting.pair("leave")
    hooks.answer = lambda event: reply(500) if len(hooks.events()) == 1 else reply()
    call = (await whole_call(caller, callee)).id
    await until(lambda: hooks.events(call), "the first event")
    expect(await setting.stop() == 0, "the daemon failed")
    expect(hooks.types(call) == WHOLE, f"{hooks.types(call)}")


@check("webhooks: TLS is verified: the authority, the name", only="turnstone", seconds=60)
def verified(context):
    pair = Pair(context, "hook")
    hooks = HookServer(context, context.peer_port, pair)
    cases = {
        f"https://127.0.0.1:{context.peer_port}": pair.certificate,
        # The certificate is for another name.
        f"https://localhost:{context.peer_port}": pair.certificate,
        # Nobody vouches for it but itself.
        f"https://127.0.0.1:{context.peer_port}/system": None,
    }
    for base, authorities in cases.items():
        lines = [f"webhook-url={base}{EVENTS}"]
        if authorities:
            lines.append(f"webhook-ca-file={authorities}")
        good = base == next(iter(cases))
        Setting(context, *LINES, *lines).run(over_tls, hooks, good)
        context.servers[-1].stop()


async def over_tls(setting, hooks, good):
    hooks.seen.clear()
    caller, callee = await setting.pair("tls")
    call = (await whole_call(caller, callee)).id
    if good:
        await until(lambda: hooks.types(call) == WHOLE, "events over TLS")
        expect(all(event.is_signed for event in hooks.events()), "not signed")
    else:
        await setting.logged("TLS: certificate verify failed")
        expect(hooks.events() == [], f"told {hooks.events()[0].body}")


@hooked("push: a server that takes it over keeps the call ringing", "webhook-push")
async def pushed(setting, hooks):
    hooks.answer = lambda event: reply(
        200, b'{"accepted":true}' if event.type == "push.requested" else b"")
    caller = await setting.online("push-caller")
    callee = setting.client("push-callee")
    call = Talk(caller, callee)
    call.id = (await caller.ask("call:initiate", **talk.initiate(call)))["call_id"]
    await until(lambda: "push.requested" in hooks.types(call.id), "the push")
    push = next(event for event in hooks.events(call.id) if event.type == "push.requested")
    expect(push.is_signed and push.body["data"]["callee_id"] == callee.user, f"{push.body}")
    expect(0 < push.body["data"]["ring_left_ms"] <= 60_000, f"{push.body}")
    await setting.logged(f"call {call.id} push_requested")
    # The telephone wakes up.
    await callee.open()
    await callee.next("call:offer", call.id)
    await call.run([ANSWER, *CONNECT, END])


@hooked("push: without a server that takes it over the callee is offline", "webhook-push",
        seconds=60)
async def not_pushed(setting, hooks):
    def answer(event):
        if event.type != "push.requested":
            return reply()
        return refusals[event.body["data"]["callee_id"]]

    refusals = {
        "no": reply(200, b'{"accepted":false}'), "gone": reply(410), "broken": reply(500),
        "silent": silence}
    hooks.answer = answer
    caller = {name: await setting.online(f"of-{name}") for name in refusals}

    async def ring(name):
        began = time.monotonic()
        talking = Talk(caller[name], setting.client(name))
        call = (await caller[name].ask("call:initiate", **talk.initiate(talking)))["call_id"]
        ended = await caller[name].next("call:end", call, seconds=40)
        expect(ended["reason"] == "callee_offline", f"{name}: {ended}")
        return time.monotonic() - began

    async with undisturbed(await setting.online("bystander")):
        took = dict(zip(refusals, await asyncio.gather(*map(ring, refusals))))
    expect(max(took.values()) < 25, f"{took}")
    tries = [event for event in hooks.events() if event.type == "push.requested"
             and event.body["data"]["callee_id"] == "broken"]
    expect(len(tries) == 5, f"{len(tries)} tries of a push")


@hooked("resolver: a chat_id is enough to call; without an answer nobody is", resolver=True)
async def resolved(setting, hooks):
    answers = {
        "known": reply(200, b'{"callee":"chat-callee"}'), "nobody": reply(200, b'{"callee":null}'),
        "missing": reply(404), "broken": reply(500), "half": half, "mail": nonsense,
        "list": reply(200, b'["chat-callee"]'),
        "elsewhere": reply(302, b'{"callee":"chat-callee"}', Location="/chats"),
    }
    hooks.answer = lambda event: (
        answers[event.body["chat_id"]] if event.path == CHATS else reply())
    callee = await setting.online("chat-callee")
    caller = await setting.online("chat-caller")
    call = Talk(caller, callee)
    order = {**talk.initiate(call), "chat_id": "known"}
    del order["to"]
    call.id = (await caller.ask("call:initiate", **order))["call_id"]
    offered = await callee.next("call:offer", call.id)
    expect(offered["chat_id"] == "known", f"{offered}")
    await call.step(END)
    asked = hooks.events(path=CHATS)
    expect(len(asked) == 1 and asked[0].is_signed, f"{len(asked)} questions")
    expect(asked[0].body == {"chat_id": "known", "caller": caller.user}, f"{asked[0].body}")
    for number, chat in enumerate(answers):
        other = await setting.online(f"chat-other-{number}")
        if chat != "known":
            code = await other.refused("call:initiate", **{**order, "chat_id": chat})
            expect(code == "forbidden", f"{chat}: {code}")


@hooked("resolver: slow webhooks do not delay it, and 64 questions may wait", resolver=True,
        seconds=60)
async def beside(setting, hooks):
    slow = set()

    def answer(event):
        if event.path != CHATS or event.body["chat_id"] in slow:
            return silence
        return reply(200, b'{"callee":"beside-callee"}')

    hooks.answer = answer
    callee = await setting.online("beside-callee")
    callers = [await setting.online(f"beside-{number}") for number in range(70)]

    async def ring(caller, chat):
        call = Talk(caller, callee)
        order = {**talk.initiate(call), "chat_id": chat}
        del order["to"]
        began = time.monotonic()
        try:
            code = (await caller.ask("call:initiate", **order))["call_id"]
        except Refused as refusal:
            code = refusal.code
        return code, time.monotonic() - began

    # Sixteen requests with events are never answered from here on.
    for caller in callers[:3]:
        code, took = await ring(caller, "quick")
        expect(code not in ("forbidden", "busy"), f"{code} after {took:.1f} s")
        expect(took < 2, f"an answer took {took:.1f} s")
    slow.add("slow")
    results = await asyncio.gather(*(ring(caller, "slow") for caller in callers))
    expect(all(code == "forbidden" for code, _ in results), "somebody was called")
    at_once = [took for _, took in results if took < 2]
    waited = [took for _, took in results if took >= 2]
    expect(len(at_once) == 6 and len(waited) == 64, f"{len(at_once)} at once")
    expect(4.5 < min(waited) and max(waited) < 8, f"{min(waited):.1f} to {max(waited):.1f} s")
    # The next question is asked again.
    code, _ = await ring(callers[5], "quick")
    expect(code != "forbidden", code)
