"""The RFCs' small print over real sockets: what a stranger to this code would try.

`check_requests` asks whether requests work; these files ask what happens beside the road: bytes
behind the signature, answers that must not come, bounds. Here: framing, and who is unproven.
"""

import contextlib
import os
import socket
import struct
import time
import zlib

import stun
from check_relay import peer_socket
from check_requests import ALICE
from conformance import (
    SOFTWARE, UDP_REQUEST, V6, lifetime, append, is_dropped, challenged, attribute_numbers,
    peer_attribute, nothing_arrives)
from harness import check, expect, udp_ports_in, wait_until


@check("conformance: what is behind MESSAGE-INTEGRITY does not count", only="turnstone")
def appended(context):
    server = context.serve()
    client = server.client(**ALICE)
    challenged(client)
    request = client.compose(stun.ALLOCATE, UDP_REQUEST)
    answer = client.exchange(
        append(request, (stun.REQUESTED_ADDRESS_FAMILY, V6), (0x7FFE, b"x"), lifetime(3000)))
    expect(answer.is_success and answer.lifetime == 600, f"Allocate: {answer.code}")
    relay = answer.address(stun.XOR_RELAYED_ADDRESS)
    expect(relay[0] == "127.0.0.1", "an appended family was believed")
    transaction = os.urandom(12)
    items = [(stun.XOR_PEER_ADDRESS, ("127.0.0.2", 9))]
    request = client.compose(stun.CREATE_PERMISSION, items, transaction)
    request = append(request, peer_attribute(("127.0.0.3", 9), transaction))
    expect(client.exchange(request).is_success, "CreatePermission with a peer behind it")
    for address, wanted in (("127.0.0.3", False), ("127.0.0.2", True)):
        peer_socket(context, address).sendto(b"knock", relay)
        arrived = client.receive(1 if wanted else 0.15) is not None
        expect(arrived == wanted, f"{address}: {arrived}")
    request = client.compose(stun.REFRESH, [lifetime(700)])
    tail = [lifetime(0), (0x7FFE, b""), (stun.USERNAME, b"mallory")]
    request = append(append(request, *tail), (stun.FINGERPRINT, bytes(4)))
    crc = zlib.crc32(request[:-8]) ^ 0x5354554E
    request = request[:-4] + struct.pack("!I", crc)
    answer = client.exchange(request)
    expect(answer.is_success and answer.lifetime == 700, f"Refresh: {answer.code}")
    # A CreatePermission whose only peer is appended has none.
    transaction = os.urandom(12)
    request = client.compose(stun.CREATE_PERMISSION, [], transaction)
    answer = client.exchange(append(request, peer_attribute(("127.0.0.3", 9), transaction)))
    expect(answer.code == 400, f"only an appended peer: {answer.code}")


@check("conformance: unknown methods, wrong classes and damaged frames are dropped",
       only="turnstone")
