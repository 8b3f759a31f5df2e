"""Every bound of signaling: what happens at it, and that nobody else pays."""

import asyncio
import contextlib
import socket
import time

from harness import expect
from scenarios import talk
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk, beside, offer
from signaling import Closed, Fault, Refused


@story("the ninth socket of a user gets 4505, until another one goes")
async def sockets_of_a_user(setting):
    async with beside(setting):
        devices = [await setting.online("carol", f"d{number}") for number in range(8)]
        ninth = setting.client("carol", "d9")
        try:
            await ninth.open()
            raise Fault("a ninth socket was taken in")
        except Closed as closed:
            expect(closed.code == 4505, f"{closed}")
        # One that resumes is not a new one.
        await devices[3].lose("silent")
        await devices[3].resume()
        await devices[0].leave()
        await ninth.open()
        await setting.online("dave")


@story("sockets that do not sign in: 64 of one address, others come in from elsewhere")
async def strangers(setting):
    async with beside(setting):
        held = [setting.client("mute") for _ in range(64)]
        for client in held:
            await client.connect()
        one_more = setting.client("carol")
        try:
            await one_more.open()
            raise Fault("the 65th was taken in")
        except (Closed, Refused) as closed:
            expect(closed.code == 4005, f"{closed}")
        await setting.client("carol").open(local_addr=("127.0.0.2", 0))
        # One that signs in makes room.
        await held[0].send(held[0].hello())
        await held[0].greeting()
        await one_more.open()


@story("frames: 100 at once and 30 a second, then 4005 with the time to wait")
async def frames(setting):
    async with beside(setting):
        client = await setting.online("chatty")
        for _ in range(90):
            await client.acknowledge()
        await client.ask("presence:watch", users=["chatty"])
        for _ in range(40):
            await client.acknowledge()
        expect(await client.end() == 4005, f"{client.closed}")
        expect(0 < int(client.closed.reason) < 1000, f"{client.closed.reason}")
        await asyncio.sleep(0.5)
        await client.resume()
        # Its session is as it was, and 25 a second are fine.
        for _ in range(25):
            await client.acknowledge()
            await asyncio.sleep(0.04)
        await client.ask("presence:watch", users=["chatty"])


async def refusals(client, count, type, **data):
    """How many of these go through before one is refused for its rate."""
    for number in range(count):
        try:
            await client.ask(type, **data)
        except Refused as refused:
            if refused.code == "rate_limited":
                expect(0 < refused.data["retry_ms"] <= 60_000, f"{refused.data}")
                return number
    return count


@story("rates of requests: calls 5 in 10 s per user, candidates, offers, credentials, presence")
async def rates(setting):
    callee = await setting.online("callee")
    phones = [await setting.online("caller", f"d{number}") for number in range(2)]
    started = 0
    for number in range(6):
        phone = phones[number % 2]
        try:
            call = await phone.ask("call:initiate", to="callee", description=offer("x"))
            await phone.ask("call:end", call_id=call["call_id"], reason="cancelled")
            started += 1
        except Refused as refused:
            expect(refused.code == "rate_limited" and refused.data["retry_ms"] > 0, f"{refused}")
    expect(started == 5, f"{started} calls were started")
    expect(len([frame for frame in callee.history if frame["type"] == "call:offer"]) == 5, "")
    other = await setting.online("other")
    call = await Talk(other, callee).run([*RING, ANSWER, *CONNECT])
    # The first offer was in `call:initiate`.
    data = {"call_id": call.id, "description": offer(call.ufrags[0])}
    expect(await refusals(other, 12, "call:description", **data) == 10, "offers")
    expect(await refusals(other, 8, "ice:refresh") in (6, 8), "credentials")
    expect(await refusals(other, 25, "presence:watch", users=[]) == 20, "presence")
    await asyncio.sleep(1)
    data = {"call_id": call.id, "gen": 11, "candidate": talk.candidate(call.ufrags[0], 1)}
    passed = await refusals(callee, 60, "call:ice-candidate", **data)
    await asyncio.sleep(1.5)
    passed += await refusals(callee, 70, "call:ice-candidate", **data)
    expect(100 <= passed <= 125, f"{passed} candidates")
    await call.step(END)


@story("who has failed ten times waits, who has a right token does not (ruling 16)")
async def failures(setting):
    async with beside(setting):
        took = []
        for _ in range(14):
            client = setting.client("eve", token="wrong")
            began = time.monotonic()
            with contextlib.suppress(Refused):
                await client.open()
            with contextlib.suppress(Closed):
                await client.frame()
            took.append(time.monotonic() - began)
            began = time.monotonic()
            await (await setting.online("good")).leave()
            expect(time.monotonic() - began < 0.5, "a right token had to wait")
        expect(max(took[:10]) < 0.5 and took[13] > 0.7, f"{took}")


