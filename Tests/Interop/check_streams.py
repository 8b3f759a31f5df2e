"""STUN and TURN over TCP and TLS: frames cut and joined in every way, padding, order."""

import os
import random
import socket
import struct
import time

import certificates
import stun
import streams
from check_relay import channel_payload, peer_socket
from check_requests import ALICE
from harness import check, expect

SIZES = (0, 1, 2, 3, 4, 171, 1200, 9000, 16000)


class Carrier:
    """A running server, and clients of it on one kind of stream."""

    def __init__(self, context, name, *lines, **keywords):
        self.context = context
        self.pair = certificates.Pair(context)
        self.server = context.serve(*self.pair.lines, *lines, **keywords)
        self.is_tls = name == "TLS"

    def client(self, address=None, **keywords):
        if self.is_tls:
            keywords.setdefault("tls", streams.trusting(self.pair.certificate))
            keywords.setdefault("name", self.pair.name)
        return self.server.stream(address, **ALICE, **keywords)

    def relaying(self, peer, **keywords):
        """A client with channel 0x4000 to the peer; client and relay."""
        client = self.client(**keywords)
        relay = client.allocated()
        expect(client.bind_channel(0x4000, peer.getsockname()[:2]).is_success, "no channel")
        return client, relay


def on_each(name, *arguments, loopback=True, **keywords):
    """Registers a check twice, over TCP and over TLS; the server runs with the lines given."""

    def register(function):
        for kind in ("TCP", "TLS"):
            def run(context, kind=kind):
                function(Carrier(context, kind, *arguments, loopback=loopback))
            check(f"{kind}: {name}", **keywords)(run)
        return function

    return register


def echoes(client, relay, peer, sizes=SIZES):
    """Sends each size up and down the channel, byte for byte."""
    for size in sizes:
        payload = bytes(number * 5 & 255 for number in range(size))
        client.send_channel(0x4000, payload)
        got, source = peer.recvfrom(65536)
        expect(got == payload and source[:2] == relay, f"{size} bytes up")
        peer.sendto(payload, relay)
        item = client.receive(3)
        expect(item is not None, f"{size} bytes down: nothing")
        expect(channel_payload(item) == (0x4000, payload), f"{size} bytes down")


def indications(client, relay, peer, sizes=SIZES):
    at = peer.getsockname()[:2]
    for size in sizes:
        payload = bytes(number * 3 & 255 for number in range(size))
        client.send_data(at, payload)
        got, source = peer.recvfrom(65536)
        expect(got == payload and source[:2] == relay, f"{size} bytes by Send")


@on_each("Binding and both families' addresses")
def binding(carrier):
    for address in ("127.0.0.1", "::1"):
        client = carrier.client(address)
        answer = client.exchange(streams.binding())
        expect(answer.is_success, f"error {answer.code}")
        expect(answer.address(stun.XOR_MAPPED_ADDRESS) == client.local, "wrong address")


