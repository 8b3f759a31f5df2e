"""Conformance of Allocate and Refresh (RFC 8656 §7, §8)."""

import contextlib
import hmac
import os
import struct
import time

import stun
from check_relay import peer_socket
from check_requests import ALICE
from conformance import (
    ADDRESS_ERROR_CODE, SOFTWARE, BOB, UDP_REQUEST, V6, V4, lifetime, append, is_dropped,
    challenged, refused, peer_attribute, nothing_arrives)
from daemon import USER
from harness import check, expect, udp_ports_in


@check("conformance: malformed and contradicting Allocate attributes are 400", only="turnstone")
def malformed_allocate(context):
    client = context.serve().client(**ALICE)
    challenged(client)
    token = (stun.RESERVATION_TOKEN, bytes(8))
    additional = (stun.ADDITIONAL_ADDRESS_FAMILY, V6)
    cases = {
        "transport of 3 bytes": [(stun.REQUESTED_TRANSPORT, b"\x11\0\0")],
        "LIFETIME of 3 bytes": [*UDP_REQUEST, (stun.LIFETIME, b"\0\0\1")],
        "EVEN-PORT of none": [*UDP_REQUEST, (stun.EVEN_PORT, b"")],
        "a token of 7 bytes": [*UDP_REQUEST, (stun.RESERVATION_TOKEN, bytes(7))],
        "a family of one byte": [*UDP_REQUEST, (stun.REQUESTED_ADDRESS_FAMILY, b"\1")],
        "an additional family of one byte":
            [*UDP_REQUEST, (stun.ADDITIONAL_ADDRESS_FAMILY, b"\2")],
        "token and EVEN-PORT": [*UDP_REQUEST, token, (stun.EVEN_PORT, b"\0")],
        "token and family": [*UDP_REQUEST, token, (stun.REQUESTED_ADDRESS_FAMILY, V4)],
        "token and additional family": [*UDP_REQUEST, token, additional],
        "family and additional family":
            [*UDP_REQUEST, (stun.REQUESTED_ADDRESS_FAMILY, V4), additional],
        "additional IPv4": [*UDP_REQUEST, (stun.ADDITIONAL_ADDRESS_FAMILY, V4)],
        "EVEN-PORT's R with an additional family":
            [*UDP_REQUEST, (stun.EVEN_PORT, b"\x80"), additional],
    }
    for name, attributes in cases.items():
        refused(client, 400, stun.ALLOCATE, attributes, name)
    refused(client, 442, stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, b"\0\0\0\0")], "transport 0")
    refused(client, 508, stun.ALLOCATE, [*UDP_REQUEST, token], "an invented token")
    refused(
        client, 440, stun.ALLOCATE,
        [*UDP_REQUEST, (stun.REQUESTED_ADDRESS_FAMILY, bytes(4))], "family 0")
    answer = refused(
        client, 420, stun.ALLOCATE, [*UDP_REQUEST, (0x7FFE, b""), (0x0100, b"")], "unknown ones")
    listed = answer.get(stun.UNKNOWN_ATTRIBUTES)
    expect(listed in (b"\x7f\xfe\1\0", b"\1\0\x7f\xfe"), f"listed {listed.hex()}")
    expect(udp_ports_in(*context.relay_ports) == [], "a refusal keeps a port")
    # What may be ignored is; DONT-FRAGMENT is known.
    answer = client.allocate((0xFFFE, b"abc"), (stun.DONT_FRAGMENT, b""), (SOFTWARE, b"probe"))
    expect(answer.is_success, f"optional attributes: {answer.code}")
    expect(answer.get(SOFTWARE) is None, "SOFTWARE though not configured")


