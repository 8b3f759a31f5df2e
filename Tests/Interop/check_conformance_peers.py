"""Conformance of permissions and channels, and of who may be reached (RFC 8656 §9 to §12)."""

import os
import select
import struct
import time

import stun
from check_relay import channel_payload, peer_socket
from check_requests import ALICE
from conformance import V6, V4, fence, is_dropped, refused, nothing_arrives
from harness import check, expect


@check("conformance: one bad peer among good ones: 400, 443, and none installed",
       only="turnstone")
def bad_peers(context):
    server = context.serve()
    client = server.client(**ALICE)
    relay = client.allocated()
    good = ("127.0.0.2", 9)
    stranger = peer_socket(context, "127.0.0.2")
    cases = {
        "empty": (400, b""), "7 bytes": (400, b"\0\1" + bytes(5)),
        "family 3": (400, b"\0\3" + bytes(6)),
        "IPv4 in 20 bytes": (400, b"\0\1" + bytes(18)), "IPv6": (443, ("::1", 9)),
    }
    for name, (code, value) in cases.items():
        for place in (0, 1):
            items = [(stun.XOR_PEER_ADDRESS, good)]
            items.insert(place, (stun.XOR_PEER_ADDRESS, value))
            refused(client, code, stun.CREATE_PERMISSION, items, f"{name} at {place}")
            stranger.sendto(b"knock", relay)
            is_dropped(client, f"a packet after the refusal ({name})")
    refused(client, 400, stun.CREATE_PERMISSION, [], "no peer")
    expect(client.permit(good, ("127.0.0.3", 1)).is_success, "two good ones")
    stranger.sendto(b"knock", relay)
    expect(client.receive(1) is not None, "the permission")


@check("conformance: channels end at 0x4FFF, and a refused one leaves no permission",
       only="turnstone")
def channel_edges(context):
    server = context.serve("channels-per-allocation=3", "permissions-per-allocation=4")
    client = server.client(**ALICE)
    relay = client.allocated()
    peer, stranger = peer_socket(context), peer_socket(context, "127.0.0.2")
    at, other = peer.getsockname(), stranger.getsockname()
    expect(client.bind_channel(0x4FFF, at).is_success, "0x4FFF")
    channel = (stun.CHANNEL_NUMBER, struct.pack("!Hxx", 0x4001))
    address = (stun.XOR_PEER_ADDRESS, other)
    cases = {
        "no peer": [channel], "no number": [address],
        "a peer of 4 bytes": [channel, (stun.XOR_PEER_ADDRESS, b"\0\1\0\0")],
        "a number of 2 bytes": [(stun.CHANNEL_NUMBER, b"\x40\1"), address],
        "a number in use": [(stun.CHANNEL_NUMBER, b"\x4f\xff\0\0"), address],
    }
    for number in (0, 0x0001, 0x3FFF, 0x5000, 0x7FFF, 0x8000, 0xFFFF):
        cases[f"{number:#06x}"] = [(stun.CHANNEL_NUMBER, struct.pack("!Hxx", number)), address]
    for name, attributes in cases.items():
        refused(client, 400, stun.CHANNEL_BIND, attributes, name)
        stranger.sendto(b"knock", relay)
        is_dropped(client, f"a packet after the refusal ({name})")
    expect(client.bind_channel(0x4000, at).code == 400, "a second number for the peer")
    # A binding brings a permission for the address, on every port.
    second = peer_socket(context)
    second.sendto(b"side", relay)
    data = client.receive(1)
    expect(data is not None and data.get(stun.DATA_VALUE) == b"side", "no permission")
    peer.sendto(b"main", relay)
    expect(channel_payload(client.receive(1)) == (0x4FFF, b"main"), "not through the channel")
    for number in (0x4001, 0x4002):
        expect(client.bind_channel(number, ("127.0.0.1", number)).is_success, "room for three")
    code = client.bind_channel(0x4003, ("127.0.0.1", 9)).code
    expect(code == 508, f"a fourth channel of three: {code}")
    expect(client.permit(*((f"127.0.1.{n}", 1) for n in range(3))).is_success, "room for four")
    code = client.permit(("127.0.2.1", 1)).code
    expect(code == 508, f"a fifth permission of four: {code}")


