"""Every command of `turnstone --help`: in words, as JSON, at an exit code, and in shells."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import rest
import stun
from daemon import PASSWORD, SECRET, USER
from harness import Skipped, check, expect, wait_until
from steady import Steady

ALICE = {"user": USER, "password": PASSWORD}
#: What asks no daemon has checks of its own.
ELSEWHERE = {"serve", "check", "migrate", "probe", "doctor"}
#: What prints no JSON, since others have said how it looks.
TEXT_ONLY = {"metrics", "completions", "manual"}
REPORT = {
    "browser": "a browser of these checks",
    "findings": [{"code": "udp_blocked", "level": "problem", "says": "no UDP"}],
    "results": [], "outside": [],
}


def words_of(context):
    """Every command that the program knows."""
    code, text = context.run(context.options.binary, "--help")
    expect(code == 0, f"{code}: {text}")
    part = text.split("Commands:\n")[1].split("\n\n")[0]
    return [re.split(r"  +", line.strip())[0] for line in part.splitlines()]


def orders(context, server):
    """A run of each command that a daemon answers, with a word that its text must have."""
    client = server.client(**ALICE)
    client.allocated()
    client.bind_channel(0x4000, ("127.0.0.1", 9))
    server.client(user="bob", password="wrong").allocate()
    call = rest.ask(context, "POST", "/apiv2/calls", rest.KEY, {"owner": "alice"}).json
    expect("call_id" in call, f"{call}")
    sent = rest.ask(
        context, "POST", "/apiv2/reports", rest.minted(context, "carol"), REPORT)
    expect(sent.status in (200, 201), f"{sent.status} {sent.bytes}")
    allocation = server.json("allocations", "list")["allocations"][0]["id"]
    name = stun.rest_name(60, "carol")
    return {
        "status": ((), "Realm"),
        "allocations list": ((), allocation),
        "allocations show": ((allocation,), "0x4000"),
        "allocations watch": (("--count", "1"), allocation),
        "users": ((), USER),
        "credentials issue": (("--user", "carol"), "credential"),
        "credentials explain": ((name, "--password", stun.rest_credential(SECRET, name)), name),
        "credentials revoke": ((name,), "carol"),
        "calls list": ((), call["call_id"]),
        "calls show": ((call["call_id"],), "State"),
        "calls end": ((call["call_id"],), "deleted"),
        "sessions list": ((), "session"),
        "sessions kick": (("--user", "nobody"), "0 sessions"),
        "refusals": ((), "wrong password"),
        "metrics": ((), "# TYPE turnstone_allocations gauge"),
        "log-level": (("verbose",), "verbose"),
        "drain": (("--undo",), "taken"),
        "reload": (("--dry-run",), "rehearsal"),
        "config show": (("--defaults",), "realm=turn.example.org"),
        "reports list": ((), "udp_blocked"),
        "reports show": (("1",), "udp_blocked"),
        "completions": (("bash",), "turnstone"),
        "manual": (("turnstone.1",), ".TH"),
        "allocations kill": ((allocation,), "Ended 1 allocation"),
    }


@check("commands: each of them, in words, as JSON, with help, and without a daemon",
       only="turnstone", seconds=80)
def every(context):
    from scenarios import setting

    setting.foreign(context)
    server = context.serve(*rest.LINES[:-1], "use-auth-secret", f"static-auth-secret={SECRET}",
                           "user=bob:builder")
    table = orders(context, server)
    words = words_of(context)
    expect(set(words) - ELSEWHERE == set(table), f"{set(words) ^ set(table)}")
    for command in words:
        code, text = context.run(context.options.binary, *command.split(), "--help")
        expect(code == 0 and f"turnstone {command}" in text, f"{command} --help: {code} {text}")
        code, text = context.run(context.options.binary, *command.split(), "--no-such-option")
        expect(code == 2 and "no-such-option" in text, f"{command}: {code} {text}")
    for command, (arguments, word) in table.items():
        if command not in TEXT_ONLY:
            # What ends something is a success again, or says that it has ended.
            code, text = server.command(*command.split(), *arguments, "--json")
            answer = json.loads(text)
            expect(code == 0 and answer["schema"] == 1, f"{command} --json: {code} {text}")
        if command == "allocations kill":
            expect(answer["killed"] == 1, text)
            code, text = server.command(*command.split(), *arguments)
            expect(code == 1 and "no allocation" in text, f"{command}: {code} {text}")
            continue
        if command in ("completions", "manual"):
            code, text = context.run(context.options.binary, command, *arguments)
        else:
            code, text = server.command(*command.split(), *arguments)
        expect(code == 0 and word in text, f"{command}: {code} {text}")
    server.stop()
    for command, (arguments, _) in table.items():
        if command not in ("completions", "manual"):
            code, text = server.command(*command.split(), *arguments)
            expect(code == 3 and str(server.socket_path) in text, f"{command}: {code} {text}")


@check("commands: allocations are chosen by id, user, client, peer and age", only="turnstone")
def chosen(context):
    server = context.serve("user=bob:builder")
    first = server.client(**ALICE)
    first.allocated()
    first.permit(("127.0.0.5", 80))
    time.sleep(2.1)
    second = server.client(user="bob", password="builder")
    second.allocated()
    second.bind_channel(0x4000, ("127.0.0.6", 90))

    def users(*arguments):
        found = server.json("allocations", "list", *arguments)
        expect(found["matched"] == len(found["allocations"]), f"{found}")
        return sorted(item["account"] for item in found["allocations"])

    client = f"127.0.0.1:{first.local[1]}"
    for arguments, wanted in (
        ((), [USER, "bob"]), (("--user", "bob"), ["bob"]), (("--client", client), [USER]),
        (("--client", "127.0.0.1"), [USER, "bob"]), (("--peer", "127.0.0.5"), [USER]),
        (("--peer", "127.0.0.6:90"), ["bob"]), (("--peer", "127.0.0.6:91"), []),
        (("--older-than", "2s"), [USER]), (("--younger-than", "1"), ["bob"]),
        (("--older-than", "2", "--user", "bob"), []),
    ):
        expect(users(*arguments) == wanted, f"{arguments}: {users(*arguments)}")
    name = server.json("allocations", "list", "--user", "bob")["allocations"][0]["id"]
    expect(server.json("allocations", "show", name)["account"] == "bob", "another one")
    code, text = server.command("allocations", "kill", "--older-than", "1d")
    expect(code == 0 and "Ended 0" in text and users() == [USER, "bob"], f"{code}: {text}")
    code, text = server.command("allocations", "kill", "--older-than", "2s", "--ban", "1m")
    expect(code == 2 and users() == [USER, "bob"], f"{code}: {text}")
    code, text = server.command("allocations", "kill", "--peer", "127.0.0.5", "--older-than", "2")
    expect(code == 0 and "Ended 1" in text and users() == ["bob"], f"{code}: {text}")


@check("commands: rates are live, on a terminal with colours and in its place, in a pipe plain",
       only="turnstone", seconds=60)
def live(context):
    server = context.serve()
    with Steady(context, server.client(**ALICE)) as call:
        server.json("allocations", "list")
        time.sleep(1.3)
        rate = server.json("allocations", "list")["allocations"][0]["rate"]
        expect(rate["upPacketsPerSecond"] > 20 and rate["downPacketsPerSecond"] > 20, f"{rate}")
        shown = on_terminal(
            context, context.options.binary, "allocations", "list", "--watch", "--interval", "1",
            "--socket", str(server.socket_path))
        expect(shown.count("UP RATE") >= 2 and "\x1b[" in shown and "bit/s" in shown, repr(shown))
        code, text = server.command("allocations", "list", "--watch", "--interval", "1",
                                    "--count", "2")
        expect(code == 0 and text.count("UP RATE") == 2 and "\x1b" not in text, repr(text))
        code, text = server.command("status", "--watch", "--count", "2", "--interval", "1",
                                    "--json")
        lines = [json.loads(line) for line in text.splitlines() if line]
        expect(code == 0 and len(lines) == 2, text)
        call.finish()


def on_terminal(context, *command, seconds=2.6):
    """What a program shows on a terminal until Ctrl-C, which must end it well."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], [str(part) for part in command])
    shown, end, is_told = b"", time.monotonic() + seconds, False
    while True:
        if time.monotonic() > end and not is_told:
            # As the terminal's driver does it.
            os.write(terminal, b"\x03")
            is_told = True
        if not select.select([terminal], [], [], 0.1)[0]:
            expect(time.monotonic() < end + 5, "Ctrl-C does not end it")
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    status = os.waitpid(child, 0)[1]
    expect(os.waitstatus_to_exitcode(status) == 0, f"it ended with {status}")
    return shown.decode(errors="replace")


