"""HTTP/1.1 byte by byte: where a server listens, and a reader of answers that forgives nothing."""

import contextlib
import re
import socket
import ssl


class Closed(Exception):
    """The server closed the connection before the answer was whole."""


class Endpoint:
    """Where HTTP is spoken: `unix:PATH`, `tcp:ADDRESS:PORT` or `tls:ADDRESS:PORT:CERTIFICATE`."""

    def __init__(self, text):
        self.text = text
        self.kind, rest = text.split(":", 1)
        self.certificate = None
        if self.kind == "unix":
            self.path = rest
        elif self.kind == "tls":
            self.address, self.port, self.certificate = rest.split(":", 2)
        else:
            self.address, self.port = rest.split(":")

    def connect(self, timeout=5):
        if self.kind == "unix":
            opened = socket.socket(socket.AF_UNIX)
            opened.settimeout(timeout)
            opened.connect(self.path)
            return opened
        opened = socket.create_connection((self.address, int(self.port)), timeout=timeout)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.kind == "tls":
            context = ssl.create_default_context(cafile=self.certificate)
            opened = context.wrap_socket(opened, server_hostname=self.address)
        return opened

    def curl(self, path):
        """Arguments with which curl gets there, and the URL of a path."""
        if self.kind == "unix":
            return ["--unix-socket", self.path], f"http://localhost{path}"
        if self.kind == "tls":
            return ["--cacert", self.certificate], f"https://{self.address}:{self.port}{path}"
        return [], f"http://{self.address}:{self.port}{path}"


class Answer:
    """One response: its status, its fields in lower case, its body."""

    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def closes(self):
        return "close" in self.fields.get("connection", "")


class Reader:
    """Takes answers off a socket one by one."""

    def __init__(self, opened):
        self.socket = opened
        self.buffer = b""

    def fill(self):
        try:
            part = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from None
        if not part:
            raise Closed
        self.buffer += part

    def answer(self, to_head=False):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("ascii").split("\r\n")
        start = re.fullmatch(r"HTTP/1\.1 ([1-5][0-9][0-9]) [ -~]*", first)
        if start is None:
            raise ValueError(f"not a status line: {first!r}")
        fields = {}
        for line in lines:
            field = re.fullmatch(r"([!#$%&'*+.^_`|~0-9a-z-]+): ([ -~]*)", line)
            if field is None or field[1] in fields:
                raise ValueError(f"not a field, or a second one: {line!r}")
            fields[field[1]] = field[2]
        status = int(start[1])
        empty = to_head or status < 200 or status in (204, 304)
        length = 0 if empty else int(fields["content-length"])
        while len(self.buffer) < length:
            self.fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, fields, body)

    def is_ended(self):
        """Whether the server ended the connection and sent nothing more."""
        try:
            while not self.buffer:
                self.fill()
        except Closed:
            return True
        return False


@contextlib.contextmanager
def connected(endpoint, timeout=5):
    with endpoint.connect(timeout) as opened:
        yield opened, Reader(opened)


def exchange(endpoint, raw, to_head=False):
    """One request on a connection of its own, and its answer."""
    with connected(endpoint) as (opened, reader):
        opened.sendall(raw)
        return reader.answer(to_head)


def answers(endpoint, raw, half_close=False):
    """Everything that comes back for `raw` until the server ends the connection.

    half_close: say that nothing more comes, where that can be said without ending TLS.
    """
    found = []
    with connected(endpoint) as (opened, reader):
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            opened.sendall(raw)
            if half_close and endpoint.kind != "tls":
                opened.shutdown(socket.SHUT_WR)
        with contextlib.suppress(Closed):
            while True:
                found.append(reader.answer())
    return found
