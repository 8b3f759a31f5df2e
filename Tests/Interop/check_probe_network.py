"""`turnstone probe` across a network of its own, whose faults it must name."""

import time

from check_network import SERVER, Machines
from harness import Skipped, check, expect, wait_until
from probe import expect_all_well, probe, target, user

#: Addresses that are nobody's own network, so that they count as public.
PUBLIC, PUBLIC_CLIENT = "198.51.100.1", "198.51.100.2"


class Away(Machines):
    """The probe on a machine of its own, with addresses that count as public."""

    def __init__(self, context):
        super().__init__(context)
        for name, address in zip(self.names, (PUBLIC, PUBLIC_CLIENT)):
            self.ip("-n", name, "address", "add", f"{address}/24", "dev", "ts0")

    def start(self, *lines):
        """A server on every address that answers."""
        self.context.serve(
            *lines, "allowed-peer-ip=198.51.100.0/24", "allowed-peer-ip=10.77.0.0/24",
            addresses=(PUBLIC,), loopback=False, wait=False,
            wrapper=["ip", "netns", "exec", self.names[0]])
        wait_until(
            self.context, "the server answers", lambda: self.probe(timeout=2).code in (0, 1), 15)

    def probe(self, *arguments, host=PUBLIC, timeout=8, transports="udp,tcp"):
        return probe(
            self.context, *target(self.context, host), "--transport", transports, "--timeout",
            timeout, *arguments, wrapper=["ip", "netns", "exec", self.names[1]])

    def drop(self, rule):
        """The server's firewall throws something away."""
        for command in (
                ["add", "table", "inet", "probe"],
                ["add", "chain", "inet", "probe", "in",
                 "{ type filter hook input priority 0 ; }"],
                ["add", "rule", "inet", "probe", "in", *rule.split(), "drop"]):
            code, output = self.context.run(
                "ip", "netns", "exec", self.names[0], "nft", *command)
            if code != 0:
                raise Skipped(f"no nftables here: {output.strip()}")


@check("probe: across a network, all is well", seconds=60)
def network_well(context):
    machines = Away(context)
    machines.start()
    report = machines.probe(*user())
    expect_all_well(report, ("udp", "tcp"))
    expect(report.paths["udp"]["mapped"].startswith(PUBLIC_CLIENT), f"{report}")


@check("probe: UDP is dropped", seconds=60)
def udp_dropped(context):
    machines = Away(context)
    machines.start()
    machines.drop("iifname ts0 meta l4proto udp")
    began = time.monotonic()
    report = machines.probe(*user())
    expect(time.monotonic() - began < 12, "it took longer than its bound")
    expect(report.code == 3, f"{report}")
    finding = report.named("udp-no-answer", "error")
    expect(str(context.port) in finding["mend"] and "firewall" in finding["mend"], f"{finding}")
    # Whether the relay range is closed cannot be known from there.
    report.silent_about("relay-range-closed", "tcp-no-answer")
    expect(report.paths["tcp"]["status"] == "ok", f"{report}")
    expect(report.paths["udp"]["steps"][0]["retransmissions"] >= 2, f"{report}")


@check("probe: TCP is dropped", seconds=60)
def tcp_dropped(context):
    machines = Away(context)
    machines.start()
    machines.drop("iifname ts0 meta l4proto tcp")
    report = machines.probe(*user())
    report.named("tcp-no-answer", "error")
    report.silent_about("udp-no-answer")
    expect(report.paths["udp"]["status"] == "ok", f"{report}")


@check("probe: the relay range is dropped", seconds=60)
def range_dropped(context):
    machines = Away(context)
    machines.start()
    first, last = context.relay_ports
    machines.drop(f"iifname ts0 udp dport {first}-{last}")
    report = machines.probe(*user())
    expect(report.code == 3, f"{report}")
    finding = report.named("relay-range-closed", "error")
    expect("min-port" in finding["mend"], f"{finding}")
    expect(len(finding["paths"]) == 2, f"{finding}")
    report.silent_about("relay-address-wrong", "relay-to-relay-lost", "udp-no-answer")


@check("probe: a wrong external-ip", seconds=60)
def wrong_external(context):
    machines = Away(context)
    machines.start("external-ip=198.51.100.99")
    report = machines.probe(*user())
    expect(report.code == 3, f"{report}")
    finding = report.named("relay-address-wrong", "error")
    expect("198.51.100.99" in finding["what"] and f"external-ip={PUBLIC}" in finding["mend"],
           f"{finding}")
    report.silent_about("relay-range-closed")


@check("probe: relay addresses of the inner network", seconds=60)
def inner_relay(context):
    machines = Away(context)
    machines.start(f"relay-ip={SERVER}")
    report = machines.probe(*user())
    expect(report.code == 3, f"{report}")
    finding = report.named("relay-address-private", "error")
    expect(f"external-ip={PUBLIC}/{SERVER}" in finding["mend"], f"{finding}")
    report.silent_about("relay-range-closed", "relay-address-wrong")


@check("probe: on the server's own machine", seconds=60)
def own_machine(context):
    machines = Away(context)
    machines.start()
    report = probe(
        context, *target(context, PUBLIC), *user(), "--transport", "udp,tcp",
        wrapper=["ip", "netns", "exec", machines.names[0]])
    expect(report.code == 0, f"{report}")
    report.silent_about("relay-range-closed", "relay-send-lost")
    expect("own-machine" in report.findings or context.options.server == "coturn", f"{report}")


@check("probe: a name with two addresses, one of them dead", seconds=60)
def two_addresses(context):
    machines = Away(context)
    machines.start()
    hosts = context.folder / "hosts"
    hosts.write_text(f"{PUBLIC} two.example.org\n198.51.100.77 two.example.org\n")
    inside = context.folder / "inside"
    inside.write_text(f'mount --bind {hosts} /etc/hosts && exec "$@"\n')
    report = probe(
        context, *target(context, "two.example.org"), *user(), "--transport", "udp", "--timeout",
        4, wrapper=["ip", "netns", "exec", machines.names[1], "unshare", "-m", "sh", inside])
    expect(report.code == 3, f"{report}")
    expect(set(report.value["addresses"]) == {PUBLIC, "198.51.100.77"}, f"{report}")
    states = {path["server"].split(":")[0]: path["status"] for path in report.value["paths"]}
    expect(states == {PUBLIC: "ok", "198.51.100.77": "failed"}, f"{states}")


@check("probe: a lossy path", seconds=60)
def lossy(context):
    machines = Away(context)
    machines.start()
    machines.drop("iifname ts0 meta l4proto udp numgen random mod 10 < 2")
    seen = []
    for _ in range(3):
        report = machines.probe(*user(), transports="udp", timeout=20)
        seen.append(str(report))
        if "loss" in report.findings:
            return
    expect(False, "\n".join(seen))
