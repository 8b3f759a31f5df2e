"""Moving from coturn: a database made by coturn's own turnadmin, and clients that still come in."""

import base64
import hmac
import shutil
import subprocess
import time

from harness import Skipped, check, expect

REALM = "calls.example.org"


def turnadmin(context, *words):
    result = subprocess.run(
        ["turnadmin", *words, "-b", context.folder / "turndb"], cwd=context.folder,
        capture_output=True, text=True, timeout=20)
    expect(result.returncode == 0, f"turnadmin {words}: {result.stdout}{result.stderr}")


def database(context):
    if not shutil.which("turnadmin") or not shutil.which("sqlite3"):
        raise Skipped("turnadmin and sqlite3 make the database")
    schema = open("/usr/share/coturn/schema.sql").read()
    subprocess.run(["sqlite3", context.folder / "turndb"], input=schema, text=True, check=True)
    turnadmin(context, "-a", "-u", "alice", "-p", "her own password", "-r", REALM)
    turnadmin(context, "-a", "-u", "mallory", "-p", "x", "-r", "elsewhere.example.org")
    turnadmin(context, "-s", "a-secret-of-the-database", "-r", REALM)


def old_file(context, *lines):
    path = context.folder / "turnserver.conf"
    first, last = context.relay_ports
    path.write_text("\n".join([
        "# what the operator wrote", f"realm={REALM}", f"userdb={context.folder}/turndb",
        f"listening-port={context.port}", "listening-ip=127.0.0.1", f"min-port={first}",
        f"max-port={last}", "no-tls", "proc-user=turnserver", "no-cli", *lines, ""]))
    return path


def migrate(context, *words, code=0):
    target = context.folder / "etc" / "turnstone.conf"
    got, text = context.run(
        context.options.binary, "migrate", "--from", context.folder / "turnserver.conf",
        "--to", target, *words, seconds=10)
    expect(got == code, f"exit code {got}: {text}")
    expect("a-secret-of" not in text and "password" not in text, f"a secret is shown: {text}")
    return target, text


def serve(context, target):
    """The migrated file, with what a test needs besides."""
    lines = [line for line in target.read_text().splitlines()
             if not line.startswith(("listening-", "min-port", "max-port", "realm", "no-tls"))]
    return context.serve(*lines, f"realm={REALM}", user=False)


@check("migrate: a user of turnadmin comes in with her old password", only="turnstone")
def users(context):
    database(context)
    old = old_file(context, "lt-cred-mech", "user=bob:builder")
    before = old.read_bytes(), (context.folder / "turndb").read_bytes()
    target, text = migrate(context)
    expect("2 users, 1 secret" in text, text)
    expect("user mallory is not taken over" in text and "proc-user is left out" in text, text)
    expect(target.stat().st_mode & 0o007 == 0, "others can read the new file")
    expect(before == (old.read_bytes(), (context.folder / "turndb").read_bytes()),
           "coturn's own files were changed")
    server = serve(context, target)
    server.client(user="alice", password="her own password").allocated()
    server.client(user="bob", password="builder").allocated()


@check("migrate: a secret of turnadmin still signs credentials", only="turnstone")
def secrets(context):
    database(context)
    old_file(context, "use-auth-secret")
    target, _ = migrate(context)
    server = serve(context, target)
    user = f"{int(time.time()) + 600}:carol"
    digest = hmac.digest(b"a-secret-of-the-database", user.encode(), "sha1")
    password = base64.b64encode(digest).decode()
    server.client(user=user, password=password).allocated()
    expect("user=alice" not in [line.split(":")[0] for line in target.read_text().splitlines()],
           "a user whom coturn passed over may come in")


@check("migrate: nothing is written over, or by --dry-run, or without a file", only="turnstone")
def caution(context):
    database(context)
    old_file(context, "lt-cred-mech")
    target, text = migrate(context, "--dry-run")
    expect(not target.exists() and "Nothing was written" in text, text)
    migrate(context)
    first = target.read_text()
    _, text = migrate(context, code=1)
    expect("--force" in text, text)
    target.write_text(first + "# edited\n")
    migrate(context, "--force")
    expect(target.read_text() == first, "the new file is another one")
    expect(target.with_name("turnstone.conf.old").read_text() == first + "# edited\n",
           "what was there is not kept")
    (context.folder / "turndb").write_bytes(b"no database")
    _, text = migrate(context, "--force", code=2)
    expect("no SQLite database" in text and target.read_text() == first, text)


@check("migrate: coturn's service stays while the new file is refused", only="turnstone")
def refused(context):
    database(context)
    old_file(context, "no-auth")
    folder = context.folder / "bin"
    folder.mkdir()
    called = context.folder / "called"
    tool = folder / "systemctl"
    tool.write_text(f"#!/bin/sh\necho \"$@\" >>{called}\n")
    tool.chmod(0o755)
    words = ["env", f"PATH={folder}:/usr/bin:/bin", context.options.binary, "migrate", "--from",
             context.folder / "turnserver.conf", "--to", context.folder / "new.conf"]
    code, text = context.run(*words, "--disable-coturn", seconds=10)
    expect(code == 2 and "coturn is as it was" in text, f"{code}: {text}")
    expect(not called.exists(), "coturn's service was touched")
    old_file(context, "lt-cred-mech")
    code, text = context.run(*words, "--force", seconds=10)
    expect(code == 0 and not called.exists(), f"{code}: {text}")
    code, text = context.run(*words, "--force", "--disable-coturn", seconds=10)
    expect(code == 0, f"{code}: {text}")
    expect(called.read_text() == "disable --now coturn.service\n", called.read_text())
