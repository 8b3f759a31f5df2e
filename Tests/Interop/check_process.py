"""The process: how it starts, what rights it keeps, how it reloads and ends."""

import os
import re
import shutil
import signal
import socket
import time
from pathlib import Path

import daemon
from check_relay import peer_socket
from check_requests import ALICE
from harness import Skipped, check, expect, udp_ports_in, wait_until


def statuses(server):
    """/proc status of every thread of the server, as dictionaries."""
    for path in Path(f"/proc/{server.process.pid}/task").glob("*/status"):
        lines = path.read_text().splitlines()
        yield dict(line.split(":", 1) for line in lines if ":" in line)


@check("process: SIGTERM ends it with 0 and frees every port and the socket", only="turnstone")
def terminate(context):
    server = context.serve("workers=2")
    for _ in range(5):
        server.client(**ALICE).allocated()
    began = time.monotonic()
    code = server.stop()
    expect(code == 0, f"exit code {code}")
    expect(time.monotonic() - began < 3, "it took longer than 3 seconds")
    first, last = context.port, context.relay_ports[1]
    expect(udp_ports_in(first, last) == [], f"still bound: {udp_ports_in(first, last)}")
    expect(not server.socket_path.exists(), "the admin socket is left over")


@check("process: SIGINT ends it as well", only="turnstone")
def interrupt(context):
    server = context.serve()
    server.signal(signal.SIGINT)
    code = server.process.wait(5)
    expect(code == 0, f"exit code {code}")


@check("process: a restart on the same ports works at once", only="turnstone")
def restart(context):
    server = context.serve()
    server.client(**ALICE).allocated()
    server.stop()
    again = context.serve()
    again.client(**ALICE).allocated()


def start_that_fails(context, *lines, **keywords):
    """A start that must end by itself, with a code and a reason; the log."""
    server = context.serve(*lines, wait=False, **keywords)
    code = server.process.wait(context.remaining(8))
    expect(code != 0, f"it ended with 0:\n{server.log()}")
    return server.log()


@check("process: a busy port is named, with the program that holds it", only="turnstone")
def busy_port(context):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", context.port))
        log = start_that_fails(context)
    expect("127.0.0.1" in log and str(context.port) in log, log)
    expect(str(os.getpid()) in log, f"the holder {os.getpid()} is not named:\n{log}")


@check("process: a second server on the same port does not steal packets", only="turnstone")
def second_server(context):
    server = context.serve("workers=2")
    log = start_that_fails(context, "workers=2")
    expect(str(server.process.pid) in log, f"{server.process.pid} is not named:\n{log}")
    for _ in range(20):
        server.client(**ALICE).allocated()


@check("process: an address that this machine has not is named", only="turnstone")
def foreign_address(context):
    log = start_that_fails(context, addresses=("203.0.113.77",))
    expect("203.0.113.77" in log, log)


@check("process: root becomes an ordinary user without capabilities", only="turnstone")
def drop(context):
    if os.geteuid() != 0:
        raise Skipped("not started as root")
    server = context.serve()
    server.client(**ALICE).allocated()
    seen = list(statuses(server))
    expect(len(seen) >= 2, "no threads")
    for status in seen:
        name = status["Name"].strip()
        expect("0" not in status["Uid"].split(), f"{name} runs as {status['Uid']}")
        expect("0" not in status["Gid"].split(), f"{name} has group {status['Gid']}")
        expect("0" not in status["Groups"].split(), f"{name} has groups {status['Groups']}")
        for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            expect(int(status[kind], 16) == 0, f"{name} keeps {kind} {status[kind]}")


@check("process: proc-user is obeyed, an unknown one stops the start", only="turnstone")
def named_user(context):
    if os.geteuid() != 0:
        raise Skipped("not started as root")
    import pwd
    server = context.serve("proc-user=daemon")
    wanted = str(pwd.getpwnam("daemon").pw_uid)
    for status in statuses(server):
        expect(set(status["Uid"].split()) == {wanted}, status["Uid"])
    server.stop()
    log = start_that_fails(context, "proc-user=nobody-like-that")
    expect("nobody-like-that" in log, log)


