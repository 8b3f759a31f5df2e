"""Clients over TCP and TLS, their peers over UDP; idle connections.

Names of scenarios have the transport in front: `tls down:1200:20:1`.
"""
from . import lab, servers

TRANSPORTS = {"tcp": servers.PORT, "tls": servers.TLS_PORT}
# Frames one by one, by one, by some and by many clients; and eight in one write.
SATURATED = [
    f"{direction}:{size}:{flows}:{burst}"
    for size in (172, 1200)
    for flows, burst in ((1, 1), (20, 1), (200, 1), (20, 8), (200, 8))
    for direction in ("up", "down")
]
FIXED_RATE = 5_000
LATENCY_FLOWS = 50
# Packets under way at once: enough that every one of 200 streams has some waiting.
WINDOW = 512
PACED = [f"{direction}:{size}:{LATENCY_FLOWS}:1@{FIXED_RATE}"
         for size in (172, 1200) for direction in ("up", "down")]


def measure(chosen, _results, names, number):
    """One round: the servers take turns transport by transport, and change order by round."""
    order = names[number % len(names):] + names[:number % len(names)]
    found = {name: {} for name in order}
    for transport, port in TRANSPORTS.items():
        for name in order:
            measured = loads(name, transport, port, chosen)
            # Bytes of memory hardly differ from round to round.
            if number == 0 and chosen.match in f"{transport} idle":
                measured.update(idle(name, transport, port, chosen))
            for scenario, entry in measured.items():
                found[name][f"{transport} {scenario}"] = entry
    return found


def loads(name, transport, port, chosen):
    common = ["--transport", transport, "--port", str(port), "--seconds", str(chosen.seconds),
              "--window", str(WINDOW)]

    def chosen_of(scenarios):
        return [text for text in scenarios if chosen.match in f"{transport} {text}"]

    found = {}
    if saturated := chosen_of(SATURATED):
        with servers.ALL[name]("streams") as server:
            found.update(lab.generate("stream", server.pid, common + saturated))
    if paced := chosen_of(PACED):
        with servers.ALL[name]("streams") as server:
            server.prioritize()
            found.update(lab.generate("stream", server.pid, common + paced))
    return found


def idle(name, transport, port, chosen):
    # A fresh process: it has no memory yet that it could use again.
    with servers.ALL[name]("streams") as server:
        return lab.generate("idle", server.pid, [
            "--transport", transport, "--port", str(port), "--flows", str(chosen.connections)])