@check("conformance: neither Send nor ChannelData nor peers' packets keep anything alive",
       only="turnstone")
def expiry(context):
    server = context.serve("permission-lifetime=2", "channel-lifetime=4")
    client = server.client(**ALICE)
    relay = client.allocated()
    peer = peer_socket(context)
    at = peer.getsockname()
    expect(client.bind_channel(0x4000, at).is_success, "no channel")
    began = time.monotonic()
    up = down = 0
    while time.monotonic() < began + 3:
        client.send_channel(0x4000, b"c")
        client.send_data(at, b"s")
        peer.sendto(b"d", relay)
        time.sleep(0.1)
        stamp = time.monotonic() - began
        while select.select([peer], [], [], 0)[0]:
            peer.recv(10)
            up = stamp
        while client.receive(0.001) is not None:
            down = stamp
    expect(1 < up < 2.8 and 1 < down < 2.8, f"the last at {up:.1f} s up and {down:.1f} s down")
    # The channel lives still; it carries again once there is a permission.
    expect(client.permit(at).is_success, "no permission")
    client.send_channel(0x4000, b"again")
    expect(peer.recv(10) == b"again", "the channel died with the permission")
    time.sleep(max(0, began + 4.3 - time.monotonic()))
    expect(client.permit(at).is_success, "no permission")
    client.send_channel(0x4000, b"too late")
    is_dropped(client, "ChannelData of an expired channel")
    expect(nothing_arrives(peer), "an expired channel carries")
    peer.sendto(b"down", relay)
    data = client.receive(1)
    expect(isinstance(data, stun.Message), f"not a Data indication: {data}")
    expect(client.bind_channel(0x4001, at).is_success, "the peer is free for another number")

@check("conformance: the hard tier of peers stays closed under an allowed-peer-ip for all",
       only="turnstone")
def hard_tier(context):
    server = context.serve(
        "allowed-peer-ip=0.0.0.0-255.255.255.255", "allowed-peer-ip=::/0", loopback=False)
    hard4 = [
        "0.0.0.0", "0.0.0.1", "0.255.255.255", "127.0.0.1", "127.255.255.254", "169.254.0.1",
        "169.254.169.254", "224.0.0.1", "239.255.255.255", "255.255.255.255",
    ]
    hard6 = [
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::169.254.169.254",
        "::ffff:169.254.169.254", "::ffff:224.0.0.1", "::ffff:255.255.255.255", "fe80::1",
        "febf::1", "ff02::1", "ff0e::1", "2001::1", "2001:0:ffff::1", "2002:7f00:1::",
        "2002:808:808::1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254",
        "64:ff9b:1::7f00:1", "2a00:1450::5efe:7f00:1", "2a00:1450::200:5efe:a9fe:a9fe",
    ]
    open4 = ["10.0.0.1", "172.31.255.254", "192.168.0.1", "100.64.0.1", "8.8.8.8"]
    open6 = ["fd00::1", "2606:4700::1111"]
    for family, hard, soft in ((V4, hard4, open4), (V6, hard6, open6)):
        client = server.client(**ALICE)
        relay = client.allocated((stun.REQUESTED_ADDRESS_FAMILY, family))
        for address in hard:
            for port in (0, 9, 65535):
                code = client.permit((address, port)).code
                expect(code == 403, f"CreatePermission {address} port {port}: {code}")
            code = client.bind_channel(0x4000, (address, 9)).code
            expect(code == 403, f"ChannelBind {address}: {code}")
            client.send_data((address, context.port), stun.build(stun.BINDING, [], bytes(12)))
        for address in soft:
            code = client.permit((address, 9)).code
            expect(code == 0, f"CreatePermission {address}: {code}")
        is_dropped(client, f"Send to refused peers from {relay}")


@check("conformance: a denied-peer-ip line closes part of a loopback opened by force",
       only="turnstone")
