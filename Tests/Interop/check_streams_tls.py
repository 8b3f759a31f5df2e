"""TLS as such: versions, names, protocols, records cut and joined, resumption, bad clients."""

import os
import socket
import ssl
import struct
import time

import certificates
import streams
from check_relay import peer_socket
from check_requests import ALICE
from check_streams import Carrier, echoes
from harness import check, expect, wait_until

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
HTTP_REQUEST = b"GET / HTTP/1.1\r\nHost: turn.example.org\r\n\r\n"


def cut(carrier, **keywords):
    client = streams.CutTLS(
        ("127.0.0.1", carrier.context.port),
        streams.trusting(carrier.pair.certificate, **keywords), carrier.pair.name)
    carrier.context.stack.callback(client.close)
    return client


@check("TLS: 1.3 by preference, 1.2 where asked for, and a relay over both")
def versions(context):
    carrier = Carrier(context, "TLS")
    peer = peer_socket(context)
    for highest, wanted in ((V13, "TLSv1.3"), (V12, "TLSv1.2")):
        trust = streams.trusting(carrier.pair.certificate, highest=highest)
        client, relay = carrier.relaying(peer, tls=trust)
        expect(client.socket.version() == wanted, client.socket.version())
        echoes(client, relay, peer, (0, 171, 1200))


@check("TLS: 1.0 and 1.1 are refused", only="turnstone")
def old_versions(context):
    carrier = Carrier(context, "TLS")
    for flag in ("-tls1", "-tls1_1"):
        # The distribution's policy would keep our own side from asking.
        code, output = context.run(
            "openssl", "s_client", "-connect", f"127.0.0.1:{context.port}", flag,
            "-cipher", "ALL:@SECLEVEL=0", "-brief")
        expect(code != 0 and "ESTABLISHED" not in output, f"{flag}: {output}")


@check("TLS: the cipher-list is obeyed, and without one nothing old is offered")
def ciphers(context):
    carrier = Carrier(context, "TLS")
    for name, is_served in (("ECDHE+AESGCM", True), ("AES128-SHA", False), ("AES256-SHA", False)):
        try:
            trust = streams.trusting(carrier.pair.certificate, highest=V12)
            trust.set_ciphers(name)
            carrier.client(tls=trust)
            expect(is_served, f"{name} is served")
        except ssl.SSLError as error:
            expect(not is_served, f"{name}: {error}")


@check("TLS: cipher-list narrows what TLS 1.2 takes", only="turnstone")
def cipher_list(context):
    carrier = Carrier(context, "TLS", "cipher-list=ECDHE-ECDSA-CHACHA20-POLY1305")
    for name, is_served in (("ECDHE+CHACHA20", True), ("ECDHE+AESGCM", False)):
        try:
            trust = streams.trusting(carrier.pair.certificate, highest=V12)
            trust.set_ciphers(name)
            carrier.client(tls=trust)
            expect(is_served, f"{name} is served")
        except ssl.SSLError as error:
            expect(not is_served, f"{name}: {error}")


@check("TLS: with and without SNI, and with a name that is not ours")
def names(context):
    carrier = Carrier(context, "TLS")
    for name in (carrier.pair.name, None, "other.example.net"):
        trust = streams.trusting(carrier.pair.certificate, name_checked=False)
        client = carrier.client(tls=trust, name=name)
        expect(client.exchange(streams.binding()).is_success, f"no answer with {name}")


@check("TLS: ALPN is chosen where we speak it, and never needed", only="turnstone")
def protocols(context):
    carrier = Carrier(context, "TLS")
    for offered, wanted in (
            ((), None), (("stun.turn",), "stun.turn"), (("http/1.1",), "http/1.1"),
            (("h2", "http/1.1"), "http/1.1"), (("h2",), None), (("h2", "stun.turn"), "stun.turn"),
            (("stun.nat-discovery",), None)):
        trust = streams.trusting(carrier.pair.certificate, offered)
        client = carrier.client(tls=trust)
        chosen = client.socket.selected_alpn_protocol()
        expect(chosen == wanted, f"{chosen} is chosen of {offered}")
        if chosen == "http/1.1":
            client.write(HTTP_REQUEST)
            expect(client.read_exactly(9) == b"HTTP/1.1 ", f"no HTTP with {offered}")
        else:
            expect(client.exchange(streams.binding()).is_success, f"no STUN with {offered}")


@check("TLS: once ALPN is chosen, the other protocol is refused", only="turnstone")
def protocol_kept(context):
    carrier = Carrier(context, "TLS")
    for offered, words in (("http/1.1", streams.binding()), ("stun.turn", HTTP_REQUEST)):
        client = carrier.client(tls=streams.trusting(carrier.pair.certificate, (offered,)))
        client.write(words)
        expect(client.is_closed_within(3), f"open after the wrong words for {offered}")
        expect(b"HTTP/1.1 2" not in client.buffer, "a page under stun.turn")
        expect(b"\x21\x12\xa4\x42" not in client.buffer, "STUN under http/1.1")


