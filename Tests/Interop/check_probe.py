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
from daemon import PASSWORD, REALM, SECRET, USER
from harness import Skipped, check, end, expect, wait_until
from probe import expect_all_well, probe, secured, target, user


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
