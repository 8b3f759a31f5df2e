"""`turnstone doctor` on machines with one arranged fault each: it names that one and no other.

The clock is left out: it is the whole machine's, which no check may set. Its rules have unit tests.
"""

import json
import sys
import time

import daemon
from daemon import SECRET
from harness import Failure, Skipped, check, expect, wait_until

#: Addresses that are nobody's own network, so that they count as public.
PUBLIC, PRIVATE = "198.51.100.1", "10.78.0.1"
NAME = "turn.example.org"


class Authority:
    """An authority of its own, an intermediate one below it, and what that issues."""

    def __init__(self, context):
        self.context = context
        self.folder = context.folder
        self.root = self.issue("root", None, "CA:TRUE")
        self.middle = self.issue("middle", "root", "CA:TRUE")

    def path(self, stem, kind):
        return self.folder / f"{stem}-{kind}.pem"

    def openssl(self, *arguments):
        code, output = self.context.run("openssl", *arguments)
        expect(code == 0, output)

    def issue(self, stem, issuer, constraints, name=None, start=-10, end=90):
        key, request = self.path(stem, "key"), self.path(stem, "request")
        certificate, extensions = self.path(stem, "cert"), self.path(stem, "extensions")
        self.openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key)
        self.openssl("req", "-new", "-key", key, "-subj", f"/CN={name or stem}", "-out", request)
        text = f"basicConstraints=critical,{constraints}\n"
        if name:
            text += f"subjectAltName=DNS:{name}\n"
        extensions.write_text(text)
        database = self.folder / f"{stem}-ca"
        database.mkdir()
        (database / "index").write_text("")
        (database / "serial").write_text("01\n")
        settings = self.folder / f"{stem}.conf"
        settings.write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={database}/index\nserial={database}/serial\n"
            f"new_certs_dir={database}\ndefault_md=sha256\npolicy=any\n[any]\n"
            "commonName=supplied\n")

        def day(offset):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + offset * 86400))

        signed = ["-selfsign", "-keyfile", key] if issuer is None else [
            "-cert", self.path(issuer, "cert"), "-keyfile", self.path(issuer, "key")]
        self.openssl(
            "ca", "-batch", "-config", settings, *signed, "-in", request, "-out", certificate,
            "-startdate", day(start), "-enddate", day(end), "-extfile", extensions, "-notext")
        # The server gives up its rights before it reads the pair again.
        key.chmod(0o644)
        return certificate

    def server(self, stem="server", name=NAME, chain=True, **dates):
        """A chain for a name and its key, as lines of a configuration."""
        lines = [f"cert={self.path(stem, 'cert')}", f"pkey={self.path(stem, 'key')}"]
        if self.path(stem, "cert").exists():
            return lines
        certificate = self.issue(stem, "middle", "CA:FALSE", name=name, **dates)
        if chain:
            certificate.write_text(certificate.read_text() + self.middle.read_text())
        return lines


