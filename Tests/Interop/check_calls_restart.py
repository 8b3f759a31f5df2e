"""The daemon goes away and comes back: in order, by a crash, with a damaged file, and slowly."""

import asyncio
import signal
import time

from harness import expect
from scenarios import talk
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, END, RING, STEPS, Talk
from signaling import PATIENCE, Closed


async def resumed(client):
    """One resumption, and that it was one."""
    await client.resume()
    expect(client.welcome["resumed"] is True, f"{client.welcome}")


@story("S2-14, S0-7: a restart at every step of a call costs one resumption and no call",
       "drain-timeout=1", seconds=60)
async def in_mid_call(setting):
    calls = []
    for index in range(len(STEPS) + 1):
        for is_under_way in (False, True):
            call = await Talk(*await setting.pair(f"at{index}-{is_under_way:d}")).run(
                STEPS[:index])
            calls.append((call, index, is_under_way))
    others = await setting.online("watcher")
    await others.ask("presence:watch", users=["at3-0-caller"])
    begun = [
        await call.begin(STEPS[index]) if is_under_way and index < len(STEPS) else None
        for call, index, is_under_way in calls]
    expect(await setting.stop() == 0, "another exit code")
    for call, _, _ in calls:
        for client in (call.caller, call.callee):
            expect(await client.end() == 4003, f"{client.name}: {client.closed}")
    await setting.start()
    await setting.logged("restored")
    await asyncio.gather(*(resumed(client) for call, _, _ in calls
                           for client in (call.caller, call.callee)))
    await resumed(others)
    for (call, index, _), request in zip(calls, begun):
        if request:
            await call.finish(STEPS[index], request)
        await call.run(STEPS[index + (1 if request else 0):])
        call.judge(STEPS)
    await others.until(
        lambda: others.history[-1]["data"].get("online") is True, "presence after the restart")


@story("restarts one after the other, while frames wait for a client who is away",
       "drain-timeout=1", seconds=60)
async def again_and_again(setting):
    caller, callee = await setting.pair("again")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    said = []
    for turn in range(3):
        if callee.socket:
            await callee.lose("reset")
        for _ in range(3):
            said.append(talk.say("caller", len(said)))
            await caller.ask("app:message", call_id=call.id, payload=len(said) - 1)
        await setting.stop()
        await caller.end()
        await setting.start()
        await resumed(caller)
        # The second time the callee sleeps through all of it.
        if turn != 1:
            await resumed(callee)
    await callee.until(
        lambda: len(callee.of_call(call.id, "app:message")) == len(said), "every message")
    await call.step(END)
    call.judge([*RING, ANSWER, *CONNECT, *said, END])
    again = callee.of_call(call.id, "peer-disconnected")
    expect(all(told["cause"] in ("drain", "socket") for told in again), f"{again}")


async def back(client):
    """Reconnects as a page does, until the daemon is there again."""
    from websockets.exceptions import InvalidHandshake

    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await client.resume()
        except (OSError, InvalidHandshake, Closed) as error:
            expect(time.monotonic() < end, f"{client.name} cannot come back: {error!r}")
            await asyncio.sleep(0.1)


async def persist(client, attempt):
    """Tries until it works, with as many resumptions as it takes."""
    while True:
        try:
            return await attempt()
        except Closed:
            await back(client)


async def through_restarts(setting, number, is_over):
    """Calls one after the other in one pair of sessions, until the restarts are over."""
    caller, callee = await setting.pair(f"through{number}")
    calls = 0
    while calls == 0 or not is_over.is_set() and calls < 4:
        call = Talk(caller, callee)
        for step in STEPS:
            actor, other = call.side(step.side), call.other(step.side)
            request = await call.begin(step)
            answer = await persist(actor, lambda: actor.finish(request))
            if step.type == "call:initiate":
                call.id = answer["call_id"]
            if step.heard:
                await persist(other, lambda: other.next(step.heard, call.id))
            await asyncio.sleep(0.05)
        call.judge(STEPS)
        calls += 1


@story("S2-14, S0-7: 20 pairs talk on while the daemon restarts three times", "drain-timeout=1",
       seconds=60)
async def restarts_in_a_storm(setting):
    is_over = asyncio.Event()
    pairs = [
        asyncio.ensure_future(through_restarts(setting, number, is_over)) for number in range(20)]
    for _ in range(3):
        await asyncio.sleep(0.3)
        await setting.stop()
        await setting.start()
    is_over.set()
    await asyncio.gather(*pairs)


@story("after a crash both sides take their seats again with their tokens (ruling 4)",
       "drain-timeout=1", seconds=60)
