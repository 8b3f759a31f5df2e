"""Times that a real clock has to show. All of them wait side by side, in one daemon."""

import asyncio
import time

from harness import expect
from scenarios import talk
from scenarios.setting import story, token
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk
from signaling import Refused

LINES = (
    "calls-connect-timeout=5", "calls-session-retention=10", "calls-reconnect-window=30",
    "calls-reconnect-policy=any")


async def timed(what, waiting, low, high):
    """The result of something that must take between so many seconds."""
    began = time.monotonic()
    result = await waiting
    took = time.monotonic() - began
    expect(low <= took <= high, f"{what} after {took:.1f} s, not {low} to {high}")
    return result


async def hello_timeout(setting):
    client = setting.client("mute")
    await client.connect()
    client.reader = asyncio.ensure_future(client.read(client.socket))
    expect(await timed("4001", client.end(20), 9.5, 12) == 4001, f"{client.closed}")


async def heartbeat(setting):
    """S3-1, S2-12: pings; who answers stays, who does not is gone after 45 s."""
    caller, callee = await setting.pair("beat")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    pings = []
    taken = callee.take

    def deaf(frame):
        if frame["type"] == "ping":
            pings.append(time.monotonic() - began)
        else:
            taken(frame)

    began = time.monotonic()
    callee.take = deaf
    expect(await timed("4002", callee.end(60), 44, 48) == 4002, f"{callee.closed}")
    expect(22 <= pings[0] <= 28, f"the first ping after {pings} s")
    told = await caller.next("peer-disconnected", call.id)
    expect(told["cause"] == "heartbeat", f"{told}")
    # Ruling 17: absent since the last frame, not since it was noticed.
    expect(43_000 <= time.time() * 1000 - told["at"] <= 50_000, f"{told}")
    callee.take = taken
    await callee.resume()
    await call.step(END)


async def no_answer(setting):
    """S3-4, S3-5: both sides hear it when nobody answers; 1 s is asked for, 30 s are the least."""
    caller, callee = await setting.pair("ring")
    second = await setting.online(callee.user, "d2")
    call = Talk(caller, callee)
    asked = await caller.ask("call:initiate", **talk.initiate(call), ring_ms=1000)
    call.id = asked["call_id"]
    rung = await callee.next("call:offer", call.id)
    expect(29_000 <= rung["ring_left_ms"] <= 30_000, f"{rung['ring_left_ms']}")
    # T_alert: after 5 s the caller hears that no device has said that it rings.
    told = await timed("devices:0", caller.next("call:ringing", call.id, 10), 4.5, 7)
    expect(told["devices"] == 0, f"{told}")
    told = await timed("no answer", caller.next("call:no-answer", call.id, 40), 24, 27)
    expect(told["role"] == "caller", f"{told}")
    await setting.logged("nobody answered while it rang")
    for device in (callee, second):
        told = await device.next("call:no-answer", call.id)
        expect(told["role"] == "callee" and told["missed"] is True, f"{told}")
    got = await callee.refused("call:answer", call_id=call.id, description=talk.answer("x"))
    expect(got == "call_ended", f"an answer that is late: {got}")
    for client in (caller, callee, second):
        expect(client.terminals(call.id) == ["call:no-answer"], f"{client.history}")


async def connect_timeout(setting):
    caller, callee = await setting.pair("connect")
    call = await Talk(caller, callee).run([*RING, ANSWER])
    for client in (caller, callee):
        told = await client.next("call:end", call.id, 10)
        expect(told["reason"] == "connect_failed" and told["by"] == "server", f"{told}")
    await setting.logged("the sides were not connected")
    # Clients that cannot report may well be connected (calls.md 2.6).
    caller, callee = await setting.pair("silent", caps=())
    call = await Talk(caller, callee).run([*RING, ANSWER])
    await asyncio.sleep(7)
    await call.run([talk.say("caller", 1), END])


async def gone_for_good(setting):
    """A session without a seat is kept for 10 s here; then it is expired."""
    client = await setting.online("expiring")
    await client.lose("close")
    await asyncio.sleep(12)
    welcome = await client.open()
    expect(welcome["resume_fail"] == "expired", f"{welcome}")


async def offline_devices(setting):
    """Ruling 12: only a retained session: it is rung on return, and not waited for over 20 s."""
    caller, callee = await setting.pair("pocket")
    await callee.lose("reset")
    await asyncio.sleep(0.3)
    call = Talk(caller, callee)
    asked = await caller.ask("call:initiate", **talk.initiate(call))
    expect(asked["devices"] == 0, f"{asked}")
    call.id = asked["call_id"]
    told = await timed("callee_offline", caller.next("call:end", call.id, 30), 19, 23)
    expect(told["reason"] == "callee_offline", f"{told}")
    await setting.logged("no device of the callee was there for 20 s")


async def reconnect_window(setting):
    """S0-23 with calls-reconnect-policy=any: 30 s here, from the last frame on."""
    caller, callee = await setting.pair("window")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    await callee.lose("reset")
    told = await timed("the end", caller.next("call:end", call.id, 40), 28, 33)
    expect(told["reason"] == "reconnect_timeout", f"{told}")
    await setting.logged(f"{callee.user} did not come back in time")
    welcome = await callee.open()
    expect(welcome["calls"] == [], f"{welcome['calls']}")


async def expiry(setting):
    """2.1: warned 60 s ahead; without a new token closed with 4007, but not in a call."""
    def short(user):
        return token(user, lifetime=5)

    caller = await setting.online("short-caller", token=short("short-caller"))
    callee = await setting.online("short-callee", token=short("short-callee"))
    renewed = await setting.online("short-new", token=short("short-new"))
    idle = await setting.online("short-idle", token=short("short-idle"))
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    for client in (caller, renewed, idle):
        told = await client.next("token-expiring")
        expect(abs(told["expires_at"] - time.time() * 1000) < 8000, f"{told}")
    try:
        await renewed.ask("auth:refresh", token=token("somebody"))
        expect(False, "the token of another user was taken")
    except Refused as refused:
        expect(refused.code == "unauthorized", f"{refused}")
    await renewed.ask("auth:refresh", token=token("short-new"))
    # 5 s of life, and 30 s that clocks may be apart.
    expect(await timed("4007", idle.end(45), 32, 38) == 4007, f"{idle.closed}")
    await renewed.ask("presence:watch", users=[])
    await call.run([talk.say("caller", 1), END])
    expect(await caller.end() == 4007, f"{caller.closed}")


@story("S3-1, S3-4, S3-5, S0-23: heartbeat, ringing, connecting, absence, expiry by the clock",
       *LINES, seconds=75)
async def clocks(setting):
    stories = (
        heartbeat, hello_timeout, no_answer, connect_timeout, gone_for_good, offline_devices,
        reconnect_window, expiry)
    results = await asyncio.gather(*(one(setting) for one in stories), return_exceptions=True)
    wrong = [f"{one.__name__}: {result!r}" for one, result in zip(stories, results)
             if isinstance(result, BaseException)]
    expect(not wrong, "\n".join(wrong))
