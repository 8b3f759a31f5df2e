"""Conformance of the long-term credential mechanism, old and new (RFC 8489 §9.2)."""

import base64
import hashlib
import hmac
import os
import struct
import time

import stun
from check_requests import ALICE
from conformance import (
    MI_SHA256, PASSWORD_ALGORITHM, USERHASH, PASSWORD_ALGORITHMS, SHA256_CHOICE, MD5_CHOICE,
    ANNOUNCES_ALGORITHMS, ANNOUNCES_USERHASH, BOB, UDP_REQUEST, lifetime, append, challenged,
    attribute_numbers, refused)
from daemon import PASSWORD, REALM, SECRET, USER
from harness import check, expect


@check("conformance: 401, 400, 438, 437, 441 in their order, and what they carry",
       only="turnstone")
def order_of_checks(context):
    server = context.serve("user=bob:builder")
    client = server.client(**ALICE)
    bare = {stun.ERROR_CODE, stun.REALM, stun.NONCE}
    # Everything unsigned is a challenge, whatever else is wrong with it.
    for method, attributes in (
            (stun.ALLOCATE, []), (stun.ALLOCATE, [(0x7FFE, b"")]), (stun.REFRESH, []),
            (stun.CREATE_PERMISSION, []), (stun.CHANNEL_BIND, [])):
        answer = client.exchange(client.compose(method, attributes, signed=False))
        expect(answer.code == 401, f"unsigned method {method}: {answer.code}")
        expect(set(attribute_numbers(answer)) == bare, f"401 has {attribute_numbers(answer)}")
        expect(len(answer.get(stun.ERROR_CODE)) == 4, "401 has a reason text")
        expect(answer.get(stun.REALM) == REALM.encode(), "another realm")
    challenged(client)
    # Signed, but one of the three is missing.
    parts = {
        stun.USERNAME: USER.encode(), stun.REALM: client.realm, stun.NONCE: client.nonce}
    for missing in parts:
        items = [item for item in parts.items() if item[0] != missing]
        answer = client.exchange(
            stun.build(stun.ALLOCATE, UDP_REQUEST + items, os.urandom(12), client.key))
        expect(answer.code == 400, f"without {missing:#x}: {answer.code}")
        expect(attribute_numbers(answer) == [stun.ERROR_CODE], "400 has more than the code")
    # A wrong key comes before a wrong nonce, and neither is told from an unknown user.
    key, nonce = client.key, client.nonce
    for name, wrong_key, wrong_nonce in (
            (USER, b"k" * 16, nonce), (USER, b"k" * 16, b"old"), ("nobody", key, nonce)):
        items = [(stun.USERNAME, name.encode()), (stun.REALM, client.realm),
                 (stun.NONCE, wrong_nonce)]
        answer = client.exchange(
            stun.build(stun.REFRESH, items, os.urandom(12), wrong_key))
        expect(answer.code == 401, f"{name}: {answer.code}")
        expect(set(attribute_numbers(answer)) == bare, f"401 has {attribute_numbers(answer)}")
    items = [(stun.USERNAME, USER.encode()), (stun.REALM, b"other.example"), (stun.NONCE, nonce)]
    other = hashlib.md5(f"{USER}:other.example:{PASSWORD}".encode()).digest()
    answer = client.exchange(stun.build(stun.ALLOCATE, items, os.urandom(12), other))
    expect(answer.code == 401, f"another realm: {answer.code}")
    # Without an allocation: 437, signed; an unknown attribute comes first.
    peer = [(stun.XOR_PEER_ADDRESS, ("127.0.0.1", 9))]
    for method in (stun.REFRESH, stun.CREATE_PERMISSION, stun.CHANNEL_BIND):
        refused(client, 437, method, peer, "no allocation")
        refused(client, 420, method, [(0x7FFE, b"")], "an unknown attribute")
    client.nonce = b"obMatJos2AAAA" + b"A" * 23
    answer = client.exchange(client.compose(stun.REFRESH))
    expect(answer.code == 438, f"an invented nonce: {answer.code}")
    client.learn(answer)
    client.allocated()
    # 437 for a second Allocate, before anything of it is judged; 441 for others' requests.
    refused(client, 437, stun.ALLOCATE, [], "a second Allocate without transport")
    client.user, client.password = BOB["user"], BOB["password"]
    client.learn(client.exchange(client.compose(stun.REFRESH, signed=False)))
    refused(client, 437, stun.ALLOCATE, UDP_REQUEST, "bob allocates on alice's 5-tuple")
    for method in (stun.REFRESH, stun.CREATE_PERMISSION, stun.CHANNEL_BIND):
        refused(client, 441, method, [lifetime(0), *peer], "bob on alice's allocation")
    client.key = b"k" * 16
    answer = client.exchange(client.compose(stun.REFRESH, [lifetime(0)]))
    expect(answer.code == 401, f"bob with a wrong key: {answer.code}")
    client.user, client.password, client.key = USER, PASSWORD, key
    expect(client.refresh(600).is_success, "the allocation is gone")