async def crash(setting):
    caller, callee = await setting.pair("crash")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    await setting.kill()
    for client in (caller, callee):
        expect(await client.end() == 1006, f"{client.closed}")
    await setting.start()
    tickets = {caller: call.ticket, callee: call.callee_ticket}
    eve = await setting.online("eve")
    for ticket, codes in ((call.ticket, ("call_not_found", "forbidden")),
                          (call.ticket[:-3] + "AAA", ("call_not_found", "forbidden"))):
        got = await eve.refused("call:join", call_id=call.id, peer_token=ticket)
        expect(got in codes, f"eve joins: {got}")
    for client, is_first in ((caller, True), (callee, False)):
        seats = tickets[client]
        welcome = await client.open()
        expect(welcome["resumed"] is False and welcome["resume_fail"] == "epoch", f"{welcome}")
        # ICE never broke: this page is no fresh one.
        back = await client.ask(
            "call:join", call_id=call.id, peer_token=seats, fresh_client=False)
        expect(back["is_reconnect"] is True, f"{back}")
        expect(back["state"] == ("reconnecting" if is_first else "active"), f"{back['state']}")
        expect(back["peer_online"] is not is_first, f"{back}")
    await caller.next("peer-reconnected", call.id)
    expect(await eve.refused("call:join", call_id=call.id, peer_token=call.ticket)
           in ("forbidden", "call_full"), "eve took a seat")
    for number in range(3):
        await call.step(talk.say("caller", number))
        await call.step(talk.say("callee", number))
    await call.step(END)
    expect(callee.terminals(call.id) == ["call:end"], f"{callee.terminals(call.id)}")


@story("a saved state that is damaged, cut or foreign is put aside, and the daemon starts",
       "drain-timeout=0", seconds=60)
async def damaged(setting):
    folder = setting.context.folder / "state"
    state = folder / "calls.state"
    call = await Talk(*await setting.pair("file")).run([*RING, ANSWER, *CONNECT])
    await setting.stop()
    sound = state.read_bytes()
    expect(state.stat().st_mode & 0o077 == 0, "others may read the state")
    expect(call.id.encode() in sound, "the call is not in it")
    middle = len(sound) // 2
    for what, data, words in [
            ("damaged", sound[:middle] + b"#" + sound[middle + 1:], "checksum"),
            ("cut", sound[:-9], "end is missing"),
            ("foreign", b"[general]\nname = value\n" * 40, "no saved state"),
            ("of another format", sound[:8] + b"\0\0\0\x63" + sound[12:], "format 99"),
            ("empty", b"", "saved state")]:
        state.write_bytes(data)
        state.chmod(0o666)
        before = len(setting.server.log())
        await setting.start()
        await setting.logged(words, before)
        expect("calls.state" in setting.server.log()[before:], f"{what}: which file")
        aside = folder / "calls.state.unusable"
        expect(aside.read_bytes() == data, f"{what}: it is not aside")
        aside.unlink()
        client = setting.client(call.caller.user)
        client.keys = dict(call.caller.keys)
        welcome = await client.open()
        expect(welcome["resume_fail"] in ("epoch", "unknown"), f"{welcome}")
        await client.send({"type": "bye"})
        await client.end()
        await setting.stop()
    # The sound one, after all that.
    state.write_bytes(sound)
    state.chmod(0o666)
    await setting.start()
    await asyncio.gather(resumed(call.caller), resumed(call.callee))
    await call.step(END)
    expect(not state.exists(), "what was restored may be restored again")


async def ready(setting):
    """The status of /readyz, over a new connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", setting.context.port)
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head = await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.close()
    return int(head.split()[1])


@story("a drain: not ready, nobody new, everybody told and closed over the time given",
       "drain-timeout=3", seconds=60)
async def drain(setting):
    from websockets.exceptions import InvalidStatus

    clients = [await setting.online(f"drained{number}") for number in range(40)]
    expect(await ready(setting) == 200, "not ready")
    began = time.monotonic()
    setting.server.signal(signal.SIGTERM)
    while await ready(setting) == 200:
        expect(time.monotonic() - began < 1, "it stays ready")
    try:
        await setting.client("late").open()
        expect(False, "a new socket was taken in")
    except InvalidStatus as refused:
        expect(refused.response.status_code == 503, f"{refused}")
        expect("retry-after" in refused.response.headers, "no Retry-After")
    spans = []

    async def watch(client):
        told = await client.next("server:draining")
        expect(0 < told["deadline_ms"] <= 3000, f"{told}")
        expect(await client.end() == 4003, f"{client.closed}")
        spans.append(time.monotonic() - began)
        late = spans[-1] - told["reconnect_after_ms"] / 1000
        expect(-0.2 < late < 1, f"closed {late} s after the time that was told")

    await asyncio.gather(*(watch(client) for client in clients))
    expect(max(spans) - min(spans) > 1, f"all closed at once: {min(spans)} to {max(spans)}")
    code = await asyncio.to_thread(setting.server.process.wait, 5)
    expect(code == 0 and time.monotonic() - began < 4, f"{code} after {time.monotonic() - began}")


@story("a drain ends at its time though a client does not go, and at once when asked twice",
       "drain-timeout=3", seconds=60)
async def deadline(setting):
    for is_asked_twice in (False, True):
        stubborn = await setting.online("stubborn")
        call = await Talk(*await setting.pair(f"kept{is_asked_twice:d}")).run([*RING, ANSWER])
        # It reads no more, so the Close frame is never answered.
        stubborn.socket.transport.pause_reading()
        began = time.monotonic()
        setting.server.signal(signal.SIGTERM)
        if is_asked_twice:
            await asyncio.sleep(0.2)
            setting.server.signal(signal.SIGTERM)
        code = await asyncio.to_thread(setting.server.process.wait, 10)
        took = time.monotonic() - began
        expect(code == 0 and took < (1.5 if is_asked_twice else 4.5), f"{code} after {took} s")
        for client in (call.caller, call.callee):
            expect(await client.end() == 4003 or is_asked_twice, f"{client.closed}")
        await setting.start()
        await asyncio.gather(resumed(call.caller), resumed(call.callee))
        await call.step(END)
