"""Data through the relay, packet by packet, with the little client."""

import socket
import struct

import stun
from check_requests import ALICE
from harness import check, expect, family_of


def peer_socket(context, address="127.0.0.1"):
    peer = socket.socket(family_of(address), socket.SOCK_DGRAM)
    context.stack.callback(peer.close)
    peer.bind((address, 0))
    peer.settimeout(2)
    return peer


def channel_payload(item):
    expect(isinstance(item, bytes), f"no ChannelData but {item}")
    number, length = struct.unpack("!HH", item[:4])
    return number, item[4:4 + length]


@check("relay: all four ways, from nothing to a full datagram, byte for byte")
def four_ways(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        client = server.client(address, **ALICE)
        family = struct.pack("!Bxxx", stun.IPV6 if ":" in address else stun.IPV4)
        relay = client.allocated((stun.REQUESTED_ADDRESS_FAMILY, family))
        peer = peer_socket(context, address)
        at = peer.getsockname()[:2]
        expect(client.permit(at).is_success, "no permission")
        for size in (0, 1, 3, 172, 1200, 1452, 9000, 16000):
            payload = bytes(number * 7 & 255 for number in range(size))
            client.send_data(at, payload)
            got, source = peer.recvfrom(65536)
            expect(got == payload and source[:2] == relay, f"Send of {size} bytes")
            peer.sendto(payload, relay)
            data = client.receive(2)
            expect(data is not None, f"no Data indication of {size} bytes")
            expect(data.get(stun.DATA_VALUE) == payload, f"Data of {size} bytes")
            expect(data.address(stun.XOR_PEER_ADDRESS) == at, "Data names another peer")
        expect(client.bind_channel(0x4000, at).is_success, "no channel")
        for size in (0, 1, 3, 172, 1200, 1452, 9000, 16000):
            payload = bytes(number * 5 & 255 for number in range(size))
            client.send_channel(0x4000, payload)
            got, source = peer.recvfrom(65536)
            expect(got == payload and source[:2] == relay, f"channel up, {size} bytes")
            peer.sendto(payload, relay)
            item = client.receive(2)
            expect(item is not None, f"nothing down the channel, {size} bytes")
            expect(channel_payload(item) == (0x4000, payload), f"channel down, {size} bytes")


@check("relay: nothing passes without a permission, in either direction")
def no_permission(context):
    client = context.serve().client(**ALICE)
    relay = client.allocated()
    peer = peer_socket(context)
    peer.settimeout(0.4)
    client.send_data(peer.getsockname(), b"up")
    try:
        expect(False, f"the peer got {peer.recv(100)}")
    except TimeoutError:
        pass
    peer.sendto(b"down", relay)
    expect(client.receive(0.4) is None, "the client got a packet from a stranger")


@check("relay: a permission holds for the address, whatever the port")
def any_port(context):
    client = context.serve().client(**ALICE)
    relay = client.allocated()
    expect(client.permit(("127.0.0.1", 1)).is_success, "no permission")
    peer = peer_socket(context)
    peer.sendto(b"hello", relay)
    data = client.receive(2)
    expect(data is not None and data.get(stun.DATA_VALUE) == b"hello", "nothing arrived")


@check("relay: a burst of 200 keeps its order", alone=True)
def order(context):
    client = context.serve().client(**ALICE)
    relay = client.allocated()
    peer = peer_socket(context)
    expect(client.bind_channel(0x4000, peer.getsockname()).is_success, "no channel")
    for step in range(0, 200, 20):
        for number in range(step, step + 20):
            client.send_channel(0x4000, struct.pack("!I", number) * 100)
        for number in range(step, step + 20):
            got = struct.unpack("!I", peer.recv(2048)[:4])[0]
            expect(got == number, f"up: {got} instead of {number}")
        for number in range(step, step + 20):
            peer.sendto(struct.pack("!I", number) * 100, relay)
        for number in range(step, step + 20):
            item = client.receive(2)
            expect(item is not None, f"down: {number} is missing")
            got = struct.unpack("!I", channel_payload(item)[1][:4])[0]
            expect(got == number, f"down: {got} instead of {number}")


@check("relay: hairpin between allocations of two workers, permissions on both sides",
       only="turnstone")
def hairpin(context):
    server = context.serve("workers=2")
    clients = [server.client(**ALICE) for _ in range(8)]
    relays = [client.allocated() for client in clients]
    pairs = list(zip(clients, relays)), list(zip(clients[1:], relays[1:]))
    for (client, relay), (other, other_relay) in zip(*pairs):
        expect(client.bind_channel(0x4000, other_relay).is_success, "no channel to a relay")
        client.send_channel(0x4000, b"too early")
        expect(other.receive(0.3) is None, "passed without the receiver's permission")
        expect(other.permit(relay).is_success, "no permission for a relay")
        client.send_channel(0x4000, b"across")
        data = other.receive(2)
        expect(data is not None, f"nothing from {relay} to {other_relay}")
        payload = data.get(stun.DATA_VALUE) if isinstance(data, stun.Message) else None
        expect(payload == b"across", f"{data}")
        expect(data.address(stun.XOR_PEER_ADDRESS) == relay, "not the sender's relay address")


@check("relay: own listening port and closed relay ports are out of reach", only="turnstone")
def own_ports(context):
    server = context.serve()
    client = server.client(**ALICE)
    client.allocated()
    answer = client.bind_channel(0x4000, ("127.0.0.1", context.port))
    expect(answer.code == 403, f"ChannelBind to the listener gave {answer.code}")


@check("relay: a closed port of the peer comes back as ICMP in a Data indication",
       only="turnstone")
def icmp(context):
    client = context.serve().client(**ALICE)
    client.allocated()
    closed = ("127.0.0.1", context.peer_port)
    expect(client.permit(closed).is_success, "no permission")
    client.send_data(closed, b"anyone there?")
    data = client.receive(2)
    expect(data is not None, "no report")
    value = data.get(stun.ICMP)
    expect(value is not None, "a Data indication without ICMP")
    # Type is 7 bits, code 9 (RFC 8656 §18.13): destination unreachable, port unreachable.
    expect(struct.unpack("!H", value[2:4])[0] == 3 << 9 | 3, f"type and code {value[2:4].hex()}")
    expect(data.address(stun.XOR_PEER_ADDRESS) == closed, "another peer")


@check("relay: external-ip is told to clients, and reached in memory", only="turnstone")
def external(context):
    server = context.serve("external-ip=203.0.113.5/127.0.0.1", addresses=("127.0.0.1",))
    one, two = server.client(**ALICE), server.client(**ALICE)
    relays = one.allocated(), two.allocated()
    expect({host for host, _ in relays} == {"203.0.113.5"}, f"{relays}")
    peer = peer_socket(context)
    expect(one.permit(peer.getsockname()).is_success, "no permission for a peer")
    peer.sendto(b"in", ("127.0.0.1", relays[0][1]))
    data = one.receive(2)
    expect(data is not None and data.get(stun.DATA_VALUE) == b"in", "nothing from outside")
    expect(two.permit(relays[0]).is_success, "no permission for the public address")
    expect(one.bind_channel(0x4000, relays[1]).is_success, "no channel to the public address")
    one.send_channel(0x4000, b"round")
    data = two.receive(2)
    expect(data is not None and data.get(stun.DATA_VALUE) == b"round", "nothing by hairpin")
    expect(data.address(stun.XOR_PEER_ADDRESS) == relays[0], "not the public address as source")


@check("relay: max-bps bounds an allocation, and what it drops is counted", only="turnstone")
def rate(context):
    server = context.serve("max-bps=20000")
    client = server.client(**ALICE)
    client.allocated()
    peer = peer_socket(context)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    peer.settimeout(0.5)
    expect(client.bind_channel(0x4000, peer.getsockname()).is_success, "no channel")
    for _ in range(200):
        client.send_channel(0x4000, bytes(1000))
    passed = 0
    try:
        while True:
            peer.recv(2000)
            passed += 1
    except TimeoutError:
        pass
    expect(0 < passed < 150, f"{passed} of 200 packets passed")
    shown = server.json("allocations", "list")["allocations"][0]
    expect(shown["up"]["packets"] == passed, f"{passed} passed, shown {shown['up']}")
    expect(shown["drops"]["up"] == 200 - passed, f"{shown['drops']}")
