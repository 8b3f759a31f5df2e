"""Webhooks, against a server of the standard library."""

import asyncio
import time

from certificates import Pair
from harness import check, expect
from hook_server import LINES, TOO_MUCH, HookServer, half, hang_up, nonsense, reply, silence
from scenarios.hooked import EVENTS, WHOLE, hooked, undisturbed, until, whole_call
from scenarios.setting import Setting


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


@hooked("the end of the daemon: what can be delivered is", "drain-timeout=5")
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
        expect(hooks.events() == [], f"told {[event.body for event in hooks.events()]}")
