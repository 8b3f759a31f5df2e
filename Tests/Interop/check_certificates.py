"""Certificates that change, expire, are broken or several, while connections run."""

import contextlib
import hashlib
import re
import shutil
import signal
import socket
import threading
import time

import certificates
import daemon
import streams
from check_requests import ALICE
from harness import check, expect, wait_until
from steady import Steady

REQUEST = b"GET / HTTP/1.1\r\nHost: turn.example.org\r\n\r\n"


def served(server, name=certificates.NAME):
    """SHA-256 of the certificate that a new connection gets."""
    client = streams.StreamClient(
        (server.address, server.port), tls=streams.trusting(), name=name)
    try:
        return hashlib.sha256(client.socket.getpeercert(binary_form=True)).hexdigest()
    finally:
        client.close()


def is_served(context, server, pair, what, name=certificates.NAME):
    wait_until(context, what, lambda: served(server, name) == pair.fingerprint, 8)


class Keeping:
    """An HTTPS connection that is kept alive over everything."""

    def __init__(self, server):
        self.client = server.stream(tls=streams.trusting(), name=certificates.NAME)

    def ask(self):
        self.client.write(REQUEST)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.client.read_exactly(1)
        expect(head.startswith(b"HTTP/1.1 "), f"{head[:60]}")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        expect(length is not None, f"no length: {head}")
        self.client.read_exactly(int(length[1]))


class Newcomers:
    """Connects all the time in a thread, and counts who was turned away."""

    def __init__(self, server):
        self.server = server
        self.seen, self.failures = [], []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def run(self):
        while not self.done.is_set():
            try:
                self.seen.append(served(self.server))
            except OSError as error:
                self.failures.append(repr(error))
            time.sleep(0.01)


@contextlib.contextmanager
def load(context, server):
    """A call over TLS, a kept HTTPS connection and newcomers, all of which must do well."""
    steady = Steady(context, server.stream(
        tls=streams.trusting(), name=certificates.NAME, **ALICE))
    keeping = Keeping(server)
    keeping.ask()
    with steady:
        with Newcomers(server) as newcomers:
            yield newcomers
        keeping.ask()
        steady.finish()
    expect(not newcomers.failures, f"turned away: {newcomers.failures[:3]}")
    expect(len(newcomers.seen) > 10, "too few newcomers")


@check("certificates: swapped under load, nobody is cut off and newcomers get the new one",
       seconds=60, only="turnstone")
def swapped(context):
    pair = certificates.Pair(context)
    server = context.serve(*pair.lines)
    expect(served(server) == pair.fingerprint, "another certificate from the start")
    old = pair.fingerprint
    fresh = [certificates.Pair(context, f"fresh-{number}") for number in range(3)]
    with load(context, server) as newcomers:
        for other in fresh:
            shutil.copy(other.key, pair.key)
            shutil.copy(other.certificate, pair.certificate)
            is_served(context, server, other, "the new certificate is served")
    known = {old, *(other.fingerprint for other in fresh)}
    expect(set(newcomers.seen) <= known, "a certificate from nowhere")


@check("certificates: a swap by rename, as careful tools do it", seconds=60, only="turnstone")
def renamed(context):
    pair = certificates.Pair(context)
    server = context.serve(*pair.lines)
    fresh = certificates.Pair(context, "fresh")
    with load(context, server):
        fresh.key.rename(pair.key)
        fingerprint = fresh.fingerprint
        fresh.certificate.rename(pair.certificate)
        wait_until(
            context, "the new certificate is served", lambda: served(server) == fingerprint, 8)


@check("certificates: certbot's way: links in live/ are pointed at new files in archive/",
       seconds=60, only="turnstone")
def certbot(context):
    live, archive = context.folder / "live", context.folder / "archive"
    # For root alone, as certbot makes them: the server has left root when it reads them again.
    live.mkdir(mode=0o700)
    archive.mkdir(mode=0o700)

    def issue(number):
        pair = certificates.Pair(context, f"issue-{number}")
        pair.certificate = pair.certificate.rename(archive / f"fullchain{number}.pem")
        pair.key = pair.key.rename(archive / f"privkey{number}.pem")
        for stem in ("fullchain", "privkey"):
            link = live / f"{stem}.pem"
            link.unlink(missing_ok=True)
            link.symlink_to(f"../archive/{stem}{number}.pem")
        return pair

    first = issue(1)
    server = context.serve(f"cert={live}/fullchain.pem", f"pkey={live}/privkey.pem")
    expect(served(server) == first.fingerprint, "another certificate from the start")
    with load(context, server):
        for number in (2, 3):
            second = issue(number)
            is_served(context, server, second, f"issue {number} is served")


@check("certificates: a pair that does not match keeps the old one, and the log says why",
       only="turnstone")
