"""The server and its peers on two machines, as far as network namespaces make two machines."""

import os
import re

import daemon
from daemon import PASSWORD, USER
from harness import Skipped, check, expect, tail, wait_until

SERVER, PEER = "10.77.0.1", "10.77.0.2"
SERVER_V6, PEER_V6 = "fd77::1", "fd77::2"


class Machines:
    """Two namespaces with a cable between them, gone when the check ends."""

    def __init__(self, context):
        if os.geteuid() != 0:
            raise Skipped("only root may make network namespaces")
        self.context = context
        self.names = [f"ts-{context.slot}-server", f"ts-{context.slot}-peer"]
        code, output = context.run("ip", "netns", "add", self.names[0])
        if code != 0:
            raise Skipped(f"no network namespaces here: {output.strip()}")
        context.stack.callback(self.remove)
        self.ip("netns", "add", self.names[1])
        self.ip("link", "add", "ts0", "netns", self.names[0], "type", "veth", "peer", "name", "ts0",
                "netns", self.names[1])
        for name, *addresses in zip(self.names, (SERVER, PEER), (SERVER_V6, PEER_V6)):
            self.ip("-n", name, "link", "set", "lo", "up")
            self.ip("-n", name, "link", "set", "ts0", "up")
            for address, bits in zip(addresses, (24, 64)):
                self.ip("-n", name, "address", "add", f"{address}/{bits}", "dev", "ts0", "nodad")

    def ip(self, *arguments):
        code, output = self.context.run("ip", *arguments)
        if code != 0:
            raise Skipped(f"ip {' '.join(arguments)}: {output.strip()}")

    def remove(self):
        for name in self.names:
            os.system(f"ip netns delete {name} 2>/dev/null")

    def serve(self, *lines):
        """Without a listening-ip: every address of every interface."""
        server = self.context.serve(
            "rfc5766-channel-numbers", *lines, addresses=(), loopback=False, wait=False,
            wrapper=["ip", "netns", "exec", self.names[0]])
        wait_until(
            self.context, "the server answers its admin socket",
            lambda: server.command("status")[0] == 0)
        return server

    def uclient(self, *flags):
        """turnutils_uclient on the peers' machine; (exit code, output)."""
        return self.context.run(
            "ip", "netns", "exec", self.names[1], "turnutils_uclient", "-u", USER, "-w", PASSWORD,
            "-p", self.context.port, "-c", *flags)

    def peer(self, address):
        self.context.background(
            "ip", "netns", "exec", self.names[1], "turnutils_peer", "-L", address, "-p",
            self.context.peer_port)


def totals(output):
    found = re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", output)
    return tuple(map(int, found[-1])) if found else (0, 0)


@check("network: a private peer is closed until allowed-peer-ip opens it", only="turnstone",
       seconds=60)
def private_peer(context):
    machines = Machines(context)
    server = machines.serve()
    for address in (PEER, PEER_V6):
        machines.peer(address)
    to_peer = ["-e", PEER, "-r", context.peer_port]
    code, output = machines.uclient("-v", *to_peer, SERVER)
    expect(code != 0 and "403" in output, f"the peer is open:\n{tail(output)}")
    expect(f"allowed-peer-ip={PEER}" in server.log() or PEER in server.log(), server.log())
    daemon.rewrite(server, lines_in=["allowed-peer-ip=10.77.0.0/24", "allowed-peer-ip=fd77::/64"])
    server.signal(1)
    wait_until(context, "the reload", lambda: machines.uclient(*to_peer, SERVER)[0] == 0, 20)
    code, output = machines.uclient("-n", 20, *to_peer, SERVER)
    expect(code == 0 and totals(output) == (20, 20), tail(output))
    code, output = machines.uclient(
        "-n", 20, "-x", "-e", PEER_V6, "-r", context.peer_port, SERVER_V6)
    expect(code == 0 and totals(output) == (20, 20), tail(output))


@check("network: the server's own address is reached at live relay ports only", only="turnstone",
       seconds=60)
def own_address(context):
    machines = Machines(context)
    server = machines.serve("allowed-peer-ip=10.77.0.0/24")
    # Somebody on the server's machine who must not be reached: own addresses stay closed.
    context.background(
        "ip", "netns", "exec", machines.names[0], "turnutils_peer", "-L", SERVER, "-p",
        context.peer_port)
    code, output = machines.uclient("-v", "-e", SERVER, "-r", context.peer_port, SERVER)
    expect(code != 0 and "403" in output, f"a service beside the relay is open:\n{tail(output)}")
    code, output = machines.uclient("-v", "-s", "-e", SERVER, "-r", context.peer_port, SERVER)
    expect(totals(output)[1] == 0, f"indications reach it:\n{tail(output)}")
    code, output = machines.uclient("-y", "-n", 20, SERVER)
    expect(code == 0 and totals(output)[0] == totals(output)[1] >= 20, tail(output))
    expect(server.is_running(), "it ended")
