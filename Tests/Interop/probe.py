"""Runs `turnstone probe` and judges its report."""

import json

import certificates
from daemon import PASSWORD, REALM, USER
from harness import expect

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
