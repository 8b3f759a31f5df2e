"""`turnstone probe` against servers that are well, and against arranged faults that it must name.

With `--server coturn` the server is coturn; the probe is ours in both.
"""

import hmac
import http.server
import json
import threading
import time
from base64 import b64encode
from pathlib import Path

import certificates
from check_network import SERVER, Machines
from daemon import PASSWORD, REALM, SECRET, USER
from harness import Skipped, check, end, expect, wait_until

#: Addresses that are nobody's own network, so that they count as public.
PUBLIC, PUBLIC_CLIENT = "198.51.100.1", "198.51.100.2"
TRANSPORTS = ("udp", "tcp", "tls", "dtls")


class Report:
    """What one run of the probe said."""

    def __init__(self, code, value):
        self.code = code
        self.value = value
        self.findings = {finding["id"]: finding for finding in value["findings"]}
        self.paths = {path["transport"]: path for path in value["paths"]}

    def named(self, finding, severity=None):
        expect(finding in self.findings, f"no {finding} among {self}")
        found = self.findings[finding]
        expect(found["what"] and found["why"] and found["mend"], f"{finding} explains nothing")
        if severity:
            expect(found["severity"] == severity, f"{finding} is {found['severity']}")
        return found

    def silent_about(self, *findings):
        for finding in findings:
            expect(finding not in self.findings, f"{finding} among {self}")

    def __str__(self):
        states = {name: path["status"] for name, path in self.paths.items()}
        return f"exit {self.code}, {states}, {json.dumps(self.value['findings'], indent=1)}"


def probe(context, *arguments, wrapper=(), seconds=35):
    """Runs the probe with --json; the schema is judged each time."""
    code, output = context.run(
        *wrapper, context.options.binary, "probe", *arguments, "--json", seconds=seconds)
    try:
        value = json.loads(output)
    except ValueError:
        expect(False, f"exit {code}, and no JSON: {output}")
    judge(value)
    expect(value["exitCode"] == code, f"exit {code}, but {value['exitCode']} in the JSON")
    return Report(code, value)


OUTCOMES = {"ok", "refused", "no-answer", "failed"}


def judge(value):
    """The members that docs/admin.md promises, with their types."""
    def members(thing, **types):
        expect(set(thing) >= set(types), f"{set(types) - set(thing)} is missing in {thing}")
        for name, kind in types.items():
            expect(isinstance(thing[name], kind), f"{name} is {thing[name]!r}")

    nothing = type(None)
    number = (int, float)
    members(value, schema=int, host=str, verdict=str, exitCode=int, at=int, addresses=list,
            nameMilliseconds=number, paths=list, findings=list)
    expect(value["schema"] == 1, "another schema")
    expect(value["verdict"] in ("ok", "warnings", "failed", "unusable"), value["verdict"])
    for path in value["paths"]:
        members(path, transport=str, server=str, status=str, steps=list, tls=(dict, nothing),
                mapped=(str, nothing), relayed=(str, nothing), realm=(str, nothing),
                lifetimeSeconds=(int, nothing), software=(str, nothing), echoes=list)
        expect(path["transport"] in TRANSPORTS, path["transport"])
        expect(path["status"] in ("ok", "warning", "failed", "not-offered"), path["status"])
        for step in path["steps"]:
            members(step, name=str, outcome=str, milliseconds=number, retransmissions=int)
            expect(step["outcome"] in OUTCOMES, step["outcome"])
        for echo in path["echoes"]:
            members(echo, mode=str, sent=int, reached=int, received=int, largeSent=int,
                    largeReceived=int, medianMilliseconds=(*number, nothing),
                    p95Milliseconds=(*number, nothing))
            expect(echo["received"] <= echo["reached"] <= echo["sent"], f"{echo}")
        if path["tls"]:
            members(path["tls"], version=str, cipher=str, certificate=(dict, nothing))
            members(path["tls"]["certificate"], names=list, subject=str, issuer=str,
                    notBefore=int, notAfter=int, selfSigned=bool, covers=bool, chainLength=int,
                    key=str, sha256=str, distrust=(str, nothing))
    for finding in value["findings"]:
        members(finding, id=str, severity=str, what=str, why=str, mend=str, paths=list)
        expect(finding["severity"] in ("note", "warning", "error"), finding["severity"])


def target(context, host="localhost"):
    """The ports of the check's server."""
    return [host, "--port", context.port, "--tls-port", context.tls_port]


def user(name=USER, password=PASSWORD):
    return ["--user", name, "--password", password]


def secured(context, *lines, name="localhost", days=90, **keywords):
    """A server with a certificate; and the pair."""
    pair = certificates.Pair(context, name=name, days=days)
    lines = [*pair.lines, "dtls", *lines]
    if context.options.server == "coturn":
        # 4.6 has no such key: it serves DTLS wherever it may.
        lines.remove("dtls")
    return context.serve(*lines, **keywords), pair


def expect_all_well(report, transports=TRANSPORTS):
    expect(report.code == 0 and report.value["verdict"] == "ok", f"{report}")
    expect(set(report.paths) == set(transports), f"{report}")
    for path in report.paths.values():
        modes = {echo["mode"]: echo for echo in path["echoes"]}
        expect(set(modes) == {"own-socket", "indications", "channels"}, f"{path}")
        for echo in modes.values():
            expect(echo["sent"] == 20 and echo["received"] >= 19, f"{path}")
            expect(0 < echo["medianMilliseconds"] <= echo["p95Milliseconds"] < 2000, f"{path}")
        expect(path["realm"] == REALM and path["relayed"] and path["mapped"], f"{path}")


@check("probe: a server that is well, over every transport")
def all_well(context):
    _, pair = secured(context)
    report = probe(
        context, *target(context), *user(), "--family", 4, "--ca-file", pair.certificate)
    expect_all_well(report)
    tls = report.paths["tls"]["tls"]
    expect(tls["version"] == "TLSv1.3" or context.options.server == "coturn", f"{tls}")
    expect(tls["certificate"]["covers"] and tls["certificate"]["distrust"] is None, f"{tls}")
    expect(tls["certificate"]["sha256"].replace(":", "") == pair.fingerprint, f"{tls}")
    # The same for people.
    code, output = context.run(
        context.options.binary, "probe", *target(context), *user(), "--family", 4, "--ca-file",
        pair.certificate)
    expect(code == 0 and "All is well." in output, output)
    expect(output.count("20 of 20") >= 10, output)


@check("probe: IPv6")
def version_six(context):
    context.serve()
    report = probe(
        context, f"[::1]:{context.port}", *user(), "--transport", "udp,tcp")
    expect(report.paths["udp"]["server"] == f"[::1]:{context.port}", f"{report}")
    expect(report.paths["udp"]["relayed"].startswith("[::1]:"), f"{report}")
    expect_all_well(report, ("udp", "tcp"))


@check("probe: allocations are given back", only="turnstone")
def gives_back(context):
    server = context.serve()
    expect_all_well(
        probe(context, *target(context, "127.0.0.1"), *user(), "--transport", "udp,tcp"),
        ("udp", "tcp"))
    wait_until(
        context, "no allocation is left",
        lambda: server.json("allocations", "list")["matched"] == 0, 2)


@check("probe: without credentials it stops at the challenge")
def no_credentials(context):
    context.serve()
    report = probe(context, *target(context, "127.0.0.1"), "--transport", "udp,tcp")
    expect(report.code == 0, f"{report}")
    report.named("no-credentials", "note")
    expect(report.paths["udp"]["realm"] == REALM, f"{report}")
    expect(report.paths["udp"]["relayed"] is None, f"{report}")


