"""STUN and TURN over TCP and TLS (RFC 8489 §6.2.2, RFC 8656 §2.1, RFC 6062), the bytes cut as a
check wants them."""

import os
import select
import socket
import ssl
import struct
import time

import stun


class Closed(Exception):
    """The server closed the connection."""


class StreamClient(stun.Client):
    """A client on a TCP connection of its own, with TLS when there is a context for it.

    piece: at most so many bytes for each TCP segment or TLS record.
    """

    def __init__(self, server, tls=None, name=None, piece=None, timeout=5, **keywords):
        self.tls, self.name, self.piece = tls, name, piece
        self.buffer = bytearray()
        super().__init__(server, timeout=timeout, tries=1, **keywords)

    def open(self, server, bind):
        source = None if bind is None else (bind, 0)
        opened = socket.create_connection(server, timeout=5, source_address=source)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is None:
            return opened
        try:
            return self.tls.wrap_socket(opened, server_hostname=self.name)
        except BaseException:
            opened.close()
            raise

    def transmit(self, raw):
        """ChannelData is padded to four bytes, as streams demand (RFC 8656 §12.5)."""
        if raw[:1] >= b"\x40":
            raw += bytes(-len(raw) % 4)
        self.write(raw)

    def write(self, raw):
        self.socket.settimeout(self.timeout)
        size = self.piece or max(len(raw), 1)
        try:
            for start in range(0, len(raw), size):
                self.socket.sendall(raw[start:start + size])
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from None

    def next_raw(self, seconds):
        """One whole frame; ChannelData without its padding."""
        end_at = time.monotonic() + seconds
        self.fill(4, end_at)
        first, length = struct.unpack("!HH", self.buffer[:4])
        if first < 0x4000:
            return self.take(20 + length, end_at)
        raw = self.take(4 + length + -length % 4, end_at)
        return raw[:4 + length]

    def take(self, count, end_at):
        self.fill(count, end_at)
        raw = bytes(self.buffer[:count])
        del self.buffer[:count]
        return raw

    def fill(self, count, end_at):
        while len(self.buffer) < count:
            self.read_some(end_at - time.monotonic())

    def read_some(self, seconds):
        if seconds <= 0:
            raise TimeoutError
        self.socket.settimeout(seconds)
        try:
            raw = self.socket.recv(65536)
        except TimeoutError:
            raise
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from None
        if not raw:
            raise Closed("end of stream")
        self.buffer += raw

    def read_exactly(self, count, seconds=5):
        """Bytes that are no frames: a data connection's."""
        return self.take(count, time.monotonic() + seconds)

    def read_to_end(self, seconds=5):
        end_at = time.monotonic() + seconds
        try:
            while True:
                self.read_some(end_at - time.monotonic())
        except Closed:
            raw = bytes(self.buffer)
            self.buffer.clear()
            return raw

    def is_closed_within(self, seconds):
        """Whether the server closes; what it sends before stays in the buffer."""
        end_at = time.monotonic() + seconds
        try:
            while True:
                self.read_some(end_at - time.monotonic())
        except Closed:
            return True
        except TimeoutError:
            return False

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # TCP allocations (RFC 6062)

    def allocate_tcp(self, *attributes):
        return self.request(
            stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.TCP), *attributes])

    def allocated_tcp(self, *attributes):
        answer = self.allocate_tcp(*attributes)
        if not answer.is_success:
            raise RuntimeError(f"Allocate for TCP was refused with {answer.code}")
        return answer.address(stun.XOR_RELAYED_ADDRESS)

    def connect_peer(self, peer):
        return self.request(stun.CONNECT, [(stun.XOR_PEER_ADDRESS, peer)])

    def bind_connection(self, identity):
        return self.request(stun.CONNECTION_BIND, [(stun.CONNECTION_ID, identity)])

    def borrow(self, other):
        """Takes over what another client of this user knows, so that no challenge is needed."""
        self.realm, self.nonce, self.key = other.realm, other.nonce, other.key


def channel_data(number, payload, padding=b"\0"):
    """ChannelData as a stream carries it."""
    head = struct.pack("!HH", number, len(payload))
    return head + payload + padding * (-len(payload) % 4)


def binding():
    return stun.build(stun.BINDING, [], os.urandom(12))


def trusting(certificate=None, protocols=(), lowest=None, highest=None, name_checked=True):
    """A TLS client context; without a certificate file it believes anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(certificate)
        context.check_hostname = name_checked
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if lowest is not None:
        context.minimum_version = lowest
    if highest is not None:
        context.maximum_version = highest
    return context


class Listener:
    """A peer that waits for TCP connections on loopback."""

    def __init__(self, context, address="127.0.0.1", backlog=16):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.context = context
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        context.stack.callback(self.socket.close)
        self.socket.bind((address, 0))
        self.socket.listen(backlog)
        self.address = self.socket.getsockname()[:2]

    def accept(self, seconds=5):
        self.socket.settimeout(seconds)
        accepted, source = self.socket.accept()
        self.context.stack.callback(accepted.close)
        accepted.settimeout(seconds)
        return accepted, source[:2]

    def is_called(self, seconds=0.3):
        return bool(select.select([self.socket], [], [], seconds)[0])


def receive_exactly(sock, count):
    parts = bytearray()
    while len(parts) < count:
        part = sock.recv(min(65536, count - len(parts)))
        if not part:
            raise Closed(f"the end after {len(parts)} of {count} bytes")
        parts += part
    return bytes(parts)


def receive_to_end(sock):
    parts = bytearray()
    while part := sock.recv(65536):
        parts += part
    return bytes(parts)


class CutTLS:
    """A TLS client whose records are held back and let go as a check wants it."""

    def __init__(self, server, context, name=None):
        self.socket = socket.create_connection(server, timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def close(self):
        self.socket.close()

    def let_go(self, piece=None):
        """Sends everything that is held back, at most `piece` bytes for each segment."""
        raw = self.outgoing.read()
        size = piece or max(len(raw), 1)
        for start in range(0, len(raw), size):
            self.socket.sendall(raw[start:start + size])

    def handshake(self, piece=None, hold_last=False):
        """With hold_last, what ends the handshake waits until the next let_go."""
        while True:
            try:
                self.session.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.let_go(piece)
                self.feed()
        if not hold_last:
            self.let_go(piece)

    def feed(self):
        raw = self.socket.recv(65536)
        if not raw:
            raise Closed("end of stream")
        self.incoming.write(raw)

    def write(self, raw):
        """Encrypts into one record and holds it back."""
        self.session.write(raw)

    def read_exactly(self, count):
        parts = bytearray()
        while len(parts) < count:
            try:
                part = self.session.read(count - len(parts))
                if not part:
                    raise Closed("close_notify")
                parts += part
            except ssl.SSLWantReadError:
                self.feed()
            except ssl.SSLEOFError:
                raise Closed("end of stream") from None
        return bytes(parts)

    def read_message(self):
        head = self.read_exactly(20)
        return stun.Message(head + self.read_exactly(struct.unpack("!H", head[2:4])[0]))