@check("commands: completions are good shell code, and complete", only="turnstone")
def completions(context):
    for shell, judge in (("bash", ("-n",)), ("zsh", ("-n",)), ("fish", ("--no-execute",))):
        code, text = context.run(context.options.binary, "completions", shell)
        expect(code == 0 and len(text) > 1000, f"{shell}: {code}")
        for command in ("allocations", "--older-than", "credentials", "reports"):
            expect(command.lstrip("-") in text, f"{shell}: no {command}")
        if shutil.which(shell) is None:
            continue
        path = context.folder / f"completion.{shell}"
        path.write_text(text)
        code, text = context.run(shell, *judge, path)
        expect(code == 0 and not text, f"{shell}: {code} {text}")
    script = (
        "source {}; COMP_WORDS=(turnstone allocations k); COMP_CWORD=2; _turnstone; "
        "echo \"${{COMPREPLY[@]}}\"").format(context.folder / "completion.bash")
    code, text = context.run("bash", "-c", script)
    expect(code == 0 and text.strip() == "kill", f"{code}: {text}")


@check("commands: the manual pages are well made", only="turnstone")
def manuals(context):
    for name in ("turnstone.1", "turnstone.conf.5"):
        code, text = context.run(context.options.binary, "manual", name)
        expect(code == 0, text)
        path = context.folder / name
        path.write_text(text)
        if shutil.which("mandoc"):
            code, found = context.run("mandoc", "-T", "lint", "-W", "warning", path)
            # A page without a date is the same whenever it is built.
            wrong = [line for line in found.splitlines() if "missing date" not in line]
            expect(not wrong, f"{name}: {code} {found}")
        if shutil.which("man"):
            code, page = context.run("man", "-l", path)
            expect(code == 0 and "NAME" in page and "turnstone" in page, f"{name}: {page[:200]}")
    code, _ = context.run(context.options.binary, "manual", "turnstone.7")
    expect(code == 2, f"a page that there is not: {code}")


