"""A server of an application for webhooks and the chat resolver, of the standard library only.

It verifies every request as docs/webhooks.md says, keeps what came, and answers as a check wants:
well, badly, or not at all.
"""

import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time

SECRET = "a-secret-between-hooks-and-the-daemon"
LINES = (f"webhook-secret={SECRET}",)
#: More than a client reads of a response.
TOO_MUCH = 65_537


def is_signed(secret, timestamp, body, signature, now=None):
    """The check of a receiver, also against requests that somebody sends once more."""
    wanted = "v1=" + hmac.new(
        secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = abs((now or time.time()) - int(timestamp)) <= 300
    return fresh and hmac.compare_digest(wanted, signature)


class Event:
    """One request that came."""

    def __init__(self, handler, body):
        self.at = time.monotonic()
        self.path = handler.path
        self.connection = handler.connection
        self.fields = {name.lower(): value for name, value in handler.headers.items()}
        self.body = json.loads(body)
        self.is_signed = is_signed(
            SECRET, self.fields.get("turnstone-timestamp", "0"), body,
            self.fields.get("turnstone-signature", ""))

    @property
    def id(self):
        return self.body.get("id")

    @property
    def type(self):
        return self.body.get("type")

    @property
    def call(self):
        return self.body.get("data", {}).get("call_id")


def reply(status=200, body=b"", **fields):
    """An answer in order; names of fields with _ for -."""
    return lambda handler: handler.reply(
        status, body, {name.replace("_", "-"): str(value) for name, value in fields.items()})


def silence(handler):
    """Nothing, until the check is over."""
    handler.server.is_over.wait(60)
    handler.close_connection = True


def half(handler):
    """The connection ends within the body."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    handler.close_connection = True


def nonsense(handler):
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n")
    handler.close_connection = True


def hang_up(handler):
    """The connection ends before a byte."""
    handler.close_connection = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body of an answer would wait for each other otherwise.
    disable_nagle_algorithm = True

    def do_POST(self):
        event = Event(self, self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append(event)
            self.server.connections.add(self.client_address)
            answer = self.server.answer
        answer(event)(self)

    def do_GET(self):
        self.server.seen.append(None)
        self.reply(200, b"", {})

    def reply(self, status, body, fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class HookServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, context, port, pair=None, answer=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.seen, self.connections = [], set()
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.answer = answer or (lambda event: reply())
        if pair:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(pair.certificate, pair.key)
            # The handshake belongs into the connection's own thread.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        context.stack.callback(self.finish)

    def finish(self):
        self.is_over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that do not trust the certificate, or that are gone, are part of the checks."""

    def events(self, call=None, path=None):
        with self.lock:
            return [event for event in self.seen if event is not None
                    and call in (None, event.call) and path in (None, event.path)]

    def types(self, call):
        """What was told of a call, each event once, in the order of first arrival."""
        found = {}
        for event in self.events(call):
            found.setdefault(event.id, event.type)
        return list(found.values())
