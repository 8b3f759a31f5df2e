"""Single requests and their answers: what the RFCs demand word for word."""

import hashlib
import hmac
import os
import socket
import struct
import time

import stun
from daemon import PASSWORD, SECRET, USER
from harness import check, expect

ALICE = {"user": USER, "password": PASSWORD}


@check("requests: an RFC 3489 client gets MAPPED-ADDRESS")
def classic(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        client = server.client(address)
        identity = os.urandom(16)
        while identity[:4] == struct.pack("!I", stun.COOKIE):
            identity = os.urandom(16)
        client.socket.send(struct.pack("!HH", 1, 0) + identity)
        client.socket.settimeout(2)
        raw = client.socket.recv(2048)
        answer = stun.Message(raw)
        expect(answer.type == 0x0101, f"type {answer.type:#06x}")
        expect(raw[4:20] == identity, "another transaction id than the one sent")
        mapped = answer.get(stun.MAPPED_ADDRESS)
        expect(mapped is not None, "no MAPPED-ADDRESS")
        expect(stun.read_address(mapped) == client.local, f"{stun.read_address(mapped)}")


@check("requests: Binding tells the client's address, with and without FINGERPRINT")
def binding(context):
    server = context.serve("fingerprint")
    for address in ("127.0.0.1", "::1"):
        client = server.client(address)
        for marked in (False, True):
            request = stun.build(stun.BINDING, [], os.urandom(12), fingerprint=marked)
            answer = client.exchange(request)
            expect(answer.is_success, f"error {answer.code}")
            expect(answer.address(stun.XOR_MAPPED_ADDRESS) == client.local, "wrong address")
            expect(answer.get(stun.FINGERPRINT) is not None, "no FINGERPRINT though configured")


@check("requests: unknown required attributes get 420 with their list")
def unknown_attribute(context):
    client = context.serve().client()
    answer = client.request(stun.BINDING, [(0x7FFE, b"abc"), (0x7FFD, b"")])
    expect(answer.code == 420, f"code {answer.code}")
    listed = answer.get(stun.UNKNOWN_ATTRIBUTES) or b""
    numbers = set(struct.unpack(f"!{len(listed) // 2}H", listed))
    expect(numbers == {0x7FFE, 0x7FFD}, f"listed {numbers}")


@check("requests: what is no request gets no answer")
def silence(context):
    server = context.serve()
    client = server.client(timeout=0.3, tries=1)
    request = client.compose(stun.BINDING)
    damaged = {
        "a Binding indication": stun.build(stun.BINDING, [], os.urandom(12), kind=1),
        "a cut header": request[:19],
        "a length beyond the datagram": request[:2] + b"\0\x08" + request[4:],
        "a wrong FINGERPRINT":
            stun.build(stun.BINDING, [], os.urandom(12), fingerprint=True)[:-1] + b"\xff",
        "an attribute beyond the message":
            request[:2] + b"\0\4" + request[4:] + b"\x80\x22\0\x20",
        "an unbound channel": b"\x40\x01\0\4abcd",
        "an empty datagram": b"",
    }
    if context.options.server == "coturn":
        # coturn 4.6.1 answers a Binding whose attribute runs past the message.
        del damaged["an attribute beyond the message"]
    for name, raw in damaged.items():
        client.socket.send(raw)
        client.socket.settimeout(0.3)
        try:
            answer = client.socket.recv(2048)
        except TimeoutError:
            continue
        expect(False, f"{name} was answered: {answer.hex()}")
    expect(client.exchange(request).is_success, "the server no longer answers")


@check("requests: a challenge, then an allocation with its attributes, signed")
def allocate(context):
    client = context.serve().client(**ALICE)
    challenge = client.exchange(client.compose(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT,
                                                                stun.UDP)]))
    expect(challenge.code == 401, f"code {challenge.code}")
    expect(challenge.get(stun.REALM) and challenge.get(stun.NONCE), "no realm or nonce")
    answer = client.allocate()
    expect(answer.is_success, f"code {answer.code}")
    host, port = answer.address(stun.XOR_RELAYED_ADDRESS)
    first, last = context.relay_ports
    expect(host == "127.0.0.1" and first <= port <= last, f"relayed {host}:{port}")
    expect(answer.address(stun.XOR_MAPPED_ADDRESS) == client.local, "wrong mapped address")
    expect(answer.lifetime == 600, f"lifetime {answer.lifetime}")
    expect(answer.has_integrity(client.key), "the answer is not signed")


