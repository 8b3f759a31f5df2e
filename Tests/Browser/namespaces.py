"""Networks that a check makes for itself: a server, and clients that reach nobody but it."""

import itertools
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from harness import Failure

SERVER = "198.51.100.1"
NAME = "turn.example.org"
#: What a strict network lets out: these ports of the server, and nothing of its relay range.
PORTS = "3478, 443, 5349"

counter = itertools.count()
lock = threading.Lock()


def run(*command):
    done = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=20)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise Failure(f"{' '.join(str(part) for part in command)}: {text.strip()}")
    return text


class Namespace:
    """One network namespace; gone, with its interfaces, when the check ends."""

    def __init__(self, stack, name):
        self.name = name
        run("ip", "netns", "add", name)
        stack.callback(self.remove)
        etc = Path("/etc/netns") / name
        etc.mkdir(parents=True)
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n{SERVER} {NAME} {NAME}.\n")
        (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.ip("link", "set", "lo", "up")
        self.enter("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                   "net.ipv6.conf.default.disable_ipv6=1")

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], timeout=20)
        shutil.rmtree(Path("/etc/netns") / self.name, ignore_errors=True)

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def enter(self, *command):
        return run("ip", "netns", "exec", self.name, *command)

    def nft(self, *rules):
        for rule in rules:
            self.enter("nft", rule)

    def command(self, *command):
        """What runs a program in here."""
        return ["ip", "netns", "exec", self.name, *command]


class Network:
    """The server's namespace; each client hangs on an interface of its own, and none is routed
    to another."""

    def __init__(self, context):
        self.stack = context.stack
        with lock:
            self.stem = f"ts-{os.getpid()}-{next(counter)}"
        self.server = self.namespace("server")
        self.server.enter("sysctl", "-qw", "net.ipv4.ip_forward=0")
        self.server.ip("addr", "add", f"{SERVER}/32", "dev", "lo")
        self.server.nft(
            "add table inet wall",
            "add chain inet wall input { type filter hook input priority 0; policy accept; }",
            "add chain inet wall output { type filter hook output priority 0; policy accept; }")
        self.clients = 0

    def namespace(self, what):
        return Namespace(self.stack, f"{self.stem}-{what}")

    def client(self, behind_nat=False):
        self.clients += 1
        return ClientNetwork(self, self.clients, behind_nat)


class ClientNetwork:
    """The network of one client: an interface `wan` to the server or to a NAT before it."""

    def __init__(self, network, number, behind_nat):
        self.network = network
        self.number = number
        #: The server's interface to this client.
        self.port = f"client{number}"
        self.space = network.namespace(f"c{number}")
        self.nat = network.namespace(f"n{number}") if behind_nat else None
        outer = self.nat or self.space
        network.server.ip("link", "add", self.port, "type", "veth", "peer", "name", "wan",
                          "netns", outer.name)
        network.server.ip("addr", "add", f"10.{number}.0.1/24", "dev", self.port)
        network.server.ip("link", "set", self.port, "up")
        network.server.nft(
            f"add chain inet wall {self.port}",
            f"add rule inet wall input iifname {self.port} jump {self.port}")
        self.attach(outer, f"10.{number}.0.2", f"10.{number}.0.1")
        if self.nat:
            self.translate()
        self.allow_only_ports()

    def attach(self, space, address, gateway):
        space.ip("addr", "add", f"{address}/24", "dev", "wan")
        space.ip("link", "set", "wan", "up")
        space.ip("route", "replace", "default", "via", gateway)
        # The kernel says up to a second later that the link is up; to a browser that has begun by
        # then it is a change of networks.
        end = time.monotonic() + 5
        while " state UP " not in space.ip("link", "show", "dev", "wan"):
            if time.monotonic() > end:
                raise Failure(f"the link of {space.name} does not come up")
            time.sleep(0.02)

    def translate(self):
        """A NAT that gives each flow a port by chance, as those of mobile networks do."""
        self.nat.ip("link", "add", "lan", "type", "veth", "peer", "name", "wan",
                    "netns", self.space.name)
        self.nat.ip("addr", "add", "192.168.7.1/24", "dev", "lan")
        self.nat.ip("link", "set", "lan", "up")
        self.nat.enter("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.nat.nft(
            "add table ip nat",
            "add chain ip nat out { type nat hook postrouting priority 100; }",
            'add rule ip nat out oifname "wan" masquerade fully-random')
        self.attach(self.space, "192.168.7.2", "192.168.7.1")

    # What the network does to its client.

    def rules(self, *rules):
        """What the server's side lets in from here, instead of what it did."""
        server = self.network.server
        server.nft(f"flush chain inet wall {self.port}",
                   *(f"add rule inet wall {self.port} {rule}" for rule in rules))

    def allow_only_ports(self, *also):
        """`also`: rules that come before, as `udp dport 3478 drop`."""
        self.rules(*also, f"udp dport {{ {PORTS} }} accept", f"tcp dport {{ {PORTS} }} accept",
                   "icmp type echo-request accept", "drop")

    def swallow(self):
        """Nothing comes through, and nobody is told."""
        self.rules("drop")
        self.network.server.nft(f"add rule inet wall output oifname {self.port} drop")

    def unswallow(self):
        self.network.server.nft("flush chain inet wall output")
        self.allow_only_ports()

    def unplug(self):
        """The interface goes down: the browser is told."""
        self.space.ip("link", "set", "wan", "down")

    def plug(self, address=None):
        """Up again, with another address if one is given."""
        number = self.number
        if address:
            self.space.ip("addr", "flush", "dev", "wan")
            self.space.ip("addr", "add", f"{address}/24", "dev", "wan")
        self.space.ip("link", "set", "wan", "up")
        gateway = "192.168.7.1" if self.nat else f"10.{number}.0.1"
        self.space.ip("route", "replace", "default", "via", gateway)

    def change_address(self, address):
        """From one network into another: what was open is dead."""
        self.unplug()
        self.plug(address)

    def rebind(self):
        """The NAT forgets what it knew and gives every flow another address and port. The client
        is told nothing."""
        number = self.number
        # Masquerading forgets the flows of an address that goes.
        self.nat.ip("addr", "flush", "dev", "wan")
        self.attach(self.nat, f"10.{number}.0.3", f"10.{number}.0.1")