@check("conformance: a nonce has cookie and feature bits, and is good for one port only",
       only="turnstone")
def nonces(context):
    server = context.serve()
    for address in ("127.0.0.1", "::1"):
        client, other = server.client(address, **ALICE), server.client(address, **ALICE)
        answer = challenged(client)
        challenged(other)
        expect(client.nonce[:9] == b"obMatJos2", f"{client.nonce}")
        bits = int.from_bytes(base64.b64decode(client.nonce[9:13]))
        expect(bits == 0, f"features {bits:#x} though none is configured")
        expect(answer.get(PASSWORD_ALGORITHMS) is None, "an offer without its bit")
        expect(client.nonce != other.nonce, "two clients, one nonce")
        client.nonce = other.nonce
        answer = client.exchange(client.compose(stun.ALLOCATE, UDP_REQUEST))
        expect(answer.code == 438, f"the nonce of another port: {answer.code}")
        client.learn(answer)
        # A flipped feature bit is a forged nonce.
        client.nonce = client.nonce[:9] + b"wAAA" + client.nonce[13:]
        answer = client.exchange(client.compose(stun.ALLOCATE, UDP_REQUEST))
        expect(answer.code == 438, f"a nonce with other bits: {answer.code}")
        client.learn(answer)
        client.allocated()


class Modern:
    """Signs as RFC 8489 asks: with what the challenge offered, or with what a check wants."""

    def __init__(self, client):
        self.client = client
        self.challenge = challenged(client)
        self.nonce = client.nonce
        self.offer = self.challenge.get(PASSWORD_ALGORITHMS)
        text = f"{client.user}:{REALM}:{client.password}".encode()
        self.sha256_key = hashlib.sha256(text).digest()
        self.md5_key = hashlib.md5(text).digest()

    def request(self, method, attributes, offer=True, choice=SHA256_CHOICE, key=None,
                hashed=False, sign=("sha256",), spoil=()):
        """offer: True repeats the server's list, None leaves it out, bytes replace it."""
        offer = self.offer if offer is True else offer
        key = key or (self.sha256_key if choice == SHA256_CHOICE else self.md5_key)
        name = (stun.USERNAME, self.client.user.encode())
        if hashed:
            text = f"{self.client.user}:{REALM}".encode()
            name = (USERHASH, hashlib.sha256(text).digest())
        items = [*attributes, name, (stun.REALM, REALM.encode()), (stun.NONCE, self.nonce)]
        if offer is not None:
            items.append((PASSWORD_ALGORITHMS, offer))
        if choice is not None:
            items.append((PASSWORD_ALGORITHM, choice))
        raw = stun.build(method, items, os.urandom(12))
        for digest in sign:
            number = stun.MESSAGE_INTEGRITY if digest == "sha1" else MI_SHA256
            size = 20 if digest == "sha1" else 32
            covered = raw[:2] + struct.pack("!H", len(raw) - 20 + 4 + size) + raw[4:]
            tag = hmac.digest(key, covered, digest)
            if digest in spoil:
                tag = bytes(size)
            raw = append(raw, (number, tag))
        return self.client.exchange(raw)

    def is_signed(self, answer, key):
        """Whether MESSAGE-INTEGRITY-SHA256 is there alone, and right for the key."""
        tag = answer.get(MI_SHA256)
        if tag is None or answer.get(stun.MESSAGE_INTEGRITY) is not None:
            return False
        end = answer.raw.rindex(struct.pack("!HH", MI_SHA256, 32))
        covered = answer.raw[:2] + struct.pack("!H", end + 36 - 20) + answer.raw[4:end]
        return hmac.compare_digest(tag, hmac.digest(key, covered, "sha256"))


