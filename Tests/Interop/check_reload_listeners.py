"""Listening ports, relay addresses and relay ports that come and go while the daemon relays."""

import os
import signal
import socket
import time
from pathlib import Path

import stun
from certificates import Pair
from check_dtls import DTLSClient
from check_relay import peer_socket
from check_reload_every import Desk, Load
from check_turnutils import relayed
from daemon import PASSWORD, SECRET, USER, rewrite
from harness import Failure, check, expect, wait_until
from streams import StreamClient, trusting
from steady import Steady

ALICE = {"user": USER, "password": PASSWORD}
HOST = "127.0.0.1"


class Changed:
    """The file of a running server with other lines, rehearsed and then done."""

    def __init__(self, server, desk, out=(), come=()):
        rewrite(server, out, come)
        shown = desk.settings()
        self.plan = desk.reload(rehearsal=True)
        expect(not self.plan["applied"] and not self.plan["errors"], f"{self.plan}")
        expect(desk.settings() == shown, "the rehearsal changed something")
        done = desk.reload()
        expect(done["applied"] and not done["errors"], f"{done}")
        expect(done["changes"] == self.plan["changes"], f"{done} is not {self.plan}")
        self.changes = {item["key"]: item for item in done["changes"]}

    def costs(self, key, cost, *words):
        change = self.changes.get(key)
        expect(change is not None, f"the diff does not name {key}: {self.changes}")
        expect(change["cost"] == cost, f"{change}")
        for word in words:
            expect(word in (change.get("note") or ""), f"{word!r} is not in {change}")
        return self


def client(context, place, **keywords):
    found = stun.Client(place, **ALICE, **keywords)
    context.stack.callback(found.close)
    return found


def stream(context, place, **keywords):
    found = StreamClient(place, **ALICE, **keywords)
    context.stack.callback(found.close)
    return found


def is_silent(context, place):
    """Nobody answers over UDP."""
    found = client(context, place, timeout=0.2, tries=2)
    try:
        found.request(stun.BINDING)
    except (stun.NoAnswer, OSError):
        return True
    return False


