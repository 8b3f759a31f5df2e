"""What the conformance checks share: constants of RFC 8489 and 8656, and blunt tools."""

import os
import select
import struct
import time

import stun
from harness import expect

MI_SHA256, PASSWORD_ALGORITHM, USERHASH = 0x001C, 0x001D, 0x001E
ADDRESS_ERROR_CODE, PASSWORD_ALGORITHMS, SOFTWARE = 0x8001, 0x8002, 0x8022
#: SHA-256 first, then MD5, neither with parameters (RFC 8489 §18.5).
SHA256_CHOICE, MD5_CHOICE = struct.pack("!HH", 2, 0), struct.pack("!HH", 1, 0)
#: Security features, from the most significant of 24 bits (RFC 8489 §18.1).
ANNOUNCES_ALGORITHMS, ANNOUNCES_USERHASH = 1 << 23, 1 << 22
BOB = {"user": "bob", "password": "builder"}
UDP_REQUEST = [(stun.REQUESTED_TRANSPORT, stun.UDP)]
V6 = struct.pack("!Bxxx", stun.IPV6)
V4 = struct.pack("!Bxxx", stun.IPV4)


def lifetime(seconds):
    return stun.LIFETIME, struct.pack("!I", seconds)


def append(request, *attributes):
    """The request with more attributes behind its last one, and the length corrected."""
    request += b"".join(stun.attribute(number, value) for number, value in attributes)
    return request[:2] + struct.pack("!H", len(request) - 20) + request[4:]


def fence(client, *datagrams):
    """Sends datagrams and then a Binding request; what was received before its answer."""
    for raw in datagrams:
        client.socket.send(raw)
    for _ in range(3):
        request = stun.build(stun.BINDING, [], os.urandom(12))
        client.socket.send(request)
        found = []
        end_at = time.monotonic() + 2
        while time.monotonic() < end_at:
            if not select.select([client.socket], [], [], 0.1)[0]:
                continue
            raw = client.socket.recv(65536)
            if raw[8:20] == request[8:20]:
                # What the data path still holds is given a moment.
                while select.select([client.socket], [], [], 0.02)[0]:
                    found.append(client.socket.recv(65536))
                return found
            found.append(raw)
    raise stun.NoAnswer("the server no longer answers Binding requests")


def is_dropped(client, name, *datagrams):
    found = fence(client, *datagrams)
    expect(not found, f"{name} was answered: {found and found[0][:60].hex()}")


def challenged(client):
    """A client that has realm, nonce and key, and the challenge it has them from."""
    answer = client.exchange(client.compose(stun.ALLOCATE, UDP_REQUEST, signed=False))
    expect(answer.code == 401, f"the challenge has code {answer.code}")
    client.learn(answer)
    return answer


def attribute_numbers(answer):
    return [number for number, _ in answer.attributes]


def refused(client, code, method, attributes, why):
    """Demands a signed refusal."""
    answer = client.request(method, attributes)
    expect(answer.code == code, f"{why}: {answer.code} instead of {code}")
    expect(answer.has_integrity(client.key), f"{why}: {code} is not signed")
    return answer


def peer_attribute(address, transaction):
    return stun.XOR_PEER_ADDRESS, stun.xor_address(address, transaction)


def nothing_arrives(peer, seconds=0.15):
    return not select.select([peer], [], [], seconds)[0]
