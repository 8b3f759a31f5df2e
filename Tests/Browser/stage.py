"""A stage for browsers: networks, the daemon, people with Chromium; and how checks are named."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import threading
import time
from pathlib import Path

import certificates
import harness
from harness import Failure, expect
from namespaces import NAME, SERVER, Network

SECRET = "a secret of thirty-two bytes, no less"
HERE = Path(__file__).resolve().parent
#: What checks have measured, by their name.
MEASURED = {}


def scenario(name, seconds=150, alone=False):
    """Registers a check that is given a Stage."""

    def register(function):
        def run(context):
            from playwright.sync_api import Error

            stage = Stage(context, name)
            try:
                function(stage)
            except Error as error:
                raise Failure(f"{error}{stage.pictures()}") from None

        harness.check(name, seconds=seconds, only="turnstone", alone=alone)(run)
        return function

    return register


class Stage:
    """One daemon, and people who reach only it. All of it goes when the check ends."""

    def __init__(self, context, name):
        self.context = context
        self.name = name
        self.network = Network(context)
        self.daemon = None
        self.people = []
        self.playwright = None
        MEASURED[name] = []

    def note(self, text):
        """What was measured: printed below the check."""
        MEASURED[self.name].append(text)

    def serve(self, *lines, name=NAME):
        """Starts the daemon, with calls for everybody unless a line has a `token-key`."""
        self.daemon = Daemon(self, lines, name)
        self.context.servers.append(self.daemon)
        self.daemon.start()
        return self.daemon

    def person(self, name, network=None, **keywords):
        """Somebody with a browser; in a network of their own unless one is given."""
        from people import Person

        if self.playwright is None:
            self.playwright = start_playwright(self.context)
        person = Person(self, name, network or self.network.client(), **keywords)
        self.people.append(person)
        return person

    def until(self, what, condition, seconds=20, every=0.1):
        """Polls until the condition holds; how long that took. It is evaluated on this thread, as
        Playwright demands."""
        began = time.monotonic()
        end = began + self.context.remaining(seconds)
        while True:
            value = condition()
            if value:
                return time.monotonic() - began
            if time.monotonic() > end:
                raise Failure(f"did not happen within {seconds} s: {what}{self.pictures()}")
            time.sleep(every)

    def pictures(self):
        """What everybody saw last, for the one who has to find out why."""
        return "".join(f"\n--- {person.name}: {person.portrait()}" for person in self.people)


def start_playwright(context):
    from playwright.sync_api import sync_playwright

    manager = sync_playwright()
    playwright = manager.__enter__()
    context.stack.callback(manager.__exit__, None, None, None)
    return playwright


class Daemon:
    """`turnstone serve` in the server's namespace, on 3478 and 443 with every transport."""

    address = SERVER

    def __init__(self, stage, lines, name):
        context = stage.context
        self.stage = stage
        self.folder = context.folder
        self.log_path = self.folder / "server.log"
        self.config_path = self.folder / "server.conf"
        self.socket_path = self.folder / "run" / "admin.sock"
        for folder in (self.folder / "state", self.socket_path.parent):
            folder.mkdir()
            # The server gives up its rights before it writes there.
            folder.chmod(0o777)
        self.pair = certificates.Pair(context, name=name)
        self.pin = pin(self.pair.certificate)
        config = [
            "listening-port=3478", f"listening-ip={SERVER}", f"aux-server={SERVER}:443",
            f"realm={NAME}", f"public-name={NAME}", "static-auth-secret=made for these checks",
            f"state-dir={self.folder}/state", f"admin-socket={self.socket_path}", "verbose",
            *self.pair.lines]
        if not any(line.startswith("token-key=") for line in lines):
            config += ["calls-demo", "calls-demo-public"]
        if not any(line.startswith("drain-timeout=") for line in lines):
            config += ["drain-timeout=1"]
        self.config_path.write_text("\n".join([*config, *lines]) + "\n")
        self.process = None
        context.stack.callback(self.finish)

    def start(self):
        command = self.stage.network.server.command(
            self.stage.context.options.binary, "serve", "-c", self.config_path)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)
        self.stage.until("the server listens", self.listens)

    def listens(self):
        if self.process.poll() is not None:
            raise Failure(f"the server ended with {self.process.returncode}\n{self.log()}")
        found = self.stage.network.server.enter("ss", "-ltnH", "sport = :3478 or sport = :443")
        return len(found.split("\n")) > 2

    def stop(self, number=signal.SIGTERM, seconds=20):
        self.process.send_signal(number)
        return self.process.wait(self.stage.context.remaining(seconds))

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def command(self, *arguments):
        """`turnstone ...` on this server's socket."""
        code, output = self.stage.context.run(
            self.stage.context.options.binary, *arguments, "--socket", self.socket_path)
        expect(code == 0, f"turnstone {' '.join(arguments)} gave {code}: {output}")
        return output

    def finish(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def pin(certificate):
    """What `--ignore-certificate-errors-spki-list` takes: SHA-256 of the public key."""
    key = subprocess.run(
        ["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True,
        stdout=subprocess.PIPE, timeout=10).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "der"], input=key, check=True,
        stdout=subprocess.PIPE, timeout=10).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def token(user, **claims):
    """A JWT for the `token-key` of SECRET."""
    def encode(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    now = int(time.time())
    text = encode({"alg": "HS256", "typ": "JWT"}) + "." + encode(
        {"sub": user, "aud": "turnstone", "iat": now, "exp": now + 3600, "to": "*", **claims})
    mac = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