@check("probe: a secret, from option, file and variable; another secret")
def secrets(context):
    context.serve("use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    udp = [*target(context, "127.0.0.1"), "--transport", "udp"]
    expect_all_well(probe(context, *udp, "--secret", SECRET), ["udp"])
    file = context.folder / "secret"
    file.write_text(f"{SECRET}\n")
    expect_all_well(probe(context, *udp, "--secret-file", file, "--user", "bob"), ["udp"])
    expect_all_well(
        probe(context, *udp, wrapper=["env", f"TURNSTONE_PROBE_SECRET={SECRET}"]), ["udp"])
    report = probe(context, *udp, "--secret", "another secret")
    expect(report.code == 3, f"{report}")
    report.named("secret-refused", "error")
    expect(SECRET not in json.dumps(report.value), "the secret is in the output")


@check("probe: an expired credential, and one that has not expired but is wrong")
def expired(context):
    context.serve("use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    udp = [*target(context, "127.0.0.1"), "--transport", "udp"]

    def issued(seconds, secret=SECRET):
        name = f"{int(time.time()) + seconds}:bob"
        digest = hmac.new(secret.encode(), name.encode(), "sha1").digest()
        return user(name, b64encode(digest).decode())

    expect_all_well(probe(context, *udp, *issued(600)), ["udp"])
    report = probe(context, *udp, *issued(-312))
    expect(report.code == 3, f"{report}")
    expect("5 min" in report.named("credential-expired", "error")["what"], f"{report}")
    report = probe(context, *udp, *issued(600, "another"))
    report.named("credential-refused", "error")
    report.silent_about("credential-expired")


@check("probe: a wrong password, another realm")
def refused(context):
    context.serve()
    udp = [*target(context, "127.0.0.1"), "--transport", "udp"]
    report = probe(context, *udp, *user(password="no"), "--realm", "other.example")
    expect(report.code == 3, f"{report}")
    report.named("credential-refused", "error")
    expect(REALM in report.named("realm-differs", "error")["what"], f"{report}")
    report = probe(context, *udp, *user(), "--realm", "other.example")
    expect(report.code == 1, f"{report}")
    report.named("realm-differs", "warning")


@check("probe: a quota that leaves room for one allocation")
def quota(context):
    context.serve("user-quota=1")
    report = probe(
        context, *target(context, "127.0.0.1"), *user(), "--transport", "udp")
    report.named("quota-small", "warning")
    expect(report.code == 1, f"{report}")
    expect([echo["mode"] for echo in report.paths["udp"]["echoes"]] == ["own-socket"], f"{report}")


@check("probe: certificates: another name, signed by itself, expired")
def certificate_faults(context):
    _, pair = secured(context, name="other.example.org")
    tls = [*target(context), "--family", 4, *user(), "--transport", "tls"]
    trusted = ["--ca-file", pair.certificate]
    report = probe(context, *tls, *trusted)
    expect(report.code == 3, f"{report}")
    expect("other.example.org" in report.named("certificate-name", "error")["what"], f"{report}")
    report.silent_about("certificate-self-signed", "certificate-untrusted")
    # Marked, and the test went on.
    expect(len(report.paths["tls"]["echoes"]) == 3, f"{report}")
    report = probe(context, *tls)
    report.named("certificate-name", "error")
    report.named("certificate-self-signed", "error")


@check("probe: an expired certificate")
def certificate_expired(context):
    _, pair = expired_pair(context)
    report = probe(
        context, *target(context), "--family", 4, *user(), "--transport", "tls", "--ca-file",
        pair.certificate)
    expect(report.code == 3, f"{report}")
    expect("day" in report.named("certificate-expired", "error")["what"], f"{report}")
    report.silent_about("certificate-untrusted", "certificate-self-signed", "certificate-name")


def expired_pair(context):
    """A server whose certificate ended ten days ago."""
    pair = certificates.Pair(context, name="localhost")
    request = context.folder / "request.pem"
    extensions = context.folder / "extensions"
    extensions.write_text("subjectAltName=DNS:localhost\n")
    folder = context.folder / "authority"
    folder.mkdir()
    (folder / "index").write_text("")
    (folder / "serial").write_text("01\n")
    settings = context.folder / "authority.conf"
    settings.write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index\nserial={folder}/serial\n"
        f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
    code, output = context.run(
        "openssl", "req", "-new", "-key", pair.key, "-subj", "/CN=localhost", "-out", request)
    expect(code == 0, output)

    def day(offset):
        return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + offset * 86400))

    code, output = context.run(
        "openssl", "ca", "-batch", "-selfsign", "-config", settings, "-keyfile", pair.key, "-in",
        request, "-out", pair.certificate, "-startdate", day(-40), "-enddate", day(-10),
        "-extfile", extensions, "-notext")
    expect(code == 0, output)
    return context.serve(*pair.lines), pair


