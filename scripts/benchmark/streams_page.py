"""The page about clients over TCP and TLS."""
from .report import compare, conditions, goals, table, title
from .results import SERVERS, median, scenarios, values

NAME = "benchmarks-streams"
# A server below this share of its CPU, or a generator above, was not what set the pace.
SATURATED = 0.93
EXHAUSTED = 0.95


def load_of(transport, size, paced=False, direction=""):
    """One client alone is no goal: its window, not a server, sets the pace."""
    return lambda name: (
        name.startswith(f"{transport} {direction}") and f":{size}:" in name
        and ("@" in name) == paced and not name.endswith(":1:1"))


# What the issue of streams set out to reach.
GOALS = [
    *((f"packets/s, {transport.upper()}, 1200 B, {words}, 20 and 200 clients",
       load_of(transport, 1200, direction=direction), "pps", True, 1.3)
      for transport in ("tcp", "tls")
      for direction, words in (("up", "client to peer"), ("down", "peer to client"))),
    ("p99 at 5,000 packets/s, TCP, 1200 B", load_of("tcp", 1200, True), "p99us", False, 1.0),
    ("p99 at 5,000 packets/s, TLS, 1200 B", load_of("tls", 1200, True), "p99us", False, 1.0),
    ("resident bytes per idle TLS connection", lambda name: name == "tls connect", "bytes",
     False, 1.0),
]


