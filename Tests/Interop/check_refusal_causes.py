"""Each refusal and each ended call has a cause in words: in the lists and in the log."""

import hashlib
import os
import re
import struct
import time

import stun
from check_turnutils import uclient
from daemon import PASSWORD, REALM, SECRET, USER
from harness import check, expect, wait_until
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, RING, Talk

ALICE = {"user": USER, "password": PASSWORD}
BOB = {"user": "bob", "password": "builder"}
OLD = "an older secret of these tests"
CASES = []


def case(code, words, *lines):
    """A function that makes the server refuse something: with which code, and for which cause."""

    def register(function):
        CASES.append((function, code, words, lines))
        return function

    return register


def named(server, name, secret, realm=REALM):
    """A client whose time-limited name is signed as if the realm were this one."""
    client = server.client(user=name, password=stun.rest_credential(secret, name))
    client.learn(client.exchange(client.compose(stun.ALLOCATE, signed=False)))
    client.realm = realm.encode()
    client.key = hashlib.md5(
        b":".join([name.encode(), client.realm, client.password.encode()])).digest()
    return client


def ask(client, transport=stun.UDP):
    return client.exchange(client.compose(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, transport)]))


@case(401, r"expired 31\d s ago")
def expired(server):
    name = f"{int(time.time()) - 312}:carol"
    return ask(named(server, name, SECRET))


@case(401, r"signature fits none of 2 secrets")
def other_secret(server):
    return ask(named(server, stun.rest_name(60, "dora"), "a third secret that nobody has"))


@case(401, r"fits secret number 2, but with another realm")
def other_realm(server):
    return ask(named(server, stun.rest_name(60, "emil"), OLD, "elsewhere.example"))


@case(401, r"the client uses another realm, 'elsewhere\.example'")
def other_realm_and_secret(server):
    name = stun.rest_name(60, "fred")
    return ask(named(server, name, "a third secret that nobody has", "elsewhere.example"))


@case(401, r"secret number 1 itself was used as password")
def bare_secret(server):
    name = stun.rest_name(60, "gerd")
    return server.client(user=name, password=SECRET).allocate()


@case(401, r"wrong password of a static user")
def wrong_password(server):
    return server.client(user="bob", password="wrong").allocate()


@case(401, r"user unknown, and the name holds no expiry")
def unknown(server):
    return server.client(user="mallory", password="x").allocate()


@case(401, r"revoked for another \d+ s")
def revoked(server):
    name = stun.rest_name(60, "hans")
    server.command("credentials", "revoke", name)
    return ask(named(server, name, SECRET))


@case(403, r"peer 10\.0\.0\.9:80: .*private")
def private_peer(server):
    client = server.client(**BOB)
    client.allocated()
    return client.permit(("10.0.0.9", 80))


@case(403, r"peer 203\.0\.113\.7:80: .*denied-peer-ip=203\.0\.113\.0/24")
def denied_peer(server):
    client = server.client(**BOB)
    client.allocated()
    return client.permit(("203.0.113.7", 80))


@case(403, r"switched off by no-udp-relay", "no-udp-relay")
def no_udp(server):
    return server.client(**BOB).allocate()


@case(437, r"no allocation on this 5-tuple; it ended, or the client's address has changed")
def no_allocation(server):
    client = server.client(**BOB)
    return client.refresh(600)


@case(437, r"5-tuple already has an allocation")
def twice(server):
    client = server.client(**BOB)
    client.allocated()
    return client.allocate()


@case(438, r"the nonce is [23] s old, 1 s are allowed \(stale-nonce\)", "stale-nonce=1")
def stale(server):
    client = server.client(**BOB)
    client.allocated()
    time.sleep(2.2)
    return client.exchange(client.compose(stun.REFRESH))


@case(438, r"nonce was not issued to this address")
def foreign(server):
    one, two = server.client(**BOB), server.client(**BOB)
    one.allocated()
    two.realm, two.nonce, two.key = one.realm, one.nonce, one.key
    return ask(two)


@case(441, r"the allocation belongs to another user, alice")
def other_user(server):
    client = server.client(**ALICE)
    client.allocated()
    client.user, client.password = BOB["user"], BOB["password"]
    client.key = hashlib.md5(f"bob:{REALM}:builder".encode()).digest()
    return client.refresh(600)


@case(442, r"transport 99 is not served")
def transport(server):
    client = server.client(**BOB)
    return client.request(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, struct.pack("!I", 99 << 24))])


@case(442, r"switched off by no-tcp-relay", "no-tcp-relay")
def no_tcp(server):
    return server.stream(**BOB).allocate_tcp()


@case(486, r"user over quota, 10 of 10", "user-quota=10")
def quota(server):
    for _ in range(10):
        server.client(**BOB).allocated()
    return server.client(**BOB).allocate()


@case(508, r"server full, 1 of 1 allocations", "total-quota=1")
def full(server):
    server.client(**ALICE).allocated()
    return server.client(**BOB).allocate()


@case(508, r"permission limit of 2 reached", "permissions-per-allocation=2")
def permissions(server):
    client = server.client(**BOB)
    client.allocated()
    client.permit(("127.0.0.5", 1), ("127.0.0.6", 1))
    return client.permit(("127.0.0.7", 1))


@case(508, r"the server drains")
def drains(server):
    server.command("drain")
    try:
        return server.client(**BOB).allocate()
    finally:
        server.command("drain", "--undo")


@case(400, r"channel 0x4000 is bound to 127\.0\.0\.5:80: one number, one peer")
def channel(server):
    client = server.client(**BOB)
    client.allocated()
    client.bind_channel(0x4000, ("127.0.0.5", 80))
    return client.bind_channel(0x4000, ("127.0.0.6", 80))


