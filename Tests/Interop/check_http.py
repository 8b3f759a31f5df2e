"""HTTP/1.1 as h11, curl and hostile bytes see it: on the admin socket, over TCP and over TLS.

All three run the same state machine; what differs is how bytes come and what answers behind it.
"""

import re
import socket
import time
from pathlib import Path

import certificates
from daemon import SECRET
from harness import Skipped, check, expect, tail
from web import Endpoint, answers, connected, exchange

PROGRAM = Path(__file__).with_name("http_peers.py")
KINDS = ("unix", "tcp", "tls")
HOST = b"Host: turn.example.org\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


def request(line, *fields, body=b""):
    lines = [f"{line} HTTP/1.1".encode(), HOST.rstrip(), *(field.encode() for field in fields)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body, *fields):
    return request("POST /none", "Transfer-Encoding: chunked", *fields, body=body)


def serve(context, kind, *lines):
    """The server and where it speaks HTTP."""
    if kind == "unix":
        server = context.serve(*lines)
        return Endpoint(f"unix:{server.socket_path}")
    pair = certificates.Pair(context)
    context.serve(*pair.lines, *lines)
    place = f"127.0.0.1:{context.port}"
    return Endpoint(f"tls:{place}:{pair.certificate}" if kind == "tls" else f"tcp:{place}")


def over_each(what, kinds=KINDS, **keywords):
    """Registers the same check for every way in."""

    def register(function):
        for kind in kinds:
            def run(context, kind=kind):
                function(context, kind)
            check(f"http: {kind}, {what}", only="turnstone", **keywords)(run)
        return function

    return register


def h11(context, mode, endpoint):
    python = Path(context.options.venv) / "bin/python"
    code, _ = context.run(python, "-c", "import h11") if python.exists() else (1, "")
    if code != 0:
        raise Skipped(f"no h11 for {python}; scripts/test installs it")
    code, output = context.run(python, PROGRAM, mode, endpoint.text, seconds=80)
    expect(code == 0, f"exit code {code}:\n{tail(output, 25)}")
    return output


@over_each("h11 writes requests cut at every byte and reads every answer", seconds=90)
def segments(context, kind):
    output = h11(context, "answers", serve(context, kind))
    expect(re.search(r"^[1-9][0-9]+ answers$", output, re.M), tail(output))


@over_each("what is taken for a request, h11 takes for the same ones", seconds=90,
           kinds=("unix", "tcp"))
def differential(context, kind):
    output = h11(context, "differential", serve(context, kind))
    expect(re.search(r"^[1-9][0-9]+ streams$", output, re.M), tail(output))


def curl(context, *arguments):
    code, output = context.run("curl", "--silent", "--show-error", "--max-time", 10, *arguments)
    expect(code == 0, f"curl gave {code}:\n{tail(output, 20)}")
    return output


@over_each("curl keeps a connection over GET, HEAD, and POST with and without chunks")
def keep_alive(context, kind):
    way, url = serve(context, kind).curl("/none")
    each = ["--output", "/dev/null", "--write-out", "%{http_code} %{num_connects}\\n", *way, url]
    output = curl(
        context, *each, "--next", "--head", *each,
        "--next", "--data-binary", "x" * 3000, *each,
        "--next", "--header", "Transfer-Encoding: chunked", "--data-binary", "x" * 3000, *each,
        "--next", "--request", "OPTIONS", "--request-target", "*", *each,
        "--next", "--request-target", "http://turn.example.org/none", *each)
    seen = [line.split() for line in output.splitlines()]
    expect(len(seen) == 6, output)
    expect([connects for _, connects in seen] == ["1"] + ["0"] * 5, f"new connections: {seen}")
    expect(all(status[0] in "24" and status != "400" for status, _ in seen), f"{seen}")
    expect(seen[0][0] == seen[1][0], f"HEAD is answered otherwise than GET: {seen}")


