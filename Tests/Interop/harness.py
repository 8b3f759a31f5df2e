"""Checks, what they are handed, and how they are run: bounded in time, cleaned up, reported."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import daemon


class Failure(Exception):
    """A check saw something else than it demands."""


class Skipped(Exception):
    """This machine cannot run the check, for the reason given."""


class Check:
    def __init__(self, name, function, seconds, only, alone):
        self.name = name
        self.function = function
        self.seconds = seconds
        self.only = only
        self.alone = alone


CHECKS = []


def check(name, seconds=40, only=None, alone=False):
    """Registers a check.

    seconds: its bound. only: the server that it is about, when it is not about every TURN
    server. alone: run with nothing beside it, because it loads the machine or measures.
    """

    def register(function):
        CHECKS.append(Check(name, function, seconds, only, alone))
        return function

    return register


def expect(condition, message):
    if not condition:
        raise Failure(message)


class Context:
    """What one check may use: its own ports, folder and servers; all gone when it ends."""

    PORTS = 220

    def __init__(self, options, slot, seconds):
        self.options = options
        self.slot = slot
        self.deadline = time.monotonic() + seconds
        self.stack = contextlib.ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="ts-interop-"))
        # The server gives up its rights and must still find its socket's folder.
        self.folder.chmod(0o755)
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.servers = []

    @property
    def port(self):
        """The listening port; the next nine are free for peers, then come relay ports."""
        return 10000 + self.slot * self.PORTS

    @property
    def peer_port(self):
        return self.port + 2

    @property
    def tls_port(self):
        return self.port + 4

    @property
    def relay_ports(self):
        return self.port + 10, self.port + self.PORTS - 1

    def remaining(self, at_most=None):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Failure("ran out of time")
        return left if at_most is None else min(left, at_most)

    def serve(self, *lines, **keywords):
        """Starts the server under test with a user, both loopback families, and `lines`."""
        server = daemon.start(self, list(lines), **keywords)
        self.servers.append(server)
        return server

    def run(self, *command, seconds=30):
        """Runs a program to its end; (exit code, everything it printed)."""
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, _ = process.communicate(timeout=self.remaining(seconds))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            text = output.decode(errors="replace")
            raise Failure(f"{command[0]} did not end in time:\n{tail(text)}") from None
        return process.returncode, output.decode(errors="replace")

    def background(self, *command):
        """Starts a program that ends with the check."""
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.stack.callback(end, process)
        return process

    def close(self):
        self.stack.close()


def end(process):
    """Ends one process that we started, gently first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tail(text, lines=12):
    return "\n".join(text.strip().splitlines()[-lines:])


class Slots:
    """Hands out ranges of ports that nobody on this machine uses now."""

    COUNT = 100

    def __init__(self):
        self.next = os.getpid() % self.COUNT
        self.lock = threading.Lock()
        self.taken = set()

    def take(self):
        with self.lock:
            for _ in range(self.COUNT):
                slot = self.next
                self.next = (self.next + 1) % self.COUNT
                if slot not in self.taken and self.is_free(slot):
                    self.taken.add(slot)
                    return slot
        raise Failure("no free range of ports")

    def give(self, slot):
        with self.lock:
            self.taken.discard(slot)

    @staticmethod
    def is_free(slot):
        first = 10000 + slot * Context.PORTS
        used = set()
        for table in ("udp", "udp6", "tcp", "tcp6"):
            text = Path(f"/proc/net/{table}").read_text()
            used.update(int(port, 16) for port in re.findall(r": [0-9A-F]+:([0-9A-F]{4}) ", text))
        return used.isdisjoint(range(first, first + Context.PORTS))


def run_one(chosen, options, slots):
    """Runs one check; (outcome, seconds, text for people)."""
    began = time.monotonic()
    slot = slots.take()
    context = Context(options, slot, chosen.seconds)
    outcome, text = "passed", ""
    try:
        chosen.function(context)
    except Skipped as reason:
        outcome, text = "skipped", str(reason)
    except Failure as failure:
        outcome, text = "failed", str(failure)
    except Exception:  # a broken check is a failed one, and must not end the others
        outcome, text = "failed", traceback.format_exc()
    if outcome == "failed":
        for server in context.servers:
            text += f"\n--- the server's log ({server.address})\n{tail(server.log(), 25)}"
    try:
        context.close()
    except Exception:
        outcome, text = "failed", text + "\nclean-up: " + traceback.format_exc()
    slots.give(slot)
    return outcome, time.monotonic() - began, text


def run_all(chosen, options, report):
    """Runs checks, several at once where they allow it; calls report after each."""
    slots = Slots()
    together = [item for item in chosen if not item.alone]
    with ThreadPoolExecutor(max_workers=options.jobs) as pool:
        futures = {pool.submit(run_one, item, options, slots): item for item in together}
        for future in as_completed(futures):
            report(futures[future], *future.result())
    for item in chosen:
        if item.alone:
            report(item, *run_one(item, options, slots))


def udp_ports_in(first, last):
    """Ports of this machine's UDP sockets between two bounds, each as often as it is bound."""
    found = []
    for table in ("udp", "udp6"):
        text = Path(f"/proc/net/{table}").read_text()
        ports = (int(port, 16) for port in re.findall(r": [0-9A-F]+:([0-9A-F]{4}) ", text))
        found += [port for port in ports if first <= port <= last]
    return sorted(found)


def wait_until(context, what, condition, seconds=5):
    """Polls until condition() holds; fails saying what did not happen."""
    end_at = time.monotonic() + context.remaining(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end_at:
            raise Failure(f"did not happen within {seconds} s: {what}")
        time.sleep(0.05)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET
