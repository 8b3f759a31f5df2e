"""TCP allocations under load, and ends of connections at bad moments."""

import hashlib
import os
import signal
import socket
import struct
import threading
import time

import daemon
import stun
import streams
from check_relay import channel_payload, peer_socket
from check_requests import ALICE
from check_streams import Carrier, on_each
from check_streams_limits import open_files
from check_tcp_relay import Pair, both_ways, is_ended
from harness import check, expect, wait_until

MEGABYTE = 1 << 20


def pump(send, size, seed):
    """Sends that many bytes that follow from the seed; their SHA-256."""
    digest = hashlib.sha256()
    block = hashlib.sha256(seed).digest() * 2048
    for _ in range(size // len(block)):
        block = block[1:] + block[:1]
        send(block)
        digest.update(block)
    return digest.hexdigest()


def swallow(receive, size):
    digest, left = hashlib.sha256(), size
    while left > 0:
        part = receive(min(left, 65536))
        expect(part, f"the end {left} bytes too early")
        digest.update(part)
        left -= len(part)
    return digest.hexdigest()


def one_way(sender, receiver, size, seed):
    """Pumps from one plain socket to another; whether it arrived as it was sent."""
    found = {}
    thread = threading.Thread(
        target=lambda: found.update(sent=pump(sender.sendall, size, seed)))
    thread.start()
    found["received"] = swallow(receiver.recv, size)
    thread.join()
    return found["sent"] == found["received"]


@on_each("RFC 6062: 30 MB each way, one after the other and over two connections at once",
         "workers=2", seconds=90, alone=True)
def volume(carrier):
    pair = Pair(carrier)
    size = 30 * MEGABYTE // 65536 * 65536
    joined = [pair.joined(streams.Listener(carrier.context)) for _ in range(2)]
    results = []

    def run(sender, receiver, seed):
        results.append(one_way(sender, receiver, size, seed))

    threads = []
    for number, (client, peer) in enumerate(joined):
        client.socket.settimeout(30)
        peer.settimeout(30)
        pairs = ((client.socket, peer), (peer, client.socket))
        sender, receiver = pairs[number]
        threads.append(threading.Thread(target=run, args=(sender, receiver, b"%d" % number)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(results == [True, True], f"{results}")
    client, peer = joined[0]
    expect(one_way(peer, client.socket, size, b"back"), "changed on the way back")


@on_each("RFC 6062: bytes that look like STUN are a data connection's own affair")
def lookalikes(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    refresh = pair.control.compose(stun.REFRESH, [(stun.LIFETIME, struct.pack("!I", 0))])
    words = refresh + streams.channel_data(0x4000, b"abc") + streams.binding()
    client.write(words)
    expect(streams.receive_exactly(peer, len(words)) == words, "changed")
    peer.sendall(words)
    expect(client.read_exactly(len(words)) == words, "changed on the way back")
    expect(pair.control.refresh(600).is_success, "the allocation ended")


@on_each("RFC 6062: resets on either side end the other, and no descriptor is left",
         "workers=2", only="turnstone", seconds=60)
def resets(carrier):
    pair = Pair(carrier)
    before = open_files(carrier.server)
    for number in range(20):
        client, peer = pair.joined(streams.Listener(carrier.context))
        client.socket.settimeout(0.2)
        peer.settimeout(3)
        if number % 4 < 2:
            # Both directions are full of what nobody reads.
            peer.setblocking(False)
            fill(peer)
            peer.settimeout(3)
        if number % 2:
            client.reset()
            drain_to_end(peer)
        else:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
            drain_to_end(client.socket)
            client.close()
    wait_until(
        carrier.context, "every descriptor is closed",
        lambda: open_files(carrier.server) <= before)
    expect(pair.control.refresh(600).is_success, "the control connection is gone")


def fill(sock):
    try:
        for _ in range(10_000):
            sock.send(bytes(65536))
    except OSError:
        pass


def drain_to_end(sock):
    sock.settimeout(5)
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        raise AssertionError("the other side stays open") from None
    except OSError:
        pass


@on_each("RFC 6062: allocations kill ends data connections and peers too", only="turnstone")
def killed(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    waiting, waiting_peer = pair.connect(streams.Listener(carrier.context))
    name = carrier.server.json("allocations", "list")["allocations"][0]["id"]
    code, output = carrier.server.command("allocations", "kill", name)
    expect(code == 0, output)
    expect(pair.control.is_closed_within(3), "the control connection is open")
    expect(client.is_closed_within(3), "the data connection is open")
    is_ended(peer, "the peer is open")
    is_ended(waiting_peer, "the peer that waits is open")
    expect(carrier.client().bind_connection(waiting).code == 400, "it can still be bound")


@on_each("RFC 6062: the control connection goes while a Connect is on its way",
         only="turnstone")
def gone_meanwhile(carrier):
    full = streams.Listener(carrier.context, backlog=0)
    for _ in range(3):
        waiting = socket.socket()
        carrier.context.stack.callback(waiting.close)
        waiting.setblocking(False)
        waiting.connect_ex(full.address)
    # One that stays: by then the server has opened all that it keeps open itself.
    expect(carrier.client().exchange(streams.binding()).is_success, "no service")
    before = open_files(carrier.server)
    for _ in range(10):
        pair = Pair(carrier)
        pair.control.write(pair.control.compose(
            stun.CONNECT, [(stun.XOR_PEER_ADDRESS, full.address)]))
        time.sleep(0.02)
        pair.control.close()
    wait_until(
        carrier.context, "every descriptor is closed",
        lambda: open_files(carrier.server) <= before)
    both_ways(*Pair(carrier).joined(streams.Listener(carrier.context)), 20_000)


@on_each("RFC 6062: tcp-connections-per-allocation holds, and closed ones make room",
         "tcp-connections-per-allocation=4", only="turnstone")
def bounded(carrier):
    pair = Pair(carrier)
    listeners = [streams.Listener(carrier.context) for _ in range(5)]
    joined = [pair.joined(listener) for listener in listeners[:4]]
    answer = pair.control.connect_peer(listeners[4].address)
    expect(answer.code in (486, 508), f"a fifth connection gave {answer.code}")
    for end in joined[0]:
        end.close()
    wait_until(
        carrier.context, "there is room again",
        lambda: pair.control.connect_peer(listeners[4].address).is_success)
    both_ways(*joined[1], 20_000)


@on_each("RFC 6062: two who bind one connection at the same time: one gets it", "workers=2")
def race(carrier):
    pair = Pair(carrier)
    for _ in range(10):
        identity, peer = pair.connect(streams.Listener(carrier.context))
        clients = [carrier.client() for _ in range(2)]
        for client in clients:
            client.borrow(pair.control)
        for client in clients:
            client.write(client.compose(
                stun.CONNECTION_BIND, [(stun.CONNECTION_ID, identity)]))
        codes = {}
        for client in clients:
            try:
                codes[client] = stun.Message(client.next_raw(3)).code
            except streams.Closed:
                codes[client] = -1
        winners = [client for client, code in codes.items() if code == 0]
        expect(len(winners) == 1, f"{list(codes.values())}")
        both_ways(winners[0], peer, 20_000)


@on_each("RFC 6062: ConnectionBind on the control connection, or on a UDP allocation's, fails")
def wrong_place(carrier):
    pair = Pair(carrier)
    identity, peer = pair.connect(streams.Listener(carrier.context))
    answer = pair.control.bind_connection(identity)
    expect(answer.code in (400, 437), f"on the control connection: {answer.code}")
    other = carrier.client()
    other.allocated()
    answer = other.bind_connection(identity)
    expect(answer.code in (400, 437), f"on another allocation's: {answer.code}")
    both_ways(pair.data(identity), peer, 20_000)


@check("RFC 6062: a data connection over TLS for a control connection over TCP, and the reverse",
       only="turnstone")
def mixed(context):
    carrier = Carrier(context, "TLS", "workers=2")
    trust = streams.trusting(carrier.pair.certificate)
    for control_tls, data_tls in ((None, trust), (trust, None)):
        control = carrier.client(tls=control_tls)
        control.allocated_tcp()
        listener = streams.Listener(context)
        answer = control.connect_peer(listener.address)
        peer, _ = listener.accept()
        client = carrier.client(tls=data_tls)
        answer = client.bind_connection(answer.get(stun.CONNECTION_ID))
        expect(answer.is_success, f"ConnectionBind gave {answer.code}")
        both_ways(client, peer, 100_000)


@on_each("RFC 6062: SIGHUP with tighter peers cuts what is no longer allowed",
         only="turnstone")
def tightened(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    both_ways(client, peer, 20_000)
    daemon.rewrite(carrier.server, lines_out=["allow-loopback-peers=force"])
    carrier.server.signal(signal.SIGHUP)
    expect(client.is_closed_within(5), "the data connection lives on")
    is_ended(peer, "the peer's end lives on")
    listener = streams.Listener(carrier.context)
    expect(pair.control.connect_peer(listener.address).code == 403, "Connect is still granted")


@on_each("RFC 6062: 200 connections one after the other leave nothing behind", "workers=2",
         only="turnstone", seconds=60)
def leaks(carrier):
    pair = Pair(carrier)
    listener = streams.Listener(carrier.context)
    for number in range(200):
        if number == 20:
            before, memory = open_files(carrier.server), carrier.server.resident()
        client, peer = wait_until(
            carrier.context, "the peer can be connected to",
            lambda: try_to_join(pair, listener))
        client.write(os.urandom(3000))
        client.close()
        drain_to_end(peer)
        peer.close()
    wait_until(
        carrier.context, "every descriptor is closed",
        lambda: open_files(carrier.server) <= before)
    expect(carrier.server.resident() - memory < 4 * MEGABYTE, "memory is left behind")


def try_to_join(pair, listener):
    answer = pair.control.connect_peer(listener.address)
    if not answer.is_success:
        return None
    peer, _ = listener.accept()
    return pair.data(answer.get(stun.CONNECTION_ID)), peer


@on_each("a client that reads slowly gets whole frames, in order", "workers=1", alone=True)
def slow_order(carrier):
    peer = peer_socket(carrier.context)
    client, relay = carrier.relaying(peer)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    last, got = -1, 0
    for number in range(6000):
        size = 40 + number * 37 % 1100
        peer.sendto(struct.pack("!I", number) + bytes(size), relay)
        if number % 60 == 0:
            for _ in range(10):
                item = client.receive(0.001)
                if item is None:
                    break
                last, got = in_order(channel_payload(item)[1], last), got + 1
    while (item := client.receive(0.5)) is not None:
        last, got = in_order(channel_payload(item)[1], last), got + 1
    expect(100 < got < 6000, f"{got} frames of 6000")


def in_order(payload, last):
    number = struct.unpack("!I", payload[:4])[0]
    expect(number > last, f"{number} behind {last}")
    expect(payload[4:] == bytes(40 + number * 37 % 1100), f"{number} arrives changed")
    return number


@check("streams: plain UDP and DTLS from one port do not confuse each other", only="turnstone")
def plain_beside_dtls(context):
    carrier = Carrier(context, "TLS")
    client = carrier.server.client(**ALICE)
    client.allocated()
    # DTLS records from the port of a plain client: a good record head around nothing.
    for kind in (20, 21, 22, 23):
        client.socket.send(struct.pack("!BHHIHH", kind, 0xFEFD, 0, 0, 1, 32) + bytes(32))
    expect(client.refresh(600).is_success, "the plain client lost its allocation")
