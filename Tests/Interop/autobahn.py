"""Runs the cases of the Autobahn WebSocket test suite against a server, without its engine.

The suite is Python 2 and its engine needs a Twisted of that time. Its cases are small classes that
only call a peer (`sendFrame`, `killAfter`, ...) and judge what came back; this file is such a peer
on a plain socket, and reads the case files so that they mean in Python 3 what they meant in 2.
Nothing of the suite is in this repository: it is installed from PyPI when the tests run.
"""

import ast
import base64
import binascii
import collections
import heapq
import importlib.abc
import importlib.util
import os
import re
import select
import socket
import ssl
import struct
import sys
import time
import types

#: 8 does not exist, 11 is gone, and 12 and 13 are about compression, which is not built.
SECTIONS = (1, 2, 3, 4, 5, 6, 7, 9, 10)


#: What a socket says that has nothing now, with and without TLS.
WAITING = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class FloorDivision(ast.NodeTransformer):
    """`/` between whole numbers, as Python 2 had it."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            node.op = ast.FloorDiv()
        return node


class CaseLoader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports case files. Latin 1 makes each character one byte, which is what a Python 2 string
    is; so payloads stay strings in the cases and become bytes in the peer, the same way."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, path, target=None):
        file = os.path.join(self.folder, name + ".py")
        if re.fullmatch(r"case(\d\w*)?", name) and os.path.exists(file):
            return importlib.util.spec_from_loader(name, self, origin=file)
        return None

    def exec_module(self, module):
        with open(module.__spec__.origin, encoding="latin-1") as file:
            text = file.read()
        # The only statements that Python 3 does not read; they report on self-tests.
        text = re.sub(r"^(\s*)print\b.*$", r"\1pass", text, flags=re.MULTILINE)
        text = text.replace("(object, Case, )", "(Case, )")
        module.__dict__.update(xrange=range, unichr=chr)
        tree = FloorDivision().visit(ast.parse(text))
        exec(compile(tree, module.__spec__.origin, "exec"), module.__dict__)


class Validator:
    """Stands in for the suite's own; the case files ask it which texts are whole."""

    def reset(self):
        pass

    def validate(self, text):
        try:
            text.encode("latin-1").decode()
        except UnicodeDecodeError:
            return False, False
        return True, True


class States:
    """The names that cases and peer share."""

    STATE_CLOSED = 0
    STATE_OPEN = 3
    STATE_CLOSING = 4
    CLOSE_STATUS_CODE_NORMAL = 1000
    CLOSE_STATUS_CODE_PROTOCOL_ERROR = 1002
    CLOSE_STATUS_CODE_INVALID_PAYLOAD = 1007


def stand_ins():
    def module(name, **content):
        made = types.ModuleType(name)
        made.__dict__.update(content)
        return made

    def b2a_hex(text):
        return binascii.b2a_hex(text.encode("latin-1")).decode()

    return {
        "autobahn": module("autobahn"), "autobahn.websocket": module("autobahn.websocket"),
        "autobahn.websocket.protocol": module("protocol", WebSocketProtocol=States),
        "autobahn.websocket.utf8validator": module("utf8validator", Utf8Validator=Validator),
        "binascii": module("binascii", b2a_hex=b2a_hex),
    }


def load(folder):
    """The cases of our sections as a list of (number, class), in order."""
    loader = CaseLoader(folder)
    replaced = stand_ins()
    kept = {name: sys.modules.get(name) for name in replaced}
    sys.meta_path.insert(0, loader)
    sys.modules.update(replaced)
    try:
        base = importlib.import_module("case").Case
        for file in sorted(os.listdir(folder)):
            match = re.fullmatch(r"(case(\d+)_\w+)\.py", file)
            # 9.9 is not part of the suite's own list either.
            if match and int(match[2]) in SECTIONS and match[1] != "case9_9_1":
                importlib.import_module(match[1])
    finally:
        sys.meta_path.remove(loader)
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    # Theirs compares pickles, in which one object named twice differs from two equal ones.
    base.compare = lambda self, one, other: one == other
    return sorted(numbered(base))


