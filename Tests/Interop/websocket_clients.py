"""Python's WebSocket clients against an echo server: websockets and wsproto, both from PyPI.

    websocket_clients.py websockets|wsproto URL

Run with the Python of the virtual environment that has them. Ends with a line that counts what
was echoed; anything else is a failure.
"""

import os
import socket
import ssl
import sys
from urllib.parse import urlsplit

TEXTS = ["", "a", "Gr\u00fc\u00dfe \U0001f44d \u20ac", "x" * 125, "x" * 126, "\u00e4" * 32768]
SIZES = [0, 1, 125, 126, 127, 65535, 65536]


def with_websockets(url):
    import websockets
    from websockets.sync.client import connect

    count = 0
    # Its default is to offer permessage-deflate, which the server leaves aside.
    with connect(url, max_size=None, subprotocols=["chat"], ssl=tls(url)) as client:
        assert client.protocol.extensions == [], client.protocol.extensions
        for text in TEXTS:
            client.send(text)
            assert client.recv(timeout=10) == text
            count += 1
        for size in SIZES:
            data = os.urandom(size)
            client.send(data)
            assert client.recv(timeout=10) == data
            count += 1
        parts = ["gr", "\u00fc", "", "n", "x" * 70000]
        client.send(iter(parts))
        assert client.recv(timeout=10) == "".join(parts)
        for number in range(3):
            assert client.ping(f"ping {number}".encode()).wait(10), "no Pong"
        # Many under way at the same time come back in order.
        for number in range(500):
            client.send(str(number))
        for number in range(500):
            assert client.recv(timeout=10) == str(number)
        count += 501
        client.close(4001, "enough")
        assert client.protocol.close_rcvd.code == 4001, client.protocol.close_rcvd
    with connect(url, compression=None, ssl=tls(url)) as client:
        # A reserved opcode, which the library itself would never send.
        client.socket.sendall(b"\x83\x80\0\0\0\0")
        try:
            client.recv(timeout=10)
            raise AssertionError("a reserved opcode was taken")
        except websockets.ConnectionClosed as closed:
            assert closed.rcvd.code == 1002, closed.rcvd
    print(f"websockets {websockets.__version__}: {count} messages echoed")


def with_wsproto(url):
    import wsproto
    from wsproto import events

    place = urlsplit(url)
    stream = socket.create_connection((place.hostname, place.port), timeout=10)
    context = tls(url)
    if context:
        stream = context.wrap_socket(stream, server_hostname=place.hostname)
    connection = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    stream.sendall(connection.send(events.Request(host=place.netloc, target=place.path or "/")))
    waiting = connection.events()

    def next_event():
        nonlocal waiting
        while True:
            for event in waiting:
                return event
            data = stream.recv(65536)
            connection.receive_data(data or None)
            waiting = connection.events()

    def message():
        whole = None
        while True:
            event = next_event()
            assert isinstance(event, (events.TextMessage, events.BytesMessage)), event
            whole = event.data if whole is None else whole + event.data
            if event.message_finished:
                return whole

    assert isinstance(next_event(), events.AcceptConnection)
    count = 0
    for text in TEXTS:
        half = len(text) // 2
        stream.sendall(connection.send(events.TextMessage(text[:half], message_finished=False)))
        stream.sendall(connection.send(events.Ping(b"between")))
        stream.sendall(connection.send(events.TextMessage(text[half:])))
        pong = next_event()
        assert isinstance(pong, events.Pong) and pong.payload == b"between", pong
        assert message() == text
        count += 1
    for size in SIZES:
        data = os.urandom(size)
        stream.sendall(connection.send(events.BytesMessage(data)))
        assert bytes(message()) == data
        count += 1
    stream.sendall(connection.send(events.CloseConnection(1001, "going")))
    answer = next_event()
    assert isinstance(answer, events.CloseConnection) and answer.code == 1001, answer
    # The server ends the connection, not the client.
    assert stream.recv(1) == b"", "more behind the close"
    stream.close()
    print(f"wsproto {wsproto.__version__}: {count} messages echoed")


def tls(url):
    """A context that trusts SSL_CERT_FILE, for a URL that wants one."""
    return ssl.create_default_context() if url.startswith("wss:") else None


if __name__ == "__main__":
    {"websockets": with_websockets, "wsproto": with_wsproto}[sys.argv[1]](sys.argv[2])
