"""What one stream may cost: slow readers, ends of connections, deadlines."""

import socket
import struct
import threading
import time
from pathlib import Path

import stun
import streams
from check_relay import channel_payload, peer_socket
from check_requests import ALICE
from check_streams import Carrier, echoes, on_each
from harness import check, expect, udp_ports_in, wait_until
from steady import Steady

MEGABYTE = 1 << 20


def flood(peer, relay, seconds, size=1200):
    """Sends from the peer as fast as it goes; how many packets."""
    payload, count = bytes(size), 0
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at:
        for _ in range(20):
            peer.sendto(payload, relay)
        count += 20
        time.sleep(0.001)
    return count


def drained(client, seconds=0.5):
    """Reads whole frames until silence; their sizes."""
    sizes = []
    while (item := client.receive(seconds)) is not None:
        sizes.append(len(channel_payload(item)[1]))
    return sizes


@on_each("a client that stops reading costs little, slows nobody, and comes back",
         "workers=1", seconds=60)
def slow_reader(carrier):
    context = carrier.context
    others = [Steady(context, carrier.server.client(**ALICE)), Steady(context, carrier.client())]
    peer = peer_socket(context)
    client, relay = carrier.relaying(peer)
    before = carrier.server.resident()
    with others[0], others[1]:
        sent = flood(peer, relay, seconds=4)
        growth = carrier.server.resident() - before
        for other in others:
            other.finish()
    expect(sent > 5000, f"only {sent} packets were sent")
    expect(growth < 8 * MEGABYTE, f"{growth / MEGABYTE:.1f} MB for one slow reader")
    sizes = drained(client)
    expect(sizes and set(sizes) == {1200}, f"frames of {set(sizes)} bytes")
    expect(len(sizes) < sent, "everything was kept")
    echoes(client, relay, peer, (0, 3, 1200))
    expect(client.refresh(600).is_success, "no answer afterwards")


@on_each("100 clients that stop reading are bounded as well", "workers=1", "user-quota=0",
         "stream-queue-bytes=131072", seconds=60)
def slow_readers(carrier):
    context = carrier.context
    steady = Steady(context, carrier.server.client(**ALICE))
    peer = peer_socket(context)
    clients = []
    for _ in range(100):
        client = carrier.client()
        # A small window, so that the queue and not the kernel holds what is not read.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        relay = client.allocated()
        expect(client.bind_channel(0x4000, peer.getsockname()).is_success, "no channel")
        clients.append((client, relay))
    before = carrier.server.resident()
    with steady:
        for _ in range(150):
            for _, relay in clients:
                peer.sendto(bytes(1200), relay)
            time.sleep(0.005)
        growth = carrier.server.resident() - before
        steady.finish()
    # The bound times 100, as much again for what TLS makes of it, and some.
    expect(growth < 30 * MEGABYTE, f"{growth / MEGABYTE:.1f} MB for 100 slow readers")


@on_each("when a connection ends, by FIN or RST, so does its allocation")
def ends(carrier):
    first, last = carrier.context.relay_ports
    for end in ("fin", "reset"):
        client = carrier.client()
        port = client.allocated()[1]
        expect(port in udp_ports_in(first, last), "no relay port")
        client.socket.close() if end == "fin" else client.reset()
        wait_until(
            carrier.context, f"the relay port is closed after {end}",
            lambda port=port: port not in udp_ports_in(first, last))


@on_each("allocations kill closes the stream", only="turnstone")
def killed(carrier):
    client, other = carrier.client(), carrier.client()
    client.allocated()
    name = carrier.server.json("allocations", "list")["allocations"][0]["id"]
    other.allocated()
    code, output = carrier.server.command("allocations", "kill", name)
    expect(code == 0, output)
    expect(client.is_closed_within(3), "the killed client's connection is open")
    expect(other.refresh(600).is_success, "the wrong one was closed")


@on_each("Refresh to zero frees the port, and the connection takes a new allocation")
def again(carrier):
    client = carrier.client()
    client.allocated()
    expect(client.refresh(0).is_success, "Refresh to zero")
    peer = peer_socket(carrier.context)
    relay = client.allocated()
    expect(client.bind_channel(0x4000, peer.getsockname()).is_success, "no channel")
    echoes(client, relay, peer, (0, 171))


@on_each("a client without an allocation is let go after max-allocate-timeout, one with stays",
         "max-allocate-timeout=2", only="turnstone")
def idle(carrier):
    steady = carrier.client()
    steady.allocated()
    client = carrier.client()
    expect(client.exchange(streams.binding()).is_success, "no answer")
    began = time.monotonic()
    expect(client.is_closed_within(8), "an idle client stays")
    expect(time.monotonic() - began > 1, "it was let go too early")
    expect(steady.refresh(600).is_success, "a client with an allocation was let go")


@on_each("a frame that never ends is let go, and holds back nobody", "max-allocate-timeout=2",
         only="turnstone")
def unfinished(carrier):
    client = carrier.client()
    expect(client.exchange(streams.binding()).is_success, "no answer")
    client.write(struct.pack("!HHI", stun.BINDING, 60_000, stun.COOKIE) + bytes(12))
    expect(client.is_closed_within(8), "it waits for ever")


@on_each("requests whose answers are not read are bounded", "workers=1")
def unread_answers(carrier):
    server = carrier.server
    client = carrier.client()
    before = server.resident()
    client.socket.settimeout(1)
    burst = streams.binding() * 2000
    sent = 0
    try:
        while sent < 40 * MEGABYTE:
            sent += client.socket.send(burst)
    except (TimeoutError, ConnectionError, OSError):
        pass
    growth = server.resident() - before
    expect(growth < 8 * MEGABYTE, f"{growth / MEGABYTE:.1f} MB of unread answers")
    expect(carrier.client().exchange(streams.binding()).is_success, "others are not served")


@check("streams: SIGTERM ends every stream in time", only="turnstone")
def terminate(context):
    carrier = Carrier(context, "TLS", "workers=2")
    clients = [carrier.client() for _ in range(5)]
    for client in clients:
        client.allocated()
    idle_client = carrier.client(tls=None)
    began = time.monotonic()
    expect(carrier.server.stop() == 0, "the exit code")
    expect(time.monotonic() - began < 5, "it took longer than 5 seconds")
    for client in [*clients, idle_client]:
        expect(client.is_closed_within(2), "a stream is open")


@on_each("1000 connections one after the other leave nothing behind", "workers=2", seconds=60,
         only="turnstone")
def leaks(carrier):
    def one(count):
        for _ in range(count):
            client = carrier.client()
            client.allocated()
            client.close()

    def many(count):
        threads = [threading.Thread(target=one, args=(count // 4,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    many(200)
    before, descriptors = carrier.server.resident(), open_files(carrier.server)
    many(800)
    wait_until(
        carrier.context, "every descriptor is closed",
        lambda: open_files(carrier.server) <= descriptors)
    growth = carrier.server.resident() - before
    expect(growth < 4 * MEGABYTE, f"{growth / MEGABYTE:.1f} MB left behind")
    expect(carrier.server.json("allocations", "list")["allocations"] == [], "allocations")


def open_files(server):
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
