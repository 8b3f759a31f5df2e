"""Conformance of what is relayed: sizes, failures, header fields (RFC 8656 §11 to §15)."""

import select
import socket
import struct
import time

import stun
from check_relay import channel_payload, peer_socket
from check_requests import ALICE
from conformance import V6, V4, nothing_arrives
from harness import Skipped, check, expect


@check("conformance: big datagrams are relayed whole or not at all", only="turnstone")
def big_datagrams(context):
    server = context.serve()
    passed = set()
    for address in ("127.0.0.1", "::1"):
        client = server.client(address, **ALICE)
        family = V6 if ":" in address else V4
        relay = client.allocated((stun.REQUESTED_ADDRESS_FAMILY, family))
        peer = peer_socket(context, address)
        at = peer.getsockname()[:2]
        expect(client.permit(at).is_success, "no permission")
        bound = False
        for way in ("Send", "Data", "channel up", "channel down"):
            if way == "channel up" and not bound:
                expect(client.bind_channel(0x4000, at).is_success, "no channel")
                bound = True
            for size in (1473, 16381, 32768, 40000, 60000, 65000, 65470, 65487, 65503, 65507):
                payload = bytes([size & 255]) * size
                try:
                    if way == "Send":
                        client.send_data(at, payload)
                    elif way == "channel up":
                        client.send_channel(0x4000, payload)
                    else:
                        peer.sendto(payload, relay)
                except (OSError, struct.error):
                    continue  # more than a datagram holds
                if way in ("Send", "channel up"):
                    got = None if nothing_arrives(peer, 0.1) else peer.recv(65536)
                else:
                    item = client.receive(0.1)
                    if item is None:
                        got = None
                    elif isinstance(item, bytes):
                        got = channel_payload(item)[1]
                    else:
                        got = item.get(stun.DATA_VALUE)
                expect(got is None or got == payload,
                       f"{way} of {size} bytes came as {len(got or b'')}")
                if got is not None:
                    passed.add((address, way, size))
        client.send_data(at, b"alive")
        expect(peer.recv(100) == b"alive", "the allocation no longer sends")
    for address in ("127.0.0.1", "::1"):
        for way in ("Send", "Data", "channel up", "channel down"):
            sizes = sorted(size for host, name, size in passed if (host, name) == (address, way))
            expect(sizes and sizes[-1] >= 65000, f"{way} over {address} ends at {sizes[-1:]}")


@check("conformance: a send that fails does not silence the allocation", only="turnstone")
def failed_sends(context):
    # The relay is bound to loopback: the kernel refuses 192.0.2.1 before any wire.
    server = context.serve("allowed-peer-ip=192.0.2.0/24")
    client = server.client(**ALICE)
    relay = client.allocated()
    peer = peer_socket(context)
    at = peer.getsockname()
    expect(client.permit(at, ("192.0.2.1", 9)).is_success, "no permission")
    expect(client.bind_channel(0x4000, at).is_success, "no channel")
    code = client.bind_channel(0x4001, ("192.0.2.1", 9)).code
    expect(code == 0, f"a channel to an unroutable peer: {code}")
    for bad in (("127.0.0.1", 0), ("192.0.2.1", 9), ("192.0.2.1", 0)):
        for _ in range(3):
            client.send_data(bad, b"lost")
            client.send_channel(0x4001, b"lost")
            client.send_data(at, b"found")
            client.send_channel(0x4000, b"found")
        for _ in range(6):
            expect(peer.recv(100) == b"found", f"after a Send to {bad}")
        peer.sendto(b"down", relay)
        item = client.receive(1)
        while isinstance(item, stun.Message) and item.get(stun.ICMP) is not None:
            item = client.receive(1)
        expect(item is not None, f"nothing comes down after a Send to {bad}")
        expect(channel_payload(item) == (0x4000, b"down"), f"{item}")


@check("conformance: closed ports come back as ICMP, from channels and over IPv6 too",
       only="turnstone")
def icmp(context):
    server = context.serve()
    for address, number in (("127.0.0.1", 3 << 9 | 3), ("::1", 1 << 9 | 4)):
        family = (stun.REQUESTED_ADDRESS_FAMILY, V6 if ":" in address else V4)
        client = server.client(address, **ALICE)
        client.allocated(family)
        closed = (address, context.peer_port)
        expect(client.permit(closed).is_success, "no permission")
        for way in ("Send", "channel"):
            if way == "channel":
                expect(client.bind_channel(0x4000, closed).is_success, "no channel")
                client.send_channel(0x4000, b"hello")
            else:
                client.send_data(closed, b"hello")
            data = client.receive(2)
            expect(isinstance(data, stun.Message), f"{way} to {address}: {data}")
            value = data.get(stun.ICMP)
            expect(value is not None and len(value) == 8, f"no ICMP but {data.attributes}")
            expect(value[2:4] == struct.pack("!H", number), f"type and code {value[2:4].hex()}")
            expect(data.address(stun.XOR_PEER_ADDRESS) == closed, "another peer")
            expect(data.get(stun.DATA_VALUE) is None, "an ICMP report with DATA")


@check("conformance: DF only where DONT-FRAGMENT asks, TOS one way for all", only="turnstone")
def header_fields(context):
    server = context.serve()
    client = server.client(**ALICE)
    client.allocated()
    peer = peer_socket(context)
    at = peer.getsockname()
    expect(client.bind_channel(0x4000, at).is_success, "no channel")
    try:
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    except PermissionError:
        raise Skipped("capturing needs root") from None
    with tap:
        tap.bind(("lo", 0x0800))

        def header(payload):
            """(DF, TOS, TTL) of the packet with this payload on its way to the peer."""
            end_at = time.monotonic() + 2
            while time.monotonic() < end_at:
                if not select.select([tap], [], [], 0.2)[0]:
                    continue
                raw = tap.recv(2048)
                size = (raw[0] & 15) * 4
                if raw[9] == 17 and raw[size + 2:size + 4] == struct.pack("!H", at[1]) \
                        and raw[size + 8:] == payload:
                    return bool(raw[6] & 0x40), raw[1], raw[8]
            expect(False, f"{payload} was not seen on the wire")

        marked = (stun.DONT_FRAGMENT, b"")
        for tos in (0, 0xB8, 0xB9):
            client.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
            plain = f"plain {tos}".encode()
            client.send_data(at, plain)
            df, found, ttl = header(plain)
            expect(not df, "DF without DONT-FRAGMENT (Send)")
            expect(found >> 2 in (0, tos >> 2) and found & 3 in (0, tos & 3), f"TOS {found:#x}")
            expect(ttl > 1, f"TTL {ttl}")
            client.send_data(at, b"whole " + plain, marked)
            expect(header(b"whole " + plain)[0], "no DF though DONT-FRAGMENT asked")
            client.send_channel(0x4000, b"frame " + plain)
            df, found_too, _ = header(b"frame " + plain)
            expect(not df, "DF without DONT-FRAGMENT (ChannelData)")
            expect(found_too == found, "TOS differs between Send and ChannelData")
