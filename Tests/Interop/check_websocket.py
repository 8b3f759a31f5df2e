"""WebSockets: the Autobahn suite's cases, foreign clients, a browser, and hostile bytes.

The server is `websocket-echo`, which is the daemon with a service that sends every message back.
"""

import contextlib
import os
import socket
import ssl
import struct
import time
from pathlib import Path

import autobahn
import browser
import certificates
from harness import Skipped, check, expect, tail

FOLDER = Path(__file__).parent
#: How many cases each section of the suite has, so that none goes missing unseen.
CASES = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1}
#: What a case may come to; the informational ones ask for nothing.
GOOD = ("OK", "INFORMATIONAL")


class Echo:
    """A running echo server and the ways to it."""

    def __init__(self, context):
        if not Path(context.options.echo).exists():
            raise Skipped(f"there is no {context.options.echo}; scripts/test builds it")
        self.pair = certificates.Pair(context)
        self.context = context
        self.server = context.serve(*self.pair.lines, program=context.options.echo)
        self.address = ("127.0.0.1", context.port)

    def url(self, way):
        return f"{'wss' if way == 'tls' else 'ws'}://127.0.0.1:{self.context.port}/"

    def trust(self):
        return ssl.create_default_context(cafile=str(self.pair.certificate))

    def connect(self):
        stream = socket.create_connection(self.address, timeout=10)
        self.context.stack.callback(stream.close)
        return stream


def over_each(what, **keywords):
    """Registers a check for plain TCP and for TLS."""

    def register(function):
        for way in ("tcp", "tls"):
            def run(context, way=way):
                function(context, way)
            check(f"websocket: {way}, {what}", only="turnstone", **keywords)(run)
        return function

    return register


def python_with(context, module):
    python = Path(context.options.venv) / "bin/python"
    code, _ = context.run(python, "-c", f"import {module}") if python.exists() else (1, "")
    if code != 0:
        raise Skipped(f"no {module} for {python}; scripts/test installs it")
    return python


def talk(context, way, client):
    python = python_with(context, client)
    echo = Echo(context)
    code, output = context.run(
        "env", f"SSL_CERT_FILE={echo.pair.certificate}", python,
        FOLDER / "websocket_clients.py", client, echo.url(way), seconds=60)
    expect(code == 0 and "messages echoed" in output, f"exit code {code}:\n{tail(output, 25)}")


@over_each("websockets from PyPI", seconds=80)
def websockets(context, way):
    talk(context, way, "websockets")


@over_each("wsproto from PyPI", seconds=80)
def wsproto(context, way):
    talk(context, way, "wsproto")


def suite_folder(context):
    """Where the suite was installed, which is where its cases are."""
    found = sorted(Path(context.options.venv).glob("lib/python3*/site-packages/autobahntestsuite"))
    if not found:
        raise Skipped("the Autobahn suite is not installed; scripts/test does that")
    return found[0] / "case"


def run_section(context, section, way):
    folder = suite_folder(context)
    echo = Echo(context)
    trust = echo.trust() if way == "tls" else None
    count = 0
    bad = []
    for name, behavior, closing, why, _ in autobahn.run(
            folder, echo.address, f"{section}.", trust):
        count += 1
        if behavior not in GOOD or closing not in GOOD:
            bad.append(f"{name}: {behavior}, closing {closing}: {why}")
    expect(not bad, "\n".join(bad))
    expect(count == CASES[section], f"{count} cases, not {CASES[section]}")


def register_section(section):
    @over_each(f"Autobahn section {section}, {CASES[section]} cases", seconds=150)
    def autobahn_section(context, way):
        run_section(context, section, way)


for number in CASES:
    register_section(number)


@over_each("headless Chromium", seconds=90)
def chromium(context, way):
    echo = Echo(context)
    page = (FOLDER / "websocket_page.html").read_text().replace("@URL@", echo.url(way))
    result = browser.report_of(context, page)
    expect(result["failed"] == [], f"{result}")
    expect(result["passed"] >= 9, f"{result}")


def upgrade(*changes, version="13", key="dGhlIHNhbXBsZSBub25jZQ==", line="GET / HTTP/1.1"):
    fields = ["Host: turn.example.org", "Upgrade: websocket", "Connection: Upgrade"]
    fields += [f"Sec-WebSocket-Version: {version}", f"Sec-WebSocket-Key: {key}", *changes]
    return "\r\n".join([line, *fields, "", ""]).encode()