@check("conformance: LIFETIME below, above and without", only="turnstone")
def lifetimes(context):
    server = context.serve()
    wanted = {0: 600, 1: 600, 599: 600, 601: 601, 3600: 3600, 3601: 3600, 2 ** 32 - 1: 3600}
    for asked, granted in wanted.items():
        client = server.client(**ALICE)
        answer = client.allocate(lifetime(asked))
        expect(answer.is_success, f"{asked}: {answer.code}")
        expect(answer.lifetime == granted, f"Allocate {asked}: {answer.lifetime}")
        if asked > 0:
            answer = client.refresh(asked)
            expect(answer.lifetime == granted, f"Refresh {asked}: {answer.lifetime}")
        expect(client.request(stun.REFRESH).lifetime == 600, "Refresh without LIFETIME")
        refused(client, 400, stun.REFRESH, [(stun.LIFETIME, b"\0")], "LIFETIME of one byte")
        expect(client.refresh(0).lifetime == 0, "Refresh 0")


@check("conformance: of two attributes of a kind the first counts; padding may hold anything",
       only="turnstone")
def duplicates(context):
    server = context.serve()
    client = server.client(**ALICE)
    answer = client.allocate(lifetime(700), lifetime(3000))
    expect(answer.lifetime == 700, f"Allocate: {answer.lifetime}")
    answer = client.request(stun.REFRESH, [lifetime(800), lifetime(0)])
    expect(answer.lifetime == 800, f"Refresh: {answer.lifetime}")
    peer = peer_socket(context)
    at = peer.getsockname()
    expect(client.permit(at).is_success, "no permission")
    transaction = os.urandom(12)
    items = [
        peer_attribute(at, transaction), (stun.DATA_VALUE, b"one"), (stun.DATA_VALUE, b"two"),
        peer_attribute(("127.0.0.9", 9), transaction)]
    client.socket.send(stun.build(stun.SEND, items, transaction, kind=1))
    expect(peer.recv(100) == b"one", "Send took the second DATA")
    client.socket.send(stun.build(stun.SEND, items, transaction, kind=1, fingerprint=True))
    expect(peer.recv(100) == b"one", "Send with FINGERPRINT")
    # A signature on an indication is known though not expected; what is behind it is nothing.
    signed = [*items[:2], (stun.USERNAME, USER.encode())]
    raw = stun.build(stun.SEND, signed, transaction, client.key, kind=1)
    client.socket.send(append(raw, (0x7FFE, b"")))
    expect(peer.recv(100) == b"one", "a signed Send")
    raw = stun.build(stun.SEND, items[:1], transaction, client.key, kind=1)
    is_dropped(client, "DATA behind the signature", append(raw, items[1]))
    expect(nothing_arrives(peer), "DATA behind the signature was relayed")
    raw = client.compose(stun.REFRESH, [(SOFTWARE, b"a")])[:-24]
    raw = raw.replace(b"a\0\0\0", b"a\xff\xff\xff", 1)
    raw = raw[:2] + struct.pack("!H", len(raw) - 20 + 24) + raw[4:]
    tag = hmac.digest(client.key, raw, "sha1")
    answer = client.exchange(raw + stun.attribute(stun.MESSAGE_INTEGRITY, tag))
    expect(answer.is_success, f"padding that is not zero: {answer.code}")


@check("conformance: requests of any size and number of attributes get a bounded answer",
       only="turnstone")
def large_requests(context):
    server = context.serve()
    client = server.client(**ALICE)
    challenged(client)
    for size in (1500, 20_000, 60_000):
        answer = client.exchange(client.compose(stun.REFRESH, [(SOFTWARE, bytes(size))]))
        expect(answer.code == 437, f"SOFTWARE of {size} bytes: {answer.code}")
    many = [(0x7000 + number, b"") for number in range(2000)]
    answer = refused(client, 420, stun.ALLOCATE, many, "2000 unknown attributes")
    expect(len(answer.raw) < 600, f"an answer of {len(answer.raw)} bytes")
    for name in (b"\xff\xfe", b"a\0b", b"", b"u" * 509, b"u" * 4000):
        items = [(stun.USERNAME, name), (stun.REALM, client.realm), (stun.NONCE, client.nonce)]
        code = client.exchange(
            stun.build(stun.ALLOCATE, items, os.urandom(12), client.key)).code
        expect(code == 401, f"user name {name[:8]}: {code}")
    expect(client.allocate().is_success, "and an ordinary request")


@check("conformance: a nonce grows stale; a retransmitted Allocate does not care",
       only="turnstone")
