"""The command line on callers: calls, sessions, users, in words and as JSON."""

import asyncio

from harness import expect
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, RING, Talk


async def shown(setting, *arguments):
    """What a command prints; it must succeed."""
    code, text = await asyncio.to_thread(setting.server.command, *arguments)
    expect(code == 0, f"turnstone {' '.join(arguments)} gave {code}: {text}")
    return text


async def seen(setting, *arguments):
    return await asyncio.to_thread(setting.server.json, *arguments)


@story("admin: calls list, show and end, in words and as JSON")
async def calls(setting):
    expect("No calls." in await shown(setting, "calls", "list"), "calls before the first")
    caller, callee = await setting.pair("listed")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    found = await seen(setting, "calls", "list", "--user", caller.user)
    expect(found["matched"] == 1 and found["calls"][0]["id"] == call.id, f"{found}")
    item = await seen(setting, "calls", "show", call.id)
    expect(item["state"] == "active" and item["kind"] == "direct", f"{item}")
    expect([seat["user"] for seat in item["participants"]] == [caller.user, callee.user], f"{item}")
    expect(all(seat["online"] for seat in item["participants"]), f"{item}")
    text = await shown(setting, "calls", "list")
    expect(call.id in text and caller.user in text and "1 call." in text, text)
    text = await shown(setting, "calls", "show", call.id)
    expect("State" in text and callee.user in text, text)
    expect((await seen(setting, "calls", "list", "--state", "ringing"))["matched"] == 0, "ringing")
    code, text = await asyncio.to_thread(setting.server.command, "calls", "show", "nobody")
    expect(code == 1 and "nobody" in text, f"{code}: {text}")
    text = await shown(setting, "calls", "end", call.id)
    expect("deleted" in text, text)
    for client in (caller, callee):
        expect((await client.next("call:end"))["reason"] == "deleted", "another reason")
    expect((await seen(setting, "calls", "list"))["matched"] == 0, "it is still listed")
    ended = await seen(setting, "calls", "list", "--state", "ended")
    expect(ended["calls"][0]["endReason"] == "deleted", f"{ended}")
    # Ended is ended: saying it again changes nothing.
    expect((await seen(setting, "calls", "end", call.id))["reason"] == "deleted", "twice")


@story("admin: sessions list and kick end sessions and their calls")
async def sessions(setting):
    caller, callee = await setting.pair("kicked")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    found = await seen(setting, "sessions", "list")
    expect(found["matched"] == 2, f"{found}")
    mine = next(item for item in found["sessions"] if item["user"] == caller.user)
    expect(mine["id"] == caller.keys["sid"] and mine["calls"] == [call.id], f"{mine}")
    expect(mine["online"] and mine["client"].startswith("127.0.0.1:"), f"{mine}")
    expect(0 < mine["tokenExpiresInSeconds"] <= 86_400 * 31, f"{mine}")
    text = await shown(setting, "sessions", "list", "--user", caller.user)
    expect(mine["id"] in text and "1 session." in text, text)
    for secret in (caller.token, caller.keys["rid"]):
        expect(secret not in text and secret not in f"{found}", "a secret is shown")
    text = await shown(setting, "sessions", "kick", mine["id"])
    expect("1 session and 1 call" in text, text)
    expect((await callee.next("call:end"))["reason"] == "kicked", "another reason")
    await caller.until(lambda: caller.closed is not None, "the kicked socket is closed")
    expect(caller.closed.code == 4506, f"closed with {caller.closed}")
    code, text = await asyncio.to_thread(setting.server.command, "sessions", "kick", mine["id"])
    expect(code == 1 and "no session" in text, f"{code}: {text}")
    gone = await seen(setting, "sessions", "kick", "--user", callee.user)
    expect(gone["kicked"] == 1 and gone["calls"] == 0, f"{gone}")
    expect((await seen(setting, "sessions", "list"))["matched"] == 0, "somebody is left")


@story("admin: users joins what somebody relays and the sessions of the same user",
       "use-auth-secret", "static-auth-secret=a secret of this check only")
async def users(setting):
    client = await setting.online("both")
    issued = await seen(setting, "credentials", "issue", "--user", client.user)
    relay = setting.server.client(user=issued["username"], password=issued["credential"])
    await asyncio.to_thread(relay.allocated)
    plain = setting.server.client(user="alice", password="wonder-land")
    await asyncio.to_thread(plain.allocated)
    found = await seen(setting, "users", "--by", "allocations")
    expect(found["matched"] == 2, f"{found}")
    both = next(item for item in found["users"] if item.get("user") == client.user)
    expect(both["allocations"] == 1 and both["sessions"] == both["online"] == 1, f"{both}")
    other = next(item for item in found["users"] if item["account"] == "alice")
    expect(other["allocations"] == 1 and other["sessions"] == 0, f"{other}")
    text = await shown(setting, "users")
    expect("2 users." in text and client.user in text, text)
    await shown(setting, "allocations", "kill", "--user", client.user, "--ban", "1m")
    banned = await seen(setting, "users")
    both = next(item for item in banned["users"] if item["sessions"] == 1)
    expect(0 < both["bannedSeconds"] <= 60 and both["allocations"] == 0, f"{both}")