def server_share(results, name, scenario):
    """How much of its CPU the server used."""
    shares = [pps * cost / 1e9 for pps, cost in zip(
        values(results, name, scenario, "pps"), values(results, name, scenario, "serverNs"))]
    return sorted(shares)[len(shares) // 2] if shares else 0


def throughput(results):
    rows = []
    for scenario in scenarios(results, paced=False):
        shares = [server_share(results, name, scenario) for name in SERVERS]
        rates = compare(results, scenario, "pps", scale=1000)
        busiest = [median(results, name, scenario, "generatorBusy") or 0 for name in SERVERS]
        if shares[1] < SATURATED or busiest[1] >= EXHAUSTED:
            rates[2] = f"{rates[2]} †"
        rows.append([
            title(scenario), *rates, *compare(results, scenario, "serverNs"),
            " / ".join(f"{100 * share:.0f}" for share in shares),
            " / ".join(f"{100 * share:.0f}" for share in busiest)])
    head = ["load", "kpps coturn", "Turnstone", "ratio",
            "server CPU ns/packet coturn", "Turnstone", "ratio",
            "server's CPU used, % coturn / Turnstone", "generator busy, % coturn / Turnstone"]
    return table(head, rows)


def latency(results):
    rows = []
    for scenario in scenarios(results, paced=True):
        lost = [str(sum(values(results, name, scenario, "lost"))) for name in SERVERS]
        rows.append([
            title(scenario), *compare(results, scenario, "p50us", 1),
            *compare(results, scenario, "p99us", 1),
            *compare(results, scenario, "serverNs"), " / ".join(lost)])
    head = ["load", "p50 us coturn", "Turnstone", "ratio", "p99 us coturn", "Turnstone", "ratio",
            "server CPU ns/packet coturn", "Turnstone", "ratio", "lost coturn / Turnstone"]
    return table(head, rows)


def idle(results):
    rows = []
    for transport, step in (("tcp", "Connection"), ("tls", "Connection and handshake")):
        name = transport.upper()
        for words, scenario, key, digits, scale in (
            (f"{step}, {name}: server CPU us", "connect", "serverNs", 1, 1000),
            (f"Resident bytes per idle {name} connection", "connect", "bytes", 0, 1),
            (f"Allocation over it, {name}: server CPU us", "allocateIdle", "serverNs", 1, 1000),
            (f"Resident bytes its allocation adds, {name}", "allocateIdle", "bytes", 0, 1),
        ):
            rows.append([words, *compare(results, f"{transport} {scenario}", key, digits, scale)])
    return table(["", "coturn", "Turnstone", "ratio"], rows)


def wires(results):
    """What each server agreed on with TLS clients."""
    found = [values(results, name, "tls wire", "name")[:1] for name in SERVERS]
    return "TLS: " + ", ".join(
        f"{name} {wire[0]}" for name, wire in zip(("coturn", "Turnstone"), found) if wire) + "."


def text(results):
    return "\n\n".join([
        conditions(results) + " " + wires(results), "## Goals", goals(results, GOALS),
        "## Throughput and CPU", throughput(results),
        "## Latency at a fixed rate", latency(results),
        f"## {results['connections']:,} idle connections", idle(results)])


METHOD = """\
# Benchmarks: clients over TCP and TLS

Made by `scripts/bench streams --write`; do not edit. Ratios are Turnstone over coturn. Clients
over UDP: [benchmarks.md](benchmarks.md).

![Packets per second](benchmarks-streams.svg)
"""

EXPLANATION = """\
## How to read it

- **Setting.** As for UDP: two network namespaces joined by a veth pair, one CPU for the server
  process and the other for the generator, one relay thread, the same credentials and ports, no
  logs. Peers speak UDP. The interfaces keep their offloads for TCP, as network cards have them;
  merged UDP sends are taken apart in software.
- **TLS.** Clients offer versions 1.2 and 1.3 and take what the server prefers, named above: coturn
  4.6.1 serves 1.2 at most. The certificate is one of ECDSA P-256, signed by itself; the key
  exchange is X25519. No session is resumed.
- **Load.** Each client has a connection from an address of its own, without Nagle's delay, and one
  channel. A window of 512 packets is in flight, 32 at most of one peer and 128 of one client, so
  that nothing is lost and the slower side sets the pace. Every packet that comes out is checked:
  addresses, channel, length, flow, order; every sixteenth byte by byte. Without *bursts* a client
  writes each frame by itself (its own segment and TLS record), and turns go round the clients;
  when the server is slower than they are, frames wait in its sockets, as under any load that it
  cannot keep up with. In *bursts of 8* a client writes eight frames at once, in one TLS record, or
  a peer sends eight datagrams: about what a picture of a video is. One client alone has too
  small a window to keep a server busy: its rows show the way there and back.
- **The generator** uses its kernel's TCP and, for TLS, OpenSSL as the servers do. Where it had no
  time left with Turnstone (busy 95 % or more), or Turnstone used less than 93 % of its CPU, the
  generator set the pace: the ratio says little about the servers' own limits, and is marked with
  †. That is the case for nearly all rows from peer to client. A server that waits for the
  generator takes what is there in smaller batches, up to all of its CPU, and smaller segments cost
  the generator more: this is why Turnstone, whose turns are shorter, delivers less there than
  coturn in some rows with single packets. Each side was at its limit, so this is a real result
  for such a load, though not one of the server alone.
  On a veth what one side sends is received by its own CPU: the server's process time includes the
  generator's receiving stack, and dilutes ratios. Towards clients the generator reads every 0.2 ms
  (0.4 us for each packet of the window).
- **Latency** is the time from the sender's write to the arrival at the generator's interface
  (towards peers) or to the end of the read, decrypted (towards clients), over 50 connections. The
  generator never sleeps; its own share is in the numbers of both servers.
- **Idle connections** (in the first round only) come one after the other, each with a full
  handshake and a Binding request, after 200 that do not count. Memory is what the server's process
  holds resident two seconds later; the kernel's share is not in it, it is the same for both.
  Turnstone's limits for connections per network and in total are raised for this; coturn has none.
- **Rounds.** Servers take turns, transport by transport, and change order. Numbers are medians over
  rounds, ratios are medians of ratios within a round. On a shared machine single rounds differ by
  15 %; p99 shows what else the machine did.

Repeat it with `scripts/bench streams` as root.
"""