def denied_loopback(context):
    server = context.serve("denied-peer-ip=127.0.0.2-127.0.0.9", "allowed-peer-ip=127.0.0.5")
    client = server.client(**ALICE)
    client.allocated()
    for address, code in (("127.0.0.1", 0), ("127.0.0.2", 403), ("127.0.0.9", 403),
                          ("127.0.0.5", 0), ("127.0.0.10", 0)):
        found = client.permit((address, 9)).code
        expect(found == code, f"{address}: {found} instead of {code}")


@check("conformance: own listeners and closed relay ports stay out of reach of every way",
       only="turnstone")
def own_listeners(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        family = (stun.REQUESTED_ADDRESS_FAMILY, V6 if ":" in address else V4)
        client, other = server.client(address, **ALICE), server.client(address, **ALICE)
        relay, other_relay = client.allocated(family), other.allocated(family)
        expect(client.permit((address, 1)).is_success, "no permission")
        ping = stun.build(stun.BINDING, [], os.urandom(12))
        client.send_data((address, context.port), ping)
        is_dropped(client, "a Binding request to the own listener")
        code = client.bind_channel(0x4000, (address, context.port)).code
        expect(code == 403, f"ChannelBind to the listener: {code}")
        # From relay to relay on the same address, and back to itself.
        expect(other.permit(relay).is_success, "no permission for the relay")
        for size in (0, 1, 1200, 9000):
            client.send_data(other_relay, bytes(size))
            data = other.receive(1)
            expect(data is not None, f"relay to relay, {size} bytes over {address}")
            expect(data.get(stun.DATA_VALUE) == bytes(size), "other bytes")
            expect(data.address(stun.XOR_PEER_ADDRESS) == relay, "another source")
        client.send_data(relay, b"echo")
        data = client.receive(1)
        expect(data is not None and data.get(stun.DATA_VALUE) == b"echo", "to itself")
        expect(other.refresh(0).is_success, "no end")
        client.send_data(other_relay, b"nobody")
        found = fence(client)
        expect(all(stun.Message(raw).get(stun.ICMP) for raw in found), "an answer from nobody")


@check("conformance: the public address behind a 1:1 NAT is reached at live relay ports only",
       only="turnstone")
def public_address(context):
    server = context.serve("relay-ip=127.0.0.1", "external-ip=203.0.113.5/127.0.0.1")
    client, other = server.client(**ALICE), server.client(**ALICE)
    relay, other_relay = client.allocated(), other.allocated()
    expect(relay[0] == other_relay[0] == "203.0.113.5", f"relayed at {relay}")
    expect(other.permit(relay).is_success, "no permission for the public address")
    expect(client.permit(other_relay, ("127.0.0.1", 9)).is_success, "nor for both spellings")
    for peer in (other_relay, ("127.0.0.1", other_relay[1])):
        client.send_data(peer, b"across")
        data = other.receive(1)
        expect(data is not None and data.get(stun.DATA_VALUE) == b"across", f"to {peer}")
        expect(data.address(stun.XOR_PEER_ADDRESS) == relay, "not the advertised source")
    for port in (1, 22, 80, 443, 3478, context.port):
        code = client.bind_channel(0x4000, (relay[0], port)).code
        expect(code == 403, f"ChannelBind to the public address, port {port}: {code}")
        client.send_data((relay[0], port), stun.build(stun.BINDING, [], os.urandom(12)))
    is_dropped(client, "Send to the public address")


@check("conformance: a stranger's socket cannot use another's allocation", only="turnstone")
def strangers(context):
    server = context.serve()
    client, thief = server.client(**ALICE), server.client()
    client.allocated()
    peer = peer_socket(context)
    at = peer.getsockname()
    expect(client.bind_channel(0x4000, at).is_success, "no channel")
    thief.send_channel(0x4000, b"stolen")
    thief.send_data(at, b"stolen")
    is_dropped(thief, "data without an allocation")
    expect(nothing_arrives(peer), "the peer got it")
