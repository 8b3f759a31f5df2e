"""What the service manager hears (sd_notify(3)), played by a socket of our own."""

import ctypes
import os
import re
import signal
import socket
import time
from pathlib import Path

from check_requests import ALICE
from harness import check, expect, wait_until

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


class Manager:
    """Stands in for systemd: a datagram socket, and what came to it."""

    def __init__(self, context, name):
        self.context = context
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        if not name.startswith("@"):
            os.chmod(name, 0o666)
        self.socket.setblocking(False)
        self.messages = []
        context.stack.callback(self.socket.close)

    def environment(self, milliseconds=None):
        words = ["env", f"NOTIFY_SOCKET={self.name}"]
        if milliseconds:
            words.append(f"WATCHDOG_USEC={milliseconds * 1000}")
        return words

    def take(self):
        """All messages so far, each a list of lines."""
        while True:
            try:
                data = self.socket.recv(4096)
            except BlockingIOError:
                return self.messages
            self.messages.append((time.monotonic(), data.decode().split("\n")))

    def count(self, line):
        return sum(line in lines for _, lines in self.take())

    def wait(self, line, times=1, seconds=8):
        wait_until(
            self.context, f"{line} {times} times", lambda: self.count(line) >= times, seconds)


@check("service: READY, RELOADING with its time, READY, STOPPING, in this order", only="turnstone")
def notices(context):
    manager = Manager(context, str(context.folder / "notify"))
    server = context.serve("workers=2", wrapper=manager.environment())
    manager.wait("READY=1")
    before = time.monotonic_ns() // 1000
    server.signal(signal.SIGHUP)
    manager.wait("READY=1", times=2)
    server.stop()
    messages = [lines for _, lines in manager.take()]
    kinds = [lines[0] for lines in messages]
    expect(kinds == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"], f"{messages}")
    began = int(re.fullmatch(r"MONOTONIC_USEC=(\d+)", messages[1][1])[1])
    expect(before <= began <= time.monotonic_ns() // 1000, f"a reload at {began}, not {before}")
    expect(any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in messages[3]), f"{messages[3]}")


@check("service: signs of life, by an abstract name, with what is relayed", only="turnstone")
def beats(context):
    manager = Manager(context, f"@ts-notify-{os.getpid()}-{context.port}")
    server = context.serve("workers=2", wrapper=manager.environment(400))
    manager.wait("WATCHDOG=1", times=3)
    server.client(**ALICE).allocated()
    manager.wait("STATUS=relaying, 1 allocations")
    times = [at for at, lines in manager.take() if "WATCHDOG=1" in lines]
    expect(len(times) >= 4 and (times[-1] - times[0]) / (len(times) - 1) < 0.4,
           f"the signs are too far apart: {times}")


@check("service: no sign of life while one worker hangs, and again when it is back",
       only="turnstone")
def hang(context):
    manager = Manager(context, str(context.folder / "notify"))
    server = context.serve("workers=2", wrapper=manager.environment(400))
    manager.wait("WATCHDOG=1", times=2)
    tasks = Path(f"/proc/{server.process.pid}/task")
    worker = next(
        int(task.name) for task in tasks.iterdir()
        if (task / "comm").read_text().strip() == "relay-1")
    libc = ctypes.CDLL(None, use_errno=True)
    # Stops one thread alone, as a system call that does not return would.
    expect(libc.ptrace(PTRACE_ATTACH, worker, None, None) == 0, os.strerror(ctypes.get_errno()))
    try:
        os.waitpid(worker, 0x40000000)
        wait_until(
            context, "a line of the log", lambda: "worker 1 does not answer" in server.log())
        silent = manager.count("WATCHDOG=1")
        time.sleep(0.6)
        expect(manager.count("WATCHDOG=1") == silent, "a sign of life without worker 1")
    finally:
        libc.ptrace(PTRACE_DETACH, worker, None, None)
    manager.wait("WATCHDOG=1", times=silent + 2)
    expect("all workers answer again" in server.log(), server.log())