@story("candidates that wait for an answer are bounded: too_many_candidates")
async def kept_candidates(setting):
    caller, callee = await setting.pair("kept")
    call = await Talk(caller, callee).run(RING)
    many = [talk.candidate(call.ufrags[0], number) for number in range(1, 65)]
    await caller.ask("call:ice-candidate", call_id=call.id, gen=1, candidates=many)
    got = await caller.refused("call:ice-candidate", call_id=call.id, gen=1, candidates=many[:1])
    expect(got == "too_many_candidates", f"the caller's 65th: {got}")
    mine = [talk.candidate(call.ufrags[1], number) for number in range(1, 65)]
    await callee.ask("call:ice-candidate", call_id=call.id, gen=1, candidates=mine)
    got = await callee.refused("call:ice-candidate", call_id=call.id, gen=1, candidates=mine[:1])
    expect(got == "too_many_candidates", f"the callee's 65th: {got}")
    answer = await call.step(ANSWER)
    expect(talk.candidates_of([answer]) == list(range(1, 65)), "candidates of the answer")
    await call.step(END)


@story("live calls of one user: too_many_calls, until one ends", "calls-max-per-user=3")
async def live_calls(setting):
    caller = await setting.online("busy-bee")
    calls = []
    for number in range(3):
        callee = await setting.online(f"callee{number}")
        calls.append(await Talk(caller, callee).run(RING))
    fourth = Talk(caller, await setting.online("callee3"))
    got = await caller.refused("call:initiate", **talk.initiate(fourth))
    expect(got == "too_many_calls", f"a fourth call: {got}")
    expect(await caller.refused("call:join", call_id="room") == "too_many_calls", "a room")
    await calls[0].run([ANSWER, END])
    await fourth.run([*RING, ANSWER, END])
    for call in calls[1:]:
        await call.run([ANSWER, END])


def payloads(client, room):
    return [data["payload"] for data in client.of_call(room, "app:message")]


async def stuck(setting, guests, rooms, slow):
    """Fills what is on the way to a client that reads nothing, until the server gives it up; how
    many messages each room was told."""
    slow.socket.transport.pause_reading()
    counts = dict.fromkeys(rooms, 0)

    async def pour(guest, room):
        while not guest.of_call(room, "peer-disconnected") and counts[room] < 80:
            # Each guest may have two under way when it hears of the end; all of them are kept
            # for the slow one, for whom the server keeps 256 KiB.
            payload = f"{counts[room]} {'x' * 12_000}"
            await guest.ask("app:message", call_id=room, payload=payload)
            counts[room] += 1

    await asyncio.gather(*(pour(guest, room) for guest, room in zip(guests, rooms)))
    for guest, room in zip(guests, rooms):
        told = await guest.next("peer-disconnected", room)
        expect(told["cause"] == "socket", f"{told}")
    return counts


@story("a client that does not read gets 4004; it comes back and has missed nothing", seconds=60)
async def slow_consumer(setting):
    await slow_reader(setting, extra=0)


@story("who misses more than is kept comes back to its calls without it", seconds=60)
async def gapped(setting):
    await slow_reader(setting, extra=20)


async def slow_reader(setting, extra):
    async with beside(setting):
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        small.connect(("127.0.0.1", setting.context.port))
        small.setblocking(False)
        slow = setting.client("slow")
        await slow.open(sock=small)
        rooms = [f"slow-{number}" for number in range(10)]
        for room in rooms:
            await slow.ask("call:join", call_id=room)
        guests = [await setting.online(f"fast{number}") for number in range(10)]
        for guest, room in zip(guests, rooms):
            await guest.ask("call:join", call_id=room)
        await slow.until(lambda: slow.last_seq >= 20, "its guests")
        counts = await stuck(setting, guests, rooms, slow)
        for number in range(extra):
            await guests[0].ask("app:message", call_id=rooms[0], payload="x" * 16_000)
        slow.socket.transport.resume_reading()
        expect(await slow.end() == 4004, f"{slow.closed}")
        if extra == 0:
            await slow.resume()
            for room, count in counts.items():
                told = [int(payload.split()[0]) for payload in payloads(slow, room)]
                expect(told == list(range(count)), f"{room}: {told} of {count}")
        else:
            welcome = await slow.open()
            expect(welcome["resume_fail"] == "gap", f"{welcome}")
        found = {state["call_id"] for state in slow.welcome["calls"]}
        expect(found == set(rooms), f"{found}")
        for guest, room in zip(guests, rooms):
            if extra:
                back = await slow.ask("call:join", call_id=room)
                expect(back["is_reconnect"] is True, f"{back}")
            await guest.next("peer-reconnected", room)
            await guest.ask("app:message", call_id=room, payload="welcome back")
            await slow.until(
                lambda: "welcome back" in payloads(slow, room), f"the word of {room}")
