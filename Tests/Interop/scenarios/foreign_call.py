"""One whole call between two clients of one library, with nothing of our own client in it.

    foreign_call.py websockets|wsproto URL TOKEN-OF-CALLER TOKEN-OF-CALLEE CALLEE

Run with the Python of the virtual environment that has them. SSL_CERT_FILE is trusted for wss.
"""

import json
import socket
import ssl
import sys
from urllib.parse import urlsplit

SDP = "v=0\r\na=ice-ufrag:{0}\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"


class WithWebsockets:
    """The threaded client of `websockets`."""

    def __init__(self, url, token):
        from websockets.sync.client import connect

        self.socket = connect(
            url, proxy=None, ssl=tls(url), subprotocols=["signal.v1", f"bearer.{token}"])
        assert self.socket.subprotocol == "signal.v1", self.socket.subprotocol

    def send(self, text):
        self.socket.send(text)

    def receive(self):
        return self.socket.recv(timeout=10)

    def close(self):
        self.socket.close(1000, "done")


class WithWSProto:
    """A blocking socket and the state machine of `wsproto`."""

    def __init__(self, url, token):
        import wsproto
        from wsproto import events

        place = urlsplit(url)
        self.events = events
        self.stream = socket.create_connection((place.hostname, place.port), timeout=10)
        if context := tls(url):
            self.stream = context.wrap_socket(self.stream, server_hostname=place.hostname)
        self.connection = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self.waiting = iter(())
        field = ("Authorization", f"Bearer {token}")
        self.write(events.Request(
            host=place.netloc, target=place.path, extra_headers=[field]))
        assert isinstance(self.event(), events.AcceptConnection)

    def write(self, event):
        self.stream.sendall(self.connection.send(event))

    def event(self):
        while True:
            for event in self.waiting:
                return event
            self.connection.receive_data(self.stream.recv(65536) or None)
            self.waiting = self.connection.events()

    def send(self, text):
        # In two frames, as a library may.
        half = len(text) // 2
        self.write(self.events.TextMessage(text[:half], message_finished=False))
        self.write(self.events.TextMessage(text[half:]))

    def receive(self):
        text = ""
        while True:
            event = self.event()
            assert isinstance(event, self.events.TextMessage), event
            text += event.data
            if event.message_finished:
                return text

    def close(self):
        self.write(self.events.CloseConnection(1000, "done"))
        answer = self.event()
        assert isinstance(answer, self.events.CloseConnection) and answer.code == 1000, answer


class Side:
    def __init__(self, kind, url, token):
        self.socket = kind(url, token)
        self.number = self.last = 0
        self.unread = []
        self.socket.send(json.dumps({"type": "hello", "data": {"device_id": "d"}}))
        self.welcome = self.wait(lambda frame: frame["type"] == "welcome")

    def wait(self, fits):
        """The first frame that fits, and the others kept; `seq` must rise by one."""
        for frame in self.unread:
            if fits(frame):
                self.unread.remove(frame)
                return frame["data"]
        while True:
            frame = json.loads(self.socket.receive())
            if "seq" in frame:
                assert frame["seq"] == self.last + 1, frame
                self.last += 1
            if fits(frame):
                return frame["data"]
            self.unread.append(frame)

    def ask(self, type, **data):
        self.number += 1
        number = self.number
        frame = {"type": type, "id": number, "ack": self.last, "data": data}
        self.socket.send(json.dumps(frame))
        return self.wait(lambda frame: frame.get("id") == number and frame["type"] == "ok")

    def hear(self, type):
        return self.wait(lambda frame: frame["type"] == type)


def tls(url):
    return ssl.create_default_context() if url.startswith("wss:") else None


def candidates(ufrag):
    return [{"candidate": f"candidate:{number} 1 udp 1 192.0.2.{number} 5000 typ host",
             "usernameFragment": ufrag, "sdpMid": "0"} for number in range(1, 21)]


def call(kind, url, tokens, callee_name):
    caller, callee = (Side(kind, url, token) for token in tokens)
    began = caller.ask(
        "call:initiate", to=callee_name, media={"audio": True, "video": True},
        description={"type": "offer", "sdp": SDP.format("aaaa")})
    name = began["call_id"]
    offer = callee.hear("call:offer")
    assert offer["call_id"] == name and "aaaa" in offer["description"]["sdp"], offer
    callee.ask("call:ringing", call_id=name)
    assert caller.hear("call:ringing")["devices"] == 1
    callee.ask("call:answer", call_id=name,
               description={"type": "answer", "sdp": SDP.format("bbbb")})
    assert "bbbb" in caller.hear("call:answer")["description"]["sdp"]
    for side, other, ufrag in ((caller, callee, "aaaa"), (callee, caller, "bbbb")):
        for candidate in candidates(ufrag):
            side.ask("call:ice-candidate", call_id=name, gen=1, candidate=candidate)
            assert other.hear("call:ice-candidate")["candidate"] == candidate
    for side in (caller, callee):
        side.ask("call:connected", call_id=name, relay=False)
    words = "Gr\u00fc\u00dfe \U0001f44d \u0000 \u2028 " + "\u00e4" * 4000
    callee.ask("app:message", call_id=name, payload={"words": words})
    assert caller.hear("app:message")["payload"] == {"words": words}
    caller.ask("call:end", call_id=name)
    assert callee.hear("call:end")["reason"] == "hangup"
    for side in (caller, callee):
        assert not [frame for frame in side.unread if frame["type"] == "error"], side.unread
        side.socket.close()
    print(f"a whole call: {caller.last} and {callee.last} messages")


if __name__ == "__main__":
    kinds = {"websockets": WithWebsockets, "wsproto": WithWSProto}
    call(kinds[sys.argv[1]], sys.argv[2], sys.argv[3:5], sys.argv[5])
