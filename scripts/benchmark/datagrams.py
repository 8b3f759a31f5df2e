"""Clients over UDP: relayed packets, allocations, Binding requests."""
from . import lab, servers

SATURATED = [
    f"{direction}:{size}:{flows}:1"
    for size in (172, 1200)
    for flows in (1, 100, 1000)
    for direction in ("up", "down")
]
BURSTS = ["up:1200:1000:8", "down:1200:1000:8"]
FIXED_RATE = 20_000
LATENCY_FLOWS = 400


def measure(chosen, results, names, number):
    """One round; the order of the servers turns, so that none always comes first."""
    names = ["null", *names]
    order = names[number % len(names):] + names[:number % len(names)]
    if "halfLoad" not in results:
        results["halfLoad"] = half_load(order)
    paced = [
        f"{direction}:172:{LATENCY_FLOWS}:1@{rate}"
        for rate in (FIXED_RATE, results["halfLoad"])
        for direction in ("up", "down")
    ]
    return {name: one(name, paced, chosen) for name in order}


def one(name, paced, chosen):
    seconds = ["--seconds", str(chosen.seconds)]
    saturated = SATURATED + BURSTS
    if name == "null":
        with lab.bounce():
            return lab.generate("null", None, seconds + saturated + paced)
    with servers.ALL[name]() as server:
        found = lab.generate("relay", server.pid, seconds + saturated)
    with servers.ALL[name]() as server:
        server.prioritize()
        found.update(lab.generate("relay", server.pid, seconds + paced))
    # A fresh process: rates and memory of allocations are those of a server that has none yet.
    control = seconds + ["--flows", str(chosen.allocations)]
    with servers.ALL[name]() as server:
        found.update(lab.generate("control", server.pid, control))
    with servers.ALL[name](credentials="user") as server:
        static = lab.generate("control", server.pid, control + ["--password", "bench"])
    found["allocateStatic"] = static["allocate"]
    return found


def half_load(order):
    """Half of what the slowest server does, so that all of them get the same load."""
    slowest = None
    for name in order:
        if name == "null":
            continue
        with servers.ALL[name]() as server:
            found = lab.generate("relay", server.pid, ["--seconds", "0.5", "down:172:1000:1"])
        pps = found["down:172:1000:1"]["pps"]
        slowest = pps if slowest is None else min(slowest, pps)
    return int(slowest / 2000) * 1000