def is_closed(place):
    """Nobody listens on TCP."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(place) != 0


def echoes(context, found):
    """A peer gets what the client sends, and the client what the peer sends."""
    peer = peer_socket(context)
    relay = found.relay
    expect(found.permit(peer.getsockname()[:2]).is_success, "no permission")
    found.send_data(peer.getsockname()[:2], b"up")
    expect(peer.recv(100) == b"up", "nothing goes up")
    peer.sendto(b"down", relay)
    item = found.receive(2)
    expect(item is not None and item.get(stun.DATA_VALUE) == b"down", "nothing comes down")


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


@check("reload: ports and addresses come and go under a load that loses nothing",
       only="turnstone", seconds=100)
def come_and_go(context):
    server = context.serve("rfc5766-channel-numbers", f"static-auth-secret={SECRET}",
                           "workers=2")
    desk = Desk(server)
    load = Load(context, server, 500)
    other = (HOST, context.port + 6)
    elsewhere = ("127.0.0.3", context.port)
    expect(is_silent(context, other) and is_closed(other), "somebody has the port")

    # New ones serve at once, over every transport, by every worker.
    added = f"aux-server={other[0]}:{other[1]}"
    Changed(server, desk, (), (added,)).costs(
        "aux-server", "nothing", f"opens {HOST}:{other[1]} (UDP, TCP)")
    ends = [client(context, other) for _ in range(6)]
    for found in ends:
        found.relay = found.allocated()
        echoes(context, found)
    expect({item["worker"] for item in server.json("allocations", "list")["allocations"]
            if item["listener"] == f"{HOST}:{other[1]}"} == {0, 1},
           "one worker serves the new port alone")
    relayed(context, "-c", "-p", other[1], "-e", HOST, "-r", context.peer_port, messages=20)
    relayed(context, "-t", "-c", "-p", other[1], "-e", HOST, "-r", context.peer_port, messages=20)
    stays = stream(context, other)
    stays.relay = stays.allocated()
    echoes(context, stays)
    Changed(server, desk, (), (f"listening-ip={elsewhere[0]}",)).costs(
        "listening-ip", "nothing", "opens 127.0.0.3")
    third = client(context, elsewhere)
    third.relay = third.allocated()
    uris = server.json("credentials", "issue")["urls"]
    expect(f"turn:{HOST}:{other[1]}?transport=udp" in uris, f"{uris}")
    places = {item["address"] for item in server.json("status")["listeners"]}
    expect(f"{elsewhere[0]}:{elsewhere[1]}" in places, f"{places}")

    # SIGHUP does the same, and tells the log.
    signalled = (HOST, context.port + 7)
    rewrite(server, (), (f"aux-server={signalled[0]}:{signalled[1]}",))
    server.signal(signal.SIGHUP)
    wait_until(context, "SIGHUP opens a port", lambda: not is_silent(context, signalled))
    expect(f"opens {HOST}:{signalled[1]} (UDP, TCP)" in server.log(), "no word in the log")

    # What goes: datagrams end, streams go on, the others notice nothing.
    there = [item["transport"] for item in server.json("allocations", "list")["allocations"]
             if item["listener"] == f"{HOST}:{other[1]}"]
    datagrams, streams = there.count("udp"), there.count("tcp")
    expect(datagrams >= 6 and streams >= 1, f"{there}")
    Changed(server, desk, (added,)).costs(
        "aux-server", "sessions", f"closes {HOST}:{other[1]} (UDP, TCP)",
        f"ends {datagrams} allocations", f"streams go on, {streams} allocation")
    expect(is_silent(context, other) and is_closed(other), "the port is open still")
    echoes(context, stays)
    expect(stays.refresh(600).is_success, "the stream ended")
    echoes(context, third)
    left = [item["listener"] for item in server.json("allocations", "list")["allocations"]]
    expect(left.count(f"{HOST}:{other[1]}") == streams, f"{left}")
    expect(server.log().count("listener or relay address removed") == datagrams,
           "no word in the log")
    uris = server.json("credentials", "issue")["urls"]
    expect(not any(f":{other[1]}" in uri for uri in uris), f"{uris}")
    Changed(server, desk, (f"listening-ip={elsewhere[0]}",)).costs(
        "listening-ip", "sessions", "ends 1 allocation over")
    load.finish()


@check("reload: a port takes thousands of clients along, and the others lose nothing",
       only="turnstone", seconds=120)
def takes_many_along(context):
    server = context.serve("rfc5766-channel-numbers", f"static-auth-secret={SECRET}",
                           "workers=2", "user-quota=0", "min-port=61000", "max-port=65535")
    desk = Desk(server)
    other = (HOST, context.port + 6)
    added = f"aux-server={other[0]}:{other[1]}"
    Changed(server, desk, (), (added,))
    # More than the log takes at once.
    many = 4200
    for _ in range(many):
        client(context, other, timeout=2).allocated()
    load = Load(context, server, 500)
    Changed(server, desk, (added,)).costs("aux-server", "sessions", f"ends {many} allocations")
    wait_until(context, "the port is closed", lambda: is_silent(context, other))
    # While the last ones end, another reload is refused; then the port is free again.
    rewrite(server, (), (added,))
    wait_until(context, "the port opens again", lambda: desk.reload()["applied"])
    echo = client(context, other)
    echo.relay = echo.allocated()
    echoes(context, echo)
    log = server.log()
    expect(log.count("listener or relay address removed") == many, "an end is not in the log")
    expect("events were not logged" not in log, "the log lost events")
    load.finish()


@check("reload: one address becomes all of them on the same port, over UDP and TCP, and back",
       only="turnstone", seconds=60)
def all_addresses(context):
    server = context.serve(f"relay-ip={HOST}", "workers=2")
    desk = Desk(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # TEST-NET-1 of RFC 5737: nothing is sent, the machine says where it would go out.
        if probe.connect_ex(("192.0.2.1", 9)) != 0:
            return
        outside = (probe.getsockname()[0], context.port)
    one, everything = f"listening-ip={HOST}", "listening-ip=0.0.0.0"
    held = [client(context, (HOST, context.port)), stream(context, (HOST, context.port))]
    for found in held:
        found.relay = found.allocated()
    expect(is_silent(context, outside) and is_closed(outside), "all are served at the start")
    for _ in range(2):
        # The wildcard is a socket for each address: the one that was there stays.
        Changed(server, desk, (one,), (everything,)).costs("listening-ip", "nothing", "opens")
        for kind in (client, stream):
            kind(context, outside).allocated()
        for found in held:
            echoes(context, found)
        Changed(server, desk, (everything,), (one,)).costs("listening-ip", "sessions", "closes")
        expect(is_silent(context, outside) and is_closed(outside), "an address is served still")
        for found in held:
            echoes(context, found)
            expect(found.refresh(600).is_success, "who was on the address that stays has ended")


@check("reload: relay ports and addresses change, and allocations keep theirs",
       only="turnstone", seconds=80)
def relays(context):
    server = context.serve("workers=2", f"static-auth-secret={SECRET}")
    desk = Desk(server)
    first, last = context.relay_ports
    middle = first + 100
    old = client(context, (HOST, context.port))
    with Steady(context, old) as call:
        Changed(server, desk, (f"min-port={first}", f"max-port={last}"),
                (f"min-port={middle}", f"max-port={middle + 9}")).costs(
                    "min-port", "nothing", "keep").costs("max-port", "nothing")
        made = [client(context, (HOST, context.port)) for _ in range(10)]
        ports = sorted(found.allocated()[1] for found in made)
        taken = ports + ([call.relay[1]] if middle <= call.relay[1] <= middle + 9 else [])
        expect(set(taken) <= set(range(middle, middle + 10)) and len(set(taken)) >= 9, f"{ports}")
        for found in made:
            expect(found.refresh(0).is_success, "not given back")
        # Back to the wide range.
        Changed(server, desk, (f"min-port={middle}", f"max-port={middle + 9}"),
                (f"min-port={first}", f"max-port={last}"))
        # Another address outside: who allocates now is told so.
        outside = "external-ip=203.0.113.7/127.0.0.1"
        Changed(server, desk, (), (outside,)).costs("external-ip", "nothing", "keep")
        new = client(context, (HOST, context.port))
        expect(new.allocated()[0] == "203.0.113.7", "the old address is told")
        uris = server.json("credentials", "issue")["urls"]
        expect(f"turn:203.0.113.7:{context.port}?transport=udp" in uris, f"{uris}")
        # Inside the daemon both spellings of both find each other.
        one, two = client(context, (HOST, context.port)), client(context, (HOST, context.port))
        here, there = one.allocated(), two.allocated()
        expect(one.bind_channel(0x4000, there).is_success, "no channel")
        expect(two.bind_channel(0x4000, here).is_success, "no channel")
        one.send_channel(0x4000, b"inside")
        expect(two.receive(2) is not None, "nothing passes inside")
        Changed(server, desk, (outside,), ("relay-ip=127.0.0.3",)).costs("relay-ip", "nothing")
        moved = client(context, (HOST, context.port))
        moved.relay = moved.allocated()
        expect(moved.relay[0] == "127.0.0.3", f"{moved.relay}")
        echoes(context, moved)
        one.send_channel(0x4000, b"still")
        expect(two.receive(2) is not None, "what was bound before does not pass any more")
        expect(new.refresh(600).is_success, "an allocation on the old address ended")
        time.sleep(0.5)
        call.finish(20)


@check("reload: a port that somebody else has, or that needs rights, changes nothing",
       only="turnstone")
def refused(context):
    server = context.serve("user-quota=5")
    desk = Desk(server)
    kept = client(context, (HOST, context.port))
    kept.allocated()
    spare = context.port + 6
    shown = desk.settings()
    before = server.config_path.read_text()
    for kind, name in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
        with socket.socket(socket.AF_INET, kind) as holder:
            holder.bind((HOST, spare))
            if kind == socket.SOCK_STREAM:
                holder.listen()
            count = descriptors(server)
            server.config_path.write_text(
                before + f"user-quota=1\naux-server={HOST}:{spare + 1}\n"
                f"aux-server={HOST}:{spare}\n")
            for arguments in (("reload", "--dry-run"), ("reload",)):
                code, text = server.command(*arguments)
                expect(code == 2 and f"{name} port {spare} on {HOST} is busy" in text
                       and (f"process {os.getpid()}" in text or "another user" in text)
                       and "Nothing was changed" in text,
                       f"{code}: {text}")
                expect("+ user-quota=1" in text, f"no diff in {text}")
            expect(desk.settings() == shown, "the refused file is in force")
            expect(descriptors(server) == count, "a socket stayed open")
            expect(is_silent(context, (HOST, spare + 1)), "half of it was opened")
            expect(is_closed((HOST, spare + 1)), "half of it was opened")
    rewrite(server, (f"aux-server={HOST}:{spare}",))
    rewrite(server, (), ("relay-ip=203.0.113.9",))
    code, text = server.command("reload")
    expect(code == 2 and "203.0.113.9 is no address of this machine" in text, f"{code}: {text}")
    expect(desk.settings() == shown, "the refused file is in force")
    server.config_path.write_text(before)
    expect(kept.refresh(600).is_success, "an allocation ended")
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if lowest > 997 and os.geteuid() == 0:
        server.config_path.write_text(before + f"aux-server={HOST}:997\n")
        code, text = server.command("reload")
        expect(code == 2 and "997" in text and "restart" in text, f"{code}: {text}")
        expect(desk.settings() == shown, "the refused file is in force")


@check("reload: transports are switched off and on; who is connected by stream goes on",
       only="turnstone", seconds=60)
def switches(context):
    pair = Pair(context)
    server = context.serve("workers=2", *pair.lines)
    desk = Desk(server)
    plain, secure = (HOST, context.port), (HOST, context.tls_port)
    tls = trusting(pair.certificate)
    held = [stream(context, plain), stream(context, secure, tls=tls, name=pair.name)]
    for found in held:
        found.relay = found.allocated()
    over = client(context, plain)
    over.relay = over.allocated()
    private = DTLSClient(context)
    private.relay = private.allocated()
    count = descriptors(server)

    def goes_on():
        for found in held:
            echoes(context, found)

    Changed(server, desk, (), ("no-tls",)).costs("no-tls", "nothing", "goes on", "closes")
    expect(is_closed(secure), "the TLS port is open")
    goes_on()
    Changed(server, desk, (), ("no-dtls",)).costs("no-dtls", "nothing", "goes on", "closes")
    echoes(context, private)
    stranger = DTLSClient(context)
    stranger.timeout, stranger.tries = 0.3, 2
    try:
        stranger.request(stun.BINDING)
        raise Failure("a new DTLS client is served")
    except stun.NoAnswer:
        pass
    Changed(server, desk, ("no-dtls",))
    Changed(server, desk, ("no-tls",), ("no-tcp",)).costs("no-tcp", "nothing", "goes on")
    expect(is_closed(plain) and not is_closed(secure), "the wrong port is closed")
    fresh = stream(context, secure, tls=tls, name=pair.name)
    fresh.allocated()
    goes_on()
    echoes(context, over)
    Changed(server, desk, ("no-tcp",), ("no-udp",)).costs(
        "no-udp", "sessions", "ends 2 allocations over UDP and DTLS")
    expect(is_silent(context, plain), "UDP is served still")
    wait_until(context, "the DTLS session is told to end", private.is_over)
    expect(not is_closed(plain), "TCP is not served again")
    goes_on()
    Changed(server, desk, ("no-udp",))
    again = client(context, plain)
    again.relay = again.allocated()
    echoes(context, again)
    DTLSClient(context).allocated()
    # Without a certificate there is no TLS; with one there is again.
    Changed(server, desk, pair.lines).costs("pkey", "nothing", "closes")
    expect(is_closed(secure), "the TLS port is open")
    goes_on()
    echoes(context, again)
    Changed(server, desk, (), pair.lines).costs("pkey", "nothing", "opens")
    fresh = stream(context, secure, tls=tls, name=pair.name)
    fresh.allocated()
    goes_on()
    # Back and forth leaves nothing behind.
    for _ in range(10):
        Changed(server, desk, (), ("no-dtls", f"aux-server={HOST}:{context.port + 6}"))
        Changed(server, desk, ("no-dtls", f"aux-server={HOST}:{context.port + 6}"))
    echoes(context, again)
    goes_on()
    wait_until(context, "descriptors are given back", lambda: descriptors(server) <= count + 8)
