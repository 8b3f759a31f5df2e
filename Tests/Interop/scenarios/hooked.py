"""A hook server beside the daemon, for the checks of webhooks."""
import asyncio
import time
from contextlib import asynccontextmanager

from harness import check, expect
from hook_server import LINES, HookServer
from scenarios.setting import Setting
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk
from signaling import PATIENCE, Refused

WHOLE = ["call.created", "call.ringing", "call.answered", "call.active", "call.ended"]
EVENTS, CHATS = "/events?from=turnstone", "/chats"


def hooked(name, *lines, resolver=False, **keywords):
    """Registers a check with a hook server beside the daemon."""
    def register(function):
        def run(context):
            hooks = HookServer(context, context.peer_port)
            base = f"http://127.0.0.1:{context.peer_port}"
            urls = [f"webhook-url={base}{EVENTS}"]
            if resolver:
                urls.append(f"chat-resolver-url=http://localhost:{context.peer_port}{CHATS}")
            Setting(context, *LINES, *urls, *lines).run(function, hooks)

        check(f"webhooks: {name}", only="turnstone", **keywords)(run)
        return function

    return register


async def until(holds, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not holds():
        expect(time.monotonic() < end, f"waited in vain for {what}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def undisturbed(caller):
    """Whatever hooks do meanwhile, requests of callers are answered at once."""
    stop = asyncio.Event()
    slowest = 0

    async def knock():
        nonlocal slowest
        while not stop.is_set():
            began = time.monotonic()
            await caller.refused("call:end", call_id="no-such-call")
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.1)

    knocking = asyncio.ensure_future(knock())
    yield
    stop.set()
    await knocking
    expect(slowest < 1, f"a request waited for {slowest:.2f} s")


async def whole_call(caller, callee):
    """A call from the ring to the hang-up; waits where the caller has begun too many."""
    while True:
        try:
            return await Talk(caller, callee).run([*RING, ANSWER, *CONNECT, END])
        except Refused as refusal:
            if refusal.code != "rate_limited":
                raise
            await asyncio.sleep(refusal.data["retry_ms"] / 1000)