def stale(context):
    client = context.serve("stale-nonce=1").client(**ALICE)
    challenged(client)
    request = client.compose(stun.ALLOCATE, UDP_REQUEST)
    first = client.exchange(request)
    expect(first.is_success, f"Allocate: {first.code}")
    time.sleep(2.2)
    expect(client.exchange(request).raw == first.raw, "the retransmission differs")
    key, client.key = client.key, b"k" * 16
    code = client.exchange(client.compose(stun.REFRESH)).code
    expect(code == 401, f"stale nonce and wrong key: {code}")
    client.key = key
    answer = client.exchange(client.compose(stun.REFRESH))
    expect(answer.code == 438, f"stale nonce: {answer.code}")
    expect(answer.get(stun.REALM) and answer.get(stun.NONCE) != client.nonce, "438's content")
    client.learn(answer)
    expect(client.refresh(700).lifetime == 700, "the new nonce")


@check("conformance: EVEN-PORT with a token: identical retransmission, used once, by its owner",
       only="turnstone")
def reservation(context):
    server = context.serve("user=bob:builder")
    client = server.client(**ALICE)
    challenged(client)
    request = client.compose(stun.ALLOCATE, [*UDP_REQUEST, (stun.EVEN_PORT, b"\x80")])
    first = client.exchange(request)
    expect(first.is_success, f"EVEN-PORT: {first.code}")
    expect(client.refresh(1800).is_success, "no Refresh")
    expect(client.exchange(request).raw == first.raw, "the retransmission differs")
    token, port = first.get(stun.RESERVATION_TOKEN), first.address(stun.XOR_RELAYED_ADDRESS)[1]
    reserved = (stun.RESERVATION_TOKEN, token)
    thief = server.client(**BOB)
    expect(thief.allocate(reserved).code == 508, "another user's token")
    # The reservation outlives the allocation that made it.
    expect(client.refresh(0).is_success, "no end")
    second = server.client(**ALICE)
    expect(second.allocated(reserved)[1] == port + 1, "not the reserved port")
    expect(server.client(**ALICE).allocate(reserved).code == 508, "a used token")
    # Whatever worker a client came to, its token is good at all of them.
    for _ in range(6):
        maker, taker = server.client(**ALICE), server.client(**ALICE)
        answer = maker.allocate((stun.EVEN_PORT, b"\x80"))
        port = answer.address(stun.XOR_RELAYED_ADDRESS)[1]
        got = taker.allocated((stun.RESERVATION_TOKEN, answer.get(stun.RESERVATION_TOKEN)))
        expect(got[1] == port + 1, f"{got[1]} after {port}")
    # R not set: even, no token.
    answer = server.client(**ALICE).allocate((stun.EVEN_PORT, b"\0"))
    expect(answer.address(stun.XOR_RELAYED_ADDRESS)[1] % 2 == 0, "an odd port")
    expect(answer.get(stun.RESERVATION_TOKEN) is None, "a token nobody asked for")


@check("conformance: two families in one allocation, refreshed and ended one by one",
       only="turnstone")
