"""A client of the signaling protocol on top of `websockets` from PyPI.

It does what a page has to do (numbers its requests, answers pings, confirms what it has, resumes)
and forgives nothing: a message that is missing, doubled or of another call is a fault, which ends
the check that owns the client. Frames themselves are read and written by foreign code.
"""

import asyncio
import json
import socket
import struct
import time

#: Messages after which a side hears no more of a call.
TERMINAL = ("call:end", "call:rejected", "call:no-answer", "call:answered-elsewhere")
#: How long an answer may take on a machine that is busy with other things.
PATIENCE = 10


class Refused(Exception):
    """An `error` frame in answer to a request."""

    def __init__(self, data):
        super().__init__(f"{data.get('code')}: {data.get('message')}")
        self.code = data.get("code")
        self.data = data


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class Fault(Exception):
    """The server broke a rule of the protocol."""


class Request:
    """One request that has not been answered, kept to be sent again."""

    def __init__(self, number, text):
        self.number, self.text = number, text
        self.answer = asyncio.get_running_loop().create_future()
        # Who sends and does not wait must not be warned of an answer that nobody fetched.
        self.answer.add_done_callback(lambda done: done.cancelled() or done.exception())


class Client:
    """One session: its sockets one after the other, its requests, and what it was told."""

    def __init__(self, url, token=None, device="d1", caps=("reports_connected",), name=None):
        self.url, self.token, self.device, self.caps = url, token, device, list(caps)
        self.name = name or device
        self.socket = None
        self.reader = None
        self.ghosts = []
        self.forget()

    def forget(self):
        """A page that was loaded again: nothing is left but who it is."""
        self.welcome = None
        self.keys = None
        self.last_seq = 0
        self.number = 0
        self.requests = {}
        self.replies = {}
        self.events = []
        self.history = []
        self.errors = []
        self.faults = []
        self.closed = None
        self.news = asyncio.Event()

    # Sockets.

    async def connect(self, **options):
        """Opens a socket and nothing more."""
        from websockets.asyncio.client import connect

        options.setdefault("max_size", None)
        self.socket = await connect(
            self.url, proxy=None, ping_interval=None, max_queue=None, close_timeout=2, **options)
        self.closed = None
        return self.socket

    def hello(self, resume=True, **more):
        data = {
            "device_id": self.device, "caps": self.caps, **more,
            "client": {"name": "interop", "version": "1", "platform": "python"}}
        if self.token is not None:
            data["token"] = self.token
        if resume and self.keys:
            data["resume"] = {**self.keys, "last_seq": self.last_seq}
        return {"type": "hello", "data": data}

    async def open(self, resume=True, hello=None, **options):
        """Connects and says hello; the data of `welcome`. Raises Refused or Closed otherwise."""
        from websockets.exceptions import ConnectionClosed

        await self.connect(**options)
        try:
            await self.send(self.hello(resume, **(hello or {})))
        except ConnectionClosed as closed:
            raise self.ending(closed) from None
        self.welcome = await self.greeting()
        self.reader = asyncio.ensure_future(self.read(self.socket))
        return self.welcome

    async def greeting(self):
        frame = await self.frame()
        if frame["type"] == "error":
            raise Refused(frame["data"])
        if frame["type"] != "welcome":
            raise Fault(f"{frame} in answer to hello")
        welcome = frame["data"]
        if not welcome["resumed"] and self.keys:
            self.forget()
        self.keys = {key: welcome[key] for key in ("sid", "rid", "epoch")}
        return welcome

    async def resume(self):
        """A new socket for the same session, as after any loss; what was open is sent again."""
        welcome = await self.open()
        if not welcome["resumed"]:
            raise Fault(f"{self.name} was not resumed: {welcome.get('resume_fail')}")
        if welcome["last_client_id"] > self.number:
            raise Fault(f"last_client_id {welcome['last_client_id']} of {self.number}")
        for request in sorted(self.requests.values(), key=lambda request: request.number):
            await self.socket.send(request.text)
        await self.until(lambda: self.last_seq >= welcome["replay_to"], "the replay is whole")
        return welcome

    async def frame(self, seconds=PATIENCE):
        """The next frame of a socket that nobody else reads."""
        from websockets.exceptions import ConnectionClosed

        try:
            return json.loads(await asyncio.wait_for(self.socket.recv(), seconds))
        except ConnectionClosed as closed:
            raise self.ending(closed) from None

    @staticmethod
    def ending(closed):
        return Closed(closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else Closed(1006, "")

    async def read(self, own):
        from websockets.exceptions import ConnectionClosed

        try:
            async for text in own:
                self.take(json.loads(text))
        except ConnectionClosed as closed:
            self.closed = self.ending(closed)
        except Exception as error:  # shown by whoever waits next
            self.faults.append(f"{type(error).__name__}: {error}")
        if self.closed is None:
            self.closed = Closed(own.close_code, own.close_reason)
        self.news.set()

    # Ways to lose a socket.

    async def lose(self, how):
        """reset: TCP RST. close: the end of the connection without a Close frame. silent: the
        client reads no more and says nothing, as behind a path that died."""
        own, self.socket = self.socket, None
        if self.reader:
            self.reader.cancel()
            self.reader = None
        transport = own.transport
        if how == "silent":
            self.ghosts.append(own)
            return
        if how == "reset":
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        await asyncio.sleep(0)

    async def ghost_codes(self):
        """With which codes the server has closed sockets that were lost silently."""
        codes = []
        for own in self.ghosts:
            await asyncio.wait_for(own.wait_closed(), PATIENCE)
            codes.append(own.close_code)
        return codes

    async def leave(self):
        """Ends the socket in order; the session stays behind."""
        if self.reader:
            self.reader.cancel()
        for own in [*self.ghosts, self.socket]:
            if own is not None:
                await own.close()
        self.socket = None

    # Frames out.

    async def send(self, frame):
        await self.socket.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))

    def prepare(self, type, data):
        self.number += 1
        frame = {"type": type, "id": self.number, "data": data}
        if self.number % 2:
            frame["ack"] = self.last_seq
        request = Request(self.number, json.dumps(frame))
        self.requests[self.number] = request
        return request

    async def begin(self, type, **data):
        """Sends a request without waiting for its answer. It may never leave this machine."""
        from websockets.exceptions import ConnectionClosed

        request = self.prepare(type, data)
        if self.socket is not None:
            try:
                await self.socket.send(request.text)
            except ConnectionClosed:
                pass
        return request

    async def finish(self, request, seconds=PATIENCE):
        """The data of the answer."""
        end = time.monotonic() + seconds
        while not request.answer.done():
            self.check()
            if self.closed:
                raise self.closed
            await self.pause(end, f"an answer to {request.text[:80]}")
        return request.answer.result()

    async def ask(self, type, seconds=PATIENCE, **data):
        return await self.finish(await self.begin(type, **data), seconds)

    async def refused(self, type, **data):
        """The code with which a request is refused."""
        try:
            return f"ok: {await self.ask(type, **data)}"
        except Refused as refusal:
            return refusal.code

    async def acknowledge(self):
        await self.send({"type": "ack", "ack": self.last_seq})

    # Frames in.

    def take(self, frame):
        kind = frame["type"]
        if kind in ("ok", "error"):
            self.take_answer(frame)
        elif kind == "welcome" and self.welcome is None:
            self.welcome = frame["data"]
        elif kind == "ping":
            data = {"t": frame["data"]["t"]}
            pong = {"type": "pong", "ack": self.last_seq, "data": data}
            self.pong = asyncio.ensure_future(self.send(pong))
        elif frame.get("seq") != self.last_seq + 1:
            self.faults.append(f"{kind} with seq {frame.get('seq')} after {self.last_seq}")
        else:
            self.last_seq += 1
            frame["at"] = time.monotonic()
            self.history.append(frame)
            if kind != "skip":
                self.events.append(frame)
        self.news.set()

    def take_answer(self, frame):
        number = frame.get("id")
        if number is None:
            self.errors.append(frame["data"])
            return
        known = self.replies.setdefault(number, frame)
        if known != frame:
            self.faults.append(f"request {number} was answered twice: {known}, {frame}")
        request = self.requests.pop(number, None)
        if request is None or request.answer.done():
            return
        if frame["type"] == "ok":
            request.answer.set_result(frame["data"])
        else:
            request.answer.set_exception(Refused(frame["data"]))

    # Waiting.

    def check(self):
        if self.faults:
            raise Fault(f"{self.name}: {'; '.join(self.faults[:3])}")

    async def pause(self, end, what):
        """Until something comes in."""
        left = end - time.monotonic()
        if left <= 0:
            events = [(frame["type"], frame["data"].get("call_id")) for frame in self.events]
            raise Fault(f"{self.name} waited in vain for {what}; unread: {events[-8:]}")
        self.news.clear()
        try:
            await asyncio.wait_for(self.news.wait(), left)
        except asyncio.TimeoutError:
            pass

    async def until(self, holds, what, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not holds():
            self.check()
            if self.closed:
                raise self.closed
            await self.pause(end, what)
        self.check()

    async def next(self, type, call=None, seconds=PATIENCE):
        """The data of the oldest unread message of a type (and of a call)."""
        def find():
            return next((frame for frame in self.events if frame["type"] == type and (
                call is None or frame["data"]["call_id"] == call)), None)

        await self.until(find, f"{type} of {call}", seconds)
        found = find()
        self.events.remove(found)
        return found["data"]

    async def end(self, seconds=PATIENCE):
        """With which code the server closes this socket."""
        finish = time.monotonic() + seconds
        while self.closed is None:
            await self.pause(finish, "the end of the socket")
        return self.closed.code

    def of_call(self, call, *types):
        """All messages of a call so far, read or not."""
        return [frame["data"] for frame in self.history if frame["type"] != "skip"
                and frame["data"].get("call_id") == call
                and (not types or frame["type"] in types)]

    def terminals(self, call):
        return [frame["type"] for frame in self.history if frame["type"] in TERMINAL
                and frame["data"]["call_id"] == call]