@over_each("curl waits for 100 Continue, before a length and before chunks")
def expects_continue(context, kind):
    way, url = serve(context, kind).curl("/none")
    for field in ("X-None: 1", "Transfer-Encoding: chunked"):
        output = curl(
            context, "--verbose", "--expect100-timeout", 5, "--header", "Expect: 100-continue",
            "--header", field, "--data-binary", "x" * 2000, *way, url)
        expect("< HTTP/1.1 100 Continue" in output, f"with {field}: {tail(output)}")
        expect("Done waiting for 100" not in output, "it came too late")
        expect(
            "We are completely uploaded" in output or "Signaling end of chunked" in output,
            tail(output))


@over_each("curl as an HTTP/1.0 client, which the server leaves unless asked to stay")
def older(context, kind):
    endpoint = serve(context, kind)
    way, url = endpoint.curl("/none")
    output = curl(context, "--http1.0", "--include", *way, url)
    expect(output.lower().count("connection: close") == 1, tail(output))
    with connected(endpoint) as (opened, reader):
        for _ in range(2):
            opened.sendall(b"GET /none HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            expect(reader.answer().fields.get("connection") == "keep-alive", "it does not stay")
        opened.sendall(b"GET /none HTTP/1.0\r\n\r\n")
        expect(reader.answer().closes and reader.is_ended(), "it stays")


@check("http: unix, a body in chunks is the body", only="turnstone")
def content(context):
    endpoint = serve(context, "unix", "use-auth-secret", f"static-auth-secret={SECRET}")
    way, url = endpoint.curl("/v1/credentials")
    output = curl(
        context, "--header", "Transfer-Encoding: chunked", "--data-binary",
        '{"user": "carol", "ttlSeconds": 60}', *way, url)
    expect('"ttlSeconds":60' in output.replace(" ", ""), output)
    pieces = (b"3;x\r\n{\"t\r\n04\r\ntlSe\r\n9 ; y=\"z\"\r\nconds\":61\r\n1\r\n}\r\n"
              b"0\r\nA: b\r\n\r\n")
    raw = request("POST /v1/credentials", "Transfer-Encoding: chunked", body=pieces)
    answer = exchange(endpoint, raw)
    expect(answer.status == 200 and b"61" in answer.body, f"{answer.status} {answer.body}")


@check("http: unix, what is there and what is not: 200, 404, 405 with Allow", only="turnstone")
def statuses(context):
    endpoint = serve(context, "unix")
    expect(exchange(endpoint, request("GET /v1/status")).status == 200, "no status")
    head = exchange(endpoint, request("HEAD /none"), to_head=True)
    whole = exchange(endpoint, request("GET /none"))
    expect(head.status == whole.status == 404, f"{head.status} and {whole.status}")
    expect(head.fields == whole.fields, f"HEAD says {head.fields}, GET {whole.fields}")
    expect(int(head.fields["content-length"]) == len(whole.body) > 0, f"{head.fields}")
    answer = exchange(endpoint, request("PUT /v1/status", "Content-Length: 0"))
    expect(answer.status == 405, f"{answer.status}")
    expect(answer.fields.get("allow") == "GET, HEAD", f"{answer.fields}")


@over_each("a page with its tag: 200, 304, HEAD, 405 with Allow, 404", kinds=("tcp", "tls"))
def page(context, kind):
    endpoint = serve(context, kind)
    way, url = endpoint.curl("/")
    tag = context.folder / "tag"
    each = ["--write-out", "%{http_code} %{size_download}\\n", "--output", "/dev/null", *way]
    output = curl(context, *each, "--etag-save", tag, url)
    expect(re.fullmatch(r"200 [1-9][0-9]*\n", output), output)
    expect(curl(context, *each, "--etag-compare", tag, url) == "304 0\n", "it is sent again")
    whole = exchange(endpoint, request("GET /"))
    head = exchange(endpoint, request("HEAD /"), to_head=True)
    expect(head.fields == whole.fields, f"HEAD says {head.fields}, GET {whole.fields}")
    expect(int(head.fields["content-length"]) == len(whole.body) > 0, f"{head.fields}")
    expect(head.fields.get("x-content-type-options") == "nosniff", f"{head.fields}")
    expect(head.fields.get("content-type") == "text/html; charset=utf-8", f"{head.fields}")
    expect(re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT",
                        head.fields.get("date", "")), f"{head.fields}")
    answer = exchange(endpoint, request("PUT /", "Content-Length: 0"))
    expect(answer.status == 405, f"{answer.status}")
    expect(answer.fields.get("allow") == "GET, HEAD, OPTIONS", f"{answer.fields}")
    expect(exchange(endpoint, request("OPTIONS *")).status == 204, "OPTIONS *")
    expect(exchange(endpoint, request("GET /none")).status == 404, "a page that is not there")