def dual(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        client = server.client(address, **ALICE)
        challenged(client)
        request = client.compose(
            stun.ALLOCATE, [*UDP_REQUEST, (stun.ADDITIONAL_ADDRESS_FAMILY, V6)])
        answer = client.exchange(request)
        expect(answer.is_success, f"{answer.code}")
        expect(client.exchange(request).raw == answer.raw, "the retransmission differs")
        expect(answer.get(ADDRESS_ERROR_CODE) is None, "an error though both are there")
        relays = [stun.read_address(value, answer.transaction)
                  for value in answer.all(stun.XOR_RELAYED_ADDRESS)]
        by_host = dict(relays)
        expect(set(by_host) == {"127.0.0.1", "::1"}, f"{relays}")
        peers = {host: peer_socket(context, host) for host in by_host}
        expect(client.permit(*((host, 1) for host in by_host)).is_success, "no permissions")
        for host, peer in peers.items():
            client.send_data(peer.getsockname()[:2], b"up")
            source = peer.recvfrom(100)[1][:2]
            expect(source == (host, by_host[host]), f"from {source}")
            peer.sendto(b"down", (host, by_host[host]))
            data = client.receive(2)
            expect(data is not None and data.get(stun.DATA_VALUE) == b"down", f"down, {host}")
        family = (stun.REQUESTED_ADDRESS_FAMILY, V6)
        expect(client.refresh(1000, family).lifetime == 1000, "Refresh of one family")
        expect(client.refresh(0, family).lifetime == 0, "end of one family")
        ports = udp_ports_in(*context.relay_ports)
        expect(ports == [by_host["127.0.0.1"]], f"bound: {ports}")
        expect(client.refresh(600, family).code == 443, "Refresh of the family that is gone")
        expect(client.permit(("::1", 9)).code == 443, "permission in the family that is gone")
        expect(client.bind_channel(0x4000, ("::1", 9)).code == 443, "channel there")
        client.send_data(peers["127.0.0.1"].getsockname()[:2], b"still")
        expect(peers["127.0.0.1"].recv(100) == b"still", "the other family ended too")
        expect(client.refresh(0).is_success, "the end of the rest")
        expect(client.refresh(600).code == 437, "something is left")
        expect(udp_ports_in(*context.relay_ports) == [], "a port is left")


@check("conformance: a family the server lacks: 440, and ADDRESS-ERROR-CODE in a dual request",
       only="turnstone")
def one_family(context):
    server = context.serve("relay-ip=127.0.0.1")
    client = server.client("::1", **ALICE)
    challenged(client)
    family = (stun.REQUESTED_ADDRESS_FAMILY, V6)
    refused(client, 440, stun.ALLOCATE, [*UDP_REQUEST, family], "no IPv6 relay")
    answer = client.allocate((stun.ADDITIONAL_ADDRESS_FAMILY, V6))
    expect(answer.is_success, f"{answer.code}")
    expect(answer.address(stun.XOR_RELAYED_ADDRESS)[0] == "127.0.0.1", "another relay")
    error = answer.get(ADDRESS_ERROR_CODE)
    expect(error is not None, "no ADDRESS-ERROR-CODE")
    expect((error[0], error[2] & 7, error[3]) == (2, 4, 40), f"{error.hex()}")
    refused(client, 443, stun.REFRESH, [family], "Refresh of the other family")
    expect(client.bind_channel(0x4000, ("::1", 9)).code == 443, "ChannelBind there")


@check("conformance: Refresh 0 ends everything at once, and the 5-tuple is free again",
       only="turnstone")
def immediate_end(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        family = (stun.REQUESTED_ADDRESS_FAMILY, V6 if ":" in address else V4)
        client = server.client(address, **ALICE)
        relay = client.allocated(family)
        peer = peer_socket(context, address)
        expect(client.bind_channel(0x4000, peer.getsockname()[:2]).is_success, "no channel")
        raw = client.compose(stun.REFRESH, [lifetime(0)])
        expect(client.exchange(raw).is_success, "no end")
        peer.sendto(b"late", relay)
        client.send_channel(0x4000, b"late")
        client.send_data(peer.getsockname()[:2], b"late")
        is_dropped(client, "data after the end")
        peer.settimeout(0.1)
        with contextlib.suppress(ConnectionRefusedError, TimeoutError):
            expect(False, f"the peer got {peer.recv(100)}")
        expect(client.exchange(raw).code == 437, "the second Refresh 0")
        client.allocated(family)
        client.send_channel(0x4000, b"ghost")
        client.send_data(peer.getsockname()[:2], b"ghost")
        is_dropped(client, "data of the former allocation")
        with contextlib.suppress(TimeoutError):
            expect(False, f"channel or permission outlived: {peer.recv(100)}")


@check("conformance: a port range that is used up gives 508, and a freed port is used again",
       only="turnstone")
def exhausted(context):
    first = context.relay_ports[0]
    server = context.serve(f"max-port={first + 3}", "workers=2")
    clients, codes = [], []
    for _ in range(8):
        client = server.client(**ALICE)
        code = client.allocate().code
        codes.append(code)
        if code == 0:
            clients.append(client)
    expect(codes.count(0) == 4 and codes.count(508) == 4, f"{codes}")
    expect(clients[0].refresh(0).is_success, "no end")
    clients[0].allocated()
