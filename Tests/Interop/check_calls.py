"""Calls from start to end over real sockets: ringing, rooms, several devices, and every ending."""

import asyncio
import time

from harness import expect
from scenarios import talk
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, END, FULL, RING, STEPS, Talk, offer


async def nothing_more(client, call, seconds=0.1):
    """Messages of a call are over: what was unread is returned."""
    await asyncio.sleep(seconds)
    return [frame["type"] for frame in client.events if frame["data"].get("call_id") == call]


@story("S1-8, S1-9, S4-1 to S4-6: a whole call, 20 candidates each way")
async def whole(setting):
    caller, callee = await setting.pair("whole")
    third = await setting.online("whole-other")
    call = await Talk(caller, callee).run(FULL)
    call.judge(FULL)
    offered = callee.of_call(call.id, "call:offer")[0]
    expect(offered["caller_id"] == caller.user and offered["from"]["user_id"] == caller.user,
           f"{offered}")
    expect(offered["offer"] == offered["description"] == offer(call.ufrags[0]), "another offer")
    expect(offered["media"] == {"audio": True, "video": True} and offered["gen"] == 1, "media")
    expect(0 < offered["ring_left_ms"] <= 60_000, f"{offered['ring_left_ms']}")
    answered = caller.of_call(call.id, "call:answer")[0]
    expect(answered["answer"]["sdp"] == talk.sdp(call.ufrags[1]), "another answer")
    states = [state["state"] for state in caller.of_call(call.id, "state")]
    expect(states == ["answered", "active"], f"{states}")
    state = callee.of_call(call.id, "state")[-1]
    expect(state["participants"]["count"] == 2 and state["polite"] is True, f"{state}")
    ended = callee.of_call(call.id, "call:end")[0]
    expect(ended["reason"] == "hangup" and ended["duration_ms"] >= 0, f"{ended}")
    for event in ("created", "ringing", "answered", "active", "ended"):
        await setting.logged(f"call {call.id} {event}")
    for secret in (caller.token, call.ticket, caller.keys["rid"], "a=ice-ufrag"):
        expect(secret not in setting.server.log(), "a secret or an SDP stands in the log")
    # Ended is ended, and may be said again (ruling 5); anything else hears why.
    expect((await caller.ask("call:end", call_id=call.id))["reason"] == "hangup", "not idempotent")
    expect(await callee.refused("call:media", call_id=call.id, audio=True, video=True)
           == "call_ended", "media after the end")
    expect(third.history == [], f"somebody else heard {third.history}")


@story("every step of a call, twice in one pair of sessions, roles swapped")
async def swapped(setting):
    one, two = await setting.pair("swap")
    for caller, callee in ((one, two), (two, one)):
        call = await Talk(caller, callee).run(STEPS)
        call.judge(STEPS)


@story("S1-9: rejected, cancelled, busy: each side is told once")
async def endings(setting):
    caller, callee = await setting.pair("end")
    # The callee says no; the word it uses reaches the caller.
    for reason in ("declined", "busy", "media_failed"):
        call = await Talk(caller, callee).run(RING)
        await callee.ask("call:reject", call_id=call.id, reason=reason)
        expect((await caller.next("call:rejected", call.id))["reason"] == reason, "another reason")
        expect(caller.terminals(call.id) == ["call:rejected"], f"{caller.terminals(call.id)}")
        expect(callee.terminals(call.id) == [], f"{callee.terminals(call.id)}")
        expect(await callee.refused("call:answer", call_id=call.id,
                                    description=talk.answer("x")) == "call_ended", "")
    # The caller changes its mind.
    call = await Talk(caller, callee).run(RING)
    await caller.ask("call:end", call_id=call.id, reason="cancelled")
    expect((await callee.next("call:end", call.id))["reason"] == "cancelled", "")
    expect(callee.terminals(call.id) == ["call:end"], "")


@story("S1-9, S2-9: whoever is in a call is busy; the caller hears it, the callee misses a call")
async def busy(setting):
    caller, callee = await setting.pair("busy")
    talking = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    third = await setting.online("busy-third")
    knocking = Talk(third, callee)
    knocking.id = (await third.ask("call:initiate", **talk.initiate(knocking)))["call_id"]
    expect((await third.next("call:rejected", knocking.id))["reason"] == "busy", "not busy")
    expect((await callee.next("call:no-answer", knocking.id))["missed"] is True, "no missed call")
    expect(callee.of_call(knocking.id, "call:offer") == [], "it rang")
    await talking.run([talk.say("callee", "still here"), END])