def read_head(stream):
    """The head of an answer, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = stream.recv(4096)
        expect(part, f"the connection ended after {data!r}")
        data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode().lower(), rest


def read_exactly(stream, count, data=b""):
    while len(data) < count:
        part = stream.recv(count - len(data))
        expect(part, f"the connection ended after {data!r}")
        data += part
    return data


def frame(opcode, payload=b"", fin=True, rsv=0):
    key = os.urandom(4)
    return autobahn.head(opcode, len(payload), fin, rsv, key) + autobahn.masked(payload, key)


@check("websocket: the handshake is answered as RFC 6455 demands", only="turnstone")
def handshake(context):
    echo = Echo(context)
    stream = echo.connect()
    stream.sendall(upgrade("Sec-WebSocket-Extensions: permessage-deflate"))
    head, _ = read_head(stream)
    expect(head.startswith("http/1.1 101 "), head)
    expect("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=" in head, head)
    expect("upgrade: websocket" in head and "connection: upgrade" in head, head)
    expect("sec-websocket-extensions" not in head, head)
    refusals = [
        (upgrade(version="8"), "426"), (upgrade(version="13, 8"), "426"),
        (upgrade(key="c2hvcnQ="), "400"), (upgrade("Sec-WebSocket-Key: x"), "400"),
        (upgrade("Sec-WebSocket-Version: 13"), "426"),
        (upgrade(line="POST / HTTP/1.1"), "4"),
    ]
    for request, status in refusals:
        stream = echo.connect()
        stream.sendall(request)
        head, _ = read_head(stream)
        expect(head.startswith(f"http/1.1 {status}"), f"{request!r}: {head}")
        if status == "426":
            expect("sec-websocket-version: 13" in head, head)


@check("websocket: frames may come with the request, or byte by byte", only="turnstone")
def first_bytes(context):
    echo = Echo(context)
    wanted = b"\x81\x05hello" + b"\x8a\x01p"
    stream = echo.connect()
    stream.sendall(upgrade() + frame(1, b"hello") + frame(9, b"p"))
    _, rest = read_head(stream)
    answer = read_exactly(stream, len(wanted), rest)
    expect(answer == wanted, f"{answer!r}")
    stream = echo.connect()
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in upgrade() + frame(1, b"hello") + frame(9, b"p"):
        stream.sendall(bytes([byte]))
    _, rest = read_head(stream)
    expect(read_exactly(stream, len(wanted), rest) == wanted, "another answer byte by byte")


@check("websocket: a close is confirmed, then the server ends the connection", only="turnstone")
def closing(context):
    echo = Echo(context)
    for payload, code in [
            (struct.pack("!H", 4321) + b"why", 4321), (b"", None),
            (struct.pack("!H", 1005), 1002), (b"\x03", 1002),
            (struct.pack("!H", 1000) + b"\xff", 1007)]:
        stream = echo.connect()
        stream.sendall(upgrade() + frame(8, payload) + frame(1, b"too late"))
        _, rest = read_head(stream)
        data = rest
        while part := stream.recv(4096):
            data += part
        expect(data[:1] == b"\x88", f"{data!r}")
        told = struct.unpack("!H", data[2:4])[0] if data[1] else None
        expect(told == code, f"{payload!r} was answered with {told}")
        expect(len(data) == 2 + data[1], f"more behind the Close frame: {data!r}")


@check("websocket: a client that does not read is not read from", seconds=60, only="turnstone")
def slow_reader(context):
    echo = Echo(context)
    stream = echo.connect()
    stream.sendall(upgrade())
    read_head(stream)
    message = frame(2, bytes(60_000))
    stream.settimeout(1)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 256 << 20:
            sent += stream.send(message[sent % len(message):])
    # What two sockets' buffers hold, and a bound's worth inside the server.
    expect(sent < 64 << 20, f"it took {sent} bytes while its answers lay unread")
    other = echo.connect()
    other.sendall(upgrade() + frame(1, b"hello"))
    _, rest = read_head(other)
    expect(read_exactly(other, 7, rest) == b"\x81\x05hello", "others wait for the slow one")
    began = time.monotonic()
    stream.settimeout(10)
    taken = 0
    # Then it reads, and finds everything in order.
    while taken < 1 << 20:
        part = stream.recv(1 << 16)
        expect(part, "the connection ended")
        taken += len(part)
    expect(time.monotonic() - began < 10, "slow to come back")