@check("requests: a retransmitted Allocate gets the identical answer and no second port")
def retransmission(context):
    from harness import udp_ports_in
    client = context.serve().client(**ALICE)
    client.request(stun.REFRESH)
    request = client.compose(
        stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP), (stun.EVEN_PORT, b"\0")])
    first = client.exchange(request)
    expect(first.is_success, f"code {first.code}")
    ports = udp_ports_in(*context.relay_ports)
    for _ in range(3):
        again = client.exchange(request)
        expect(again.raw == first.raw, f"\n{first.raw.hex()}\n{again.raw.hex()}")
    expect(udp_ports_in(*context.relay_ports) == ports, "a retransmission took a port")
    fresh = client.compose(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP)])
    expect(client.exchange(fresh).code == 437, "a second Allocate on the same 5-tuple")


@check("requests: Refresh extends, zero ends at once and frees the port", only="turnstone")
def refresh(context):
    from harness import udp_ports_in
    client = context.serve().client(**ALICE)
    client.allocated()
    expect(client.refresh(1200).lifetime == 1200, "not extended")
    expect(client.refresh(0).lifetime == 0, "not ended")
    expect(udp_ports_in(*context.relay_ports) == [], "the port is still bound")
    expect(client.refresh(600).code == 437, "there still is an allocation")


@check("requests: EVEN-PORT, and its token gives the next port")
def even_port(context):
    server = context.serve()
    client, other = server.client(**ALICE), server.client(**ALICE)
    answer = client.allocate((stun.EVEN_PORT, b"\x80"))
    expect(answer.is_success, f"code {answer.code}")
    port = answer.address(stun.XOR_RELAYED_ADDRESS)[1]
    token = answer.get(stun.RESERVATION_TOKEN)
    expect(port % 2 == 0 and token is not None, f"port {port}, token {token}")
    second = other.allocate((stun.RESERVATION_TOKEN, token))
    expect(second.is_success, f"the token was refused with {second.code}")
    expect(second.address(stun.XOR_RELAYED_ADDRESS)[1] == port + 1, "another port")


@check("requests: an invented token gets 508", only="turnstone")
def invented_token(context):
    client = context.serve().client(**ALICE)
    answer = client.allocate((stun.RESERVATION_TOKEN, os.urandom(8)))
    expect(answer.code == 508, f"code {answer.code}")


@check("requests: one allocation in both families (ADDITIONAL-ADDRESS-FAMILY)", only="turnstone")
def both_families(context):
    client = context.serve().client(**ALICE)
    wanted = struct.pack("!Bxxx", stun.IPV6)
    answer = client.allocate((stun.ADDITIONAL_ADDRESS_FAMILY, wanted))
    expect(answer.is_success, f"code {answer.code}")
    relayed = [
        stun.read_address(value, answer.transaction)
        for value in answer.all(stun.XOR_RELAYED_ADDRESS)]
    expect(sorted(host for host, _ in relayed) == ["127.0.0.1", "::1"], f"{relayed}")


@check("requests: unsupported transport 442, missing transport 400, wrong family 440/443")
def refusals(context):
    client = context.serve().client(**ALICE)
    tcp = struct.pack("!I", 6 << 24)
    wanted = {442: [(stun.REQUESTED_TRANSPORT, struct.pack("!I", 99 << 24))], 400: []}
    if context.options.server == "coturn":
        del wanted[442]  # coturn 4.6.1 says 400
    else:
        wanted[400] = [(stun.REQUESTED_TRANSPORT, tcp)]  # TCP relays need a stream client
    for code, attributes in wanted.items():
        answer = client.request(stun.ALLOCATE, attributes)
        expect(answer.code == code, f"{answer.code} instead of {code}")
    family = (stun.REQUESTED_ADDRESS_FAMILY, struct.pack("!Bxxx", 9))
    expect(client.allocate(family).code == 440, "an unknown family")
    client.allocated()
    expect(client.permit(("::1", 9)).code == 443, "a permission of the other family")


