"""h11 as a client of the server, and as a second opinion on what a request is.

    http_peers.py answers|differential ENDPOINT

Runs in the venv that has h11; check_http.py starts it.
"""

import random
import re
import sys
import time

import h11

from web import Endpoint, answers

HOST = ("Host", "turn.example.org")
#: Refusals of the bytes themselves; a service answers with others, or keeps the connection.
REFUSALS = {400, 408, 411, 413, 414, 417, 431, 501, 505}


def written(connection, method, target, fields, parts):
    """The bytes that h11 writes for a request."""
    raw = connection.send(h11.Request(method=method, target=target, headers=[HOST, *fields]))
    for part in parts:
        raw += connection.send(h11.Data(data=part))
    return raw + connection.send(h11.EndOfMessage())


REQUESTS = [
    ("GET", "/none?a=b", [("Accept", "*/*")], []),
    ("HEAD", "/none", [], []),
    ("OPTIONS", "*", [], []),
    ("GET", "http://turn.example.org/none", [], []),
    ("POST", "/none", [], []),
    ("POST", "/none", [("Content-Length", "5")], [b"hello"]),
    ("POST", "/none", [("Transfer-Encoding", "chunked")], [b"he", b"l" * 17, b"o"]),
]


def read_answer(connection, opened):
    """The status and the body, as h11 understands them."""
    status, body = None, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(opened.recv(65536))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return status, body
        elif isinstance(event, h11.ConnectionClosed):
            raise SystemExit(f"closed after status {status}")


def answered(endpoint, request, pieces):
    """Sends one request on one connection again and again, cut as each of `pieces` says."""
    seen = set()
    connection, opened = h11.Connection(h11.CLIENT), endpoint.connect()
    with opened:
        for cut in pieces:
            raw = written(connection, *request)
            for piece in cut(raw):
                opened.sendall(piece)
                # So that the server reads the pieces one by one.
                time.sleep(0.001)
            seen.add(read_answer(connection, opened))
            if connection.our_state is h11.MUST_CLOSE:
                raise SystemExit(f"{request[0]} {request[1]}: the connection was not kept")
            connection.start_next_cycle()
    return seen


def check_answers(endpoint):
    count = 0
    for request in REQUESTS:
        length = len(written(h11.Connection(h11.CLIENT), *request))
        pieces = [lambda raw, at=at: (raw[:at], raw[at:]) for at in range(1, length)]
        pieces.append(lambda raw: (raw,))
        pieces.append(lambda raw: (raw[at:at + 1] for at in range(len(raw))))
        seen = answered(endpoint, request, pieces)
        if len(seen) != 1:
            raise SystemExit(f"{request[0]} {request[1]}: how it is cut changes the answer: {seen}")
        status, body = seen.pop()
        if status >= 500 or status == 400 or request[0] == "HEAD" and body:
            raise SystemExit(f"{request[0]} {request[1]}: {status} {body!r}")
        count += len(pieces)
    print(f"{count} answers")


SEEDS = [
    b"GET /none HTTP/1.1\r\nHost: x\r\nAccept: a, b;q=0.1\r\n\r\n",
    b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
    b"POST /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n",
    b"PUT /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\nTrailer: x\r\n\r\n",
    b"DELETE /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
]
FRAGMENTS = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"0", b"1", b"a", b";", b",", b"chunked", b"\x00",
    b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n", b"\xff", b"\x0b",
]


def mutated(chooser):
    """Two requests, with a few changes made by chance."""
    raw = chooser.choice(SEEDS) + chooser.choice(SEEDS)
    for _ in range(chooser.randrange(4)):
        at = chooser.randrange(1, len(raw))
        kind = chooser.randrange(3)
        if kind == 0:
            raw = raw[:at] + chooser.choice(FRAGMENTS) + raw[at:]
        elif kind == 1:
            raw = raw[:at] + raw[at + chooser.randrange(1, 4):]
        else:
            other = chooser.randrange(len(raw))
            raw = raw[:at] + raw[other:other + 1] + raw[at + 1:]
    return raw


def is_known_difference(raw):
    """Where h11 takes less than RFC 9112 has every recipient take.

    A blank before the semicolon of a chunk extension (§7.1.1), and an empty line before a request
    (§2.2).
    """
    return re.search(rb"[0-9a-fA-F][ \t]+;", raw) or b"\r\n\r\n\r\n" in raw


def count_by_h11(raw):
    """How many requests h11 finds before it finds something else."""
    connection, count = h11.Connection(h11.SERVER), 0
    connection.receive_data(raw)
    connection.receive_data(b"")
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return count
        if isinstance(event, h11.EndOfMessage):
            count += 1
            connection.send(h11.Response(status_code=204, headers=[]))
            connection.send(h11.EndOfMessage())
            if connection.our_state is not h11.DONE:
                return count
            connection.start_next_cycle()
        elif event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
            return count


def check_differential(endpoint):
    chooser = random.Random(9112)
    count = taken = 0
    while count < 1200:
        raw = mutated(chooser) if count else SEEDS[1] + SEEDS[2]
        if is_known_difference(raw) or not raw[:1].isupper():
            continue
        count += 1
        seen = [
            answer.status for answer in answers(endpoint, raw, half_close=True)
            if answer.status >= 200 and not (answer.closes and answer.status in REFUSALS)]
        by_h11 = count_by_h11(raw)
        if len(seen) > by_h11 or raw in {one + two for one in SEEDS for two in SEEDS} \
                and len(seen) != by_h11:
            raise SystemExit(f"{len(seen)} requests answered, h11 finds {by_h11} in {raw!r}")
        taken += len(seen)
    print(f"{taken} requests taken of\n{count} streams")


if __name__ == "__main__":
    {"answers": check_answers, "differential": check_differential}[sys.argv[1]](
        Endpoint(sys.argv[2]))