@check("conformance: SHA-256, USERHASH and PASSWORD-ALGORITHMS from challenge to channel",
       only="turnstone")
def modern(context):
    server = context.serve("sha256", "userhash")
    for address in ("127.0.0.1", "::1"):
        for hashed in (False, True):
            modern = Modern(server.client(address, **ALICE))
            bits = int.from_bytes(base64.b64decode(modern.nonce[9:13]))
            wanted = ANNOUNCES_ALGORITHMS | ANNOUNCES_USERHASH
            expect(bits == wanted, f"features {bits:#x} instead of {wanted:#x}")
            expect(modern.offer == SHA256_CHOICE + MD5_CHOICE, f"offer {modern.offer}")
            answer = modern.request(stun.ALLOCATE, UDP_REQUEST, hashed=hashed)
            expect(answer.is_success, f"Allocate: {answer.code}")
            expect(modern.is_signed(answer, modern.sha256_key), "answered with another hash")
            answer = modern.request(stun.REFRESH, [lifetime(900)], hashed=hashed)
            expect(answer.is_success and answer.lifetime == 900, f"Refresh: {answer.code}")
            answer = modern.request(stun.CREATE_PERMISSION, [], hashed=hashed)
            expect(answer.code == 400 and modern.is_signed(answer, modern.sha256_key), "400")
            modern.nonce = modern.nonce[:-1] + (b"B" if modern.nonce[-1:] == b"A" else b"A")
            answer = modern.request(stun.REFRESH, [], hashed=hashed)
            expect(answer.code == 438, f"a wrong nonce: {answer.code}")
            expect(answer.get(PASSWORD_ALGORITHMS) == modern.offer, "438 without the offer")
            modern.nonce = answer.get(stun.NONCE)
            answer = modern.request(stun.REFRESH, [lifetime(0)], hashed=hashed)
            expect(answer.is_success, f"the new nonce: {answer.code}")
    # MD5 may be chosen too, even under the old signature; the answer is of the new kind.
    for sign in ("sha256", "sha1"):
        modern = Modern(server.client(**ALICE))
        answer = modern.request(stun.ALLOCATE, UDP_REQUEST, choice=MD5_CHOICE, sign=(sign,))
        expect(answer.is_success, f"MD5 chosen, {sign}: {answer.code}")
        expect(modern.is_signed(answer, modern.md5_key), f"MD5 chosen, {sign}: the answer")
        answer = modern.request(stun.REFRESH, [], choice=MD5_CHOICE, sign=(sign,))
        expect(answer.is_success, f"MD5 chosen, Refresh, {sign}: {answer.code}")
    # A client of RFC 5389 is served as ever.
    client = server.client(**ALICE)
    challenged(client)
    answer = client.allocate()
    expect(answer.is_success and answer.has_integrity(client.key), "a legacy client")
    expect(answer.get(MI_SHA256) is None, "a legacy client got SHA-256")


@check("conformance: bidding down is 400, and with two signatures the SHA-256 one decides",
       only="turnstone")