class Machine:
    """A namespace with an address and a way out, gone when the check ends."""

    def __init__(self, context, address=PUBLIC, kind=("bridge",)):
        self.context = context
        self.name = f"ts-{context.slot}-doctor"
        code, output = context.run("ip", "netns", "add", self.name)
        if code != 0:
            raise Skipped(f"no network namespaces here: {output.strip()}")
        context.stack.callback(context.run, "ip", "netns", "delete", self.name)
        self.ip("link", "set", "lo", "up")
        # Nobody is at the other end: this machine alone is looked at.
        self.ip("link", "add", "ts0", "type", *kind)
        self.ip("link", "set", "ts0", "up")
        self.ip("address", "add", f"{address}/24", "dev", "ts0")
        self.ip("route", "add", "default", "dev", "ts0")
        self.authority = Authority(context)

    @property
    def inside(self):
        return ["ip", "netns", "exec", self.name]

    def ip(self, *arguments):
        code, output = self.context.run("ip", "-n", self.name, *arguments)
        if code != 0:
            raise Skipped(f"ip {' '.join(arguments)}: {output.strip()}")

    def run(self, *arguments):
        code, output = self.context.run(*self.inside, *arguments)
        if code != 0:
            raise Skipped(f"{' '.join(map(str, arguments))}: {output.strip()}")
        return output

    def serve(self, *lines, certificate=None, starts=True, wrapper=(), buffer=200_000):
        """A server as an operator has it: a secret, a certificate, UDP, TCP, TLS and DTLS."""
        pair = self.authority.server() if certificate is None else certificate
        if not pair:
            pair = ["no-tls", "no-dtls"]
        server = self.context.serve(
            "use-auth-secret", f"static-auth-secret={SECRET} and more of it, to be long enough",
            f"sock-buf-size={buffer}", "connections-max=64", *pair, *lines, user=False,
            loopback=False, addresses=(), wait=False, wrapper=[*self.inside, *wrapper])
        if starts:
            wait_until(
                self.context, "the server answers its admin socket",
                lambda: server.command("status")[0] == 0)
        return server

    def doctor(self, server, *arguments, host=NAME, skip="clock", wrapper=()):
        command = [
            *self.inside, *wrapper, self.context.options.binary, "doctor", "-c",
            server.config_path, "--ca-file", self.authority.root, *arguments]
        if skip:
            command += ["--skip", skip]
        # The name itself would have to be looked up; the configuration tells it.
        code, output = self.context.run(*command, "--json", seconds=50)
        try:
            value = json.loads(output)
        except ValueError:
            raise Failure(f"exit {code}, and no JSON: {output}") from None
        judge(value)
        expect(value["exitCode"] == code, f"exit {code}, but {value['exitCode']} in the JSON")
        text_code, text = self.context.run(*command, seconds=50)
        expect(text_code == code, f"exit {text_code} as text, {code} as JSON:\n{text}")
        return Report(code, value, text)


CHECKS = [
    "configuration", "daemon", "ports", "listeners", "relay", "addresses", "certificates",
    "firewall", "container", "kernel", "limits", "clock"]


def judge(value):
    """The members that docs/admin.md promises, with their types."""
    def members(thing, **types):
        expect(set(thing) >= set(types), f"{set(types) - set(thing)} is missing in {thing}")
        for name, kind in types.items():
            expect(isinstance(thing[name], kind), f"{name} is {thing[name]!r}")

    members(value, schema=int, file=str, verdict=str, exitCode=int, at=int, root=bool,
            checks=list, findings=list, outside=str)
    expect(value["schema"] == 1, "another schema")
    expect([each["name"] for each in value["checks"]] == CHECKS, f"{value['checks']}")
    for each in value["checks"]:
        members(each, name=str, status=str, summary=str)
        expect(each["status"] in ("ok", "note", "warning", "failed", "unknown", "skipped"),
               each["status"])
    for finding in value["findings"]:
        members(finding, id=str, check=str, severity=str, what=str, why=str, mend=str,
                commands=list, paths=list)


class Report:
    """What one run of the doctor said, in both forms."""

    def __init__(self, code, value, text):
        self.code = code
        self.value = value
        self.text = text
        self.status = {each["name"]: each["status"] for each in value["checks"]}
        self.findings = [each for each in value["findings"] if each["severity"] != "note"]

    def well(self, *unknown):
        expect(self.code == 0 and self.value["verdict"] == "ok" and not self.findings, f"{self}")
        for name, status in self.status.items():
            wanted = "unknown" if name in unknown else "skipped" if name == "clock" else "ok"
            expect(status == wanted, f"{name} is {status}: {self}")
        expect("Nothing is wrong" in self.text, self.text)
        return self

    def only(self, identity, code, *words, command=None):
        """The fault that was arranged, and no other; explained, with a command."""
        found = {each["id"] for each in self.findings}
        expect(found == {identity}, f"not {identity} alone: {self}")
        expect(self.code == code, f"exit {self.code}, not {code}: {self}")
        finding = self.findings[0]
        expect(finding["why"] and finding["mend"], f"{identity} explains nothing")
        for word in words:
            expect(word in finding["what"] + finding["mend"], f"no {word} in {finding}")
        if command:
            expect(any(command in each for each in finding["commands"]), f"{finding['commands']}")
            expect(command in self.text, self.text)
        expect(finding["what"].split(" ")[0] in self.text, self.text)
        return finding

    def __str__(self):
        return f"exit {self.code}\n{self.text}"


