"""The system log: /dev/log in a mount namespace of its own, read by rsyslog and by a socket; and
the journal's prefixes."""

import json
import re
import shutil
import socket
import time

import daemon
import stun
from harness import Skipped, check, end, expect, wait_until

#: <PRI>Mmm dd hh:mm:ss turnstone[PID]: TEXT, as syslog(3) writes it (RFC 3164).
LINE = re.compile(r"<(\d+)>([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) turnstone\[(\d+)\]: (.*)", re.S)


def stage(context):
    """What starts a daemon that sees another /dev, where /dev/log is a socket of this check."""
    (context.folder / "dev").mkdir()
    script = context.folder / "stage.sh"
    script.write_text(f"""#!/bin/sh -e
mount --rbind /dev {context.folder}/dev
mount -t tmpfs tmpfs /dev
for name in null zero full random urandom tty; do
    touch /dev/$name
    mount --bind {context.folder}/dev/$name /dev/$name
done
ln -s {context.folder}/log /dev/log
exec "$@"
""")
    script.chmod(0o755)
    if not shutil.which("unshare"):
        raise Skipped("unshare is not there")
    return ["unshare", "-m", str(script)]


class Listener:
    """Somebody who listens at the system log's socket."""

    def __init__(self, context):
        self.path = context.folder / "log"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.path.chmod(0o666)
        self.socket.setblocking(False)
        self.lines = []
        context.stack.callback(self.socket.close)

    def read(self):
        """(priority, process, text) of everything that has come."""
        while True:
            try:
                raw = self.socket.recv(65536)
            except BlockingIOError:
                return self.lines
            found = LINE.fullmatch(raw.decode())
            expect(found is not None, f"{raw}")
            self.lines.append((int(found[1]), int(found[3]), found[4]))

    def has(self, words):
        return any(words in text for _, _, text in self.read())

    def close(self):
        self.socket.close()
        self.path.unlink()


def chatter(server, context, count):
    """Two lines of the log for each of `count` allocations."""
    client = server.client(user=daemon.USER, password=daemon.PASSWORD)
    for _ in range(count):
        client.allocated()
        client.refresh(0)


def lost_lines(server):
    code, text = server.command("metrics")
    found = re.search(r"^turnstone_log_lines_lost_total (\d+)$", text, re.M)
    expect(code == 0 and found is not None, f"{code}: {text[-300:]}")
    return int(found[1])


@check("syslog: priority, facility, time and process of each line; a restart of its daemon",
       only="turnstone")
def system_log(context):
    listener = Listener(context)
    server = context.serve("syslog", "syslog-facility=LOG_LOCAL3", wrapper=stage(context))
    wait_until(context, "the start", lambda: listener.has("listening on"))
    lines = listener.read()
    # 19 is local3; 6 is information, 4 a warning.
    expect({priority for priority, _, _ in lines} == {19 * 8 + 6, 19 * 8 + 4}, f"{lines}")
    expect({process for _, process, _ in lines} == {server.process.pid}, f"{lines}")
    expect(all(priority == 19 * 8 + 4 for priority, _, text in lines if "warning:" in text),
           f"{lines}")
    expect(server.log() == "", f"standard output has {server.log()}")
    listener.close()
    chatter(server, context, 3)
    second = Listener(context)
    time.sleep(1.1)
    chatter(server, context, 1)
    wait_until(context, "the lines behind the restart", lambda: second.has(" opened"))
    first = second.read()[0]
    missing = re.fullmatch(r"(\d+) lines are missing here: .*", first[2])
    expect(first[0] == 19 * 8 + 4 and missing is not None, f"{first}")
    expect(int(missing[1]) == lost_lines(server) > 0, f"{first}, {lost_lines(server)} lost")


@check("syslog: nobody reads it, and nobody waits; what is lost is counted and told",
       only="turnstone", seconds=60)
def stuck(context):
    listener = Listener(context)
    server = context.serve("log-file=syslog", "user-quota=0", wrapper=stage(context))
    chatter(server, context, 600)
    honest = server.client()
    began = time.monotonic()
    expect(honest.request(stun.BINDING).is_success, "no answer")
    expect(time.monotonic() - began < 0.4, "it waits for the log")
    expect(lost_lines(server) > 0, "nothing was lost")
    before = len(listener.read())
    expect(before > 5, f"{before} lines")
    chatter(server, context, 1)
    wait_until(context, "the sum", lambda: listener.has("lines are missing here"))


@check("syslog: rsyslog reads what is written, text and JSON", only="turnstone")
def rsyslog(context):
    program = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
    if not program:
        raise Skipped("rsyslogd is not there; Debian's package rsyslog has it")
    wrapper = stage(context)
    out = context.folder / "out"
    config = context.folder / "rsyslog.conf"
    config.write_text(f"""
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{context.folder}/log")
template(name="parts" type="string"
  string="%syslogfacility-text%|%syslogseverity-text%|%programname%|%procid%|%msg%\\n")
action(type="omfile" file="{out}" template="parts")
""")
    reader = context.background(
        program, "-n", "-f", config, "-i", context.folder / "rsyslog.pid")
    wait_until(context, "rsyslog", (context.folder / "log").exists)
    (context.folder / "log").chmod(0o666)
    server = context.serve("syslog", "log-format=json", wrapper=wrapper)
    wait_until(context, "lines", lambda: out.exists() and "listening on" in out.read_text())
    end(reader)
    for line in out.read_text().splitlines():
        facility, severity, name, process, text = line.split("|", 4)
        expect((facility, name, int(process)) == ("daemon", "turnstone", server.process.pid), line)
        entry = json.loads(text)
        expect({"info": "info", "warning": "warning"}[entry["level"]] == severity, line)


@check("syslog: without a system log the lines are on standard output, and say so",
       only="turnstone")
def nowhere(context):
    server = context.serve("syslog", wrapper=stage(context))
    expect("there is no system log (/dev/log: No such file" in server.log(), server.log())
    expect("listening on" in server.log(), server.log())


@check("journal: where standard output is the journal every line begins with its priority",
       only="turnstone")
def journal(context):
    script = context.folder / "journal.sh"
    script.write_text('#!/bin/sh -e\n'
                      'export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/1)\nexec "$@"\n')
    script.chmod(0o755)
    for lines in ([], ["syslog"], ["log-format=json"]):
        server = context.serve(*lines, wrapper=[str(script)])
        daemon.rewrite(server, [], ["listening-port=none", "user-quota=none"])
        expect(server.command("reload")[0] == 2, "a wrong file was taken")
        text = server.log()
        server.stop()
        for line in text.splitlines():
            expect(re.match(r"<[3467]>", line), f"{lines}: {line}")
        expect("<3>" in text and "<4>" in text and "<6>" in text, text)
        if "log-format=json" in lines:
            for line in text.splitlines():
                entry = json.loads(line[3:])
                expect(line[1] == {"error": "3", "warning": "4", "info": "6"}[entry["level"]],
                       line)
        else:
            expect("<6>listening on" in text, text)
