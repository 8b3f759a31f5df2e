"""Bad input on a session that is open: the documented answer, and nobody else notices."""

import json
import random
import time

from harness import expect
from scenarios import talk
from scenarios.setting import story
from scenarios.talk import Talk, beside, candidate, offer


def nested(depth):
    return "[" * depth + "]" * depth


#: Text that is no frame, or a frame with wrong types but no id, and the code of its answer.
BAD_TEXTS = [
    ("not JSON", "hello", "bad_request"),
    ("nothing", "", "bad_request"),
    ("half an object", '{"type":"pong"', "bad_request"),
    ("an array", '["pong"]', "bad_request"),
    ("no type", '{"data":{}}', "bad_request"),
    ("type of a number", '{"type":7}', "bad_request"),
    ("a field twice", '{"type":"pong","type":"bye"}', "bad_request"),
    ("too deep", '{"type":"pong","data":{"x":%s}}' % nested(8), "bad_request"),
    ("far too deep", '{"type":"pong","data":{"x":%s}}' % nested(20_000), "bad_request"),
    ("too many values", '{"type":"pong","data":{"x":[%s0]}}' % ("0," * 5000), "bad_request"),
    ("a lone surrogate", '{"type":"pong","data":{"x":"\\ud800"}}', "bad_request"),
    ("an unknown type", '{"type":"message:send","data":{"text":"hi"}}', "unsupported_type"),
    ("t of a text", '{"type":"pong","data":{"t":"now"}}', "bad_request"),
    ("ack of a text", '{"type":"ack","ack":"1"}', "bad_request"),
    ("id zero", '{"type":"ice:refresh","id":0}', "bad_request"),
    ("id of a fraction", '{"type":"ice:refresh","id":1.5}', "bad_request"),
    ("a request without id", '{"type":"ice:refresh","data":{}}', "bad_request"),
    ("a second hello", '{"type":"hello","data":{"device_id":"d"}}', "bad_request"),
]
#: Requests whose data breaks a rule: they are answered, and their id is used up.
BAD_REQUESTS = [
    ("message:send", {"text": "hi"}, "unsupported_type"),
    ("message:received", {}, "unsupported_type"),
    ("call:initiate", {}, "bad_request"),
    ("call:initiate", {"to": 7, "description": offer("x")}, "bad_request"),
    ("call:initiate", {"to": "bob", "description": {"type": "answer", "sdp": "v=0"}},
     "bad_request"),
    ("call:initiate", {"to": "bob", "description": {"type": "offer", "sdp": ""}}, "bad_request"),
    ("call:initiate", {"to": "bob", "description": {"type": "offer", "sdp": "x" * 50_000}},
     "bad_request"),
    ("call:initiate", {"to": "bob", "call_id": "a b", "description": offer("x")}, "bad_request"),
    ("call:initiate", {"description": offer("x")}, "bad_request"),
    ("call:initiate", {"chat_id": "unknown", "description": offer("x")}, "forbidden"),
    ("call:join", {}, "bad_request"),
    ("call:join", {"call_id": "x" * 65}, "bad_request"),
    ("call:answer", {"call_id": "unknown", "description": talk.answer("x")}, "call_not_found"),
    ("call:reject", {"call_id": "unknown", "reason": "tired"}, "bad_request"),
    ("call:end", {"call_id": "unknown"}, "call_not_found"),
    ("call:media", {"call_id": "unknown", "audio": "yes", "video": False}, "bad_request"),
    ("call:ice-candidate", {"call_id": "unknown", "gen": 0, "candidate": ""}, "bad_request"),
    ("call:ice-candidate", {"call_id": "unknown", "gen": 1}, "bad_request"),
    ("call:ice-candidate", {"call_id": "unknown", "candidates": [""] * 65}, "bad_request"),
    ("call:ice-candidate", {"call_id": "unknown", "candidate": {"candidate": "x" * 1025}},
     "bad_request"),
    ("app:message", {"call_id": "unknown", "payload": "x" * 17_000}, "bad_request"),
    ("presence:watch", {"users": "all"}, "bad_request"),
    ("presence:watch", {"users": ["u"] * 257}, "bad_request"),
    ("auth:refresh", {"token": "wrong"}, "unauthorized"),
]