@check("doctor: a healthy server, as text and JSON", only="turnstone", seconds=90)
def healthy(context):
    machine = Machine(context)
    server = machine.serve(f"public-name={NAME}")
    report = machine.doctor(server).well()
    expect("turnstone probe " + NAME in report.text, report.text)
    relay = next(each for each in report.value["checks"] if each["name"] == "relay")
    expect("40 of 40" in relay["summary"] or "of" in relay["summary"], f"{relay}")
    # It changed nothing, and gave its allocations back.
    wait_until(context, "no allocation is left",
               lambda: server.json("allocations", "list")["matched"] == 0, 5)


@check("doctor: nftables drops the relay ports", only="turnstone", seconds=90)
def nftables_relay(context):
    machine = Machine(context)
    server = machine.serve()
    first, last = context.relay_ports
    nft(machine, "policy accept", f"udp dport {first}-{last} counter drop")
    command = f"nft insert rule inet guard input udp dport {first}-{last} accept"
    report = machine.doctor(server)
    report.only("firewall-relay", 3, f"{first}-{last}", "handle", command=command)
    # What it says mends it.
    machine.run(*command.split())
    machine.doctor(server).well()


@check("doctor: nftables drops what no rule names", only="turnstone", seconds=90)
def nftables_policy(context):
    machine = Machine(context)
    server = machine.serve()
    first, last = context.relay_ports
    nft(machine, "policy drop", "ct state established,related accept", "iif lo accept",
        f"udp dport {{ {context.tls_port}, {first}-{last} }} accept",
        f"tcp dport {{ {context.port}, {context.tls_port} }} accept")
    # The doctor's own packets come by lo.
    finding = machine.doctor(server).only(
        "firewall-listener", 3, "policy drop", str(context.port), command="nft insert rule")
    machine.run(*finding["commands"][0].split())
    machine.doctor(server).well()


def nft(machine, policy, *rules):
    """A table of the operator's own."""
    file = machine.context.folder / "rules.nft"
    body = "\n    ".join(rules)
    file.write_text(
        "table inet guard {\n  chain input {\n    type filter hook input priority filter; "
        f"{policy};\n    {body}\n  }}\n}}\n")
    machine.run("nft", "-f", file)


@check("doctor: iptables drops the relay ports; rules beyond the model are a note",
       only="turnstone", seconds=90)
def iptables_relay(context):
    machine = Machine(context)
    server = machine.serve()
    first, last = context.relay_ports
    machine.run("iptables", "-A", "INPUT", "-m", "conntrack", "--ctstate", "ESTABLISHED", "-j",
                "ACCEPT")
    machine.run("iptables", "-A", "INPUT", "-i", "ts0", "-p", "udp", "--dport", f"{first}:{last}",
                "-j", "DROP")
    command = f"iptables -I INPUT -p udp --dport {first}:{last} -j ACCEPT"
    machine.doctor(server).only("firewall-relay", 3, "-j DROP", command=command)
    machine.run("iptables", "-F", "INPUT")
    machine.run("iptables", "-A", "INPUT", "-i", "ts0", "-p", "udp", "-m", "statistic", "--mode",
                "random", "--probability", "0.01", "-j", "DROP")
    report = machine.doctor(server)
    expect(report.code == 0 and report.status["firewall"] == "note", f"{report}")
    expect("could not tell" in report.text, report.text)


@check("doctor: ufw has no rule for the relay ports", only="turnstone", seconds=90)
def ufw(context):
    machine = Machine(context)
    server = machine.serve()
    first, last = context.relay_ports
    file = context.folder / "ufw.rules"
    ports = f"{context.port},{context.tls_port}"
    file.write_text(
        "*filter\n:INPUT DROP [0:0]\n:ufw-before-input - [0:0]\n:ufw-user-input - [0:0]\n"
        "-A INPUT -j ufw-before-input\n-A ufw-before-input -i lo -j ACCEPT\n"
        "-A ufw-before-input -j ufw-user-input\n"
        f"-A ufw-user-input -p udp -m multiport --dports {ports} -j ACCEPT\n"
        f"-A ufw-user-input -p tcp -m multiport --dports {ports} -j ACCEPT\nCOMMIT\n")
    machine.run("iptables-restore", file)
    machine.doctor(server).only(
        "firewall-relay", 3, command=f"ufw allow {first}:{last}/udp")