@story("calls that wait: with calls-busy-mode=waiting it rings, marked", "calls-busy-mode=waiting")
async def waiting(setting):
    caller, callee = await setting.pair("wait")
    talking = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    third = await setting.online("wait-third")
    call = Talk(third, callee)
    rung = await call.step(RING[0])
    expect(rung["busy"] is True, f"{rung}")
    # S2-9: one user in two calls; what is said in one does not reach the other.
    await call.run([RING[1], ANSWER, *CONNECT, talk.say("caller", "third"), END])
    await talking.run([talk.say("caller", "first"), END])
    said = [data["payload"] for data in callee.of_call(talking.id, "app:message")]
    expect(said == ["first"], f"{said}")


@story("a callee who is nowhere is offline, one who may not be called is forbidden")
async def offline(setting):
    caller = await setting.online("alone")
    def to(user):
        return {"to": user, "description": offer("x")}
    expect(await caller.refused("call:initiate", **to("nobody")) == "callee_offline", "")
    expect(await caller.refused("call:initiate", **to("alone")) == "bad_request", "oneself")
    bound = await setting.online("bound", claims={"to": ["friend"]})
    for user in ("alone", "nobody"):
        expect(await bound.refused("call:initiate", **to(user)) == "forbidden", f"called {user}")
    expect(await bound.refused("call:initiate", **to("friend")) == "callee_offline", "")
    guest = await setting.online("guest", claims={"calls": ["one"], "scope": "call"})
    expect(await guest.refused("call:initiate", **to("alone")) == "forbidden", "a guest called")
    expect(await guest.refused("call:join", call_id="two") == "forbidden", "another call")
    chats = await setting.online("chatty", claims={"chats": {"c1": "alone"}, "to": []})
    call = await chats.ask("call:initiate", chat_id="c1", description=offer("x"))
    rung = await caller.next("call:offer", call["call_id"])
    expect(rung["chat_id"] == "c1", f"S4-2: {rung}")
    await chats.ask("call:end", call_id=call["call_id"])


@story("S1-9: two devices ring, one answers, the other hears answered-elsewhere")
async def devices(setting):
    caller, first = await setting.pair("dev")
    second = await setting.online(first.user, "d2")
    call = await Talk(caller, first).run(RING)
    await second.next("call:offer", call.id)
    for device, number in ((second, 21), (first, 22)):
        ufrag = call.ufrags[1] if device is first else "loser"
        await device.ask("call:ice-candidate", call_id=call.id, gen=1,
                         candidate=talk.candidate(ufrag, number))
    await call.step(ANSWER)
    elsewhere = await second.next("call:answered-elsewhere", call.id)
    expect(elsewhere["action"] == "answered", f"{elsewhere}")
    got = await second.refused("call:answer", call_id=call.id, description=talk.answer("x"))
    expect(got == "already_answered", f"the second answer: {got}")
    got = await second.refused("call:media", call_id=call.id, audio=True, video=True)
    expect(got == "not_participant", f"the loser: {got}")
    found = talk.candidates_of(caller.of_call(call.id, "call:answer", "call:ice-candidate"))
    expect(found == [22], f"candidates {found}: the loser's must not come")
    await call.run([*CONNECT, END])
    expect(second.terminals(call.id) == ["call:answered-elsewhere"], f"{second.history}")
    expect(await nothing_more(second, call.id) == [], "the loser heard more")
    # One device says no for its user: the other stops. For itself only: the other goes on.
    call = await Talk(caller, first).run(RING)
    await second.next("call:offer", call.id)
    await second.ask("call:reject", call_id=call.id, reason="media_failed")
    await call.run([ANSWER, END])
    call = await Talk(caller, first).run(RING)
    await second.next("call:offer", call.id)
    await first.ask("call:reject", call_id=call.id)
    expect((await second.next("call:answered-elsewhere", call.id))["action"] == "rejected", "")
    await caller.next("call:rejected", call.id)


@story("S3-12: a device that comes while it rings, rings too, with what was sent so far")
async def late_device(setting):
    caller, first = await setting.pair("late")
    call = await Talk(caller, first).run([*RING, talk.trickle("caller", 5)])
    second = await setting.online(first.user, "d2")
    rung = await second.next("call:offer", call.id)
    expect(talk.candidates_of([rung]) == [5], f"{rung['candidates']}")
    expect(0 < rung["ring_left_ms"] <= 60_000, f"{rung}")
    expect([state["call_id"] for state in second.welcome["calls"]] == [call.id], "not in welcome")
    call.callee = second
    await call.run([ANSWER, talk.say("caller", 1), END])
    expect(first.terminals(call.id) == ["call:answered-elsewhere"], f"{first.history}")