@on_each("channels and indications, from nothing to 16 kB")
def sizes_of_all_kinds(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    echoes(client, relay, peer)
    indications(client, relay, peer)


@on_each("one byte per segment or record")
def byte_by_byte(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer, piece=1)
    echoes(client, relay, peer, (0, 1, 3, 171, 1200))
    indications(client, relay, peer, (1, 100))


@on_each("frames cut and joined at random, 60 at a time, keep their order")
def cut_anywhere(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    choice = random.Random(20)
    for _ in range(5):
        payloads = [os.urandom(choice.choice((0, 1, 2, 3, 5, 90, 700))) for _ in range(60)]
        stream = b"".join(streams.channel_data(0x4000, payload) for payload in payloads)
        while stream:
            size = choice.choice((1, 2, 3, 4, 5, 64, 1461, 5000))
            client.write(stream[:size])
            stream = stream[size:]
        for number, payload in enumerate(payloads):
            expect(peer.recv(2048) == payload, f"frame {number} is another")


@on_each("50 requests in one piece are all answered, in order")
def pipelined(carrier):
    client = carrier.client()
    requests = [streams.binding() for _ in range(50)]
    client.write(b"".join(requests))
    for number, request in enumerate(requests):
        answer = stun.Message(client.next_raw(3))
        expect(answer.is_success, f"request {number}: {answer.code}")
        expect(answer.transaction == request[8:20], f"answer {number} belongs to another request")


@on_each("a request and ChannelData in one piece, the answer and data mix")
def mixed(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    refresh = client.compose(stun.REFRESH, [(stun.LIFETIME, struct.pack("!I", 700))])
    client.write(
        streams.channel_data(0x4000, b"one") + refresh + streams.channel_data(0x4000, b"two"))
    expect(peer.recv(100) == b"one" and peer.recv(100) == b"two", "data around a request")
    answer = client.receive(3, transaction=refresh[8:20])
    expect(answer is not None and answer.lifetime == 700, "the request between data")


@on_each("the first piece is one byte long, and waits")
def first_byte(carrier):
    client = carrier.client()
    request = streams.binding()
    client.write(request[:1])
    time.sleep(0.3)
    client.write(request[1:])
    expect(stun.Message(client.next_raw(3)).is_success, "no answer")


@on_each("ChannelData of 65,535 bytes keeps the stream in step")
def largest(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    # No UDP datagram holds so much: it is dropped, and what follows must be found.
    client.write(streams.channel_data(0x4000, bytes(65535)) * 3)
    echoes(client, relay, peer, (0, 3, 1200))


@on_each("datagrams of 60,000 bytes in both directions")
def very_large(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    echoes(client, relay, peer, (60000,))


@on_each("ChannelData is padded both ways, whatever the padding holds")
def padding(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    for size in (1, 2, 3, 5):
        client.write(streams.channel_data(0x4000, bytes(size), padding=b"\xff"))
        expect(peer.recv(100) == bytes(size), f"{size} bytes up")
        peer.sendto(bytes(size), relay)
    # Four frames in a row: one octet of padding too few or too many breaks the second.
    for size in (1, 2, 3, 5):
        raw = client.read_exactly(4 + size + -size % 4)
        expect(raw[:4 + size] == streams.channel_data(0x4000, bytes(size))[:4 + size], "down")


@on_each("unknown and unbound channels are dropped without a word")
def unbound(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    client.write(streams.channel_data(0x4001, b"unbound") + streams.channel_data(0x4FFF, b""))
    echoes(client, relay, peer, (7,))


@on_each("what no frame begins with ends the connection, and only this one")
def out_of_step(carrier):
    peer = peer_socket(carrier.context)
    other, relay = carrier.relaying(peer)
    for garbage in (b"\x80\0\0\0", b"\xff" * 64, b"\xc0\x01\x00\x04abcd"):
        client = carrier.client()
        expect(client.exchange(streams.binding()).is_success, "no Binding")
        client.write(garbage)
        expect(client.is_closed_within(3), f"open after {garbage[:4].hex()}")
    echoes(other, relay, peer, (7,))


@on_each("a STUN header with another cookie ends or is ignored, never answered")
def wrong_cookie(carrier):
    client = carrier.client()
    expect(client.exchange(streams.binding()).is_success, "no Binding")
    client.write(struct.pack("!HHI", 1, 0, 0x12345678) + os.urandom(12))
    expect(not client.is_closed_within(0.3) or not client.buffer, "answered")
    expect(not client.buffer, "answered")


@on_each("IPv6 clients, and a relay of the other family")
def families(carrier):
    client = carrier.client("::1")
    relay = client.allocated((stun.REQUESTED_ADDRESS_FAMILY, struct.pack("!Bxxx", stun.IPV4)))
    peer = peer_socket(carrier.context)
    expect(client.bind_channel(0x4000, peer.getsockname()).is_success, "no channel")
    echoes(client, relay, peer, (0, 171))
    other = carrier.client()
    relay = other.allocated((stun.REQUESTED_ADDRESS_FAMILY, struct.pack("!Bxxx", stun.IPV6)))
    peer = peer_socket(carrier.context, "::1")
    expect(other.bind_channel(0x4000, peer.getsockname()[:2]).is_success, "no channel")
    echoes(other, relay, peer, (0, 171))


@on_each("hairpin to a UDP client, both ways", only="turnstone")
def hairpin(carrier):
    client = carrier.client()
    relay = client.allocated()
    other = carrier.server.client(**ALICE)
    other_relay = other.allocated()
    expect(client.bind_channel(0x4000, other_relay).is_success, "no channel")
    expect(other.bind_channel(0x4000, relay).is_success, "no channel")
    for size in (1, 171, 1200):
        client.send_channel(0x4000, bytes(size))
        expect(channel_payload(other.receive(2)) == (0x4000, bytes(size)), "to UDP")
        other.send_channel(0x4000, bytes(size))
        expect(channel_payload(client.receive(2)) == (0x4000, bytes(size)), "to the stream")


@on_each("20 clients on 2 workers at the same time", "workers=2", "user-quota=0", seconds=60)
def many(carrier):
    peer = peer_socket(carrier.context)
    clients = [carrier.relaying(peer) for _ in range(20)]
    for step in range(5):
        for number, (client, _) in enumerate(clients):
            client.send_channel(0x4000, b"%d %d" % (step, number))
        found = {}
        for _ in clients:
            payload, source = peer.recvfrom(100)
            found[source[:2]] = payload
            peer.sendto(payload, source)
        for number, (client, relay) in enumerate(clients):
            expect(found.get(relay) == b"%d %d" % (step, number), f"client {number} up")
            item = client.receive(3)
            expect(item is not None and channel_payload(item)[1] == found[relay], "down")


@check("streams: plain STUN, TLS and HTTP on one port, each as first words")
def one_port(context):
    carrier = Carrier(context, "TLS")
    for _ in range(3):
        expect(carrier.client().exchange(streams.binding()).is_success, "STUN in TLS")
        expect(carrier.client(tls=None).exchange(streams.binding()).is_success, "plain STUN")
        for tls in (None, streams.trusting(carrier.pair.certificate)):
            client = carrier.client(tls=tls)
            client.write(b"GET /none HTTP/1.1\r\nHost: turn.example.org\r\n\r\n")
            expect(client.read_exactly(9) == b"HTTP/1.1 ", "HTTP is not answered by HTTP")
    expect(carrier.server.client().exchange(streams.binding()).is_success, "UDP")


@check("streams: first bytes of nothing known close the connection", only="turnstone")
def nothing_known(context):
    carrier = Carrier(context, "TCP")
    for first in (b"\x40\x00\x00\x04abcd", b"\x80", b"\x02\x00", b"\0\x01\0\0\0\0\0\0", b"get /",
                  b"SSH-2.0-x\r\n", b"\x16\x02\x00", b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
                  b"\r\n\r\n\0\r\nQUIT\n"):
        client = carrier.client()
        client.write(first)
        if first[:1].isalpha() and first[:1].isupper():
            client.write(b"\r\n\r\n")
        expect(client.is_closed_within(3), f"open after {first}")
        expect(b"\x21\x12\xa4\x42" not in client.buffer, f"{first} was answered as STUN")


@check("streams: a TCP client's address and transport are shown", only="turnstone")
def shown(context):
    for name in ("TCP", "TLS"):
        carrier = Carrier(context, name)
        client = carrier.client()
        client.allocated()
        item = carrier.server.json("allocations", "list")["allocations"][0]
        expect(item["client"] == f"127.0.0.1:{client.local[1]}", f"{item}")
        expect(name.lower() in str(item).lower(), f"no word of {name}: {item}")
        carrier.server.stop()


@check("streams: no-tcp and no-tls close their doors, and not each other's")
def switched_off(context):
    carrier = Carrier(context, "TCP", "no-tcp")
    try:
        expect(carrier.client().is_closed_within(3), "TCP is served")
    except (ConnectionRefusedError, socket.timeout):
        pass
    expect(carrier.server.client().exchange(streams.binding()).is_success, "UDP")
