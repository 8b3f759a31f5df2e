"""Streams at their edges: ends in odd orders with a slow side, chains of requests, descriptors that
run out."""

import os
import resource
import socket
import struct
import subprocess
import time
from pathlib import Path

import stun
import streams
from check_streams import on_each
from check_streams_limits import open_files
from check_tcp_relay import Pair
from harness import expect

MEGABYTE = 1 << 20


def finish_sending(client):
    """The TCP half-close alone, also below TLS."""
    socket.socket.shutdown(client.socket, socket.SHUT_WR)


def processor_time(server):
    """Seconds that the server's threads have worked."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rest_idle(carrier):
    """One second in which nobody has anything to do."""
    time.sleep(0.2)
    before = processor_time(carrier.server)
    time.sleep(1)
    used = processor_time(carrier.server) - before
    expect(used < 0.15, f"{used} s of work in a second without any")


@on_each("RFC 6062: after a client's half-close a slow client gets all that its peer says")
def slow_answer(carrier):
    pair = Pair(carrier)
    # Some of these are more than the way to the client holds, and not more than the server's
    # kernel takes of a peer.
    for size in range(60_000, 600_000, 60_000):
        client, peer = pair.joined(streams.Listener(carrier.context))
        finish_sending(client)
        expect(streams.receive_to_end(peer) == b"", "the peer hears no end")
        answer = os.urandom(size)
        peer.sendall(answer)
        peer.close()
        if size == 240_000:
            rest_idle(carrier)
        time.sleep(0.1)
        got = client.read_to_end()
        expect(got == answer, f"{len(got)} bytes of {len(answer)} arrived")


@on_each("RFC 6062: after a peer's half-close a slow peer gets all that the client says")
def slow_request(carrier):
    pair = Pair(carrier)
    for size in (3, 4, 5, 6):
        client, peer = pair.joined(streams.Listener(carrier.context))
        peer.shutdown(socket.SHUT_WR)
        if not carrier.is_tls:
            expect(client.is_closed_within(2), "the client hears no end")
        words = os.urandom(MEGABYTE) * size
        client.write(words)
        finish_sending(client)
        if size == 4:
            rest_idle(carrier)
        time.sleep(0.2)
        got = streams.receive_to_end(peer)
        expect(got == words, f"{len(got)} bytes of {len(words)} arrived")


@on_each("streams: a thousand ConnectionBinds in one go", seconds=30)
def chain(carrier):
    other = carrier.client()
    client = carrier.client()
    request = struct.pack("!HHI", 0x000b, 0, 0x2112A442) + bytes(12)
    # As many answers as may wait for a client that does not read them (StreamQueue: 1,024).
    client.write(request * 1000)
    for _ in range(1000):
        answer = stun.Message(client.next_raw(20))
        expect(answer.code == 401, f"{answer.code}")
    expect(other.exchange(streams.binding()).is_success, "the server is gone")


def limit_files(server, count):
    """As the server's own user, which is who may."""
    status = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    user, group = (
        int(next(line for line in status if line.startswith(key)).split()[1])
        for key in ("Uid:", "Gid:"))
    own = {} if os.geteuid() != 0 else {"user": user, "group": group, "extra_groups": []}
    subprocess.run(
        ["prlimit", f"--pid={server.process.pid}", f"--nofile={count}:"], check=True,
        capture_output=True, **own)


@on_each("RFC 6062: a peer that comes while descriptors are out costs no work, and gets in later",
         only="turnstone")
def no_descriptors(carrier):
    pair = Pair(carrier)
    pair.attempt()
    server = carrier.server
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    limit_files(server, open_files(server))
    peer = socket.create_connection(pair.relay, timeout=5)
    carrier.context.stack.callback(peer.close)
    rest_idle(carrier)
    limit_files(server, usual)
    item = pair.control.receive(3)
    expect(item is not None, "no ConnectionAttempt when there are descriptors again")
    expect(item.address(stun.XOR_PEER_ADDRESS) == peer.getsockname()[:2], "of another peer")


@on_each("streams: a ConnectionBind for another worker leaves no request before it unanswered",
         "workers=4")
def before_a_move(carrier):
    pair = Pair(carrier)
    for _ in range(4):
        identity, peer = pair.connect(streams.Listener(carrier.context))
        client = carrier.client()
        client.borrow(pair.control)
        request = client.compose(stun.CONNECTION_BIND, [(stun.CONNECTION_ID, identity)])
        client.write(streams.binding() + request)
        for asked in ("Binding", "ConnectionBind"):
            expect(stun.Message(client.next_raw(3)).is_success, f"no answer to {asked}")
        peer.sendall(b"hello")
        expect(client.read_exactly(5) == b"hello", "changed")
