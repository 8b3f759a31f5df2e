"""A call between two clients, step by step, so that anything can be done between and within."""

import asyncio
import contextlib
import itertools

import signaling

COUNT = itertools.count(1)


def sdp(ufrag):
    """What a browser's description has that the server looks at, and some lines more."""
    return (
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
        "a=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"
        f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\na=mid:0\r\n")


def offer(ufrag):
    return {"type": "offer", "sdp": sdp(ufrag)}


def answer(ufrag):
    return {"type": "answer", "sdp": sdp(ufrag)}


def candidate(ufrag, number):
    return {
        "candidate": f"candidate:{number} 1 udp 2122260223 192.0.2.{number} {50000 + number} "
                     f"typ host generation 0 ufrag {ufrag}",
        "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": ufrag}


def own(client, call):
    """The fragment of a client's description in a call."""
    return f"{client.user[-6:]}{call[-4:]}".replace("-", "+").replace("_", "/")


def candidates_of(frames):
    """Numbers of the candidates in messages, in their order."""
    found = []
    for data in frames:
        for entry in data.get("candidates") or [data.get("candidate")]:
            if entry:
                found.append(int(entry["candidate"].split()[0].split(":")[1]))
    return found


class Step:
    """One request of one side, and what the other has to hear of it."""

    def __init__(self, name, side, data, heard=None):
        self.name, self.side, self.data, self.heard = name, side, data, heard

    @property
    def type(self):
        return self.name.split(" ")[0]


class Talk:
    """One call as both sides see it."""

    def __init__(self, caller, callee, room=False):
        self.caller, self.callee = caller, callee
        self.number = next(COUNT)
        # A room is named by who opens it, a call that rings by the server.
        self.id = f"room-{self.number}" if room else None
        self.ufrags = [f"A{self.number:05}", f"B{self.number:05}"]

    def side(self, name):
        return self.caller if name == "caller" else self.callee

    def other(self, name):
        return self.callee if name == "caller" else self.caller

    async def begin(self, step):
        data = step.data(self)
        if self.id is not None:
            data["call_id"] = self.id
        return await self.side(step.side).begin(step.type, **data)

    async def finish(self, step, request):
        """The answer, and the other side's message."""
        answer = await self.side(step.side).finish(request)
        if step.type == "call:initiate":
            self.id = answer["call_id"]
            self.ticket = answer["peer_token"]
        if step.type == "call:answer":
            self.callee_ticket = answer["peer_token"]
        if step.heard:
            return await self.other(step.side).next(step.heard, self.id)
        return answer

    async def step(self, step):
        return await self.finish(step, await self.begin(step))

    async def run(self, steps):
        for step in steps:
            await self.step(step)
        return self

    def judge(self, steps):
        """That everything came once, in order, and one ending to who had not asked for it."""
        last = steps[-1]
        for side in ("caller", "callee"):
            client = self.side(side)
            client.check()
            wanted = [last.heard] if side != last.side and last.heard in signaling.TERMINAL else []
            if client.terminals(self.id) != wanted:
                raise signaling.Fault(f"{client.name} heard {client.terminals(self.id)}")
            self.judge_words(side, [step for step in steps if step.side == side])

    def judge_words(self, side, steps):
        """That what one side said is what the other heard."""
        other = self.other(side)
        for type in ("call:offer", "call:answer", "call:description", "leave"):
            wanted = sum(step.heard == type for step in steps)
            got = other.of_call(self.id, type)
            if len(got) != wanted:
                raise signaling.Fault(f"{type} of the {side}, {wanted} sent: {got}")
        sent = candidates_of(
            step.data(self) for step in steps if step.type == "call:ice-candidate")
        got = candidates_of(other.of_call(
            self.id, "call:offer", "call:answer", "call:ice-candidate"))
        if got != sent:
            raise signaling.Fault(f"candidates of the {side}: {got} instead of {sent}")
        for type, field in (("app:message", "payload"), ("call:media", "video")):
            sent = [step.data(self)[field] for step in steps if step.type == type]
            got = [data[field] for data in other.of_call(self.id, type)]
            if got != sent:
                raise signaling.Fault(f"{type} of the {side}: {got} instead of {sent}")


def initiate(talk):
    return {"to": talk.callee.user, "media": {"audio": True, "video": True},
            "description": offer(talk.ufrags[0])}


def trickle(side, number, heard="call:ice-candidate"):
    def data(talk):
        ufrag = talk.ufrags[0 if side == "caller" else 1]
        return {"gen": 1, "candidate": candidate(ufrag, number)}
    return Step(f"call:ice-candidate {number}", side, data, heard)


def say(side, payload):
    return Step("app:message", side, lambda talk: {"payload": payload}, "app:message")


RING = [
    Step("call:initiate", "caller", initiate, "call:offer"),
    Step("call:ringing", "callee", lambda talk: {}, "call:ringing"),
]
ANSWER = Step(
    "call:answer", "callee", lambda talk: {"description": answer(talk.ufrags[1])}, "call:answer")
CONNECT = [
    Step("call:connected caller", "caller", lambda talk: {"protocol": "udp", "relay": False}),
    Step("call:connected callee", "callee", lambda talk: {"protocol": "udp", "relay": True},
         "state"),
]
RESTART = [
    Step("call:description offer", "caller",
         lambda talk: {"gen": 2, "description": offer(talk.ufrags[0] + "r")}, "call:description"),
    Step("call:description answer", "callee",
         lambda talk: {"gen": 2, "description": answer(talk.ufrags[1] + "r")}, "call:description"),
]
END = Step("call:end", "caller", lambda talk: {"reason": "hangup"}, "call:end")
#: Every kind of step, once or twice.
STEPS = [
    *RING, trickle("caller", 1), trickle("callee", 2, heard=None), ANSWER, trickle("callee", 3),
    trickle("caller", 4), *CONNECT,
    Step("call:media", "caller", lambda talk: {"audio": True, "video": False}, "call:media"),
    say("callee", {"text": "hello"}), *RESTART, say("caller", ["and", {"back": None}]), END,
]
REJECTED = [
    *RING, trickle("caller", 1),
    Step("call:reject", "callee", lambda talk: {"reason": "declined"}, "call:rejected"),
]
CANCELLED = [
    *RING, trickle("caller", 1),
    Step("call:end", "caller", lambda talk: {"reason": "cancelled"}, "call:end"),
]


def nothing(talk):
    return {}


#: A room: the host comes, the guest comes, leaves and comes again; the guest ends it.
ROOM = [
    Step("call:join host", "caller", nothing), Step("call:join guest", "callee", nothing, "join"),
    Step("call:description offer", "caller",
         lambda talk: {"gen": 1, "description": offer(talk.ufrags[0])}, "call:description"),
    trickle("caller", 1),
    Step("call:description answer", "callee",
         lambda talk: {"gen": 1, "description": answer(talk.ufrags[1])}, "call:description"),
    trickle("callee", 2), *CONNECT, Step("call:leave", "callee", nothing, "leave"),
    Step("call:join again", "callee", nothing, "join"), say("caller", "back?"),
    Step("call:end", "callee", nothing, "call:end"),
]
#: The call that the issue counts: 20 candidates each way.
FULL = [
    *RING, *(trickle("caller", number) for number in range(1, 11)), ANSWER,
    *(trickle("caller", number) for number in range(11, 21)),
    *(trickle("callee", number) for number in range(31, 51)), *CONNECT,
    Step("call:media", "caller", lambda talk: {"audio": True, "video": False}, "call:media"), END,
]


@contextlib.asynccontextmanager
async def beside(setting, name="beside"):
    """A call of two others, who talk all the time and must not notice anything."""
    caller, callee = await setting.pair(name)
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT])
    said = []
    is_over = asyncio.Event()

    async def chat():
        while not is_over.is_set():
            said.append(say("caller", len(said)))
            await call.step(said[-1])
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(is_over.wait(), 0.05)

    talking = asyncio.ensure_future(chat())
    try:
        yield call
    finally:
        is_over.set()
    await talking
    await call.step(END)
    call.judge([*RING, ANSWER, *CONNECT, *said, END])