def dropped(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        client = server.client(address, **ALICE)
        challenged(client)
        for method in (0x000, 0x002, 0x005, 0x006, 0x007, 0x00C, 0x0FF, 0xFFF):
            for signed in (False, True):
                raw = client.compose(method, UDP_REQUEST, signed=signed)
                is_dropped(client, f"method {method:#x}, signed: {signed}", raw)
        for method in (stun.BINDING, stun.ALLOCATE, stun.REFRESH, stun.CREATE_PERMISSION):
            for kind in (1, 2, 3):
                if method == stun.BINDING and kind == 1:
                    continue
                raw = stun.build(method, UDP_REQUEST, os.urandom(12), kind=kind)
                is_dropped(client, f"method {method} of class {kind}", raw)
        for method in (stun.BINDING, stun.ALLOCATE):
            good = client.compose(method, [(SOFTWARE, b"abcd")], signed=False)
            damaged = {
                "an attribute that overruns": good[:22] + b"\0\x05" + good[24:],
                "an attribute that overruns by far": good[:22] + b"\xff\xff" + good[24:],
                "an unaligned length": good[:2] + b"\0\x07" + good[4:-1],
                "a length that is short of the datagram": good[:2] + b"\0\4" + good[4:],
                "a length of 65,532": good[:2] + b"\xff\xfc" + good[4:],
                "a byte behind the end": good + b"\0",
                "half an attribute header": good[:2] + b"\0\x0a" + good[4:] + b"\x80\x22",
                "the top bit": b"\x80" + good[1:],
                "the second bit": b"\x40" + good[1:],
            }
            for name, raw in damaged.items():
                is_dropped(client, f"{name} (method {method})", raw)
        # No cookie: Binding only.
        raw = client.compose(stun.ALLOCATE, UDP_REQUEST, signed=False)
        is_dropped(client, "Allocate without the cookie", raw[:4] + b"\1\2\3\4" + raw[8:])
        signed = client.compose(stun.ALLOCATE, UDP_REQUEST)
        is_dropped(
            client, "a wrong FINGERPRINT on a signed Allocate",
            append(signed, (stun.FINGERPRINT, b"\1\2\3\4")))
        is_dropped(
            client, "a MESSAGE-INTEGRITY of 16 bytes",
            append(client.compose(stun.ALLOCATE, UDP_REQUEST, signed=False),
                   (stun.MESSAGE_INTEGRITY, bytes(16))))
    expect(udp_ports_in(*context.relay_ports) == [], "one of them took a port")


@check("conformance: damaged Send indications and ChannelData are dropped, padding is cut",
       only="turnstone")
def damaged_data(context):
    client = context.serve().client(**ALICE)
    client.allocated()
    peer = peer_socket(context)
    at = peer.getsockname()
    expect(client.bind_channel(0x4000, at).is_success, "no channel")

    def indication(*attributes, kind=1, method=stun.SEND):
        transaction = os.urandom(12)
        items = [peer_attribute(at, transaction), *attributes]
        return stun.build(method, items, transaction, kind=kind)

    data = (stun.DATA_VALUE, b"data")
    whole = indication(data)
    bad = {
        "without DATA": indication(),
        "without a peer": stun.build(stun.SEND, [data], os.urandom(12), kind=1),
        "with an unknown required attribute": indication(data, (0x7FFE, b"")),
        "as a request": indication(data, kind=0),
        "as a Data indication": indication(data, method=stun.DATA),
        "with an overrunning attribute": whole[:-6] + b"\0\x09" + whole[-4:],
        "with a byte too many": whole + b"\0",
        "with an unaligned length": whole[:2] + struct.pack("!H", len(whole) - 21) + whole[4:-1],
        "with an empty peer":
            stun.build(stun.SEND, [(stun.XOR_PEER_ADDRESS, b""), data], os.urandom(12), kind=1),
        "with an IPv6 peer on an IPv4 relay":
            stun.build(stun.SEND, [(stun.XOR_PEER_ADDRESS, stun.xor_address(
                ("::1", at[1]), bytes(12))), data], bytes(12), kind=1),
        "of a channel frame too short": b"\x40\0\0\x09abcdefgh",
        "of a channel frame without a length": b"\x40\0\0",
        "of an unbound channel": b"\x40\1\0\4abcd",
        "of a channel above 0x4FFF": b"\x50\0\0\4abcd",
    }
    for name, raw in bad.items():
        is_dropped(client, f"Send {name}", raw)
        expect(nothing_arrives(peer, 0.03), f"Send {name} reached the peer")
    # The datagram may be longer than the frame: padding, which the peer must not see.
    for raw, wanted in ((b"\x40\0\0\5abcde\0\0\0", b"abcde"), (b"\x40\0\0\0\0\0\0\0", b""),
                        (b"\x40\0\0\3abc", b"abc"), (whole, b"data")):
        client.socket.send(raw)
        expect(peer.recv(100) == wanted, f"{raw.hex()}")


@check("conformance: unauthenticated bytes out stay within floor and factor", only="turnstone",
       alone=True)
def amplification(context):
    server = context.serve(
        "unauthenticated-floor=1500", "unauthenticated-factor=1", "workers=1")
    honest = server.client(**ALICE)
    challenged(honest)
    request = stun.build(stun.ALLOCATE, [], os.urandom(12))
    sockets = []
    for number in range(40):
        source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        context.stack.callback(source.close)
        source.bind((f"127.0.{number}.{number + 1}", 0))
        source.connect(("127.0.0.1", context.port))
        source.setblocking(False)
        sockets.append(source)
    bytes_in = bytes_out = 0
    began = time.monotonic()

    def drain():
        total = 0
        for source in sockets:
            with contextlib.suppress(BlockingIOError):
                while True:
                    total += len(source.recv(2048)) + 28
        return total

    # On a busy machine it takes longer to become a flood; the floor counts for all of the time.
    while time.monotonic() < began + 1 or bytes_in < 100_000:
        context.remaining()
        for source in sockets:
            with contextlib.suppress(BlockingIOError):
                source.send(request)
                bytes_in += len(request) + 28
        bytes_out += drain()
        time.sleep(0.002)
    # Whoever has proven its address is served in the middle of it.
    expect(honest.allocate().is_success, "a client with a nonce was not served")
    time.sleep(0.1)
    bytes_out += drain()
    elapsed = time.monotonic() - began
    bound = 1500 * (elapsed + 1) + bytes_in
    expect(bytes_out <= bound, f"{bytes_out} bytes out for {bytes_in} in")
    expect(bytes_out > 0, "nobody at all was answered")


@check("conformance: at a full user quota idle allocations go first, busy ones stay",
       only="turnstone", seconds=58)
def eviction(context):
    server = context.serve("user-quota=2", "workers=1")
    idle, busy = server.client(**ALICE), server.client(**ALICE)
    idle.allocated()
    busy.allocated()
    peer = peer_socket(context)
    expect(busy.permit(peer.getsockname()).is_success, "no permission")
    expect(server.client(**ALICE).allocate().code == 486, "a third at once")
    time.sleep(20)
    busy.send_data(peer.getsockname(), b"busy")
    expect(peer.recv(10) == b"busy", "no data")
    expect(server.client(**ALICE).allocate().code == 486, "a third after 20 s")
    time.sleep(11)
    third = server.client(**ALICE)
    expect(third.allocate().is_success, "the idle one did not make room")
    expect(idle.refresh(600).code == 437, "the idle one is still there")
    expect(busy.refresh(600).is_success, "the busy one was thrown out")
    expect(server.client(**ALICE).allocate().code == 486, "more than two")
    wait_until(context, "two ports", lambda: len(udp_ports_in(*context.relay_ports)) == 2)


@check("conformance: clients of RFC 3489 are answered, with nothing they do not know",
       only="turnstone")
def classic_edges(context):
    server = context.serve("fingerprint", "software-attribute")
    for address in ("127.0.0.1", "::1"):
        client = server.client(address)
        identity = b"\x01" + os.urandom(15)
        for body in (b"", stun.attribute(3, bytes(4))):  # CHANGE-REQUEST that asks for nothing
            client.socket.send(struct.pack("!HH", 1, len(body)) + identity + body)
            client.socket.settimeout(2)
            answer = stun.Message(client.socket.recv(2048))
            expect(answer.type == 0x0101, f"type {answer.type:#06x}")
            expect(attribute_numbers(answer) == [stun.MAPPED_ADDRESS], f"{answer.attributes}")
        # Modern and unauthenticated: no SOFTWARE even where it is configured.
        answer = client.request(stun.BINDING)
        expect(answer.get(SOFTWARE) is None, "SOFTWARE for a stranger")
        expect(answer.get(stun.MAPPED_ADDRESS) is None, "MAPPED-ADDRESS beside the XORed one")
        answer = client.request(stun.BINDING, [(3, b"\0\0\0\6")])
        expect(answer.code == 420, f"CHANGE-REQUEST of a modern client: {answer.code}")
    client = server.client(**ALICE)
    expect(client.allocate().get(SOFTWARE), "no SOFTWARE though configured")