@check("commands: the exit codes are those of the manual", only="turnstone")
def exits(context):
    server = context.serve()
    bad = context.folder / "bad.conf"
    bad.write_text("min-port=nonsense\n")
    warns = context.folder / "warns.conf"
    warns.write_text("lt-cred-mech\nuser=a:b\nrealm=example.org\nno-such-key=1\n")
    binary = context.options.binary
    for wanted, command in (
        (0, [binary, "status", "--socket", server.socket_path]),
        (0, [binary, "--version"]),
        (0, [binary, "check", warns]),
        (1, [binary, "check", warns, "--strict"]),
        (1, [binary, "allocations", "show", "0-999-1", "--socket", server.socket_path]),
        (1, [binary, "credentials", "issue", "--socket", server.socket_path]),
        (2, [binary, "check", bad]),
        (2, [binary, "alocations"]),
        (2, [binary, "allocations", "kill"]),
        (2, [binary, "serve", "-c", bad]),
        (3, [binary, "status", "--socket", context.folder / "nothing.sock"]),
        (4, [binary, "probe", f"127.0.0.1:{context.port + 7}", "--transport", "udp",
             "--timeout", "2"]),
    ):
        code, text = context.run(*command)
        expect(code == wanted, f"{command[1:]}: {code} instead of {wanted}: {text}")