@check("probe: nothing listens; no such name; a command line that is none", only="turnstone")
def nothing(context):
    began = time.monotonic()
    report = probe(context, *target(context, "127.0.0.1"))
    expect(report.code == 4 and report.value["verdict"] == "unusable", f"{report}")
    report.named("udp-refused", "error")
    report.named("tcp-refused", "error")
    expect(time.monotonic() - began < 5, "a refusal is known at once")
    report = probe(context, "nobody.invalid", "--timeout", 3)
    expect(report.code == 4, f"{report}")
    report.named("name-not-found", "error")
    for line in (["probe"], ["probe", "a/b"], ["probe", "a", "--transport", "sctp"],
                 ["probe", "a", "--password", "x"], ["probe", "a", "--user", "x"],
                 ["probe", "a", "--secret", "x", "--secret-file", "y"],
                 ["probe", "a", "--secret-file", context.folder / "none"],
                 ["probe", "a", "--ca-file", context.folder / "none"]):
        code, output = context.run(context.options.binary, *line)
        expect(code == 2 and output.startswith("turnstone: "), f"{line} gave {code}: {output}")


@check("probe: a web server in the place of TURN", only="turnstone")
def web_server(context):
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", context.port), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context.stack.callback(server.server_close)
    context.stack.callback(server.shutdown)
    report = probe(context, *target(context, "127.0.0.1"), "--transport", "tcp", "--timeout", 6)
    expect(report.code == 4 or report.code == 3, f"{report}")
    report.named("no-stun", "error")
    # TLS to a port that speaks none.
    report = probe(
        context, "127.0.0.1", "--tls-port", context.port, "--transport", "tls", "--timeout", 6)
    report.named("handshake-failed", "error")


@check("probe: STUN only")
def stun_only(context):
    context.serve("stun-only")
    report = probe(
        context, *target(context, "127.0.0.1"), *user(), "--transport", "udp", "--timeout", 6)
    expect(report.code == 3, f"{report}")
    report.named("no-turn", "error")
    report = probe(context, *target(context, "127.0.0.1"), "--transport", "udp", "--timeout", 6)
    expect(report.code == 1, f"{report}")


@check("probe: pion's server is well", only="turnstone")
def pion(context):
    program = Path(context.options.pion)
    if not program.exists():
        raise Skipped(f"there is no {program}; scripts/test builds it")
    pair = certificates.Pair(context, name="localhost")
    at = f"127.0.0.1:{context.port}"
    for transport in ("udp", "tcp", "tls"):
        process = context.background(
            program, at, USER, PASSWORD, REALM, "serve", transport, pair.certificate, pair.key)

        def look():
            return probe(
                context, "localhost", "--port", context.port, "--tls-port", context.port,
                "--family", 4, "--transport", transport, "--ca-file", pair.certificate, *user())

        wait_until(context, "it answers", lambda: look().code != 4)
        expect_all_well(look(), [transport])
        end(process)


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
