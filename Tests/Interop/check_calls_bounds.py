"""Bounds of the whole server, and sessions that outlive the token they began with."""

from harness import expect
from scenarios import talk
from scenarios.setting import story, token
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk
from signaling import Fault, Refused


@story("calls-max: the next call waits for an end, whoever asks", "calls-max=2")
async def calls_at_once(setting):
    first = await Talk(*await setting.pair("first")).run(RING)
    second = await Talk(*await setting.pair("second")).run([*RING, ANSWER, *CONNECT])
    third = Talk(*await setting.pair("third"))
    got = await third.caller.refused("call:initiate", **talk.initiate(third))
    expect(got == "too_many_calls", f"a third call: {got}")
    got = await third.callee.refused("call:join", call_id="room")
    expect(got == "too_many_calls", f"a room: {got}")
    # Who is in a call notices nothing.
    await first.run([ANSWER, *CONNECT, END])
    await third.run([*RING, ANSWER, END])
    await second.run([END])


@story("calls-max-sockets: the next one is told to come later, also one that resumes",
       "calls-max-sockets=3")
async def sockets_at_once(setting):
    clients = [await setting.online(f"user{number}") for number in range(3)]
    late = setting.client("late")
    await turned_away(late)
    await clients[0].leave()
    await late.open()
    await turned_away(clients[0])
    await late.leave()
    await clients[0].resume()


async def turned_away(client):
    from websockets.exceptions import InvalidStatus

    try:
        await client.open()
        raise Fault("a fourth socket was taken in")
    except InvalidStatus as refused:
        expect(refused.response.status_code == 503, f"{refused}")
        expect("retry-after" in refused.response.headers, "no Retry-After")


@story("a token that ran out ends no call; its session comes back with the next one")
async def outlived(setting):
    call = await Talk(*await setting.pair("long")).run([*RING, ANSWER, *CONNECT])
    for client in (call.caller, call.callee):
        fresh, client.token = client.token, token(client.user, lifetime=-90)
        await client.lose("reset")
        try:
            await client.open()
            raise Fault("a token that ran out was taken")
        except Refused as refused:
            expect(refused.code == "token_expired", f"{refused}")
        client.token = fresh
    for client in (call.caller, call.callee):
        await client.resume()
    await call.run([END])
