"""Two network namespaces joined by a veth pair: the server's, and the generator's, in which
10.11/16 are clients over UDP, 10.12/16 clients over streams and 10.21/16 peers. Processes in them
outrank the rest of the machine."""
import contextlib
import datetime
import json
import os
import platform
import resource
import subprocess

GENERATOR = "ts-gen"
SERVER = "ts-srv"
SERVER_IP = "10.9.0.1"
GENERATOR_IP = "10.9.0.2"
# The generator writes the first into its frames; nobody has the second, so that the generator's
# own kernel ignores what comes for it.
SERVER_HARDWARE = "02:00:00:00:00:01"
NOBODY = "02:00:00:00:00:fe"

CPUS = sorted(os.sched_getaffinity(0))
GENERATOR_CPU, SERVER_CPU = CPUS[0], CPUS[-1]
# For 10,000 connections and a relay socket for half of them.
FILES = min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
# Of processes in the namespaces; `--polite` takes it back.
niceness = -19


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def inside(namespace, *command):
    run("ip", "netns", "exec", namespace, *command)


def make():
    remove()
    for namespace in (GENERATOR, SERVER):
        run("ip", "netns", "add", namespace)
    run("ip", "-n", GENERATOR, "link", "add", GENERATOR, "type", "veth",
        "peer", "name", SERVER, "address", SERVER_HARDWARE, "netns", SERVER)
    for namespace in (GENERATOR, SERVER):
        inside(namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", namespace, "link", "set", namespace, "up")
    run("ip", "-n", SERVER, "addr", "add", f"{SERVER_IP}/24", "dev", SERVER)
    run("ip", "-n", SERVER, "neigh", "add", "10.9.0.254", "lladdr", NOBODY, "dev", SERVER,
        "nud", "permanent")
    for network in ("10.11.0.0/16", "10.21.0.0/16"):
        run("ip", "-n", SERVER, "route", "add", network, "via", "10.9.0.254")
    # Clients over streams use the generator's kernel, which owns all their addresses.
    run("ip", "-n", GENERATOR, "addr", "add", f"{GENERATOR_IP}/24", "dev", GENERATOR)
    run("ip", "-n", GENERATOR, "route", "add", "local", "10.12.0.0/16", "dev", "lo")
    run("ip", "-n", SERVER, "route", "add", "10.12.0.0/16", "via", GENERATOR_IP)
    # As on a virtio interface: merged sends are taken apart in software, by whoever sends, so that
    # packets cross the wire one by one; the receiving stack may merge them again.
    for namespace in (GENERATOR, SERVER):
        inside(namespace, "ethtool", "-K", namespace, "tx-udp-segmentation", "off")
    inside(SERVER, "ethtool", "-K", SERVER, "gro", "on")


def remove():
    for namespace in (GENERATOR, SERVER):
        subprocess.run(["ip", "netns", "del", namespace], check=False,
                       stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def bounce():
    """The null relay: the server's interface returns every frame as it came."""
    run("tc", "-n", SERVER, "qdisc", "add", "dev", SERVER, "clsact")
    try:
        run("tc", "-n", SERVER, "filter", "add", "dev", SERVER, "ingress", "protocol", "all",
            "prio", "1", "u32", "match", "u32", "0", "0",
            "action", "mirred", "egress", "redirect", "dev", SERVER)
        yield
    finally:
        run("tc", "-n", SERVER, "qdisc", "del", "dev", SERVER, "clsact")


def start(namespace, cpu, command, **options):
    """A process on one CPU that other work of the machine hardly disturbs."""
    def settle():
        os.setsid()
        os.sched_setaffinity(0, {cpu})
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
        if niceness:
            os.nice(niceness)
            with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as group:
                group.write(str(niceness))
    return subprocess.Popen(
        ["ip", "netns", "exec", namespace, *command], preexec_fn=settle, **options)


def generate(mode, process, arguments):
    """Runs the generator; returns its results by scenario."""
    return finish(mode, begin(mode, process, arguments))


def begin(mode, process, arguments, namespace=GENERATOR, cpu=GENERATOR_CPU):
    """Starts the generator; `finish` waits for it."""
    command = [os.path.abspath(".build/release/bench"), mode, "--interface", GENERATOR,
               "--server", SERVER_IP, "--secret", "bench", "--realm", "bench"]
    if process:
        command += ["--process", str(process)]
    return start(namespace, cpu, command + arguments, stdout=subprocess.PIPE, text=True)


def finish(mode, generator):
    try:
        output, _ = generator.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        generator.kill()
        raise
    if generator.returncode != 0:
        raise RuntimeError(f"the generator failed in mode {mode}")
    found = {}
    for line in output.splitlines():
        entry = json.loads(line)
        found[entry.pop("scenario")] = entry
    return found


def load():
    with open("/proc/loadavg", encoding="ascii") as file:
        return file.read().split()[0]


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cpus": len(CPUS), "kernel": platform.release(),
            "date": datetime.date.today().isoformat(), "loadBefore": load()}
