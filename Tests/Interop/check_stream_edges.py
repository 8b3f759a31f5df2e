"""Streams at their edges: ends in odd orders with a slow side, chains of requests, descriptors that
run out."""

import os
import socket
import struct
import time
from pathlib import Path

import stun
import streams
from check_streams import on_each
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
    expect(used < 0.3, f"{used} s of work in a second without any")


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


@on_each("streams: three thousand ConnectionBinds in one go", seconds=30)
def chain(carrier):
    other = carrier.client()
    client = carrier.client()
    request = struct.pack("!HHI", 0x000b, 0, 0x2112A442) + bytes(12)
    client.write(request * 3200)
    for _ in range(3200):
        answer = stun.Message(client.next_raw(20))
        expect(answer.code == 401, f"{answer.code}")
    expect(other.exchange(streams.binding()).is_success, "the server is gone")