@story("S3-13: bad frames and unknown types are answered, and the socket stays")
async def bad_frames(setting):
    async with beside(setting):
        client = await setting.online("eve")
        for what, text, code in BAD_TEXTS:
            before = len(client.errors)
            await client.send(text)
            await client.until(lambda: len(client.errors) > before, f"an error for {what}")
            expect(client.errors[-1]["code"] == code, f"{what}: {client.errors[-1]}")
        client = await setting.online("mallory")
        for type, data, code in BAD_REQUESTS:
            got = await client.refused(type, **data)
            expect(got == code, f"{type} {json.dumps(data)[:60]}: {got}")
        # After all that the session is as good as any.
        await client.ask("presence:watch", users=["mallory"])


@story("a binary frame closes with 1003, one that is too large with 4502 or 1009")
async def other_frames(setting):
    async with beside(setting):
        for what, text, codes in [
                ("binary", b'{"type":"pong"}', (1003,)),
                ("too large", '{"type":"pong","data":{"x":"%s"}}' % ("x" * 65_536), (4502, 1009)),
                ("far too large", "x" * 2_000_000, (4502, 1009))]:
            client = await setting.online("eve")
            await client.send(text)
            expect(await client.end() in codes, f"{what}: {client.closed}")
            # The session is kept: it was the frame that was wrong.
            await client.resume()
        largest = '{"type":"pong","data":{"x":"%s"}}'
        await client.send(largest % ("x" * (65_536 - len(largest) + 2)))
        await client.ask("presence:watch", users=["eve"])


@story("calls of others are closed: not_participant, not their candidates, not their end")
async def foreign_calls(setting):
    async with beside(setting) as call:
        eve = await setting.online("eve")
        for type, data, codes in [
                ("call:end", {}, ["not_participant"]),
                ("call:leave", {}, ["not_participant"]),
                ("call:answer", {"description": talk.answer("x")}, ["not_participant"]),
                ("call:reject", {}, ["not_participant"]),
                ("call:ringing", {}, ["not_participant"]),
                ("call:description", {"gen": 2, "description": offer("x")}, ["not_participant"]),
                ("call:ice-candidate", {"gen": 1, "candidate": candidate("x", 1)},
                 ["not_participant"]),
                ("call:connected", {}, ["not_participant"]),
                ("call:media", {"audio": True, "video": True}, ["not_participant"]),
                ("app:message", {"payload": "psst"}, ["not_participant"]),
                ("call:join", {}, ["call_full"]),
                ("call:join", {"peer_token": call.ticket}, ["forbidden"]),
                ("call:join", {"peer_token": call.ticket[:-2] + "AA"}, ["forbidden", "call_full"]),
                ("call:initiate", {"to": "bob", "description": offer("x")}, ["duplicate_call"])]:
            got = await eve.refused(type, call_id=call.id, **data)
            expect(got in codes, f"{type}: {got}")
        expect(eve.history == [], f"eve heard {eve.history}")


@story("a request that is sent again is answered and not done again; ids rise by one")
async def request_numbers(setting):
    async with beside(setting):
        caller, callee = await setting.pair("ids")
        begun = Talk(caller, callee)
        request = await begun.begin(talk.RING[0])
        await begun.finish(talk.RING[0], request)
        for _ in range(3):
            await caller.send(request.text)
        await caller.ask("call:media", call_id=begun.id, audio=True, video=False)
        # The client itself has seen that all answers were the same.
        expect(len(callee.of_call(begun.id, "call:offer")) == 1, "offered twice")
        for _ in range(40):
            await caller.refused("call:reject", call_id="unknown")
        await caller.send(request.text)
        # The 33rd answer back is gone: bad_request (ruling 5). The client calls that a fault.
        while not caller.faults:
            await caller.pause(time.monotonic() + 5, "an answer that differs")
    expect("bad_request" in caller.faults[0], f"{caller.faults}")
    caller.faults.clear()
    caller.number += 1
    await caller.begin("ice:refresh")
    expect(await caller.end() == 4006, f"an id was skipped: {caller.closed}")
    caller.requests.clear()
    caller.number = (await caller.open())["last_client_id"]
    await caller.send({"type": "ack", "ack": caller.last_seq + 100})
    expect(await caller.end() == 4006, f"an ack of the future: {caller.closed}")
    await caller.resume()
    await begun.run([talk.ANSWER, *talk.CONNECT, talk.END])