def numbered(base):
    for kind in base.__subclasses__():
        if re.fullmatch(r"Case\d+(_\d+)+", kind.__name__):
            yield tuple(int(part) for part in kind.__name__[4:].split("_")), kind
        yield from numbered(kind)


class Peer(States):
    """A client that sends any frame, well or badly formed, and notes what comes back."""

    trafficStats = None
    factory = types.SimpleNamespace(isServer=False)

    def __init__(self, address, trust=None):
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if trust is not None:
            self.socket = trust.wrap_socket(self.socket, server_hostname=address[0])
        self.input = bytearray()
        self.output = collections.deque()
        self.timers = []
        self.message = None
        self.case = None
        self.state = self.STATE_OPEN
        self.ended = False
        self.autoFragmentSize = 0
        self.createWirelog = False
        self.txFrameStats = {}
        self.connectionWasOpen = False
        self.closedByMe = self.failedByMe = self.droppedByMe = self.wasClean = False
        self.remoteCloseCode = self.localCloseReason = None

    # What the cases call.

    def enableWirelog(self, enable):
        self.createWirelog = enable

    def sendFrame(self, opcode, payload="", fin=True, rsv=0, mask=None, payload_len=None,
                  chopsize=None, sync=False):
        data = octets(payload)
        if payload_len is not None:
            data = (data * (payload_len // max(len(data), 1) + 1))[:payload_len]
        self.txFrameStats[opcode] = self.txFrameStats.get(opcode, 0) + 1
        key = octets(mask) if mask else os.urandom(4)
        frame = head(opcode, len(data), fin, rsv, key) + masked(data, key)
        self.write(frame, chopsize)

    def sendMessage(self, payload, isBinary=False, fragmentSize=None):
        data = octets(payload)
        size = fragmentSize or self.autoFragmentSize or max(len(data), 1)
        for start in range(0, max(len(data), 1), size):
            opcode = (2 if isBinary else 1) if start == 0 else 0
            self.sendFrame(opcode, data[start:start + size], fin=start + size >= len(data))

    def beginMessage(self):
        self.part_key = os.urandom(4)

    def beginMessageFrame(self, length):
        self.part_at = 0
        self.write(head(1, length, False, 0, self.part_key))

    def sendMessageFrameData(self, payload):
        data = octets(payload)
        key = self.part_key[self.part_at % 4:] + self.part_key[:self.part_at % 4]
        self.part_at += len(data)
        self.write(masked(data, key))

    def endMessage(self):
        self.sendFrame(0, "")

    def sendClose(self, code=None, reason=None):
        self.sendCloseFrame(code, reason)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        if self.state != self.STATE_OPEN:
            return
        payload = b"" if code is None else struct.pack("!H", code) + octets(reasonUtf8 or "")
        self.sendFrame(8, payload)
        self.state = self.STATE_CLOSING
        self.closedByMe = not isReply
        self.localCloseReason = reasonUtf8
        self.later(5, self.drop)

    def killAfter(self, seconds):
        self.later(seconds, self.fail)

    def closeAfter(self, seconds):
        self.later(seconds, lambda: self.sendClose())

    def continueLater(self, seconds, function, tag=None):
        self.later(seconds, function)

    # Running one case.

    def later(self, seconds, function):
        entry = (time.monotonic() + seconds, len(self.timers), time.monotonic_ns(), function)
        heapq.heappush(self.timers, entry)

    def fail(self):
        """What a case does to a server that neither closed nor answered."""
        if self.state == self.STATE_OPEN:
            self.failedByMe = True
            self.drop()

    def drop(self):
        self.droppedByMe = True
        self.wasClean = False
        self.state = self.STATE_CLOSED

    def write(self, data, chop=None):
        step = chop or max(len(data), 1)
        self.output.extend(data[start:start + step] for start in range(0, len(data), step))

    def run(self, kind, path, seconds):
        """(behavior, behaviorClose, explanation) as the case judges."""
        self.handshake(path)
        self.case = kind(self)
        self.case.onOpen()
        end = time.monotonic() + seconds
        self.socket.setblocking(False)
        while self.state != self.STATE_CLOSED and time.monotonic() < end:
            self.turn(end)
        self.socket.close()
        self.case.onConnectionLost(self.failedByMe)
        case = self.case
        return case.behavior, case.behaviorClose, f"{case.result} {case.resultClose}"

    def turn(self, end):
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now and self.state != self.STATE_CLOSED:
            heapq.heappop(self.timers)[-1]()
        if self.state == self.STATE_CLOSED:
            return
        wait = min([end] + [entry[0] for entry in self.timers[:1]]) - time.monotonic()
        readable, writable, _ = select.select(
            [self.socket], [self.socket] if self.output else [], [], max(wait, 0))
        try:
            if writable:
                self.flush()
            if readable:
                self.read()
        except (ConnectionError, ssl.SSLEOFError):
            self.lose()

    def flush(self):
        """One piece for each call of the system, since how they are cut is what some cases test."""
        for _ in range(64):
            if not self.output:
                return
            try:
                sent = self.socket.send(self.output[0])
            except WAITING:
                return
            if sent < len(self.output[0]):
                self.output[0] = memoryview(self.output[0])[sent:]
                return
            self.output.popleft()

    def read(self):
        # To the end: what TLS has decrypted already, `select` does not know of.
        while True:
            try:
                data = self.socket.recv(1 << 18)
            except WAITING:
                break
            if not data:
                self.ended = True
                break
            self.input += data
        while self.state != self.STATE_CLOSED and self.frame():
            pass
        if self.ended:
            self.lose()

    def lose(self):
        self.state = self.STATE_CLOSED

    def frame(self):
        """Takes one frame out of the input; false when there is none."""
        if len(self.input) < 2:
            return False
        first, length = self.input[0], self.input[1]
        start = 2 + {126: 2, 127: 8}.get(length, 0)
        if len(self.input) < start:
            return False
        if length >= 126:
            length = int.from_bytes(self.input[2:start], "big")
        if len(self.input) < start + length:
            return False
        payload = bytes(self.input[start:start + length])
        del self.input[:start + length]
        # A server masks nothing, fragments nothing here, and sets no reserved bit.
        if first & 0xF0 != 0x80 or self.remoteCloseCode is not None:
            self.failedByMe = True
            self.drop()
            return False
        self.take(first & 0x0F, payload)
        return True

    def take(self, opcode, payload):
        text = payload.decode("latin-1")
        if opcode in (1, 2):
            if self.state == self.STATE_OPEN:
                self.case.onMessage(text, opcode == 2)
        elif opcode == 9:
            self.sendFrame(10, payload)
            self.case.onPing(text)
        elif opcode == 10:
            self.case.onPong(text)
        elif opcode == 8:
            if payload:
                self.remoteCloseCode = struct.unpack("!H", payload[:2])[0]
            self.wasClean = True
            if self.state == self.STATE_OPEN:
                self.sendCloseFrame(self.remoteCloseCode, isReply=True)
            # RFC 6455 §7.1.1: now the server ends the connection.
            self.timers = []
            self.later(2, self.drop)

    def handshake(self, path):
        host, port = self.socket.getpeername()[:2]
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = self.socket.recv(4096)
            if not data:
                return
            answer += data
        answer, _, rest = answer.partition(b"\r\n\r\n")
        self.connectionWasOpen = answer.startswith(b"HTTP/1.1 101 ")
        self.input += rest


def octets(text):
    return text.encode("latin-1") if isinstance(text, str) else bytes(text)


def head(opcode, length, fin, rsv, key):
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    if length < 126:
        return struct.pack("!BB", first, 0x80 | length) + key
    if length < 1 << 16:
        return struct.pack("!BBH", first, 0x80 | 126, length) + key
    return struct.pack("!BBQ", first, 0x80 | 127, length) + key


def masked(data, key):
    if not data:
        return b""
    stream = (key * (len(data) // 4 + 1))[:len(data)]
    number = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return number.to_bytes(len(data), "big")


def run(folder, address, only="", trust=None, path="/", seconds=100):
    """Runs the cases whose number begins with `only`, over TLS if there is a context to `trust`
    by; yields (number, behavior, behavior at the close, explanation, seconds)."""
    for number, kind in load(folder):
        name = ".".join(map(str, number))
        if name.startswith(only):
            began = time.monotonic()
            verdict = Peer(address, trust).run(kind, path, seconds)
            yield name, *verdict, time.monotonic() - began
