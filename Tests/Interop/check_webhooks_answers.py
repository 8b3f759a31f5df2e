"""Hooks whose answer decides: the push, and the chat resolver."""

import asyncio
import time

from harness import expect
from hook_server import half, nonsense, reply, silence
from scenarios import talk
from scenarios.hooked import CHATS, hooked, undisturbed, until
from scenarios.talk import ANSWER, CONNECT, END, Talk
from signaling import Refused


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
    await setting.logged(f"call {call.id} push requested")
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