@check("doctor: firewalld's zone has no rule for the relay ports", only="turnstone", seconds=90)
def firewalld(context):
    machine = Machine(context)
    server = machine.serve()
    first, last = context.relay_ports
    ports = f"{{ {context.port}, {context.tls_port} }}"
    file = context.folder / "firewalld.nft"
    # As firewalld loads it, without the zones that no interface is in.
    file.write_text(f"""
        table inet firewalld {{
          chain filter_PREROUTING {{
            type filter hook prerouting priority filter + 10; policy accept;
            icmpv6 type {{ nd-router-advert, nd-neighbor-solicit }} accept
            meta nfproto ipv6 fib saddr . mark . iif oif missing drop
          }}
          chain filter_IN_public_allow {{
            udp dport {ports} ct state {{ new, untracked }} accept
            tcp dport {ports} ct state {{ new, untracked }} accept
          }}
          chain filter_IN_public {{
            jump filter_IN_public_allow
            meta l4proto {{ icmp, ipv6-icmp }} accept
            reject with icmpx admin-prohibited
          }}
          chain filter_INPUT_ZONES {{ goto filter_IN_public; }}
          chain filter_INPUT {{
            type filter hook input priority filter + 10; policy accept;
            ct state {{ established, related }} accept
            ct status dnat accept
            iifname "lo" accept
            ct state invalid drop
            jump filter_INPUT_ZONES
            reject with icmpx admin-prohibited
          }}
        }}
        """)
    machine.run("nft", "-f", file)
    machine.doctor(server).only(
        "firewall-relay", 3, "filter_IN_public",
        command=f"firewall-cmd --permanent --zone=public --add-port={first}-{last}/udp")
    machine.run("nft", "add", "rule", "inet", "firewalld", "filter_IN_public_allow", "udp",
                "dport", f"{first}-{last}", "accept")
    machine.doctor(server).well()


@check("doctor: a wrong external-ip, and none behind a NAT", only="turnstone", seconds=120)
def external(context):
    machine = Machine(context)
    server = machine.serve("external-ip=203.0.113.9")
    machine.doctor(server).only(
        "external-ip-wrong", 3, "203.0.113.9", PUBLIC, command="systemctl restart")
    server.stop()
    machine.ip("address", "flush", "dev", "ts0")
    machine.ip("address", "add", f"{PRIVATE}/24", "dev", "ts0")
    machine.ip("route", "add", "default", "dev", "ts0")
    server = machine.serve(certificate=[])
    machine.doctor(server).only("external-ip-missing", 3, PRIVATE, f"external-ip=PUBLIC/{PRIVATE}")
    server.stop()
    server = machine.serve(f"external-ip=203.0.113.9/{PRIVATE}", certificate=[])
    report = machine.doctor(server).well("addresses")
    expect("from elsewhere" in report.text, report.text)
    server.stop()
    server = machine.serve("external-ip=203.0.113.9/10.78.0.99", certificate=[])
    machine.doctor(server).only("external-ip-unused", 3, "10.78.0.99", PRIVATE)


@check("doctor: certificates: expired, another name, without chain, another key, none",
       only="turnstone", seconds=180)
def certificates(context):
    machine = Machine(context)
    authority = machine.authority

    def examine(lines):
        # One address, and no packets: each transport is tried all the same.
        server = machine.serve(
            f"public-name={NAME}", f"listening-ip={PUBLIC}", certificate=lines)
        report = machine.doctor(server, skip="clock,relay")
        server.stop()
        return report

    examine(authority.server("old", start=-90, end=-5)).only(
        "certificate-expired", 3, "5 days", command="certbot renew")
    examine(authority.server("soon", start=-80, end=10)).only(
        "certificate-expires-soon", 1, command="certbot renew --dry-run")
    examine(authority.server("other", name="www.example.org")).only(
        "certificate-name", 3, "www.example.org", NAME, command=f"-d {NAME}")
    examine(authority.server("alone", chain=False)).only(
        "certificate-chain", 3, "fullchain", command="grep -c BEGIN")
    strange = f"pkey={authority.path('old', 'key')}"
    examine([f"cert={authority.path('other', 'cert')}", strange]).only(
        "certificate-key", 3, "does not match", command="openssl pkey")
    examine([f"cert={context.folder}/none.pem", strange]).only(
        "certificate-unusable", 3, "none.pem")


