"""Configuration files as people have them, given to `turnstone check` and `serve`."""

import json
from pathlib import Path

from check_requests import ALICE
from harness import Skipped, check, expect

ROOT = Path(__file__).resolve().parents[2]


def judged(context, path, *flags):
    return context.run(context.options.binary, "check", path, *flags, seconds=10)


@check("configuration: the shipped files pass `turnstone check --strict`", only="turnstone")
def shipped(context):
    for name in ("etc/turnstone.conf", "etc/turnstone-full.conf"):
        code, text = judged(context, ROOT / name)
        expect(code == 0, f"{name}: exit code {code}\n{text}")


@check("configuration: Debian's own /etc/turnserver.conf is understood", only="turnstone")
def debian(context):
    path = Path("/etc/turnserver.conf")
    if not path.exists():
        raise Skipped("coturn is not installed")
    code, text = judged(context, path)
    expect(code == 0, f"exit code {code}\n{text}")
    code, text = judged(context, path, "--json")
    expect(code == 0 and json.loads(text), text)


@check("configuration: a coturn file runs unchanged", only="turnstone")
def unchanged(context):
    server = context.serve(
        "fingerprint", "no-cli", "no-tlsv1", "no-multicast-peers", "total-quota=100",
        "bps-capacity=0", "stale-nonce=600", "no-loopback-peers", "cipher-list=ALL", "mobility",
        "some-key-of-tomorrow=1")
    server.client(**ALICE).allocated()


@check("configuration: known mistakes are found by line", only="turnstone")
def mistakes(context):
    path = context.folder / "turnserver.conf"
    path.write_text(
        "realm=example.org # our realm\n"
        "use-auth-secret=0123456789abcdef\n"
        "external-ip=${PUBLIC_IP}\n"
        "log-level=3\n")
    code, text = judged(context, path)
    for number in (1, 2, 3, 4):
        expect(f"{path}:{number}" in text or f"line {number}" in text
               or any(line.lstrip().startswith(str(number)) for line in text.splitlines()),
               f"line {number} is not judged:\n{text}")
    expect(code != 0, "such a file would start")


@check("configuration: a value that cannot be understood stops the start and is named",
       only="turnstone")
def broken(context):
    server = context.serve("max-port=seventy", wait=False)
    code = server.process.wait(context.remaining(8))
    log = server.log()
    expect(code not in (0, None), f"it ended with {code}")
    lines = server.config_path.read_text().splitlines()
    number = lines.index("max-port=seventy") + 1
    expect("seventy" in log and str(number) in log and server.config_path.name in log, log)


@check("configuration: the shipped turnstone.conf starts, makes its secret and keeps it",
       only="turnstone")
def shipped_starts(context):
    state = context.folder / "state"
    state.mkdir(mode=0o777)
    state.chmod(0o777)
    secret = state / "secret"
    text = (ROOT / "etc/turnstone.conf").read_text()
    wanted = "auth-secret-file=/var/lib/turnstone/secret"
    expect(wanted in text, f"the file no longer says {wanted}")
    lines = [
        line.replace(wanted, f"auth-secret-file={secret}") for line in text.splitlines()
        if line and not line.startswith(("#", "realm"))]
    accounts = set()
    kept = None
    for _ in range(2):
        server = context.serve(*lines, user=False)
        issued = server.json("credentials", "issue", "--user", "carol")
        server.client(user=issued["username"], password=issued["credential"]).allocated()
        accounts.add(issued["username"].split(":")[1])
        server.stop()
        expect(kept in (None, secret.read_text()), "a restart makes another secret")
        kept = secret.read_text()
    expect(len(kept.strip()) >= 32, "a short secret")
    expect(secret.stat().st_mode & 0o077 == 0, f"others may read it: {secret.stat().st_mode:o}")
    expect(len(accounts) == 1, "carol is another account after a restart")