@check("requests: another user on the same 5-tuple gets 441")
def wrong_credentials(context):
    client = context.serve("user=bob:builder").client(**ALICE)
    client.allocated()
    client.user, client.password = "bob", "builder"
    client.learn(client.exchange(client.compose(stun.REFRESH, signed=False)))
    expect(client.refresh(600).code == 441, "bob refreshed alice's allocation")


@check("requests: an expired REST name is refused, a running allocation lives on")
def expired(context):
    server = context.serve("use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    # Clocks differ: a name counts as expired half a minute late.
    late_by = 0 if context.options.server == "coturn" else 30
    name = stun.rest_name(-5 - late_by)
    late = server.client(user=name, password=stun.rest_credential(SECRET, name))
    expect(late.allocate().code == 401, "an expired name allocates")
    name = stun.rest_name(2 - late_by)
    early = server.client(user=name, password=stun.rest_credential(SECRET, name))
    early.allocated()
    time.sleep(3.2)
    expect(early.refresh(900).lifetime == 900, "the running allocation cannot be refreshed")
    again = server.client(user=name, password=stun.rest_credential(SECRET, name))
    expect(again.allocate().code == 401, "the name allocates after its time")


@check("requests: static users and REST names side by side", only="turnstone")
def both_mechanisms(context):
    server = context.serve("use-auth-secret", f"static-auth-secret={SECRET}")
    server.client(**ALICE).allocated()
    name = stun.rest_name(600)
    server.client(user=name, password=stun.rest_credential(SECRET, name)).allocated()
    wrong = server.client(user=USER, password=stun.rest_credential(SECRET, USER))
    expect(wrong.allocate().code == 401, "a static user's name with a REST password")


@check("requests: user-quota gives 486, total-quota 508, and a freed place is free again",
       only="turnstone")
def quotas(context):
    server = context.serve("user=bob:builder", "user-quota=2", "total-quota=3")
    first = server.client(**ALICE)
    first.allocated()
    server.client(**ALICE).allocated()
    expect(server.client(**ALICE).allocate().code == 486, "a third allocation of two")
    bob = {"user": "bob", "password": "builder"}
    server.client(**bob).allocated()
    expect(server.client(**bob).allocate().code == 508, "a fourth allocation of three")
    first.refresh(0)
    server.client(**ALICE).allocated()


@check("requests: forbidden peers get 403 and no permission, in every spelling")
def forbidden(context):
    server = context.serve(loopback=False)
    peers = ["127.0.0.1", "127.8.8.8", "0.0.0.0", "224.0.0.1"]
    v6_peers = ["::1", "::", "ff02::1"]
    if context.options.server == "turnstone":
        peers += [
            "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
            "192.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "255.255.255.255",
        ]
        v6_peers += [
            "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
            "2002:0a00:0001::1", "2001:0:1::1", "64:ff9b:1::10.0.0.1", "2001:db8::1",
        ]
    v4 = server.client(**ALICE)
    v4.allocated()
    v6 = server.client(**ALICE)
    v6.allocated((stun.REQUESTED_ADDRESS_FAMILY, struct.pack("!Bxxx", stun.IPV6)))
    for client, addresses in ((v4, peers), (v6, v6_peers)):
        for number, address in enumerate(addresses):
            answer = client.permit((address, 9))
            expect(answer.code == 403, f"CreatePermission for {address} gave {answer.code}")
            answer = client.bind_channel(0x4000 + number, (address, 9))
            expect(answer.code == 403, f"ChannelBind for {address} gave {answer.code}")


@check("requests: CreatePermission is all or nothing")
def all_or_nothing(context):
    server = context.serve()
    client = server.client(**ALICE)
    relay = client.allocated()
    answer = client.permit(("127.0.0.1", 9), ("224.0.0.1", 9))
    expect(answer.code == 403, f"code {answer.code}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(b"knock", relay)
    expect(client.receive(0.5) is None, "the permission beside the forbidden one was installed")


@check("requests: channel numbers and peers are bound one to one")
def channel_rules(context):
    client = context.serve().client(**ALICE)
    client.allocated()
    peer, other = ("127.0.0.1", context.peer_port), ("127.0.0.1", context.peer_port + 1)
    expect(client.bind_channel(0x4001, peer).is_success, "the first binding")
    expect(client.bind_channel(0x4001, peer).is_success, "its refresh")
    expect(client.bind_channel(0x4001, other).code == 400, "the number with another peer")
    expect(client.bind_channel(0x4002, peer).code == 400, "the peer with another number")
    expect(client.bind_channel(0x3FFF, other).code == 400, "a number below the range")
    if context.options.server == "turnstone":
        expect(client.bind_channel(0x5000, other).code == 400, "a number above the range")


@check("requests: a stale nonce gets 438 and the next nonce works")
def stale_nonce(context):
    client = context.serve().client(**ALICE)
    client.allocated()
    client.nonce = b"f" * len(client.nonce)
    answer = client.exchange(client.compose(stun.REFRESH))
    expect(answer.code == 438, f"code {answer.code}")
    client.learn(answer)
    expect(client.refresh(600).is_success, "the new nonce was refused")


@check("requests: attributes behind MESSAGE-INTEGRITY do not count", only="turnstone")
def behind_integrity(context):
    client = context.serve().client(**ALICE)
    client.allocated()
    request = client.compose(stun.REFRESH)
    request += stun.attribute(stun.LIFETIME, struct.pack("!I", 0))
    length = struct.pack("!H", len(request) - 20)
    answer = client.exchange(request[:2] + length + request[4:])
    expect(answer.is_success and answer.lifetime == 600, "an appended LIFETIME was believed")


@check("requests: SHA-256 with USERHASH, where it is switched on", only="turnstone")
def sha256(context):
    client = context.serve("sha256").client(**ALICE)
    challenge = client.exchange(
        client.compose(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP)]))
    realm, nonce = challenge.get(stun.REALM), challenge.get(stun.NONCE)
    algorithms = challenge.get(stun.PASSWORD_ALGORITHMS)
    expect(nonce.startswith(b"obMatJos2"), f"nonce {nonce}")
    expect(algorithms is not None and struct.pack("!HH", 2, 0) in algorithms, f"{algorithms}")
    text = b":".join([USER.encode(), realm, PASSWORD.encode()])
    key = hashlib.sha256(text).digest()
    name = hashlib.sha256(USER.encode() + b":" + realm).digest()

    def ask(*extra, offered=algorithms):
        transaction = os.urandom(12)
        items = [
            (stun.REQUESTED_TRANSPORT, stun.UDP), *extra, (stun.REALM, realm),
            (stun.NONCE, nonce), (stun.PASSWORD_ALGORITHMS, offered),
            (stun.PASSWORD_ALGORITHM, struct.pack("!HH", 2, 0))]
        body = b"".join(stun.attribute(number, value) for number, value in items)
        head = struct.pack("!HHI", stun.ALLOCATE, len(body) + 36, stun.COOKIE) + transaction
        tag = hmac.digest(key, head + body, "sha256")
        return client.exchange(head + body + stun.attribute(stun.MESSAGE_INTEGRITY_SHA256, tag))

    # A list other than the one in the challenge was changed on its way (RFC 8489 §9.2.4).
    changed = struct.pack("!HH", 1, 0)
    expect(ask((stun.USERNAME, USER.encode()), offered=changed).code == 400, "a cut list passes")
    answer = ask((stun.USERHASH, name))
    expect(answer.is_success, f"USERHASH and SHA-256 gave {answer.code}")
    expect(answer.get(stun.MESSAGE_INTEGRITY_SHA256) is not None, "signed another way")


@check("requests: answers without credentials stay inside their budget", only="turnstone",
       alone=True)
def budget(context):
    server = context.serve("unauthenticated-floor=1500", "unauthenticated-factor=1")
    client = server.client(timeout=0.3, tries=1)
    sent = received = 0
    began = time.monotonic()
    for _ in range(400):
        request = client.compose(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP)])
        client.socket.send(request)
        sent += len(request) + 28
        client.socket.settimeout(0.002)
        try:
            received += len(client.socket.recv(2048)) + 28
        except TimeoutError:
            pass
    seconds = time.monotonic() - began
    bound = 1500 * (seconds + 1) + sent
    expect(0 < received <= bound, f"{received} bytes out for {sent} in {seconds:.1f} s")
    seen = server.json("status")["budget"]
    expect(seen["silenced"] + seen["shortened"] > 0, f"nothing was held back: {seen}")
