"""The log while the daemon runs: changed by a reload, bounded in a flood, and what it tells."""

import json
import re
import time

import rest
import stun
from daemon import rewrite
from harness import check, expect, wait_until


def seconds_of(text, words):
    """How many lines with these words each second has."""
    counts = {}
    for line in text.splitlines():
        if words in line:
            counts[line[:20]] = counts.get(line[:20], 0) + 1
    return counts


@check("log: a reload changes its form, its place and its masks, and refuses a place that is none",
       only="turnstone")
def live(context):
    folder = context.folder / "logs"
    folder.mkdir()
    folder.chmod(0o777)
    server = context.serve()
    rewrite(server, [], ["log-format=json", "log-mask-addresses"])
    code, output = server.command("reload")
    expect(code == 0 and "restart" not in output, output)
    bad = stun.Client((server.address, server.port), user="alice", password="wrong")
    bad.allocate()
    wait_until(context, "a refusal in the log", lambda: "Allocate refused" in server.log())
    entry = json.loads(server.log().splitlines()[-1])
    expect("127.0.0.0:" in entry["message"] and entry["level"] == "warning", f"{entry}")
    expect(" INFO  listening on 127.0.0.1" in server.log(), "the lines of before")
    before = server.log()
    place = folder / "turn.log"
    rewrite(server, ["log-format=json"], [f"log-file={place}"])
    expect(server.command("reload", "--dry-run")[0] == 0 and not place.exists(), "rehearsal")
    code, output = server.command("reload")
    expect(code == 0 and "restart" not in output, output)
    expect(f"the log goes on in {place}" in server.log()[len(before):], "no farewell")
    expect("reload: log-file" in place.read_text(), place.read_text())
    expect("{" not in place.read_text(), "still JSON")
    rewrite(server, [f"log-file={place}"], ["log-file=/nowhere/turn.log", "user-quota=3"])
    code, output = server.command("reload")
    expect(code != 0 and "/nowhere/turn.log" in output, output)
    expect("reload refused, nothing was changed" in place.read_text(), place.read_text())
    shown = server.json("config", "show")["settings"]
    expect(not [entry for entry in shown if entry["key"] == "user-quota"], f"{shown}")
    bad.close()


@check("log: log-binding tells ten Binding requests a second and counts the others",
       only="turnstone")
def bindings(context):
    server = context.serve("log-binding", "workers=1")
    client = server.client()
    total = 400
    for _ in range(total):
        expect(client.request(stun.BINDING).is_success, "no answer")
    time.sleep(2.1)
    client.request(stun.BINDING)
    # The sum of a second comes with the next event.
    time.sleep(1.1)
    client.request(stun.BINDING)

    def told():
        text = server.log()
        shown = len(re.findall(r"Binding request of 127.0.0.1:\d+", text))
        return shown, sum(int(n) for n in re.findall(r"(\d+) more Binding requests", text))

    # Those that waited for the start are among them.
    wait_until(context, "everything is told", lambda: sum(told()) >= total + 2)
    expect(sum(told()) < total + 12, f"{told()}")
    counts = seconds_of(server.log(), "Binding request of")
    expect(max(counts.values()) <= 10, f"{counts}")
    rewrite(server, ["log-binding"], [])
    code, output = server.command("reload")
    expect(code == 0 and "restart" not in output, output)
    before = told()
    client.request(stun.BINDING)
    time.sleep(0.3)
    expect(told() == before, "still told")


@check("log: a flood of refusals writes no more than some lines a second, also with verbose",
       only="turnstone")
def flood(context):
    server = context.serve("workers=2")
    attackers = []
    for _ in range(4):
        client = server.client(user="alice", password="wrong")
        client.allocate()
        # Refused for the wrong password, each time.
        attackers.append((client, client.compose(
            stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP)])))
    sent, end_at = 0, time.monotonic() + 3
    while time.monotonic() < end_at:
        for client, message in attackers:
            client.transmit(message)
            sent += 1
        time.sleep(0.0005)
    expect(sent > 2000, f"only {sent} requests")
    honest = server.client()
    expect(honest.request(stun.BINDING).is_success, "nobody answers in the flood")
    time.sleep(1.2)
    attackers[0][0].transmit(attackers[0][1])
    wait_until(context, "the sum", lambda: "more refusals with 401" in server.log())
    counts = {}
    for line in server.log().splitlines():
        counts[line[:20]] = counts.get(line[:20], 0) + 1
    first = min(counts)
    worst = max(count for second, count in counts.items() if second != first)
    # Ten in full and one sum; a second of the log is no second of the clock.
    expect(worst <= 24, f"{counts}")
    hidden = sum(int(n) for n in re.findall(r"(\d+) more refusals with 401", server.log()))
    lost = sum(int(n) for n in re.findall(r"(\d+) events were not logged", server.log()))
    expect(hidden + lost > sent / 4, f"{hidden} hidden, {lost} lost of {sent}")


@check("log: a connection test that comes in is one line, with who and what", only="turnstone")
def report(context):
    server = rest.serve(context)
    body = {"findings": [{"level": "problem", "code": "udp_blocked", "says": "no UDP"},
                         {"level": "good", "code": "turn_works"}]}
    answer = rest.ask(context, "POST", "/apiv2/reports", rest.KEY, body)
    expect(answer.status == 201, f"{answer.status} {answer.bytes}")
    words = (r"INFO +connection test 1( of [^ ]+)? from 127\.0\.0\.1: problem: "
             r"udp_blocked, turn_works")
    wait_until(context, "a line", lambda: re.search(words, server.log()))
    for _ in range(10):
        rest.ask(context, "POST", "/apiv2/reports", rest.KEY, body)
    time.sleep(0.3)
    lines = [line for line in server.log().splitlines() if "connection test" in line]
    expect(len(lines) <= 7, f"{len(lines)} lines")
