"""Turns the results of all rounds into tables, a page and a plot. Numbers are medians over rounds;
ratios are medians of the ratios within a round, so that what slowed a whole round cancels out."""
import os
import statistics

from . import plot

SERVERS = ("coturn", "turnstone")


def values(results, name, scenario, key):
    """One number per round; rounds that lack it are left out."""
    found = [entry.get(name, {}).get(scenario, {}).get(key) for entry in results["rounds"]]
    return [value for value in found if value is not None]


def median(results, name, scenario, key):
    found = values(results, name, scenario, key)
    return statistics.median(found) if found else None


def ratio(results, scenario, key):
    """Turnstone's value over coturn's."""
    pairs = [
        (entry["turnstone"][scenario][key], entry["coturn"][scenario][key])
        for entry in results["rounds"]
        if all(scenario in entry.get(name, {}) for name in SERVERS)
    ]
    found = [ours / theirs for ours, theirs in pairs if theirs]
    return statistics.median(found) if found else None


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


def show(value, digits=0, scale=1.0):
    return "–" if value is None else f"{value / scale:,.{digits}f}"


def show_ratio(value):
    return "–" if value is None else f"**{value:.2f}**"


def title(scenario):
    load, _, rate = scenario.partition("@")
    direction, size, flows, burst = load.split(":")
    words = f"{'client to peer' if direction == 'up' else 'peer to client'}, {size} B, {flows} "
    words += "flow" if flows == "1" else "flows"
    if burst != "1":
        words += f", bursts of {burst}"
    return words + (f", {int(rate):,} packets/s" if rate else "")


def packet_scenarios(results, paced):
    first = results["rounds"][0] if results["rounds"] else {}
    names = first.get("coturn") or first.get("turnstone") or {}
    return [name for name in names if ":" in name and ("@" in name) == paced]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return "\n".join([row(head), "|" + "---|" * len(head), *map(row, rows)])


def throughput(results):
    rows = []
    for scenario in packet_scenarios(results, paced=False):
        cells = [title(scenario)]
        for key, digits, scale in (("pps", 0, 1000), ("serverNs", 0, 1), ("relayNs", 0, 1)):
            cells += [show(median(results, name, scenario, key), digits, scale)
                      for name in SERVERS]
            cells.append(show_ratio(ratio(results, scenario, key)))
        busiest = [median(results, name, scenario, "generatorBusy") or 0 for name in SERVERS]
        cells += [show(median(results, "null", scenario, "pps"), 0, 1000),
                  f"{100 * max(busiest):.0f} %"]
        rows.append(cells)
    head = ["load", "kpps coturn", "Turnstone", "ratio",
            "server CPU ns/packet coturn", "Turnstone", "ratio",
            "relay ns/packet coturn", "Turnstone", "ratio", "null relay kpps", "generator busy"]
    return table(head, rows)


def latency(results):
    rows = []
    for scenario in packet_scenarios(results, paced=True):
        cells = [title(scenario)]
        for key in ("addedp50us", "addedp99us"):
            cells += [show(median(results, name, scenario, key), 1) for name in SERVERS]
            cells.append(show_ratio(ratio(results, scenario, key)))
        cells += [show(median(results, name, scenario, "serverNs")) for name in SERVERS]
        cells.append(show_ratio(ratio(results, scenario, "serverNs")))
        cells.append(" / ".join(
            str(sum(values(results, name, scenario, "lost"))) for name in SERVERS))
        rows.append(cells)
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
    rows = []
    for words, scenario, key, digits, scale in lines:
        cells = [words]
        cells += [show(median(results, name, scenario, key), digits, scale) for name in SERVERS]
        rows.append(cells + [show_ratio(ratio(results, scenario, key))])
    return table(["", "coturn", "Turnstone", "ratio"], rows)


# What version 0.1 set out to reach: words, scenario, key, whether more is better, bound.
GOALS = [
    ("packets/s, 1000 flows, one packet in turn", "*:1000:1", "pps", True, 1.15),
    ("packets/s, bursts of 8", "*:8", "pps", True, 1.8),
    ("server CPU per packet, 1000 flows", "*:1000:1", "serverNs", False, 0.85),
    ("server CPU per packet, bursts of 8", "*:8", "serverNs", False, 0.6),
    ("p99 added latency at 20,000 packets/s", "*@20000", "addedp99us", False, 1.0),
    ("allocations/s, time-limited credentials", "allocate", "perSecond", True, 3.0),
    ("allocations/s, one static user", "allocateStatic", "perSecond", True, 3.0),
    ("resident bytes per idle allocation", "memory", "bytesPerAllocation", False, 0.1),
    ("Binding requests/s", "binding", "perSecond", True, 1.2),
]


def goals(results):
    scenarios = packet_scenarios(results, False) + packet_scenarios(results, True)
    rows = []
    for words, pattern, key, more, bound in GOALS:
        matching = [name for name in scenarios if name.endswith(pattern[1:])] \
            if pattern.startswith("*") else [pattern]
        found = [value for value in (ratio(results, name, key) for name in matching) if value]
        worst = (min if more else max)(found) if found else None
        best = (max if more else min)(found) if found else None
        reached = worst is not None and (worst >= bound if more else worst <= bound)
        span = "–" if worst is None else (
            f"{worst:.2f}" if worst == best else f"{worst:.2f} to {best:.2f}")
        rows.append([words, f"{'at least' if more else 'at most'} {bound}", span,
                     "yes" if reached else "no"])
    return table(["goal", "bound", "measured, worst to best", "reached"], rows)


def text(results):
    derive(results)
    machine, versions = results["machine"], results["versions"]
    head = (
        f"{machine['date']}, {machine['processor']}, {machine['cpus']} CPUs, "
        f"Linux {machine['kernel']}, load {machine['loadBefore']} before and "
        f"{machine.get('loadAfter', '?')} after. coturn {versions['coturn']}, Turnstone "
        f"{versions['turnstone']}, {versions['swift']}. {len(results['rounds'])} rounds, "
        f"{results['seconds']} s each scenario.")
    return "\n\n".join([
        head, "## Goals", goals(results), "## Throughput and CPU", throughput(results),
        "## Latency at a fixed rate", latency(results), "## Control plane", control(results)])


METHOD = """\
# Benchmarks

Made by `scripts/bench --write`; do not edit. Ratios are Turnstone over coturn.

![Packets per second](benchmarks.svg)

"""

EXPLANATION = """

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

Repeat it with `scripts/bench` as root.
"""


def write(results, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "benchmarks.md"), "w", encoding="utf-8") as file:
        file.write(METHOD + text(results) + EXPLANATION)
    bars = [
        (title(scenario), [(median(results, name, scenario, "pps") or 0) / 1000
                           for name in SERVERS])
        for scenario in packet_scenarios(results, paced=False)
    ]
    with open(os.path.join(folder, "benchmarks.svg"), "w", encoding="utf-8") as file:
        file.write(plot.bars("Thousand packets per second through one CPU",
                             ("coturn", "Turnstone"), bars))


def faults(results):
    """Reasons not to believe the numbers."""
    found = []
    for number, entry in enumerate(results["rounds"]):
        for name, scenarios in entry.items():
            for scenario, values_ in scenarios.items():
                where = f"round {number + 1}, {name}, {scenario}"
                if values_.get("bad"):
                    found.append(f"{where}: {values_['bad']} wrong packets")
                if "@" not in scenario and values_.get("lost"):
                    found.append(f"{where}: {values_['lost']} lost packets")
                if values_.get("outOfOrder"):
                    found.append(f"{where}: {values_['outOfOrder']} packets out of order")
    return found