@case(420, r"unknown attributes that must be understood")
def unknown_attributes(server):
    """Of RFC 5780 and RFC 7635, none of which is implemented (docs/protocol.md)."""
    client = server.client(**BOB)
    numbers = (0x0003, 0x0026, 0x0027, 0x001B)
    answer = client.request(stun.REFRESH, [(number, bytes(4)) for number in numbers])
    listed = struct.unpack("!4H", answer.get(stun.UNKNOWN_ATTRIBUTES)[:8])
    expect(set(listed) == set(numbers), f"{listed}")
    return answer


@case(440, r"address family is not served")
def family(server):
    return server.client(**BOB).allocate((stun.REQUESTED_ADDRESS_FAMILY, b"\x02\0\0\0"))


@case(443, r"peer family has no relay in this allocation")
def peer_family(server):
    client = server.client(**BOB)
    client.allocated()
    return client.permit(("::1", 80))


@check("causes: each refusal says why, to the operator alone", only="turnstone", seconds=80)
def causes(context):
    common = ("user=bob:builder", f"static-auth-secret={SECRET}", f"static-auth-secret={OLD}",
              "denied-peer-ip=203.0.113.0/24", "user-quota=0")
    server = context.serve(*common, addresses=("127.0.0.1",))
    for function, code, words, lines in CASES:
        before = server.config_path.read_text()
        if lines:
            server.config_path.write_text(before + "\n".join(lines) + "\n")
            expect(server.command("reload")[0] == 0, f"{lines}")
        start, name = len(server.log()), function.__name__
        answer = function(server)
        expect(answer.code == code, f"{name}: {answer.code} instead of {code}")
        found = server.json("refusals", "--code", str(code))["refusals"]
        expect(found and re.search(words, found[0]["cause"]), f"{name}: {found[:2]}")
        wait_until(context, f"{name}: the log has: {words}\n{server.log()[start:]}",
                   lambda: re.search(words, server.log()[start:]), 2)
        secret = re.compile(rb"[^\x20-\x7e]").sub(b"", answer.raw)
        expect(not re.search(words.encode(), secret), f"{name}: the client was told")
        server.command("allocations", "kill", "--younger-than", "1h")
        if lines:
            server.config_path.write_text(before)
            expect(server.command("reload")[0] == 0, f"back from {lines}")
    # Clients that others wrote.
    code, output = uclient(context, "-y", password="wrong")
    expect(code != 0, output)
    found = server.json("refusals", "--user", USER, "--code", "401")["refusals"]
    expect("wrong password" in found[0]["cause"], f"{found}")


@check("causes: a flood of refusals is sampled: bounded lines, all of them counted",
       only="turnstone")
def flood(context):
    server = context.serve("user=bob:builder")
    client = server.client(user="bob", password="wrong")
    client.learn(client.exchange(client.compose(stun.ALLOCATE, signed=False)))
    start, count = len(server.log()), 5000
    began = time.monotonic()
    for _ in range(count):
        client.transmit(client.compose(
            stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP)], transaction=os.urandom(12)))
    fence = server.client(**ALICE)
    fence.allocated()
    seconds = time.monotonic() - began + 2
    # The sum is said with the next refusal of a later second.
    time.sleep(1.1)
    server.client(user="bob", password="wrong").allocate()
    time.sleep(0.3)
    lines = server.log()[start:].splitlines()
    expect(5 <= len(lines) <= 13 * seconds + 10, f"{len(lines)} lines in {seconds:.1f} s")
    sums = [int(number) for number in re.findall(r"(\d+) more refusals with 401", "\n".join(lines))]
    lost = [int(number) for number in re.findall(r"(\d+) events were not logged", "\n".join(lines))]
    answered = server.json("status")["stun"]["errors"]["401"]
    expect(sum(sums) > 100, "\n".join(lines[-8:]))
    expect(sum(sums) + sum(lost) <= answered, f"{sums} {lost} of {answered}")
    answer = server.json("refusals", "--code", "401")
    entry = [item for item in answer["refusals"] if item.get("user") == "bob"]
    expect(entry[0]["count"] + answer["unseen"] > count / 2, f"{answer}")
    expect(answer["matched"] < 10, f"{answer['matched']} entries")


async def ended(setting, call, reason, words):
    """How a call ended, in the list and in the log."""
    import asyncio

    shown = await asyncio.to_thread(setting.server.json, "calls", "show", call.id)
    expect(shown["state"] == "ended" and shown["endReason"] == reason, f"{shown}")
    expect(re.search(words, shown["endCause"]), f"{reason}: {shown['endCause']}")
    text = (await asyncio.to_thread(setting.server.command, "calls", "show", call.id))[1]
    expect(re.search(words, text), text)
    await setting.logged(shown["endCause"])


@story("causes: each end of a call says who or what it was", seconds=60)
async def calls(setting):
    caller, callee = await setting.pair("ends")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    await callee.ask("call:end", call_id=call.id)
    await ended(setting, call, "hangup", f"{callee.user} hung up")
    call = await Talk(caller, callee).run(RING)
    await caller.ask("call:end", call_id=call.id)
    await ended(setting, call, "cancelled", f"{caller.user} gave up before anybody answered")
    call = await Talk(caller, callee).run(RING)
    await callee.ask("call:reject", call_id=call.id, reason="declined")
    await ended(setting, call, "rejected", "the callee refused: declined")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    await caller.ask("call:end", call_id=call.id, reason="ice_failed")
    await ended(setting, call, "ice_failed", f"{caller.user} says that no way for media")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    setting.server.command("calls", "end", call.id)
    await ended(setting, call, "deleted", "the operator or the application ended it")
