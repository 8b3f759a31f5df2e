"""Sockets that die at every step of a call, in every way, on either side: nothing is lost."""

import asyncio
import itertools

from harness import expect
from scenarios import talk
from scenarios.setting import story
from scenarios.talk import (
    ANSWER, CANCELLED, CONNECT, END, REJECTED, RING, ROOM, STEPS, Talk)
from signaling import Refused

WAYS = ["reset", "close", "silent", "welcome"]
VICTIMS = {"caller": ["caller"], "callee": ["callee"], "both": ["caller", "callee"]}


async def lose(client, way):
    await client.lose("reset" if way == "welcome" else way)


async def resume(client, way):
    if way == "welcome":
        # A `welcome` that never arrived: the rid before stays good (ruling 3).
        known = dict(client.keys)
        await client.connect()
        await client.send(client.hello())
        await client.greeting()
        await client.lose("reset")
        client.keys = known
    await client.resume()


async def interrupted(setting, name, steps, index, way, moment, victims):
    """A whole call in which sockets die around step `index`."""
    call = Talk(*await setting.pair(name), room=steps is ROOM)
    doomed = [call.side(side) for side in victims]
    for number, step in enumerate(steps):
        if number != index:
            await call.step(step)
            continue
        if moment != "during":
            for client in doomed:
                await lose(client, way)
        if moment == "before":
            await asyncio.gather(*(resume(client, way) for client in doomed))
        request = await call.begin(step)
        if moment == "during":
            for client in doomed:
                await lose(client, way)
        if moment == "away":
            # The side that acts has its answer before the other is back.
            await call.side(step.side).finish(request)
        if moment != "before":
            await asyncio.gather(*(resume(client, way) for client in doomed))
        await call.finish(step, request)
    call.judge(steps)
    for client in (call.caller, call.callee):
        expect(set(await client.ghost_codes()) <= {4504}, f"{await client.ghost_codes()}")
        await client.leave()


def moments(step):
    """When sockets may die around a step, and whose."""
    other = "callee" if step.side == "caller" else "caller"
    for victims in VICTIMS.values():
        yield "before", victims
        yield "during", victims
    yield "away", [other]


async def every_way(setting, way, steps):
    count = 0
    for index, step in enumerate(steps):
        waiting = [
            interrupted(setting, f"{way}{index}-{number}", steps, index, way, moment, victims)
            for number, (moment, victims) in enumerate(moments(step))]
        names = [f"{moment} of {victims}" for moment, victims in moments(step)]
        results = await asyncio.gather(*waiting, return_exceptions=True)
        for what, result in zip(names, results):
            expect(not isinstance(result, BaseException),
                   f"{way}, {step.name} by the {step.side}, {what}: {result!r}")
        count += len(waiting)
    expect(count == 7 * len(steps), f"{count} calls")


async def every_short_way(setting):
    for way in WAYS:
        for steps in (REJECTED, CANCELLED):
            await every_way(setting, way, steps)


async def with_witness(setting, steps, index, way, told):
    """A call whose callee has a second device, which dies around step `index`."""
    call = Talk(*await setting.pair(f"seen-{way}{index}-{len(steps)}-{told[5:]}"))
    witness = await setting.online(call.callee.user, "d2")
    for number, step in enumerate(steps):
        if number == index:
            await lose(witness, way)
        await call.step(step)
        if number == index + 1:
            await resume(witness, way)
    if index + 1 >= len(steps):
        await resume(witness, way)
    call.judge(steps)
    await witness.next(told, call.id)
    expect(witness.terminals(call.id) == [told], f"{witness.terminals(call.id)}")
    for client in (call.caller, call.callee, witness):
        await client.leave()


async def second_device(setting):
    for way in WAYS:
        await asyncio.gather(*(
            with_witness(setting, steps, index, way, told)
            for steps, told in (
                (STEPS[:6] + [END], "call:answered-elsewhere"),
                (REJECTED, "call:answered-elsewhere"), (CANCELLED, "call:end"))
            for index in range(1, len(steps))))


async def every_room(setting):
    for way in WAYS:
        await every_way(setting, way, ROOM)


for chosen in WAYS:
    what = {"reset": "TCP RST", "close": "an end without Close", "silent": "silence",
            "welcome": "TCP RST, and the first welcome after it"}[chosen]
    story(f"S0-7, S0-10, S0-11: sockets lost by {what} at every step of a call", seconds=90)(
        lambda setting, way=chosen: every_way(setting, way, STEPS))
