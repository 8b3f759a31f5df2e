"""Many calls at once: none hears of another, whatever happens to their sockets."""

import asyncio
import random

from harness import expect
from scenarios import talk
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, END, RING, STEPS, Talk

WAYS = ["reset", "close", "silent"]


async def stormy(setting, number, chance):
    """A call whose sockets die at random, before requests and behind them."""
    dice = random.Random(number)
    call = Talk(*await setting.pair(f"storm{number}"))
    losses = 0

    async def strike():
        nonlocal losses
        for client in (call.caller, call.callee):
            if dice.random() < chance:
                losses += 1
                await client.lose(dice.choice(WAYS))
                await asyncio.sleep(dice.random() * 0.05)
                await client.resume()

    for step in STEPS:
        await asyncio.sleep(dice.random() * 0.02)
        await strike()
        request = await call.begin(step)
        await strike()
        await call.finish(step, request)
    call.judge(STEPS)
    for client in (call.caller, call.callee):
        own = {frame["data"]["call_id"] for frame in client.history if frame["type"] != "skip"}
        expect(own == {call.id}, f"{client.name} of {call.id} heard of {own}")
        for state in client.welcome["calls"]:
            expect(state["call_id"] == call.id, f"{client.name} was shown {state}")
    return losses


@story("S2-8, S2-11: 20 calls on 40 sockets, which die at random", seconds=80)
async def storm(setting):
    losses = await asyncio.gather(*(stormy(setting, number, 0.15) for number in range(20)))
    expect(sum(losses) > 80, f"only {sum(losses)} sockets died")


@story("S2-8: 20 calls on 40 sockets, undisturbed")
async def calm(setting):
    await asyncio.gather(*(stormy(setting, number, 0) for number in range(20)))


@story("S2-15: of two calls in parallel one ends, the other goes on")
async def parallel(setting):
    calls = [
        await Talk(*await setting.pair(f"two{number}")).run([*RING, ANSWER, *CONNECT])
        for number in range(2)]
    await calls[0].step(END)
    said = [talk.say(side, number) for number in range(5) for side in ("caller", "callee")]
    await calls[1].run([*said, END])
    calls[0].judge([*RING, ANSWER, *CONNECT, END])
    calls[1].judge([*RING, ANSWER, *CONNECT, *said, END])


@story("S2-9: one host in five rooms, with a seat of its own in each")
async def one_host(setting):
    host = await setting.online("host")
    rooms = [f"room-{number}" for number in range(5)]
    opened = [await host.ask("call:join", call_id=room) for room in rooms]
    seats = {reply["peer_id"] for reply in opened}
    expect(len(seats) == 5, f"{seats}")
    # All guests come at the same moment.
    guests = [await setting.online(f"guest{number}") for number in range(5)]
    joined = await asyncio.gather(
        *(guest.ask("call:join", call_id=room) for guest, room in zip(guests, rooms)))
    for room, reply in zip(rooms, joined):
        expect((await host.next("join", room))["peer_id"] == reply["peer_id"], room)
    await host.lose("reset")
    for guest, room in zip(guests, rooms):
        await guest.next("peer-disconnected", room)
        await guest.ask("app:message", call_id=room, payload=room)
    await host.resume()
    expect({state["call_id"] for state in host.welcome["calls"]} == set(rooms), "rooms are gone")
    for guest, room in zip(guests, rooms):
        await guest.next("peer-reconnected", room)
        expect((await host.next("app:message", room))["payload"] == room, "another's message")
    # One ends; the four others do not notice.
    await host.ask("call:end", call_id=rooms[2])
    await guests[2].next("call:end", rooms[2])
    for guest, room in zip(guests, rooms):
        if room != rooms[2]:
            await host.ask("app:message", call_id=room, payload="on")
            await guest.next("app:message", room)
            expect(guest.terminals(room) == [], f"{guest.terminals(room)}")
        own = {frame["data"]["call_id"] for frame in guest.history}
        expect(own == {room}, f"the guest of {room} heard of {own}")