@over_each("hundreds of pipelined requests are answered in turn")
def pipelined(context, kind):
    endpoint = serve(context, kind)
    one = request("GET /none") + chunked(b"1\r\nx\r\n0\r\n\r\n") + request(
        "POST /none", "Content-Length: 2", body=b"hi")
    last = request("GET /none", "Connection: close")
    with connected(endpoint, timeout=15) as (opened, reader):
        opened.sendall(one * 150 + last)
        seen = [reader.answer() for _ in range(451)]
        expect(not any(answer.closes for answer in seen[:-1]), "it closes in the middle")
        expect(seen[-1].closes and reader.is_ended(), "it stays after the last")
    # Requests of one kind get one answer, whatever stood before them.
    for first in range(3):
        expect(len({answer.status for answer in seen[first:450:3]}) == 1, "answers out of turn")


LARGE = "x" * 70000
#: Each with the status it must be refused with. All begin with a letter, or the port would not
#: take them for HTTP.
REFUSED = {
    "LF alone": (400, b"GET / HTTP/1.1\n" + HOST + b"\n"),
    "LF after a field": (400, b"GET / HTTP/1.1\r\nHost: x\n\r\n"),
    "CR in a field": (400, request("GET /", "X: a\rContent-Length: 5")),
    "CR for a line end": (400, b"GET / HTTP/1.1\rHost: x\r\n\r\n"),
    "CR CR LF": (400, request("GET /", "X: a\r")),
    "a folded field": (400, request("GET /", "X: a", " b")),
    "a folded Transfer-Encoding": (400, request("POST /", "Transfer-Encoding:", " chunked")),
    "a blank before the first field": (400, b"GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
    "a space before a colon": (400, request("POST /", "Content-Length : 5")),
    "a tab before a colon": (400, request("POST /", "Transfer-Encoding\t: chunked")),
    "a field without a colon": (400, request("GET /", "Content-Length")),
    "a field without a name": (400, request("GET /", ": x")),
    "a bracket in a name": (400, request("GET /", "X(y): x")),
    "NUL in a value": (400, request("GET /", "X: a\0b")),
    "NUL in a name": (400, request("GET /", "X\0: a")),
    "no Host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, request("GET /", "Host: other")),
    "a Host that is none": (400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "a Host with a user": (400, b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    "two lengths": (400, request("POST /", "Content-Length: 1", "Content-Length: 1", body=b"x")),
    "two lengths that differ": (
        400, request("POST /", "Content-Length: 0", "Content-Length: 44")),
    "a list of lengths": (400, request("POST /", "Content-Length: 1, 1", body=b"x")),
    "a signed length": (400, request("POST /", "Content-Length: +1", body=b"x")),
    "a negative length": (400, request("POST /", "Content-Length: -1", body=b"x")),
    "a hexadecimal length": (400, request("POST /", "Content-Length: 0x1", body=b"x")),
    "an empty length": (400, request("POST /", "Content-Length:")),
    "a length and chunks": (
        400, request("POST /", "Content-Length: 5", "Transfer-Encoding: chunked",
                     body=b"0\r\n\r\n")),
    "chunks and a length": (
        400, request("POST /", "Transfer-Encoding: chunked", "Content-Length: 5",
                     body=b"0\r\n\r\n")),
    "chunks in HTTP/1.0": (
        400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunked twice": (
        400, request("POST /", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked",
                     body=b"0\r\n\r\n")),
    "chunked, chunked": (400, request("POST /", "Transfer-Encoding: chunked, chunked")),
    "chunked, identity": (400, request("POST /", "Transfer-Encoding: chunked, identity")),
    "identity": (400, request("POST /", "Transfer-Encoding: identity")),
    "xchunked": (400, request("POST /", "Transfer-Encoding: xchunked")),
    "a vertical tab before chunked": (400, request("POST /", "Transfer-Encoding: \vchunked")),
    "gzip, chunked": (501, request("POST /", "Transfer-Encoding: gzip, chunked")),
    "a chunk size with a prefix": (400, chunked(b"0x1\r\nx\r\n0\r\n\r\n")),
    "a chunk size with a sign": (400, chunked(b"+1\r\nx\r\n0\r\n\r\n")),
    "a chunk size with a blank": (400, chunked(b"1 \r\nx\r\n0\r\n\r\n")),
    "an empty chunk size": (400, chunked(b"\r\nx\r\n0\r\n\r\n")),
    "a chunk size of 65 bits": (400, chunked(b"10000000000000001\r\nx\r\n0\r\n\r\n")),
    "a chunk size of 64 bits": (413, chunked(b"ffffffffffffffff\r\nx")),
    "a chunk longer than its size": (400, chunked(b"1\r\nxy\r\n0\r\n\r\n")),
    "a chunk without its line end": (400, chunked(b"1\r\nx0\r\n\r\n")),
    "LF after a chunk size": (400, chunked(b"1\nx\r\n0\r\n\r\n")),
    "LF in an extension": (400, chunked(b"1;a\nb\r\nx\r\n0\r\n\r\n")),
    "CR in an extension": (400, chunked(b"1;a\rb\r\nx\r\n0\r\n\r\n")),
    "an open quote in an extension": (400, chunked(b"1;a=\"b\r\nx\r\n0\r\n\r\n")),
    "LF after a chunk": (400, chunked(b"1\r\nx\n0\r\n\r\n")),
    "LF for the last line": (400, chunked(b"0\r\n\n")),
    "a request for a trailer": (400, chunked(b"0\r\nGET / HTTP/1.1\r\n\r\n")),
    "a folded trailer": (400, chunked(b"0\r\nX: a\r\n b\r\n\r\n")),
    "two spaces": (400, b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a space behind": (400, b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n"),
    "no version": (400, b"GET /\r\n\r\n"),
    "a long version": (400, b"GET / HTTP/1.10\r\n" + HOST + b"\r\n"),
    "a tab for a space": (400, b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "dots": (400, request("GET /../x")),
    "coded dots": (400, request("GET /%2e%2e/x")),
    "half an escape": (400, request("GET /%4")),
    "a coded NUL": (400, request("GET /%00")),
    "a fragment": (400, request("GET /#x")),
    "a star for GET": (400, request("GET *")),
    "another scheme": (400, request("GET ftp://turn.example.org/")),
    "POST without a length": (411, b"POST /none HTTP/1.0\r\n" + HOST + b"\r\n"),
    "a body too large": (413, request("POST /none", "Content-Length: 70000")),
    "a length of many digits": (413, request("POST /none", "Content-Length: " + "9" * 40)),
    "a chunk too large": (413, chunked(b"11170\r\n")),
    "chunks too large": (413, chunked((b"ffff\r\n" + b"x" * 65535 + b"\r\n") * 2)),
    "chunks of mere framing": (413, chunked(b"1;a=bcdefghijklmnop\r\nx\r\n" * 4000)),
    "a long target": (414, request("GET /" + "x" * 9000)),
    "another expectation": (417, request("POST /none", "Content-Length: 1", "Expect: 200-ok")),
    "a long field": (431, request("GET /", "X: " + "x" * 9000)),
    "many fields": (431, request("GET /", *["X: y"] * 70)),
    "a long head": (431, request("GET /", *["X: " + "y" * 5000] * 4)),
    "a method nobody knows": (501, request("BREW /")),
    "TRACE": (501, request("TRACE /")),
    "CONNECT": (501, b"CONNECT turn.example.org:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/1.2": (505, b"GET / HTTP/1.2\r\n" + HOST + b"\r\n"),
}


@over_each("what could be read in two ways is refused, and nothing behind it is read",
           seconds=90)
def smuggling(context, kind):
    endpoint = serve(context, kind)
    for name, (status, raw) in REFUSED.items():
        seen = answers(endpoint, raw + NEXT)
        expect(len(seen) == 1, f"{name}: {[answer.status for answer in seen]}")
        expect(seen[0].status == status, f"{name}: {seen[0].status}, not {status}")
        expect(seen[0].closes, f"{name}: it does not say that it closes")
    expect(exchange(endpoint, NEXT).status in range(200, 500), "it answers no more")


#: Streams that are odd and right: so many requests are in them.
TAKEN = {
    "an empty line before a request": (2, request("GET /none") + b"\r\n" + request("GET /none")),
    "a GET with a body": (2, request("GET /none", "Content-Length: 3", body=b"abc") + NEXT),
    "a GET with chunks": (
        2, request("GET /none", "Transfer-Encoding: Chunked", body=b"0\r\n\r\n") + NEXT),
    "requests for content": (2, chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(NEXT), NEXT)) + NEXT),
    "trailers that mean something elsewhere": (
        2, chunked(b"0\r\nContent-Length: 50\r\nTransfer-Encoding: x\r\n\r\n") + NEXT),
    "extensions": (2, chunked(b"1;a;b=c ; d=\"e;\\\"\"\r\nx\r\n000\r\n\r\n") + NEXT),
    "no blank after a colon": (1, b"GET /none HTTP/1.1\r\nHost:x\r\nX:\r\n\r\n"),
    "the absolute form": (1, request("GET http://other.example.org:1/none?x")),
    "the absolute form without a path": (1, request("GET http://other.example.org")),
    "OPTIONS for the server": (2, request("OPTIONS *") + NEXT),
    "bytes above ASCII in a value": (1, b"GET /none HTTP/1.1\r\nHost: x\r\nX: \xff\xe4\r\n\r\n"),
}


@over_each("what is odd and right is answered", kinds=("unix", "tcp"))
def taken(context, kind):
    endpoint = serve(context, kind)
    for name, (count, raw) in TAKEN.items():
        seen = answers(endpoint, raw, half_close=True)
        expect(len(seen) == count, f"{name}: {len(seen)} answers to {count} requests")
        expect(not any(answer.closes for answer in seen), f"{name}: refused {seen[0].status}")


@over_each("who sends a body that is refused still gets the answer", kinds=("tcp", "tls"))
def linger(context, kind):
    endpoint = serve(context, kind)
    for raw in (request("POST /none", "Content-Length: 900000"), chunked(b"dbba0\r\n")):
        with connected(endpoint) as (opened, reader):
            opened.sendall(raw)
            for _ in range(90):
                opened.sendall(b"x" * 10000)
                time.sleep(0.002)
            answer = reader.answer()
            expect(answer.status == 413 and answer.closes, f"{answer.status}")
            expect(reader.is_ended(), "it goes on")


@over_each("a head and a body that come by the byte end with 408", seconds=60)
def slow(context, kind):
    endpoint = serve(context, kind)
    for raw, least, most in (
            (b"GET /none HTTP/1.1\r\nX: ", 8, 13),
            (request("POST /none", "Content-Length: 9000"), 16, 25)):
        with connected(endpoint) as (opened, reader):
            began = time.monotonic()
            opened.sendall(raw)
            opened.settimeout(0.5)
            while not reader.buffer and time.monotonic() - began < 30:
                try:
                    reader.fill()
                except (socket.timeout, TimeoutError):
                    opened.sendall(b"x")
            took = time.monotonic() - began
            opened.settimeout(5)
            answer = reader.answer()
            expect(answer.status == 408 and answer.closes, f"{answer.status}")
            expect(least < took < most, f"after {took:.1f} s")
            expect(reader.is_ended(), "it stays")