story("S0-7: sockets lost at every step of calls that are rejected or cancelled")(every_short_way)
story("a second device whose socket is lost at any step hears one ending")(second_device)
story("S0-7, S0-9: sockets lost at every step of a room, by every way", seconds=60)(every_room)


@story("S0-5, S0-6, S0-8, S0-10, S0-11: what the other side hears of an absence")
async def absence(setting):
    caller, callee = await setting.pair("absent")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    peer = callee.of_call(call.id, "state")[-1]["you"]
    for count, way in enumerate(["reset", "close", "reset"], 1):
        await callee.lose(way)
        gone = await caller.next("peer-disconnected", call.id)
        expect(gone["peer_id"] == peer and gone["cause"] == "socket", f"{gone}")
        # S0-22: 30 minutes from the last frame.
        expect(gone["window_ends_at"] - gone["at"] == 1_800_000, f"{gone}")
        await callee.resume()
        back = await caller.next("peer-reconnected", call.id)
        expect(back["peer_id"] == peer and back["resumed"] is True, f"{back}")
        expect(back["fresh_client"] is False, f"{back}")
        snapshot = callee.welcome["calls"][0]
        own = next(one for one in snapshot["participants"]["list"] if one["peer_id"] == peer)
        expect(snapshot["state"] == "active", f"{snapshot['state']}")
        expect(own["reconnect_count"] == count and own["online"] is True, f"{own}")
    expect(caller.of_call(call.id, "leave") == [], "an absence was told as leave")
    await call.run([talk.say("caller", 1), talk.say("callee", 2), END])


@story("a rid is good once: later it is taken, and a wrong one is unknown")
async def rid(setting):
    caller, callee = await setting.pair("rid")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    old = dict(caller.keys)
    await caller.lose("reset")
    await caller.resume()
    await caller.acknowledge()
    await caller.ask("presence:watch", users=[caller.user])
    wrong = [
        (old, "taken"), ({**caller.keys, "rid": "x" * 22}, "unknown"),
        ({**caller.keys, "sid": "nobody"}, "unknown"),
        ({**caller.keys, "epoch": "before"}, "epoch")]
    for keys, reason in wrong:
        thief = setting.client(caller.user, "d2")
        thief.keys = keys
        welcome = await thief.open()
        expect(welcome["resumed"] is False and welcome["resume_fail"] == reason, f"{welcome}")
        # A failed resumption still says which calls there are (calls.md 2.2).
        expect([state["call_id"] for state in welcome["calls"]] == [call.id], f"{welcome}")
        await thief.send({"type": "bye"})
        await thief.end()
    # A right rid with the token of somebody else is a stolen one.
    thief = setting.client("eve")
    thief.keys = dict(caller.keys)
    welcome = await thief.open()
    expect(welcome["resume_fail"] == "unknown" and welcome["calls"] == [], f"{welcome}")
    thief = setting.client(caller.user, token="wrong")
    thief.keys = dict(caller.keys)
    try:
        await thief.open()
        expect(False, "resumed without a token")
    except Refused as refused:
        expect(refused.code == "unauthorized", f"{refused}")
    # None of this has touched the call or its session.
    await call.run([talk.say("caller", "mine"), talk.say("callee", "yours"), END])


@story("five pages that resume one session at once: one has it, the others hear 4504")
async def race(setting):
    caller, callee = await setting.pair("race")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    await caller.lose("reset")
    copies = [setting.client(caller.user) for _ in range(5)]
    for copy in copies:
        copy.keys, copy.last_seq, copy.number = dict(caller.keys), caller.last_seq, caller.number
    await asyncio.gather(*(copy.open() for copy in copies))
    await asyncio.sleep(0.2)
    expect([copy.welcome["resumed"] for copy in copies] == [True] * 5, "not resumed")
    alive = [copy for copy in copies if copy.closed is None]
    expect(len(alive) == 1, f"{len(alive)} have it")
    expect(all(copy.closed.code == 4504 for copy in copies if copy.closed), "other codes")
    await alive[0].ask("app:message", call_id=call.id, payload="I have it")
    await callee.next("app:message", call.id)
    expect(callee.of_call(call.id, "call:end") == [], "the call has ended")
    await alive[0].ask("call:end", call_id=call.id)
    await callee.next("call:end", call.id)


