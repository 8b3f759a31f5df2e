"""Hostile connections: memory stays bounded, the log stays short, and a running call goes on."""

import os
import socket
import struct
import subprocess
import time

import streams
from check_requests import ALICE
from check_streams import Carrier, echoes
from check_relay import peer_socket
from harness import Failure, check, expect, wait_until
from steady import Steady

MEGABYTE = 1 << 20
#: Lines that any flood may add to the log: a first word, a sum now and then.
LINES = 25


class Siege:
    """A server with a running call, measured before and after what is done to it."""

    def __init__(self, context, *lines):
        self.context = context
        self.carrier = Carrier(context, "TLS", "workers=1", *lines)
        self.server = self.carrier.server
        self.steady = Steady(context, self.server.client(**ALICE))
        self.sockets = []

    def __enter__(self):
        expect(self.carrier.client().exchange(streams.binding()).is_success, "no TLS before")
        self.lines = len(self.server.log().splitlines())
        self.memory = self.server.resident()
        self.steady.__enter__()
        return self

    def __exit__(self, kind, *_):
        self.steady.__exit__()
        for one in self.sockets:
            one.close()

    def open(self, source=None):
        """One more connection of the besiegers; None when it is refused at once."""
        try:
            one = socket.create_connection(
                ("127.0.0.1", self.context.port), timeout=2,
                source_address=source and (source, 0))
        except OSError:
            return None
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets.append(one)
        return one

    def open_sockets(self):
        """Those that the server has not closed."""
        return [one for one in self.sockets if not is_over(one)]

    def finish(self, memory=12 * MEGABYTE, lines=LINES):
        self.steady.finish()
        growth = self.server.resident() - self.memory
        expect(growth < memory, f"memory grew by {growth / MEGABYTE:.1f} MB")
        added = self.server.log().splitlines()[self.lines:]
        expect(len(added) <= lines, f"{len(added)} lines in the log, such as {added[-3:]}")
        expect(self.server.is_running(), "the server is gone")


def is_over(one):
    """Whether a connection was closed; what it received is thrown away."""
    try:
        one.setblocking(False)
        while one.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def trickle(siege, words, count=100, seconds=4):
    """Many connections that say their words byte by byte, and then everyone must be gone."""
    for _ in range(count):
        siege.open()
    end_at = time.monotonic() + seconds
    for octet in range(len(words)):
        if time.monotonic() > end_at:
            break
        for one in siege.sockets:
            try:
                one.send(words[octet:octet + 1])
            except OSError:
                pass
        time.sleep(0.2)
    wait_until(siege.context, "the slow ones are let go", lambda: not siege.open_sockets(), 6)


def register_trickle(name, words):
    @check(f"floods: slow {name}, byte by byte", alone=True, only="turnstone")
    def run(context):
        with Siege(context, "handshake-timeout=2") as siege:
            trickle(siege, words)
            siege.finish()


register_trickle("HTTP headers", b"GET / HTTP/1.1\r\nHost: example.org\r\nX-Slow: " + b"a" * 99)
register_trickle("STUN headers", b"\0\x01\x00\x40\x21\x12\xa4\x42" + bytes(90))
register_trickle("TLS handshakes", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(90))


@check("floods: slow HTTP headers inside TLS", alone=True, only="turnstone")
def slow_tls_headers(context):
    with Siege(context, "handshake-timeout=2") as siege:
        clients = [siege.carrier.client() for _ in range(30)]
        siege.sockets += [client.socket for client in clients]
        for octet in b"GET / HTTP/1.1":
            for client in clients:
                try:
                    client.socket.send(bytes([octet]))
                except OSError:
                    pass
            time.sleep(0.25)
        # The header deadline is HTTP's own, whatever handshake-timeout says.
        for client in clients:
            expect(client.is_closed_within(12), "a slow client stays")
        siege.sockets.clear()
        siege.finish()


@check("floods: connections that say nothing are let go after handshake-timeout", alone=True,
       only="turnstone")
def silent(context):
    with Siege(context, "handshake-timeout=2") as siege:
        for _ in range(120):
            siege.open()
        wait_until(context, "the silent ones are let go", lambda: not siege.open_sockets(), 6)
        siege.finish()


@check("floods: TLS garbage, 2000 times", alone=True, seconds=60, only="turnstone")
def garbage(context):
    with Siege(context) as siege:
        hello = client_hello(context)
        for number in range(2000):
            one = siege.open()
            if one is None:
                continue
            words = bytearray(hello)
            if number % 3 == 0:
                words = bytearray(b"\x16\x03\x01" + struct.pack("!H", 500) + os.urandom(500))
            elif number % 3 == 1:
                words[5 + number % (len(hello) - 5)] ^= 1 + number % 255
            else:
                words = words[:number % len(hello)]
            try:
                one.sendall(words)
            except OSError:
                pass
            siege.sockets.remove(one)
            one.close()
            time.sleep(0.001)
        siege.finish()
        client = siege.carrier.client()
        expect(client.exchange(streams.binding()).is_success, "TLS is not served afterwards")


def client_hello(context):
    """The first flight of a good client."""
    client = streams.CutTLS(("127.0.0.1", context.port), streams.trusting())
    try:
        client.session.do_handshake()
    except streams.ssl.SSLWantReadError:
        pass
    words = client.outgoing.read()
    client.close()
    return words


@check("floods: 1500 half-open connections of one prefix: its bound holds, others get in",
       alone=True, seconds=60, only="turnstone")
