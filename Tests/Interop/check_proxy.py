"""The PROXY protocol in front of TCP and TLS clients (haproxy's proxy-protocol.txt)."""

import os
import socket
import struct

import certificates
import stun
import streams
from check_requests import ALICE
from harness import check, expect

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version_two(source=None, target=None, extra=b"", command=1):
    """A binary header; without addresses a LOCAL one."""
    if source is None:
        return SIGNATURE + struct.pack("!BBH", 0x20, 0, len(extra)) + extra
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    body = socket.inet_pton(family, source[0]) + socket.inet_pton(family, target[0])
    body += struct.pack("!HH", source[1], target[1]) + extra
    kind = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, kind, len(body)) + body


def version_one(source, target):
    kind = "TCP6" if ":" in source[0] else "TCP4"
    return f"PROXY {kind} {source[0]} {target[0]} {source[1]} {target[1]}\r\n".encode()


class Proxied:
    def __init__(self, context, *lines):
        self.context = context
        self.pair = certificates.Pair(context)
        self.port = context.port + 6
        self.server = context.serve(*self.pair.lines, f"tcp-proxy-port={self.port}", *lines)

    def client(self, header, piece=None, tls=False, **keywords):
        """A client whose connection a proxy with this header began."""
        client = streams.StreamClient(("127.0.0.1", self.port), **ALICE, **keywords)
        self.context.stack.callback(client.close)
        size = piece or len(header) or 1
        for start in range(0, len(header), size):
            client.socket.sendall(header[start:start + size])
        if tls:
            client.socket = streams.trusting(self.pair.certificate).wrap_socket(
                client.socket, server_hostname=self.pair.name)
            self.context.stack.callback(client.socket.close)
        return client


@check("proxy: versions 1 and 2 give the client's own address, over TCP and TLS",
       only="turnstone")
def addresses(context):
    proxied = Proxied(context)
    target = ("192.0.2.1", 443)
    for source, at in ((("203.0.113.9", 40001), target),
                       (("2001:db8::9", 40002), ("2001:db8::1", 443))):
        for header in (version_one(source, at), version_two(source, at),
                       version_two(source, at, extra=b"\x04\0\x20" + os.urandom(32))):
            for tls in (False, True):
                client = proxied.client(header, tls=tls)
                answer = client.exchange(streams.binding())
                mapped = answer.address(stun.XOR_MAPPED_ADDRESS)
                expect(mapped == source, f"{mapped}, not {source}")


@check("proxy: headers cut into bytes, and joined with the first request", only="turnstone")
def cut(context):
    proxied = Proxied(context)
    source, target = ("203.0.113.9", 40001), ("192.0.2.1", 443)
    for header in (version_one(source, target), version_two(source, target)):
        for piece in (1, None):
            client = proxied.client(header + streams.binding(), piece=piece)
            answer = stun.Message(client.next_raw(3))
            expect(answer.address(stun.XOR_MAPPED_ADDRESS) == source, "another address")


@check("proxy: LOCAL and UNKNOWN leave the connection's own address", only="turnstone")
def local(context):
    proxied = Proxied(context)
    for header in (version_two(), b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"):
        client = proxied.client(header)
        answer = client.exchange(streams.binding())
        expect(answer.address(stun.XOR_MAPPED_ADDRESS) == client.local, "another address")


@check("proxy: without a header, or with a broken one, the connection ends", only="turnstone")
def broken(context):
    proxied = Proxied(context)
    source, target = ("203.0.113.9", 40001), ("192.0.2.1", 443)
    good = version_two(source, target)
    for header in (streams.binding(), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                   b"PROXY TCP4 999.1.1.1 1.1.1.1 1 2\r\n", b"PROXY TCP4 1.1.1.1\r\n",
                   b"PROXY " + b"a" * 200, good[:12] + b"\x31" + good[13:],
                   good[:13] + b"\x11\xff\xff" + bytes(100), good[:14] + b"\0\x04" + bytes(4)):
        client = proxied.client(header)
        client.write(streams.binding())
        if not client.is_closed_within(2):
            # A length of 65,535 may be waited for until the deadline, but not answered.
            expect(header[14:16] == b"\xff\xff", f"open after {header[:30]}")
        expect(b"\x21\x12\xa4\x42" not in client.buffer, f"answered after {header[:30]}")


@check("proxy: strangers are refused, and proxy-from opens", only="turnstone")
def trusted(context):
    proxied = Proxied(context, "proxy-from=127.0.7.0/24")
    header = version_two(("203.0.113.9", 40001), ("192.0.2.1", 443))
    client = proxied.client(header, bind="127.0.7.1")
    expect(client.exchange(streams.binding()).is_success, "the proxy is refused")
    try:
        client = proxied.client(header, bind="127.0.8.1")
        client.write(streams.binding())
    except (ConnectionError, streams.Closed):
        return
    expect(client.is_closed_within(3), "a stranger speaks for others")
    expect(b"\x21\x12\xa4\x42" not in client.buffer, "a stranger was answered")


@check("proxy: an allocation by a proxied client shows the client", only="turnstone")
def shown(context):
    proxied = Proxied(context)
    client = proxied.client(version_two(("203.0.113.9", 40001), ("192.0.2.1", 443)))
    client.allocated()
    item = proxied.server.json("allocations", "list")["allocations"][0]
    expect(item["client"] == "203.0.113.9:40001", f"{item['client']}")