def mismatched(context):
    pair = certificates.Pair(context)
    server = context.serve(*pair.lines)
    old = pair.fingerprint
    fresh = certificates.Pair(context, "fresh")
    before = len(server.log())
    shutil.copy(fresh.certificate, pair.certificate)
    wait_until(
        context, "the log names the pair",
        lambda: str(pair.key) in server.log()[before:]
        and "does not match the certificate" in server.log()[before:])
    expect(served(server) == old, "half a pair is served")
    shutil.copy(fresh.key, pair.key)
    is_served(context, server, fresh, "the whole pair is served")


@check("certificates: garbage, an empty file and a file that goes away keep the old one",
       only="turnstone")
def broken(context):
    pair = certificates.Pair(context)
    server = context.serve(*pair.lines)
    old = pair.fingerprint
    good = pair.certificate.read_bytes()
    for words in (b"no certificate\n", b"", good[:len(good) // 2], None):
        before = len(server.log())
        if words is None:
            pair.certificate.unlink()
        else:
            pair.certificate.write_bytes(words)
        wait_until(
            context, f"the log names the file after {words and words[:20]}",
            lambda before=before: str(pair.certificate) in server.log()[before:])
        expect(served(server) == old, f"{words} is served")
        pair.certificate.write_bytes(good)
        time.sleep(0.3)
    expect(served(server) == old, "the old one came not back")
    lines = [line for line in server.log().splitlines() if str(pair.certificate) in line]
    expect(len(lines) < 30, f"{len(lines)} lines about one file")


@check("certificates: SIGHUP reads them again, and new paths with them", only="turnstone")
def reloaded(context):
    pair = certificates.Pair(context)
    server = context.serve(*pair.lines)
    fresh = certificates.Pair(context, "fresh")
    with load(context, server):
        daemon.rewrite(server, lines_out=pair.lines, lines_in=fresh.lines)
        server.signal(signal.SIGHUP)
        is_served(context, server, fresh, "the new path is served")
        # Long enough for the load to notice.
        time.sleep(1)


@check("certificates: a start with a pair that cannot be used says which and why, and serves "
       "TLS once it can", only="turnstone")
def start(context):
    good = certificates.Pair(context, "good")
    for number, (break_it, word) in enumerate((
            (lambda pair: shutil.copy(good.key, pair.key), "does not match the certificate"),
            (lambda pair: pair.certificate.unlink(), "No such file"),
            (lambda pair: pair.certificate.write_text("no PEM"), "certificate"))):
        pair = certificates.Pair(context, f"pair-{number}")
        break_it(pair)
        server = context.serve(*pair.lines)
        said = [line for line in server.log().splitlines() if str(pair.certificate) in line]
        expect(any(word in line for line in said), f"no word of {word}:\n{server.log()}")
        expect(server.stream().exchange(streams.binding()).is_success, "TCP is not served")
        shutil.copy(good.key, pair.key)
        shutil.copy(good.certificate, pair.certificate)

        def is_good():
            try:
                return served(server) == good.fingerprint
            except OSError:
                return False

        wait_until(context, "TLS is served", is_good, 8)
        server.stop()


@check("certificates: several, chosen by the name a client asks for; the first for the rest",
       only="turnstone")
def by_name(context):
    first = certificates.Pair(context)
    second = certificates.Pair(context, "second", name="calls.example.net", kind="rsa")
    server = context.serve(
        *first.lines, f"certificate={second.certificate} {second.key}")
    for name, wanted in (
            (first.name, first), (second.name, second), ("CALLS.example.NET", second),
            ("unknown.example.com", first), (None, first)):
        expect(served(server, name) == wanted.fingerprint, f"another one for {name}")
    fresh = certificates.Pair(context, "fresh", name=second.name)
    shutil.copy(fresh.key, second.key)
    shutil.copy(fresh.certificate, second.certificate)
    is_served(context, server, fresh, "the second one is swapped", second.name)
    expect(served(server) == first.fingerprint, "the first one changed")


@check("certificates: the end is near: a warning and a number", only="turnstone")
def expiry(context):
    pair = certificates.Pair(context, days=10)
    server = context.serve(*pair.lines)
    wait_until(
        context, "a warning about 10 days",
        lambda: re.search(r"(?i)(expire|valid).*\b(9|10) days", server.log()), 5)
    seen = str(server.json("status"))
    expect("expir" in seen.lower(), f"no number in status: {seen}")


@check("certificates: tickets of before a swap still resume or fall back, none is refused",
       only="turnstone")
def tickets(context):
    pair = certificates.Pair(context)
    server = context.serve(*pair.lines)
    trust = streams.trusting()
    client = server.stream(tls=trust, name=pair.name)
    client.exchange(streams.binding())
    session = client.socket.session
    fresh = certificates.Pair(context, "fresh")
    shutil.copy(fresh.key, pair.key)
    shutil.copy(fresh.certificate, pair.certificate)
    is_served(context, server, fresh, "the new certificate is served")
    raw = socket.create_connection((server.address, server.port), timeout=5)
    context.stack.callback(raw.close)
    again = trust.wrap_socket(raw, server_hostname=pair.name, session=session)
    context.stack.callback(again.close)
    again.sendall(streams.binding())
    expect(len(again.recv(1000)) >= 32, "no answer")