def bidding_down(context):
    server = context.serve("sha256", "userhash")
    modern = Modern(server.client(**ALICE))
    cases = {
        "the choice without the offer": (400, {"offer": None}),
        "the offer without a choice": (400, {"choice": None, "key": modern.md5_key}),
        "an offer of MD5 alone": (400, {"offer": MD5_CHOICE, "choice": MD5_CHOICE}),
        "an offer in another order": (400, {"offer": MD5_CHOICE + SHA256_CHOICE}),
        "an offer with one more": (400, {"offer": modern.offer + struct.pack("!HH", 3, 0)}),
        "an empty offer": (400, {"offer": b""}),
        "a choice that was not offered": (400, {"choice": struct.pack("!HH", 3, 0)}),
        "a choice of no length": (400, {"choice": b"", "key": modern.md5_key}),
        "a wrong SHA-256 beside a right SHA-1":
            (401, {"sign": ("sha1", "sha256"), "spoil": ("sha256",)}),
        "the MD5 key under the SHA-256 choice": (401, {"key": modern.md5_key}),
        "a wrong signature": (401, {"spoil": ("sha256",)}),
    }
    for name, (code, how) in cases.items():
        answer = modern.request(stun.ALLOCATE, UDP_REQUEST, **how)
        expect(answer.code == code, f"{name}: {answer.code} instead of {code}")
        if code == 401:
            expect(answer.get(PASSWORD_ALGORITHMS) == modern.offer, f"{name}: no offer")
    items = [(USERHASH, bytes(32)), (stun.REALM, REALM.encode()), (stun.NONCE, modern.nonce)]
    raw = stun.build(stun.ALLOCATE, items, os.urandom(12), modern.md5_key)
    expect(modern.client.exchange(raw).code == 401, "an unknown USERHASH")
    answer = modern.request(
        stun.ALLOCATE, UDP_REQUEST, sign=("sha1", "sha256"), spoil=("sha1",))
    expect(answer.is_success, f"a wrong SHA-1 beside a right SHA-256: {answer.code}")
    # The same rule for the living allocation.
    for name, (code, how) in cases.items():
        answer = modern.request(stun.REFRESH, [lifetime(0)], **how)
        expect(answer.code == code, f"Refresh, {name}: {answer.code} instead of {code}")
    expect(modern.request(stun.REFRESH, []).is_success, "one of them ended the allocation")


@check("conformance: USERHASH only where all users are static, SHA-256 only where all can",
       only="turnstone")
def features_follow_users(context):
    key = hashlib.md5(f"carol:{REALM}:secret".encode()).hexdigest()
    cases = (
        (["sha256", "userhash", "use-auth-secret", f"static-auth-secret={SECRET}"],
         ANNOUNCES_ALGORITHMS),
        (["sha256", "userhash", f"user=carol:0x{key}"], ANNOUNCES_USERHASH),
    )
    for lines, wanted in cases:
        server = context.serve(*lines)
        client = server.client(**ALICE)
        answer = challenged(client)
        bits = int.from_bytes(base64.b64decode(client.nonce[9:13]))
        expect(bits == wanted, f"{lines}: features {bits:#x} instead of {wanted:#x}")
        offers = answer.get(PASSWORD_ALGORITHMS) is not None
        expect(offers == bool(bits & ANNOUNCES_ALGORITHMS), "offer and bit disagree")
        server.stop()


@check("conformance: REST names of every form, and quota by the id without its expiry",
       only="turnstone")
def rest_names(context):
    server = context.serve(
        "use-auth-secret", "static-auth-secret=the old one", f"static-auth-secret={SECRET}",
        "user-quota=1", user=False)

    def allocate(name, secret=SECRET):
        client = server.client(user=name, password=stun.rest_credential(secret, name))
        return client.allocate().code

    now = int(time.time())
    wanted = {
        f"{now + 600}": 0, f"{now + 600}:ann": 0, f"{now + 700}:ann": 486, f"ben:{now + 600}": 0,
        f"{now - 40}:cid": 401, "0:cid": 401, f"+{now + 600}:cid": 401,
        f" {now + 600}:cid": 401, f"{now + 600}x:cid": 401, f"0x{now + 600:x}:cid": 401,
        f"-{now + 600}:cid": 401, f"{2 ** 64 + now + 600}:cid": 401, "cid": 401, ":cid": 401,
    }
    for name, code in wanted.items():
        found = allocate(name)
        expect(found == code, f"{name!r}: {found} instead of {code}")
    expect(allocate(f"{now + 600}:dan", "the old one") == 0, "the older secret")
    expect(allocate(f"{now + 600}:eve", "another") == 401, "an unknown secret")