@check("TLS: the handshake in segments of one byte")
def slow_handshake(context):
    carrier = Carrier(context, "TLS")
    for highest in (V12, V13):
        client = cut(carrier, highest=highest)
        client.handshake(piece=1)
        client.write(streams.binding())
        client.let_go(piece=1)
        expect(client.read_message().is_success, "no answer")


@check("TLS: the first request in one segment with the end of the handshake")
def early_request(context):
    carrier = Carrier(context, "TLS")
    for piece in (None, 7):
        client = cut(carrier, lowest=V13)
        client.handshake(hold_last=True)
        requests = [streams.binding() for _ in range(5)]
        for request in requests:
            client.write(request)
        client.let_go(piece)
        for request in requests:
            expect(client.read_message().transaction == request[8:20], "another answer")


@check("TLS: a hundred small records in one segment, and one record in a hundred segments")
def records(context):
    carrier = Carrier(context, "TLS")
    client = cut(carrier)
    client.handshake()
    # Requests cut into records of 1, 2, 3 ... bytes, all let go at once.
    requests = [streams.binding() for _ in range(20)]
    stream = b"".join(requests)
    while stream:
        size = len(stream) % 7 + 1
        client.write(stream[:size])
        stream = stream[size:]
    client.let_go()
    for request in requests:
        expect(client.read_message().transaction == request[8:20], "another answer")
    requests = [streams.binding() for _ in range(200)]
    client.write(b"".join(requests))
    client.let_go(piece=41)
    for request in requests:
        expect(client.read_message().transaction == request[8:20], "another answer")


@check("TLS: a first record of one byte, under TLS 1.2")
def first_record(context):
    carrier = Carrier(context, "TLS")
    request = streams.binding()
    client = cut(carrier, highest=V12)
    client.handshake()
    client.write(request[:1])
    client.let_go()
    time.sleep(0.2)
    client.write(request[1:])
    client.let_go()
    expect(client.read_message().is_success, "no answer")


@check("TLS: sessions are resumed, by ticket, in both versions")
def resumption(context):
    carrier = Carrier(context, "TLS")
    for highest in (V12, V13):
        trust = streams.trusting(carrier.pair.certificate, highest=highest)
        first = carrier.client(tls=trust)
        # TLS 1.3 tickets come behind the handshake: an answer makes us read them.
        expect(first.exchange(streams.binding()).is_success, "no answer")
        session = first.socket.session
        expect(session is not None, f"no session under {highest.name}")
        first.close()
        raw = socket.create_connection(("127.0.0.1", context.port), timeout=5)
        context.stack.callback(raw.close)
        again = trust.wrap_socket(raw, server_hostname=carrier.pair.name, session=session)
        context.stack.callback(again.close)
        expect(again.session_reused, f"not resumed under {highest.name}")
        again.sendall(streams.binding())
        expect(len(again.recv(1000)) >= 32, "a resumed session is not served")


@check("TLS: an RSA chain serves as well")
def rsa(context):
    pair = certificates.Pair(context, "rsa", kind="rsa")
    server = context.serve(*pair.lines)
    for highest in (V12, V13):
        trust = streams.trusting(pair.certificate, highest=highest)
        client = server.stream(tls=trust, name=pair.name, **ALICE)
        client.allocated()


@check("TLS: what is broken in the handshake ends that connection with an alert",
       only="turnstone")
def broken_handshakes(context):
    carrier = Carrier(context, "TLS", "handshake-timeout=2")
    hello = struct.pack("!BHH", 22, 0x0301, 40) + b"\x01\0\0\x24\x03\x03" + os.urandom(34)
    for words in (hello, b"\x16\x03\x01\x00\x01\x00", b"\x16\x03\x01\xff\xff" + bytes(100),
                  b"\x16\x03\x01\x00\x00" * 20):
        client = carrier.client(tls=None)
        client.write(words)
        # What may be the beginning of something is waited for, until the deadline.
        expect(client.is_closed_within(5), f"open after {words[:8].hex()}")
    expect(carrier.client().exchange(streams.binding()).is_success, "later clients suffer")


@check("TLS: a changed record ends the connection and its allocation, and no other")
def changed_record(context):
    carrier = Carrier(context, "TLS")
    peer = peer_socket(context)
    other, relay = carrier.relaying(peer)
    client = cut(carrier)
    client.handshake()
    client.write(streams.binding())
    raw = bytearray(client.outgoing.read())
    raw[-1] ^= 1
    client.socket.sendall(raw)
    try:
        answer = client.read_exactly(1)
        expect(False, f"answered with {answer.hex()}")
    except (streams.Closed, ssl.SSLError, ConnectionError):
        pass
    echoes(other, relay, peer, (7,))


@check("TLS: close_notify ends the allocation and is answered", only="turnstone")
def close_notify(context):
    carrier = Carrier(context, "TLS")
    client = carrier.client()
    client.allocated()
    # Fails without the server's own close_notify, which RFC 8446 §6.1 demands.
    client.socket.unwrap()
    wait_until(
        context, "the allocation ends",
        lambda: carrier.server.json("allocations", "list")["allocations"] == [])