@check("doctor: another program has a port", only="turnstone", seconds=90)
def port_held(context):
    machine = Machine(context)
    program = (
        "import socket,time;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);"
        f"s.bind(('0.0.0.0',{context.port}));time.sleep(600)")
    context.background(*machine.inside, sys.executable, "-c", program)
    wait_until(
        context, "the port is taken", lambda: f":{context.port} " in machine.run("ss", "-lnu"))
    server = machine.serve(starts=False)
    wait_until(context, "the server ends", lambda: not server.is_running())
    finding = machine.doctor(server).only(
        "port-held", 3, "python", "UDP", str(context.port), command="ss -lnpu")
    expect("process" in finding["what"], f"{finding}")


@check("doctor: the daemon does not run; its file has an error; there is no file",
       only="turnstone", seconds=90)
def not_running(context):
    machine = Machine(context)
    server = machine.serve()
    server.stop()
    report = machine.doctor(server)
    report.only("daemon-not-running", 3, command="systemctl enable --now turnstone")
    expect(report.status["listeners"] == "unknown", f"{report}")
    first, _ = context.relay_ports
    daemon.rewrite(server, lines_out=[f"min-port={first}"], lines_in=["min-port=no"])
    report = machine.doctor(server)
    report.only("invalid-value", 2, "min-port", command="turnstone check")
    report = machine.doctor(server, skip=",".join(CHECKS))
    expect(report.code == 0 and set(report.status.values()) == {"skipped"}, f"{report}")
    binary = context.options.binary
    for line in (["-c", context.folder / "none.conf"], ["--skip", "everything"], ["a", "b"],
                 ["--ca-file", context.folder / "none", "-c", server.config_path]):
        code, output = context.run(*machine.inside, binary, "doctor", *line)
        expect(code == 2 and output.startswith("turnstone: "), f"{line} gave {code}: {output}")


@check("doctor: small socket buffers, a low limit of files, relay ports taken by others",
       only="turnstone", seconds=120)
