"""A small STUN and TURN client (RFC 8489, RFC 8656), written apart from the server's codec.

It says exactly what it is told to, right or wrong, and shows answers byte for byte: checks need
both. Nothing here is shared with the Swift sources, so that a shared mistake cannot hide.
"""

import base64
import hashlib
import hmac
import os
import socket
import struct
import time
import zlib

COOKIE = 0x2112A442

BINDING, ALLOCATE, REFRESH, SEND, DATA = 0x001, 0x003, 0x004, 0x006, 0x007
CREATE_PERMISSION, CHANNEL_BIND = 0x008, 0x009
CONNECT, CONNECTION_BIND, CONNECTION_ATTEMPT = 0x00A, 0x00B, 0x00C

MAPPED_ADDRESS, USERNAME, MESSAGE_INTEGRITY, ERROR_CODE = 0x0001, 0x0006, 0x0008, 0x0009
UNKNOWN_ATTRIBUTES, CHANNEL_NUMBER, LIFETIME = 0x000A, 0x000C, 0x000D
XOR_PEER_ADDRESS, DATA_VALUE, REALM, NONCE = 0x0012, 0x0013, 0x0014, 0x0015
XOR_RELAYED_ADDRESS, REQUESTED_ADDRESS_FAMILY, EVEN_PORT = 0x0016, 0x0017, 0x0018
REQUESTED_TRANSPORT, DONT_FRAGMENT = 0x0019, 0x001A
XOR_MAPPED_ADDRESS, RESERVATION_TOKEN = 0x0020, 0x0022
MESSAGE_INTEGRITY_SHA256, PASSWORD_ALGORITHM, USERHASH = 0x001C, 0x001D, 0x001E
PASSWORD_ALGORITHMS = 0x8002
ADDITIONAL_ADDRESS_FAMILY, ICMP = 0x8000, 0x8004
CONNECTION_ID = 0x002A
FINGERPRINT = 0x8028

UDP, TCP = struct.pack("!I", 17 << 24), struct.pack("!I", 6 << 24)
IPV4, IPV6 = 1, 2


class NoAnswer(Exception):
    """The server stayed silent."""


def message_type(method, kind):
    """kind: 0 request, 1 indication, 2 success, 3 error (RFC 8489 §5)."""
    high, middle, low = method >> 7 & 0x1F, method >> 4 & 7, method & 0xF
    return high << 9 | (kind >> 1) << 8 | middle << 5 | (kind & 1) << 4 | low


def attribute(number, value):
    return struct.pack("!HH", number, len(value)) + value + b"\0" * (-len(value) % 4)


def xor_address(address, transaction):
    host, port = address[:2]
    family = IPV6 if ":" in host else IPV4
    raw = socket.inet_pton(socket.AF_INET6 if family == IPV6 else socket.AF_INET, host)
    mask = struct.pack("!I", COOKIE) + transaction
    body = bytes(a ^ b for a, b in zip(raw, mask))
    return struct.pack("!xBH", family, port ^ COOKIE >> 16) + body


def read_address(value, transaction=None):
    """(host, port) of an address attribute; with a transaction it is un-XORed."""
    _, family, port = struct.unpack("!BBH", value[:4])
    raw = value[4:]
    if transaction is not None:
        port ^= COOKIE >> 16
        raw = bytes(a ^ b for a, b in zip(raw, struct.pack("!I", COOKIE) + transaction))
    kind = socket.AF_INET6 if family == IPV6 else socket.AF_INET
    return socket.inet_ntop(kind, raw), port


class Message:
    """One received message, with its attributes in order."""

    def __init__(self, raw):
        self.raw = raw
        self.type, length = struct.unpack("!HH", raw[:4])
        self.transaction = raw[8:20]
        if len(raw) != 20 + length:
            raise ValueError(f"length field {length}, but {len(raw) - 20} bytes follow")
        self.attributes = []
        position = 20
        while position < len(raw):
            number, size = struct.unpack("!HH", raw[position:position + 4])
            self.attributes.append((number, raw[position + 4:position + 4 + size]))
            position += 4 + size + -size % 4

    @property
    def is_success(self):
        return self.type & 0x0110 == 0x0100

    @property
    def is_indication(self):
        return self.type & 0x0110 == 0x0010

    def all(self, number):
        return [value for found, value in self.attributes if found == number]

    def get(self, number):
        return next(iter(self.all(number)), None)

    def address(self, number):
        value = self.get(number)
        return None if value is None else read_address(value, self.transaction)

    @property
    def code(self):
        """The error code, 0 for a success."""
        value = self.get(ERROR_CODE)
        return 0 if value is None else value[2] * 100 + value[3]

    @property
    def lifetime(self):
        return struct.unpack("!I", self.get(LIFETIME))[0]

    def has_integrity(self, key):
        """Whether MESSAGE-INTEGRITY is there and right for the key (RFC 8489 §14.5)."""
        position = 20
        for number, value in self.attributes:
            if number == MESSAGE_INTEGRITY:
                head = self.raw[:2] + struct.pack("!H", position + 4) + self.raw[4:position]
                return hmac.compare_digest(value, hmac.digest(key, head, "sha1"))
            position += 4 + len(value) + -len(value) % 4
        return False


