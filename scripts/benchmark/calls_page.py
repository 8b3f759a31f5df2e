"""The page about callers."""
from . import calls
from .report import conditions, show, table
from .results import median, ratio_of, values

NAME = "benchmarks-calls"


def number(results, scenario, key, digits=0, scale=1.0):
    return show(median(results, "turnstone", scenario, key), digits, scale)


def total(results, scenario, key):
    return sum(values(results, "turnstone", scenario, key))


def goals(results):
    def entry(words, bound, value, shown, isReached):
        return [words, bound, shown if value is not None else "–",
                "–" if value is None else "yes" if isReached(value) else "no"]

    def of(scenario, key):
        return median(results, "turnstone", scenario, key)

    fast = f"setup@{calls.RATES[-1]}"
    rows = [
        entry("set-ups per second on one core", "at least 2,000", of(fast, "perSecond"),
              number(results, fast, "perSecond"), lambda value: value >= 1990),
        entry("p99 from call:initiate to call:answer at that rate", "below 20 ms",
              of(fast, "p99us"), number(results, fast, "p99us", 1, 1000) + " ms",
              lambda value: value < 20_000),
        entry("resident bytes per idle session, plain", "at most 16,384",
              of("sessions", "bytes"), number(results, "sessions", "bytes"),
              lambda value: value <= 16_384),
        entry("storm: seconds until all are back", "at most 30", of("storm", "seconds"),
              number(results, "storm", "seconds", 2), lambda value: value <= 30),
        entry("storm: sessions, messages and calls lost", "0", of("storm", "lost"),
              str(sum(total(results, "storm", key)
                      for key in ("lost", "bad", "brokenCalls", "wrongWords"))),
              lambda _: not sum(total(results, "storm", key)
                                for key in ("lost", "bad", "brokenCalls", "wrongWords"))),
    ]
    for scenario in calls.RELAY:
        ratio = ratio_of(results, f"beside {scenario}", f"alone {scenario}", "p99us")
        way = "client to peer" if scenario.startswith("up") else "peer to client"
        rows.append(entry(
            f"relay's p99 beside signaling over its own alone, {way}", "at most 1.10", ratio,
            show(ratio, 2), lambda value: value <= 1.10))
    return table(["goal", "bound", "measured", "reached"], rows)


def set_ups(results):
    rows = []
    for rate in [*calls.RATES, None]:
        scenario = f"setup@{rate}" if rate else "setup"
        rows.append([
            f"{rate:,} offered" if rate else f"{calls.WINDOW} calls at a time",
            number(results, scenario, "perSecond"), number(results, scenario, "p50us", 2, 1000),
            number(results, scenario, "p99us", 2, 1000),
            number(results, scenario, "serverNs", 0, 1000),
            number(results, scenario, "serverBusy", 0, 0.01) + " %",
            number(results, scenario, "generatorBusy", 0, 0.01) + " %",
            " / ".join(str(int(total(results, scenario, key)))
                       for key in ("refused", "lost", "bad"))])
    head = ["set-ups per second", "done per second", "p50 ms", "p99 ms",
            "server CPU us per set-up", "server's CPU used", "generator busy",
            "refused / lost / out of order"]
    return table(head, rows)


def sessions(results):
    rows = [[words, number(results, scenario, "count"), number(results, scenario, "bytes"),
             number(results, scenario, "serverNs", 0, 1000)]
            for words, scenario in (("plain", "sessions"), ("TLS", "sessions tls"))]
    return table(["", "sessions", "resident bytes each", "server CPU us to make one"], rows)


def storm(results):
    keys = ("count", "calls", "seconds", "serverNs", "lost", "bad", "brokenCalls", "wrongWords")
    digits = {"seconds": 2}
    row = [number(results, "storm", key, digits.get(key, 0), 1000 if key == "serverNs" else 1)
           for key in keys]
    return table(["sessions", "calls among them", "seconds", "server CPU us each",
                  "not resumed", "messages missing, doubled or foreign", "calls not there",
                  "words lost or doubled"], [row])


def relay(results):
    rows = []
    for scenario in calls.RELAY:
        way = "client to peer" if scenario.startswith("up") else "peer to client"
        cells = [f"{way}, 172 B, 400 flows, 20,000 packets/s"]
        for key in ("p50us", "p99us"):
            cells += [number(results, f"{name} {scenario}", key, 1) for name in
                      ("alone", "beside")]
            cells.append("**" + show(ratio_of(
                results, f"beside {scenario}", f"alone {scenario}", key), 2) + "**")
        cells.append(" / ".join(str(int(total(results, f"{name} {scenario}", "lost")))
                                for name in ("alone", "beside")))
        rows.append(cells)
    rate = number(results, "setup beside", "perSecond")
    return table(["load", "p50 us alone", "beside calls", "ratio", "p99 us alone",
                  "beside calls", "ratio", "lost alone / beside"], rows) + (
        f"\n\nMeanwhile {rate} calls were set up in each second.")


def text(results):
    return "\n\n".join([
        conditions(results), "## Goals", goals(results), "## Set-ups", set_ups(results),
        "## Idle sessions", sessions(results), "## A storm", storm(results),
        "## The relay beside it", relay(results)])


METHOD = """\
# Benchmarks: callers

Made by `scripts/bench calls --write`; do not edit. There is no coturn here: it has no signaling.
"""

EXPLANATION = """\
## How to read it

- **Setting.** One CPU for the server's process, the other for the generator; callers come over the
  loopback interface, each from an address of its own. Everything here is the work of one thread,
  the control thread. Both outrank the rest of the machine. No call is logged.
- **Callers** are users with a token of their own (HS256) in a session of its own over a WebSocket.
  Everything that the server says is checked: numbers of reliable messages without a gap, no message
  about another call.
- **A set-up** is a whole call: `call:initiate` with an offer of 4.7 kB, `call:ringing`,
  `call:answer` with 3 kB, 20 candidates each way in frames of their own, five in one write,
  `call:connected` of both, `call:end`. Each step waits for the answer to the one before, so a call
  is 46 frames to the server, 94 from it, and about ten round trips. The time is the one from
  writing `call:initiate` to reading `call:answer`: the callee's `call:ringing` is in between,
  people are not. 10,000 callers take turns, since the server allows each user one call in two
  seconds.
- **Idle sessions** are made after 200 that do not count, and left alone. Memory is what the
  server's process holds resident three seconds later; the kernel's share is not in it. Where the
  system allows a process fewer than 20,000 open files, there are that many fewer sessions.
- **The storm**: sockets of all sessions are reset at once; every tenth session is the caller of an
  answered call and has just sent words to the other side that nobody has confirmed. All connect
  again, 1,000 at a time and without waiting, and resume. The time ends with the last `welcome`.
  Afterwards every word has arrived once, and words pass in each call in both directions.
- **The relay beside it**: two CPUs are too few for both generators, so that the callers share the
  server's, and take all that the relay worker leaves of it. The worker runs with real-time
  priority, as if it had a CPU of its own; what shows is what the signaling does to it through
  caches, the kernel and shared structures. Ratios are medians of ratios within a round.
- **Rounds.** Numbers are medians over rounds; memory and the storm are of the first.

Repeat it with `scripts/bench calls` as root.
"""