def bounds(context):
    machine = Machine(context)
    server = machine.serve(buffer=1 << 28)
    machine.doctor(server).only(
        "socket-buffers", 1, "262144 KiB", command="sysctl -w net.core.rmem_max=268435456")
    server.stop()
    first, last = context.relay_ports
    # Without the right to raise it again.
    server = machine.serve(
        wrapper=["prlimit", "--nofile=256:256", "setpriv", "--bounding-set=-sys_resource",
                 "--inh-caps=-sys_resource"])
    finding = machine.doctor(server).only("file-limit", 1, "256", "LimitNOFILE=")
    expect("systemctl edit turnstone" in finding["commands"], f"{finding}")
    server.stop()
    server = machine.serve()
    # A few do no harm, though the ranges overlap.
    low, high = map(int, machine.run("cat", "/proc/sys/net/ipv4/ip_local_port_range").split())
    for count in (5, (last - first) // 2):
        program = (
            "import socket,time;"
            f"s=[socket.socket(socket.AF_INET,socket.SOCK_DGRAM) for _ in range({count})];"
            f"[each.bind(('127.0.0.1',{first}+i)) for i,each in enumerate(s)];time.sleep(600)")
        holder = context.background(*machine.inside, sys.executable, "-c", program)
        wait_until(context, "the ports are taken",
                   lambda: machine.run("ss", "-lnu").count(" 127.0.0.1:") >= count)
        report = machine.doctor(server)
        if count == 5:
            report.well()
            holder.terminate()
            holder.wait()
        else:
            report.only("relay-ports-taken", 1, str(count), command="ss -lnup")
    expect(low < high, "a range of ports")


@check("doctor: the file was changed and not loaded; without the rights of root",
       only="turnstone", seconds=90)
def pending(context):
    machine = Machine(context)
    server = machine.serve()
    daemon.rewrite(server, lines_in=["user-quota=7"])
    machine.doctor(server).only(
        "configuration-not-loaded", 1, "user-quota=7", command="turnstone reload")
    code, output = server.command("reload")
    expect(code == 0, output)
    machine.doctor(server).well()
    context.folder.chmod(0o755)
    server.config_path.chmod(0o644)
    report = machine.doctor(
        server, wrapper=["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"])
    expect(not report.findings, f"{report}")
    expect(report.status["firewall"] == "unknown", f"{report}")
    expect(report.status["daemon"] == "unknown" and not report.value["root"], f"{report}")
    expect("As root" in report.text, report.text)
    expect(report.status["listeners"] == "ok", f"{report}")


@check("doctor: a container with a network of its own, and docker's proxy on the host",
       only="turnstone", seconds=120)
def containers(context):
    machine = Machine(context, kind=("veth", "peer", "name", "ts1"))
    machine.ip("link", "set", "ts1", "up")
    # A folder of its own with the mark that podman leaves in its containers.
    marked = ["unshare", "--mount", "sh", "-c",
              'mount -t tmpfs none /run && touch /run/.containerenv && exec "$0" "$@"']
    server = machine.serve()
    machine.doctor(server, wrapper=marked).well()
    server.stop()
    machine.ip("address", "flush", "dev", "ts0")
    machine.ip("address", "add", f"{PRIVATE}/24", "dev", "ts0")
    machine.ip("route", "add", "default", "dev", "ts0")
    server = machine.serve(f"external-ip=203.0.113.9/{PRIVATE}", certificate=[])
    machine.doctor(server, wrapper=marked).only(
        "container-bridge", 1, "podman", "ts0", command="--network host")
    server.stop()
    machine.ip("link", "delete", "ts0")
    machine.ip("link", "add", "ts0", "type", "bridge")
    machine.ip("address", "add", f"{PUBLIC}/24", "dev", "ts0")
    machine.ip("link", "set", "ts0", "up")
    machine.ip("route", "add", "default", "dev", "ts0")
    program = context.folder / "docker-proxy"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
    program.chmod(0o755)
    first, _ = context.relay_ports
    for port in range(first, first + 10):
        context.background(program, "-proto", "udp", "-host-ip", "0.0.0.0", "-host-port", port)
    server = machine.serve(certificate=[])
    machine.doctor(server).only("docker-proxy", 1, "10", command="--network host")


@check("doctor: a time server that is asked only when told to", only="turnstone", seconds=90)
def time_server(context):
    machine = Machine(context)
    server = machine.serve()
    for ahead, identity, code in ((0, None, 0), (30, "clock-wrong", 1), (7_200, "clock-wrong", 3)):
        port = context.peer_port
        machine_clock = TimeServer(machine, port, ahead)
        report = machine.doctor(server, "--ntp", f"127.0.0.1:{port}", skip=None)
        machine_clock.stop()
        found = [each for each in report.findings if each["id"] != "clock-unsynchronised"]
        expect([each["id"] for each in found] == ([identity] if identity else []), f"{report}")
        if identity:
            expect(f"{ahead} s behind" in found[0]["what"] or f"{ahead - 1} s behind"
                   in found[0]["what"], f"{found}")
            expect("timedatectl set-ntp true" in found[0]["commands"], f"{found}")
    report = machine.doctor(server, "--ntp", f"127.0.0.1:{context.peer_port}", skip=None)
    clock = next(each for each in report.value["checks"] if each["name"] == "clock")
    expect("does not answer" in clock["summary"] or "refused" in clock["summary"].lower(),
           f"{clock}")


class TimeServer:
    """A server of RFC 5905 whose clock is ahead by some seconds, on the machine's loopback."""

    PROGRAM = """
import socket, struct, sys, time
port, ahead = int(sys.argv[1]), int(sys.argv[2])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", port))
while True:
    question, client = server.recvfrom(512)
    now = time.time() + ahead + 2208988800
    stamp = struct.pack(">II", int(now) & 0xffffffff, int(now % 1 * 2**32))
    server.sendto(bytes([0x24, 2, 6, 0xec]) + bytes(20) + question[40:48] + stamp + stamp, client)
"""

    def __init__(self, machine, port, ahead):
        self.process = machine.context.background(
            *machine.inside, sys.executable, "-c", self.PROGRAM, port, ahead)
        wait_until(machine.context, "the time server listens",
                   lambda: f"127.0.0.1:{port} " in machine.run("ss", "-lnu"))

    def stop(self):
        self.process.terminate()
        self.process.wait()
