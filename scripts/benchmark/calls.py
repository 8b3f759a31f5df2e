"""Callers over WebSockets: calls from the ring to the hang-up, idle sessions, a storm, and what
all of it does to the relay beside it.

The generator sits in the server's namespace: callers come over the loopback interface.
"""
import time

from . import lab, servers

# Set-ups in a second: what is asked of one core, and half of it.
RATES = (1000, 2000)
# Calls at a time where the server sets the pace.
WINDOW = 32
# Relayed packets while callers keep the control thread busy.
RELAY = ["up:172:400:1@20000", "down:172:400:1@20000"]
# Descriptors that are not connections: listeners, 1,024 relays, files.
OTHER_FILES = 1_400


def measure(chosen, _results, _names, number):
    """One round; memory and the storm in the first alone."""
    found = {}
    if "setup".startswith(chosen.match) or chosen.match in "setup":
        found.update(set_ups(chosen))
    if number == 0 and chosen.match in "sessions":
        found["sessions"] = sessions(chosen.sessions, "tcp")
        found["sessions tls"] = sessions(chosen.sessions // 4, "tls")
    if number == 0 and chosen.match in "storm":
        found["storm"] = storm(chosen)
    if chosen.match in "relay":
        found.update(relay(chosen, number))
    return {"turnstone": found}


def begin(mode, server, arguments, cpu=lab.GENERATOR_CPU):
    # The generator takes the last of two values.
    common = ["--secret", servers.CALLS_KEY]
    return lab.begin(mode, server.pid, common + arguments, lab.SERVER, cpu)


def run(mode, server, arguments):
    return lab.finish(mode, begin(mode, server, arguments))


def set_ups(chosen):
    common = ["--flows", str(chosen.callers // 2), "--window", str(WINDOW)]
    found = {}
    for load in [*map(str, RATES), "max"]:
        # A fresh process: it remembers calls for two minutes.
        with servers.turnstone("calls") as server:
            found.update(run("setup", server, common + [
                "--seconds", str(3 * chosen.seconds), "--warmup", "0.5", load]))
    return found


def sessions(count, transport):
    count = min(count, lab.FILES - OTHER_FILES - 200)
    port = servers.PORT if transport == "tcp" else servers.TLS_PORT
    # A fresh process: it has no memory yet that it could use again.
    with servers.turnstone("calls") as server:
        return run("sessions", server, [
            "--transport", transport, "--port", str(port), "--flows", str(count),
            "--window", "200"])["sessions"]


def storm(chosen):
    with servers.turnstone("calls") as server:
        count = min(chosen.callers, lab.FILES - OTHER_FILES)
        return run("storm", server, ["--flows", str(count), "--window", "1000"])["storm"]


def relay(chosen, number):
    """The same packets twice, alone first in every second round."""
    found = {}
    for name in ("alone", "beside")[:: 1 if number % 2 == 0 else -1]:
        # A fresh process: allocations outlive the generator that made them.
        with servers.turnstone("calls") as server:
            server.prioritize_workers()
            callers = begin_callers(chosen, server) if name == "beside" else None
            measured = lab.generate(
                "relay", server.pid, ["--seconds", str(chosen.seconds), *RELAY])
            if callers:
                found["setup beside"] = lab.finish("setup", callers)["setup"]
            for scenario, entry in measured.items():
                found[f"{name} {scenario}"] = entry
    return found


def begin_callers(chosen, server):
    """On the server's CPU: the other one belongs to the relay's generator."""
    callers = begin("setup", server, [
        "--flows", str(chosen.callers // 2), "--window", str(WINDOW), "--warmup", "1",
        "--seconds", str(4 + 3 * chosen.seconds), "max"], lab.SERVER_CPU)
    # Until all have their sessions and calls are under way.
    time.sleep(3)
    return callers