@check("process: too few descriptors: the start says how many allocations fit", only="turnstone")
def descriptors(context):
    # The binary may lie in a folder that an ordinary user cannot enter.
    program = context.folder / "turnstone"
    shutil.copy(context.options.binary, program)
    context.options = type(context.options)(**{**vars(context.options), "binary": str(program)})
    wrapper = ["prlimit", "--nofile=128:128"]
    if os.geteuid() == 0:
        context.folder.chmod(0o777)
        wrapper += ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    server = context.serve("user-quota=0", wrapper=wrapper)
    said = re.search(r"allows 128 open files.* room for (\d+) of \d+ relay ports", server.log())
    expect(said is not None, server.log())
    fits = int(said[1])
    expect(20 < fits < 120, f"{fits} allocations fit into 128 descriptors")
    codes = [server.client(**ALICE).allocate().code for _ in range(fits + 5)]
    expect(codes == [0] * fits + [508] * 5, f"{codes.count(0)} of {fits} allocations: {codes}")
    expect(server.command("status")[0] == 0, "no descriptor is left for the admin socket")


@check("process: the limit of open files is raised to what the port range needs",
       only="turnstone")
def raised(context):
    server = context.serve(wrapper=["prlimit", "--nofile=64:4096"])
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    soft = int(next(line for line in limits.splitlines() if "open files" in line).split()[3])
    first, last = context.relay_ports
    expect(soft >= 2 * (last - first + 1), f"{soft} open files for {last - first + 1} ports")


@check("process: SIGHUP with tighter peers cuts running permissions", only="turnstone")
def reload(context):
    server = context.serve()
    client = server.client(**ALICE)
    relay = client.allocated()
    peer = peer_socket(context)
    expect(client.bind_channel(0x4000, peer.getsockname()).is_success, "no channel")
    client.send_channel(0x4000, b"before")
    expect(peer.recv(100) == b"before", "nothing passed before")
    daemon.rewrite(server, lines_out=["allow-loopback-peers=force"])
    server.signal(signal.SIGHUP)
    peer.settimeout(0.2)

    def is_cut():
        client.send_channel(0x4000, b"after")
        try:
            peer.recv(100)
            return False
        except TimeoutError:
            return True

    wait_until(context, "the channel is cut", is_cut)
    peer.sendto(b"down", relay)
    expect(client.receive(0.3) is None, "the peer still reaches the client")
    expect(client.permit(peer.getsockname()).code == 403, "the old rule still grants")
    expect(client.refresh(600).is_success, "the allocation itself was lost")


@check("process: SIGHUP takes new users; a broken file changes nothing and is named",
       only="turnstone")
def reload_users(context):
    server = context.serve()
    bob = {"user": "bob", "password": "builder"}
    expect(server.client(**bob).allocate().code == 401, "bob is known before")
    daemon.rewrite(server, lines_in=["user=bob:builder"])
    server.signal(signal.SIGHUP)
    wait_until(context, "bob allocates", lambda: server.client(**bob).allocate().is_success)
    before = len(server.log())
    daemon.rewrite(server, lines_in=["max-port=many"])
    server.signal(signal.SIGHUP)
    wait_until(context, "the mistake is named", lambda: "max-port" in server.log()[before:])
    server.client(**ALICE).allocated()
    server.client(**bob).allocated()


@check("process: keys on the command line win over the file", only="turnstone")
def overrides(context):
    server = context.serve(arguments=["--user-quota=1", "--user", "dora:explorer"])
    dora = {"user": "dora", "password": "explorer"}
    server.client(**dora).allocated()
    expect(server.client(**dora).allocate().code == 486, "the quota of the command line")