@story("a lost page comes back by its seat token, or by its user alone (ruling 8)")
async def reload(setting):
    for number, with_ticket in enumerate((True, False)):
        caller, callee = await setting.pair(f"reload{number}")
        call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
        await callee.lose("close")
        await caller.next("peer-disconnected", call.id)
        callee.forget()
        welcome = await callee.open()
        expect([state["call_id"] for state in welcome["calls"]] == [call.id], f"{welcome}")
        ticket = {"peer_token": call.callee_ticket} if with_ticket else {}
        back = await callee.ask("call:join", call_id=call.id, **ticket)
        expect(back["is_reconnect"] is True and back["peer_online"] is True, f"S0-8, S0-9: {back}")
        told = await caller.next("peer-reconnected", call.id)
        expect(told["resumed"] is False and told["fresh_client"] is True, f"{told}")
        expect(told["restart_by"] == told["peer_id"] or told["gen"] == 2, f"{told}")
        # Both build anew: the caller offers the next gen.
        await caller.ask("call:description", call_id=call.id, gen=told["gen"] + 1,
                         description=talk.offer("again"))
        offered = await callee.next("call:description", call.id)
        await callee.ask("call:description", call_id=call.id, gen=offered["gen"],
                         description=talk.answer("again"))
        await caller.next("call:description", call.id)
        # Somebody else's page cannot have it.
        eve = await setting.online(f"eve{number}")
        got = await eve.refused(
            "call:join", call_id=call.id, peer_token=call.callee_ticket)
        expect(got == "forbidden", f"a stolen seat token: {got}")
        await call.step(END)


@story("a seat taken over while its owner is there: the old page hears taken_over once")
async def taken_over(setting):
    caller, callee = await setting.pair("over")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    second = await setting.online(callee.user, "d2")
    await second.ask("call:join", call_id=call.id, peer_token=call.callee_ticket)
    told = await callee.next("call:end", call.id)
    expect(told["reason"] == "taken_over", f"{told}")
    expect(await callee.refused("call:media", call_id=call.id, audio=True, video=True)
           == "not_participant", "the old page still speaks")
    call.callee = second
    await call.run([talk.say("caller", "hello"), END])
    expect(callee.terminals(call.id) == ["call:end"], "told twice")


@story("S0-7: a caller who is away while it rings gets the answer on return")
async def absent_caller(setting):
    for way in ("reset", "silent"):
        caller, callee = await setting.pair(f"ring-{way}")
        call = await Talk(caller, callee).run(RING)
        await caller.lose(way)
        await asyncio.sleep(0.05)
        await callee.ask("call:answer", call_id=call.id,
                         description=talk.answer(call.ufrags[1]))
        await caller.resume()
        await caller.next("call:answer", call.id)
        await call.run([*CONNECT, END])


@story("frames that were missed come once, and in order, after many losses")
async def many_losses(setting):
    caller, callee = await setting.pair("many")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    ways = itertools.cycle(["reset", "silent", "close"])
    sent = []
    for turn in range(12):
        await callee.lose(next(ways))
        for _ in range(3):
            sent.append(len(sent))
            await caller.ask("app:message", call_id=call.id, payload=sent[-1])
        await callee.resume()
        await asyncio.sleep(0.1)
    await callee.until(
        lambda: len(callee.of_call(call.id, "app:message")) == len(sent), "all messages")
    got = [data["payload"] for data in callee.of_call(call.id, "app:message")]
    expect(got == sent, f"{got}")
    await call.step(END)


@story("an offer that nobody wants any more is not shown on return")
async def dead_offer(setting):
    caller, callee = await setting.pair("dead")
    call = Talk(caller, callee)
    await callee.lose("silent")
    call.id = (await caller.ask("call:initiate", **talk.initiate(call)))["call_id"]
    await caller.ask("call:end", call_id=call.id, reason="cancelled")
    await callee.resume()
    await callee.until(lambda: callee.terminals(call.id), "the end of the call")
    expect(callee.of_call(call.id, "call:offer") == [], "a dead offer came")
    expect([frame["type"] for frame in callee.history][:1] == ["skip"], f"{callee.history}")
