"""What the checks of calls share: a daemon that takes tokens, tokens by PyJWT, and clients."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import daemon
import signaling
from harness import Skipped, check, expect

SECRET = "a secret of thirty-two bytes, no less"
AUDIENCE = "turnstone"
#: Anybody may call anybody, as in an office.
LINES = (f"token-key=HS256:{SECRET}", "calls-open-directory")


def foreign(context):
    """Makes packages of the virtual environment importable here: it is of the same Python."""
    found = sorted(Path(context.options.venv).glob("lib/python3*/site-packages"))
    if found and str(found[0]) not in sys.path:
        sys.path.append(str(found[0]))
    try:
        import jwt  # noqa: F401
        import websockets.asyncio.client  # noqa: F401
    except ImportError as error:
        raise Skipped(f"{error}; scripts/test installs it") from None


def token(user, secret=SECRET, algorithm="HS256", lifetime=3600, headers=None, **claims):
    """A JWT for a user; a claim that is None is left out."""
    import jwt

    now = int(time.time())
    payload = {"sub": user, "aud": AUDIENCE, "iat": now, "exp": now + lifetime, **claims}
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(payload, secret, algorithm=algorithm, headers=headers)


class Setting:
    """A daemon and its clients, for one check."""

    def __init__(self, context, *lines, **keywords):
        foreign(context)
        self.context = context
        self.server = context.serve(*LINES, *lines, **keywords)
        self.clients = []

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.context.port}/ws"

    def client(self, user, device="d1", claims=None, **keywords):
        """A client that has not connected."""
        keywords.setdefault("token", token(user, **(claims or {})))
        client = signaling.Client(self.url, device=device, name=f"{user}/{device}", **keywords)
        client.user = user
        self.clients.append(client)
        return client

    async def online(self, user, device="d1", **keywords):
        client = self.client(user, device, **keywords)
        await client.open()
        return client

    async def pair(self, name, **keywords):
        """Two users who are there: a caller and a callee."""
        return (
            await self.online(f"{name}-caller", **keywords),
            await self.online(f"{name}-callee", **keywords))

    def run(self, story, *arguments):
        """Runs a coroutine to its end, within the time of the check; nobody may have a fault."""
        async def bounded():
            try:
                await asyncio.wait_for(story(self, *arguments), self.context.remaining())
                for client in self.clients:
                    client.check()
            except asyncio.TimeoutError:
                raise signaling.Fault("ran out of time") from None
            finally:
                for client in self.clients:
                    if client.reader:
                        client.reader.cancel()
                    for own in [*client.ghosts, client.socket]:
                        if own is not None:
                            own.transport.abort()

        asyncio.run(bounded())

    # The daemon's own life. In threads, so that clients go on meanwhile.

    async def stop(self, seconds=15):
        """SIGTERM; the exit code."""
        return await asyncio.to_thread(self.server.stop, seconds)

    async def kill(self):
        """SIGKILL, as a crash."""
        self.server.process.kill()
        await asyncio.to_thread(self.server.process.wait)

    async def start(self):
        """The same daemon again: same configuration, same folder."""
        await asyncio.to_thread(start_again, self.server)

    async def logged(self, words, offset=0):
        """Waits until the log says something: relays answer before callers are taken in."""
        end = time.monotonic() + signaling.PATIENCE
        while words not in self.server.log()[offset:]:
            expect(time.monotonic() < end, f"the log does not say {words!r}")
            await asyncio.sleep(0.05)


def start_again(server):
    expect(not server.is_running(), "it still runs")
    context = server.context
    with open(server.log_path, "ab") as log:
        server.process = subprocess.Popen(
            [context.options.binary, "serve", "-c", str(server.config_path)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True)
    context.stack.callback(daemon.finish, server.process)
    daemon.wait_until_ready(server)


def story(name, *lines, **keywords):
    """Registers a coroutine of a setting as a check, with these lines in its configuration."""
    def register(function):
        check(f"calls: {name}", only="turnstone", **keywords)(
            lambda context: Setting(context, *lines).run(function))
        return function

    return register
