"""Starts the server under test: Turnstone, or coturn to prove the checks themselves."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import streams
import stun

REALM = "turn.example.org"
USER = "alice"
PASSWORD = "wonder-land"
SECRET = "a shared secret for tests only"

#: Keys that only Turnstone has; coturn would stop or ignore them.
OWN_KEYS = (
    "admin-socket", "workers", "state-dir", "sha256", "new-permissions", "lan", "user-bps",
    "permissions-per", "channels-per", "unauthenticated", "rfc5766-channel-numbers", "dtls",
    "connections-", "half-open-", "handshake-timeout", "stream-queue-", "certificate=",
    "proxy-from", "tcp-connections-per", "api-key", "cors-origin", "public-name",
    "credentials-ttl", "token-", "calls-", "drain-timeout", "log-format",
    "log-mask-addresses", "signaling-", "webhook-",
    "chat-resolver-url",
)


class Server:
    """One running server."""

    def __init__(self, context, process, address, log_path, config_path, socket_path):
        self.context = context
        self.process = process
        self.address = address or "every interface"
        self.port = context.port
        self.log_path = log_path
        self.config_path = config_path
        self.socket_path = socket_path

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def client(self, address=None, **keywords):
        """A STUN/TURN client of our own on a new socket, closed with the check."""
        client = stun.Client((address or self.address, self.port), **keywords)
        self.context.stack.callback(client.close)
        return client

    def stream(self, address=None, **keywords):
        """The same over TCP, or TLS when `tls` is a context."""
        client = streams.StreamClient((address or self.address, self.port), **keywords)
        self.context.stack.callback(client.close)
        return client

    def resident(self):
        """Bytes of memory that the server holds now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) * 1024

    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=10):
        """SIGTERM, and the exit code."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        return self.process.wait(self.context.remaining(seconds))

    def command(self, *arguments):
        """`turnstone ...` on this server's socket; (exit code, output)."""
        return self.context.run(
            self.context.options.binary, *arguments, "--socket", self.socket_path, seconds=10)

    def json(self, *arguments):
        """The same with --json, which must succeed."""
        code, output = self.command(*arguments, "--json")
        if code != 0:
            raise RuntimeError(f"turnstone {' '.join(arguments)} gave {code}: {output}")
        return json.loads(output)


def start(context, lines, user=True, loopback=True, addresses=("127.0.0.1", "::1"), wait=True,
          wrapper=(), arguments=(), program=None):
    """Writes a configuration, starts the server, and waits until it answers. `program` takes the
    arguments of `turnstone serve` in its stead."""
    first, last = context.relay_ports
    config = [f"listening-port={context.port}", f"realm={REALM}"]
    config += [f"tls-listening-port={context.tls_port}"]
    config += [f"listening-ip={address}" for address in addresses]
    config += [f"min-port={first}", f"max-port={last}", "verbose"]
    if user:
        config += ["lt-cred-mech", f"user={USER}:{PASSWORD}"]
    if loopback:
        config += ["allow-loopback-peers=force"]
    config += lines
    number = len(context.servers)
    config_path = context.folder / f"server-{number}.conf"
    log_path = context.folder / f"server-{number}.log"
    socket_path = context.folder / f"run-{number}" / "admin.sock"
    socket_path.parent.mkdir()
    socket_path.parent.chmod(0o777)
    write = write_coturn if context.options.server == "coturn" else write_turnstone
    write(config_path, config, context.folder, socket_path)
    if context.options.server == "coturn":
        command = ["turnserver", "-c", config_path]
    else:
        begin = [program] if program else [context.options.binary, "serve"]
        command = [*begin, "-c", config_path]
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            [*wrapper, *(str(part) for part in command), *arguments], stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    server = Server(
        context, process, next(iter(addresses), None), log_path, config_path, socket_path)
    context.stack.callback(finish, process)
    if wait:
        wait_until_ready(server)
    return server


def rewrite(server, lines_out=(), lines_in=()):
    """Changes the configuration file of a running server, for a reload."""
    kept = [
        line for line in server.config_path.read_text().splitlines() if line not in lines_out]
    server.config_path.write_text("\n".join([*kept, *lines_in]) + "\n")


def write_turnstone(path, config, folder, socket_path):
    state = folder / "state"
    state.mkdir(exist_ok=True)
    # The server gives up its rights before it writes there.
    state.chmod(0o777)
    extra = [f"admin-socket={socket_path}"]
    if not any(line.startswith("state-dir=") for line in config):
        extra += [f"state-dir={state}"]
    path.write_text("\n".join(config + extra) + "\n")


def write_coturn(path, config, folder, socket_path):
    kept = [line.replace("=force", "") for line in config if not line.startswith(OWN_KEYS)]
    extra = [
        "no-multicast-peers", "no-cli", "cli-password=unused", "log-file=stdout",
        f"pidfile={folder}/turnserver.pid", f"userdb={folder}/turndb", "relay-threads=1",
    ]
    path.write_text("\n".join(kept + extra) + "\n")


def wait_until_ready(server, seconds=8):
    """Until a Binding request is answered; a server that ended says why in its log."""
    end_at = time.monotonic() + server.context.remaining(seconds)
    client = server.client(timeout=0.2, tries=1)
    while time.monotonic() < end_at:
        if not server.is_running():
            code = server.process.returncode
            raise RuntimeError(f"the server ended with {code} at start:\n{server.log()}")
        try:
            if client.request(stun.BINDING).is_success:
                return
        except (stun.NoAnswer, ConnectionRefusedError):
            time.sleep(0.05)
    raise RuntimeError(f"the server answers no Binding request:\n{server.log()}")


def finish(process):
    """Ends the server if a check left it running."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