@story("glare: two who call each other at the same moment are in one call")
async def glare(setting):
    for number in range(8):
        one, two = await setting.pair(f"glare{number}")
        calls = [Talk(one, two), Talk(two, one)]
        begun = [await call.begin(RING[0]) for call in calls]
        results = await asyncio.gather(
            *(side.finish(request) for side, request in zip((one, two), begun)),
            return_exceptions=True)
        lost = [index for index, result in enumerate(results) if isinstance(result, Exception)]
        expect(len(lost) == 1, f"{results}")
        refusal = results[lost[0]]
        winner, loser = calls[1 - lost[0]], calls[lost[0]]
        winner.id = results[1 - lost[0]]["call_id"]
        expect(refusal.code == "glare", f"{refusal}")
        expect(refusal.data["details"]["call_id"] == winner.id, f"{refusal.data}")
        await loser.caller.until(
            lambda: any(data.get("auto_answer")
                        for data in loser.caller.of_call(winner.id, "call:offer")),
            "an offer to answer at once")
        await winner.run([ANSWER, *CONNECT, END])
        kinds = [frame["data"].get("auto_answer") for frame in loser.caller.history
                 if frame["type"] == "call:offer"]
        # Whether it rang first is a matter of whose request came first; it is told once to answer.
        expect(kinds.count(True) == 1, f"{kinds}")


@story("S2-10, S0-9, S2-11: a room: first, second, third, leave and come again")
async def room(setting):
    host = await setting.online("room-host")
    guest = await setting.online("room-guest")
    third = await setting.online("room-third", claims={"scope": "call"})
    expect(await third.refused("call:join", call_id="room-1") == "call_not_found", "opened it")
    opened = await host.ask("call:join", call_id="room-1")
    expect(opened["status"] == "waiting" and opened["peer_online"] is False, f"{opened}")
    joined = await guest.ask("call:join", call_id="room-1")
    expect(joined["peer_online"] is True and joined["is_reconnect"] is False, f"{joined}")
    expect(joined["polite"] is True and opened["polite"] is False, "roles")
    told = await host.next("join", "room-1")
    expect(told["is_reconnect"] is False and told["peer_id"] == joined["peer_id"], f"{told}")
    state = await host.next("state", "room-1")
    expect(state["participants"]["count"] == 2 and state["state"] == "answered", f"{state}")
    expect(await third.refused("call:join", call_id="room-1") == "call_full", "a third came in")
    await host.ask("call:description", call_id="room-1", gen=1, description=offer("host"))
    await guest.next("call:description", "room-1")
    await guest.ask(
        "call:description", call_id="room-1", gen=1, description=talk.answer("guest"))
    await host.next("call:description", "room-1")
    # S0-10: leave is voluntary, and the room goes on (ruling 17).
    await guest.ask("call:leave", call_id="room-1")
    expect((await host.next("leave", "room-1"))["peer_id"] == joined["peer_id"], "")
    expect((await host.next("state", "room-1"))["state"] == "waiting", "")
    again = await third.ask("call:join", call_id="room-1")
    expect(again["peer_id"] != joined["peer_id"], "S2-9: a peer_id was given out twice")
    await host.next("join", "room-1")
    await host.ask("call:end", call_id="room-1")
    expect((await third.next("call:end", "room-1"))["reason"] == "hangup", "")
    expect(guest.terminals("room-1") == [], "who has left hears no end")
    expect(await guest.refused("call:join", call_id="room-1") == "call_ended", "a tombstone")


@story("presence: who may be watched, and what is told")
async def presence(setting):
    watcher = await setting.online("watcher")
    await watcher.ask("presence:watch", users=["shown", "nobody"])
    for user in ("nobody", "shown"):
        told = await watcher.next("presence")
        expect((told["user_id"], told["online"]) == (user, False), f"{told}")
    shown = await setting.online("shown")
    told = await watcher.next("presence")
    expect((told["online"], told["devices"]) == (True, 1), f"{told}")
    await setting.online("shown", "d2")
    expect((await watcher.next("presence"))["devices"] == 2, "")
    await shown.lose("reset")
    expect((await watcher.next("presence"))["devices"] == 1, "")
    await shown.resume()
    expect((await watcher.next("presence"))["devices"] == 2, "")
    await shown.send({"type": "bye"})
    expect((await watcher.next("presence"))["devices"] == 1, "")
    expect(await shown.end() == 1000, f"{shown.closed}")
    bound = await setting.online("bound", claims={"watch": ["shown"]})
    expect(await bound.refused("presence:watch", users=["shown", "watcher"]) == "forbidden", "")
    await bound.ask("presence:watch", users=["shown"])


@story("bye ends the call that its session is in, and no other")
async def goodbye(setting):
    caller, callee = await setting.pair("bye")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    await caller.send({"type": "bye"})
    expect((await callee.next("call:end", call.id))["reason"] == "hangup", "")
    began = time.monotonic()
    again = setting.client(caller.user)
    again.keys = dict(caller.keys)
    welcome = await again.open()
    expect(welcome["resumed"] is False and time.monotonic() - began < 5, f"{welcome}")