def build(method, attributes, transaction, key=None, kind=0, fingerprint=False):
    """A whole message: header, attributes, and integrity when there is a key."""
    body = b"".join(attribute(number, value) for number, value in attributes)
    head = struct.pack("!HHI", message_type(method, kind), len(body), COOKIE) + transaction
    if key is not None:
        head = head[:2] + struct.pack("!H", len(body) + 24) + head[4:]
        body += attribute(MESSAGE_INTEGRITY, hmac.digest(key, head + body, "sha1"))
    if fingerprint:
        head = head[:2] + struct.pack("!H", len(body) + 8) + head[4:]
        crc = zlib.crc32(head + body) ^ 0x5354554E
        body += attribute(FINGERPRINT, struct.pack("!I", crc))
    return head[:2] + struct.pack("!H", len(body)) + head[4:] + body


def rest_credential(secret, name):
    """The password that belongs to a time-limited user name (REST API for TURN)."""
    return base64.b64encode(hmac.digest(secret.encode(), name.encode(), "sha1")).decode()


def rest_name(seconds, identity="bob"):
    return f"{int(time.time()) + seconds}:{identity}"


class Client:
    """A client on a socket of its own."""

    def __init__(self, server, user=None, password=None, bind=None, timeout=0.5, tries=6):
        self.socket = self.open(server, bind)
        self.user, self.password = user, password
        self.timeout, self.tries = timeout, tries
        self.realm = self.nonce = self.key = None
        self.inbox = []

    def open(self, server, bind):
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        if bind is not None:
            opened.bind((bind, 0))
        opened.connect(server)
        return opened

    def close(self):
        self.socket.close()

    def transmit(self, raw):
        """Sends one message or ChannelData as it is."""
        self.socket.send(raw)

    def next_raw(self, seconds):
        """The next message or ChannelData as it came; TimeoutError in silence."""
        self.socket.settimeout(seconds)
        return self.socket.recv(65536)

    @property
    def local(self):
        return self.socket.getsockname()[:2]

    def exchange(self, request):
        """Sends, repeats when silence lasts, and gives the answer to this transaction."""
        for _ in range(self.tries):
            self.transmit(request)
            answer = self.receive(self.timeout, transaction=request[8:20])
            if answer is not None:
                return answer
        raise NoAnswer(f"no answer to {request[:2].hex()} in {self.tries} tries")

    def receive(self, seconds, transaction=None):
        """The next item of the kind asked for; others wait in the inbox. None in silence.

        With a transaction: the STUN answer to it, as a Message. Without: an indication as a
        Message, or ChannelData as bytes.
        """
        end_at = time.monotonic() + seconds
        if transaction is None and self.inbox:
            return self.inbox.pop(0)
        while True:
            left = end_at - time.monotonic()
            if left <= 0:
                return None
            try:
                raw = self.next_raw(left)
            except TimeoutError:
                return None
            item = raw if raw[:1] >= b"\x40" else Message(raw)
            is_answer = isinstance(item, Message) and not item.is_indication
            if transaction is None and not is_answer:
                return item
            if is_answer and item.transaction == transaction:
                return item
            if not is_answer:
                self.inbox.append(item)

    def compose(self, method, attributes=(), transaction=None, signed=True):
        """The bytes of a request as the next one would be sent."""
        transaction = transaction or os.urandom(12)
        items = [
            (number, xor_address(value, transaction) if isinstance(value, tuple) else value)
            for number, value in attributes]
        if signed and self.key is not None:
            items += [
                (USERNAME, self.user.encode()), (REALM, self.realm), (NONCE, self.nonce)]
            return build(method, items, transaction, self.key)
        return build(method, items, transaction)

    def request(self, method, attributes=(), signed=True):
        """A request that learns realm and nonce by the way (RFC 8489 §9.2.3)."""
        answer = self.exchange(self.compose(method, attributes, signed=signed))
        if answer.code in (401, 438) and self.user is not None and signed:
            first = answer.code == 438 or self.key is None
            if first and answer.get(NONCE) is not None:
                self.learn(answer)
                answer = self.exchange(self.compose(method, attributes))
        return answer

    def learn(self, challenge):
        self.realm, self.nonce = challenge.get(REALM), challenge.get(NONCE)
        text = b":".join([self.user.encode(), self.realm, self.password.encode()])
        self.key = hashlib.md5(text).digest()

    def allocate(self, *attributes):
        return self.request(ALLOCATE, [(REQUESTED_TRANSPORT, UDP), *attributes])

    def allocated(self, *attributes):
        """An allocation that must succeed; its relayed address."""
        answer = self.allocate(*attributes)
        if not answer.is_success:
            raise RuntimeError(f"Allocate was refused with {answer.code}")
        return answer.address(XOR_RELAYED_ADDRESS)

    def refresh(self, seconds, *attributes):
        return self.request(REFRESH, [(LIFETIME, struct.pack("!I", seconds)), *attributes])

    def permit(self, *peers):
        return self.request(CREATE_PERMISSION, [(XOR_PEER_ADDRESS, peer) for peer in peers])

    def bind_channel(self, number, peer):
        channel = struct.pack("!Hxx", number)
        return self.request(
            CHANNEL_BIND, [(CHANNEL_NUMBER, channel), (XOR_PEER_ADDRESS, peer)])

    def send_data(self, peer, payload, *attributes):
        transaction = os.urandom(12)
        items = [(XOR_PEER_ADDRESS, xor_address(peer, transaction)), (DATA_VALUE, payload)]
        self.transmit(build(SEND, [*items, *attributes], transaction, kind=1))

    def send_channel(self, number, payload):
        self.transmit(struct.pack("!HH", number, len(payload)) + payload)