def half_open(context):
    with Siege(context, "half-open-per-prefix=50", "handshake-timeout=8") as siege:
        for _ in range(1500):
            siege.open(source="127.0.9.1")
            time.sleep(0.001)
        wait_until(
            context, "50 are left", lambda: len(siege.open_sockets()) <= 50, 5)
        left = len(siege.open_sockets())
        expect(left > 0, "all were closed")
        # Another network is not concerned, and neither are connections that are known already.
        for source in ("127.0.0.1", "127.0.8.1"):
            for _ in range(10):
                client = siege.carrier.client(bind=source)
                expect(client.exchange(streams.binding()).is_success, f"{source} is kept out")
                client.close()
        siege.finish()


@check("floods: half-open-max bounds all prefixes together", alone=True, seconds=60,
       only="turnstone")
def half_open_total(context):
    with Siege(context, "half-open-max=100", "handshake-timeout=3") as siege:
        for number in range(400):
            siege.open(source=f"127.1.{number % 200}.1")
        wait_until(context, "100 are left", lambda: len(siege.open_sockets()) <= 100, 5)
        wait_until(context, "they are let go", lambda: not siege.open_sockets(), 8)
        client = siege.carrier.client()
        expect(client.exchange(streams.binding()).is_success, "nobody gets in afterwards")
        siege.finish()


@check("floods: connections-per-prefix and connections-max hold for known connections",
       alone=True, seconds=60, only="turnstone")
def open_bounds(context):
    with Siege(context, "connections-per-prefix=20", "connections-max=40") as siege:
        def known(source):
            try:
                client = siege.carrier.client(tls=None, bind=source)
                answer = client.exchange(streams.binding())
                return client if answer.is_success else None
            except (streams.Closed, ConnectionError, Failure):
                return None

        first = [known("127.0.9.1") for _ in range(30)]
        kept = [client for client in first if client is not None]
        expect(15 <= len(kept) <= 20, f"{len(kept)} connections of one prefix, not 20")
        rest = [known(f"127.3.{number}.1") for number in range(40)]
        total = len(kept) + sum(client is not None for client in rest)
        expect(30 <= total <= 40, f"{total} connections, not 40")
        for client in kept:
            client.close()
        wait_until(context, "places are free again", lambda: known("127.0.9.1") is not None)
        siege.finish()


@check("floods: renegotiation is refused (TLS 1.2)", alone=True)
def renegotiation(context):
    with Siege(context) as siege:
        process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{context.port}", "-tls1_2",
             "-legacy_renegotiation"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        context.stack.callback(process.kill)
        time.sleep(0.5)
        try:
            for _ in range(3):
                process.stdin.write(b"R\n")
                process.stdin.flush()
                time.sleep(0.2)
            output = process.communicate(timeout=5)[0].decode(errors="replace")
        except (BrokenPipeError, subprocess.TimeoutExpired):
            process.kill()
            output = process.communicate()[0].decode(errors="replace")
        expect("RENEGOTIATING" in output, f"s_client did not try:\n{output[-500:]}")
        refused = "no renegotiation" in output or "alert" in output or "eof" in output.lower()
        expect(refused or "write:errno" in output, f"renegotiated:\n{output[-800:]}")
        siege.finish()


@check("floods: DTLS hellos without a cookie keep no state and amplify nothing", alone=True,
       seconds=60)
def dtls_hellos(context):
    hello = dtls_hello(context)
    with Siege(context) as siege:
        answered = received = 0
        for number in range(20_000):
            if number % 200 == 0:
                one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                one.connect(("127.0.0.1", context.port))
                one.setblocking(False)
                siege.sockets.append(one)
                # A rate that the one socket of server and call can take on a busy machine.
                time.sleep(0.02)
            one.send(hello)
            try:
                while raw := one.recv(4096):
                    answered += 1
                    received += len(raw)
            except BlockingIOError:
                pass
        expect(answered > 0, "no HelloVerifyRequest at all")
        expect(received <= 20_000 * len(hello), f"{received} bytes for {20_000 * len(hello)}")
        siege.finish(memory=2 * MEGABYTE)


def dtls_hello(context):
    """The first flight of openssl's client, caught by a socket of our own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trap:
        trap.bind(("127.0.0.1", 0))
        trap.settimeout(5)
        port = trap.getsockname()[1]
        process = context.background(
            "openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{port}")
        hello = trap.recv(4096)
        process.kill()
    return hello


@check("floods: pipelined HTTP requests whose answers nobody reads", alone=True,
       only="turnstone")
def unread_pages(context):
    with Siege(context) as siege:
        burst = b"GET / HTTP/1.1\r\nHost: turn.example.org\r\n\r\n" * 500
        for _ in range(20):
            one = siege.open()
            one.settimeout(0.2)
            try:
                for _ in range(200):
                    one.sendall(burst)
            except OSError:
                pass
        siege.finish()


@check("floods: 300 connections a second that come, ask and go for 5 s", alone=True, seconds=60)
def come_and_go(context):
    with Siege(context, "user-quota=0") as siege:
        end_at = time.monotonic() + 5
        count = 0
        while time.monotonic() < end_at:
            client = siege.carrier.client(tls=None)
            expect(client.exchange(streams.binding()).is_success, "no answer")
            client.reset() if count % 2 else client.close()
            count += 1
            time.sleep(0.002)
        expect(count > 300, f"only {count} connections")
        siege.finish()
        peer = peer_socket(context)
        client, relay = siege.carrier.relaying(peer)
        echoes(client, relay, peer, (7,))
