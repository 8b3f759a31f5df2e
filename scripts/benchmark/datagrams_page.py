"""The page about clients over UDP."""
from .report import compare, conditions, goals, show, table, title
from .results import SERVERS, median, scenarios, values

NAME = "benchmarks"


def matching(end):
    return lambda name: name.endswith(end)


# What version 0.1 set out to reach.
GOALS = [
    ("packets/s, 1000 flows, one packet in turn", matching(":1000:1"), "pps", True, 1.15),
    ("packets/s, bursts of 8", matching(":8"), "pps", True, 1.8),
    ("server CPU per packet, 1000 flows", matching(":1000:1"), "serverNs", False, 0.85),
    ("server CPU per packet, bursts of 8", matching(":8"), "serverNs", False, 0.6),
    ("p99 added latency at 20,000 packets/s", matching("@20000"), "addedp99us", False, 1.0),
    ("allocations/s, time-limited credentials", matching("allocate"), "perSecond", True, 3.0),
    ("allocations/s, one static user", matching("allocateStatic"), "perSecond", True, 3.0),
    ("resident bytes per idle allocation", matching("memory"), "bytesPerAllocation", False, 0.1),
    ("Binding requests/s", matching("binding"), "perSecond", True, 1.2),
]


def derive(results):
    """Adds what follows from several measurements of one round: what relaying a packet costs the
    whole machine beyond the generator's own work, and latency beyond the bounce's."""
    for entry in results["rounds"]:
        null = entry.get("null", {})
        for name in SERVERS:
            for scenario, found in entry.get(name, {}).items():
                if scenario not in null or "pps" not in found:
                    continue
                found["relayNs"] = (
                    found["serverNs"] + found["generatorNs"] - null[scenario]["generatorNs"])
                for key in ("p50us", "p99us"):
                    found["added" + key] = max(0.001, found[key] - null[scenario][key])


def throughput(results):
    rows = []
    for scenario in scenarios(results, paced=False):
        busiest = [median(results, name, scenario, "generatorBusy") or 0 for name in SERVERS]
        rows.append([
            title(scenario), *compare(results, scenario, "pps", scale=1000),
            *compare(results, scenario, "serverNs"), *compare(results, scenario, "relayNs"),
            show(median(results, "null", scenario, "pps"), 0, 1000),
            f"{100 * max(busiest):.0f} %"])
    head = ["load", "kpps coturn", "Turnstone", "ratio",
            "server CPU ns/packet coturn", "Turnstone", "ratio",
            "relay ns/packet coturn", "Turnstone", "ratio", "null relay kpps", "generator busy"]
    return table(head, rows)


def latency(results):
    rows = []
    for scenario in scenarios(results, paced=True):
        lost = [str(sum(values(results, name, scenario, "lost"))) for name in SERVERS]
        rows.append([
            title(scenario), *compare(results, scenario, "addedp50us", 1),
            *compare(results, scenario, "addedp99us", 1),
            *compare(results, scenario, "serverNs"), " / ".join(lost)])
    head = ["load", "added p50 us coturn", "Turnstone", "ratio",
            "added p99 us coturn", "Turnstone", "ratio",
            "server CPU ns/packet coturn", "Turnstone", "ratio", "lost coturn / Turnstone"]
    return table(head, rows)


def control(results):
    lines = [
        ("Allocations per second, time-limited credentials", "allocate", "perSecond", 0, 1),
        ("CPU us per allocation", "allocate", "serverNs", 1, 1000),
        ("Allocations per second, one static user", "allocateStatic", "perSecond", 0, 1),
        ("CPU us per allocation", "allocateStatic", "serverNs", 1, 1000),
        ("CPU us per ChannelBind", "channelBind", "serverNs", 1, 1000),
        ("CPU us per Refresh to 0", "release", "serverNs", 1, 1000),
        (f"Resident bytes per idle allocation, at {results['allocations']:,}", "memory",
         "bytesPerAllocation", 0, 1),
        ("Binding requests per second", "binding", "perSecond", 0, 1),
        ("CPU us per Binding request", "binding", "serverNs", 2, 1000),
    ]
    rows = [[words, *compare(results, scenario, key, digits, scale)]
            for words, scenario, key, digits, scale in lines]
    return table(["", "coturn", "Turnstone", "ratio"], rows)


def text(results):
    derive(results)
    return "\n\n".join([
        conditions(results), "## Goals", goals(results, GOALS),
        "## Throughput and CPU", throughput(results),
        "## Latency at a fixed rate", latency(results), "## Control plane", control(results)])


METHOD = """\
# Benchmarks

Made by `scripts/bench datagrams --write`; do not edit. Ratios are Turnstone over coturn. Clients
over TCP and TLS: [benchmarks-streams.md](benchmarks-streams.md).

![Packets per second](benchmarks.svg)
"""

EXPLANATION = """\
## How to read it

- **Setting.** Two network namespaces joined by a veth pair. The server has one CPU, the generator
  the other; both outrank the rest of the machine. Both servers have one relay thread, the same
  credentials and ports, no logs; coturn has TCP, TLS and its extras off. For each
  time-limited credential it also asks its database, here an empty SQLite file: it cannot be told
  not to. A static user spares it that. Merged sends
  are taken apart in software on the sender's CPU, as on a virtio interface.
- **Load.** The generator plays a client and a peer for each flow, at an address of its own, over a
  packet socket. A window of 192 packets (32 per flow at most) is in flight, so nothing is lost and
  the slower side sets the pace. Every packet that comes back is checked: both addresses and ports,
  channel, length, flow, order; every sixteenth also byte by byte. A burst of 8 crosses the wire as
  8 packets; the server's interface has generic receive offload on.
- **Null relay.** The server's interface returns every frame as it came (tc). Its packets per second
  are what the generator can do alone on one CPU, the bounce included. *Generator busy* is the share
  of time in which it had something to do, the larger one of the two servers; near 100 % the
  generator is the limit, and the ratio is less than the servers' own.
- **Server CPU** is the process time of the server from /proc. On a veth the receiving side's
  interrupt runs on the sender's CPU: the server's process time includes handing packets to the
  generator's socket, and the generator's includes the server's receive path. **relay ns** is
  therefore the sum of both sides less the generator's time with the null relay in the same round:
  what relaying one packet costs the machine.
- **Latency** is the time from sending a packet to its arrival at the generator's interface, less
  the same with the null relay, at a fixed rate over 400 flows; the second rate is half of what the
  slower server can do. Here the servers run with real-time priority, so that other work of the
  machine does not show.
- **Rounds.** Servers take turns and change order. Numbers are medians over rounds, ratios are
  medians of ratios within a round. On a shared machine single rounds differ by 15 %; p99 shows
  what else the machine did.

Repeat it with `scripts/bench datagrams` as root.
"""