@story("offers and candidates of an old gen are stale, of a far one refused")
async def generations(setting):
    caller, callee = await setting.pair("gen")
    call = await Talk(caller, callee).run([*talk.RING, talk.ANSWER, *talk.CONNECT, *talk.RESTART])
    late = {"gen": 1, "candidate": candidate(call.ufrags[0], 9)}
    expect(await caller.refused("call:ice-candidate", call_id=call.id, **late) == "stale_gen", "")
    for gen, code in ((1, "stale_gen"), (2, "stale_gen"), (9, "bad_request")):
        got = await callee.refused(
            "call:description", call_id=call.id, gen=gen, description=offer("z"))
        expect(got == code, f"an offer of gen {gen}: {got}")
    got = await callee.refused(
        "call:description", call_id=call.id, gen=1, description=talk.answer("z"))
    expect(got == "stale_gen", f"an answer of gen 1: {got}")
    # A candidate that is ahead of its description waits for it (calls.md 2.5).
    await callee.ask(
        "call:ice-candidate", call_id=call.id, gen=3, candidate=candidate("B3", 77))
    await callee.ask("call:description", call_id=call.id, gen=3, description=offer("B3"))
    expect((await caller.next("call:description", call.id))["gen"] == 3, "no offer of gen 3")
    held = await caller.next("call:ice-candidate", call.id)
    expect(talk.candidates_of([held]) == [77], f"{held}")
    # Both offer at once: the second gets glare, rolls back and answers (ruling 1).
    got = await caller.refused(
        "call:description", call_id=call.id, gen=3, description=offer("A3"))
    expect(got == "glare", f"an offer against an offer: {got}")
    await caller.ask(
        "call:description", call_id=call.id, gen=3, description=talk.answer("A3"))
    expect((await callee.next("call:description", call.id))["gen"] == 3, "no answer to gen 3")
    await call.step(talk.END)


def mutated(dice, text):
    """A valid frame with something changed: bytes, a value, or its shape."""
    way = dice.randrange(4)
    if way == 0:
        at = dice.randrange(len(text))
        return text[:at] + chr(dice.randrange(1, 0x250)) + text[at + dice.randrange(3):]
    if way == 1:
        return text[:dice.randrange(len(text))]
    frame = json.loads(text)
    holder = dice.choice([frame, frame.get("data", frame)])
    name = dice.choice(list(holder) or ["x"])
    holder[name] = dice.choice([
        None, True, -1, 0, 1, 2 ** 53, 2 ** 64, 1.5, 1e308, "", "x", "\u0000", "x" * 5000, [], {},
        [[[]]], {"type": "offer", "sdp": "v=0"}, {"candidate": "x"}, ["x"] * 70])
    return json.dumps(frame)


@story("thousands of frames that are nearly right harm nobody but their sender", seconds=60)
async def nearly_right(setting):
    dice = random.Random(4)
    async with beside(setting):
        answered = 0
        for number in range(30):
            eve = await setting.online(f"eve{number}")
            call = Talk(eve, await setting.online(f"friend{number}"))
            good = [json.dumps({
                "type": step.type, "id": 1, "ack": 0,
                "data": {**step.data(call), "call_id": "unknown"}}) for step in talk.FULL]
            good += [json.dumps(frame) for frame in (
                eve.hello(), {"type": "pong", "ack": 0, "data": {"t": 1}},
                {"type": "call:join", "id": 1, "data": {"call_id": "r", "peer_token": "a.b"}},
                {"type": "presence:watch", "id": 1, "data": {"users": ["a"]}},
                {"type": "auth:refresh", "id": 1, "data": {"token": eve.token}})]
            # What the client thinks of the answers does not matter here.
            eve.take = lambda frame: None
            for _ in range(90):
                if eve.closed:
                    break
                await eve.send(mutated(dice, dice.choice(good)))
                answered += 1
            await eve.leave()
        expect(answered > 500, f"only {answered} frames")
