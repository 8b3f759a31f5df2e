"""The command line on the daemon as a whole: credentials, refusals, reload, drain, log, numbers."""

import http.client
import socket
import threading
import time

import stun
from daemon import PASSWORD, SECRET, USER, rewrite
from check_turnutils import peer, relayed
from harness import Failure, check, expect

ALICE = {"user": USER, "password": PASSWORD}
OLD = "an older secret of these tests"
RELAY = ("use-auth-secret", f"static-auth-secret={OLD}", f"static-auth-secret={SECRET}")


def explain(server, *arguments):
    """`credentials explain` with --json, whatever it exits with; (code, answer)."""
    import json

    code, text = server.command("credentials", "explain", *arguments, "--json")
    expect(code in (0, 1), f"{code}: {text}")
    return code, json.loads(text)


@check("admin: credentials explain says what is right and what is wrong", only="turnstone")
def explained(context):
    server = context.serve(*RELAY, "user-quota=2", "user=bob:builder")
    name = f"{int(time.time()) + 600}:carol"
    right = stun.rest_credential(SECRET, name)
    code, answer = explain(server, name, "--password", right)
    expect(code == 0 and answer["accepted"] and answer["secret"] == 2, f"{code} {answer}")
    expect(answer["passwords"] == [stun.rest_credential(OLD, name), right], f"{answer}")
    expect(550 < answer["expiresInSeconds"] <= 600 and answer["account"] == "carol", f"{answer}")
    late = f"{int(time.time()) - 312}:carol"
    code, answer = explain(server, late, "--password", stun.rest_credential(SECRET, late))
    expect(code == 1 and answer["code"] == 401, f"{code} {answer}")
    expect(answer["causes"][0].startswith("expired 31"), f"{answer}")
    code, answer = explain(server, name, "--password", right, "--realm", "elsewhere")
    expect("'elsewhere' instead of" in answer["causes"][0] and "secret number 2" in
           answer["causes"][0], f"{answer}")
    code, answer = explain(server, name, "--password", SECRET)
    expect("itself was used as password" in answer["causes"][0], f"{answer}")
    code, answer = explain(server, name, "--password", right.rstrip("="))
    expect(code == 1 and "'=' at its end" in answer["notes"][0], f"{answer}")
    code, answer = explain(server, "bob", "--password", "builder")
    expect(code == 0 and answer["kind"] == "static" and not answer["passwords"], f"{answer}")
    code, answer = explain(server, "bob", "--password", "wrong")
    expect("wrong password" in answer["causes"][0], f"{answer}")
    code, answer = explain(server, "mallory")
    expect(answer["kind"] == "unknown" and answer["code"] == 401, f"{answer}")
    for _ in range(2):
        server.client(user="bob", password="builder").allocated()
    code, answer = explain(server, "bob", "--password", "builder")
    expect(answer["code"] == 486 and "2 of 2" in answer["causes"][0], f"{answer}")
    code, text = server.command("credentials", "explain", late)
    expect(code == 1 and "expired" in text and "would be refused with 401" in text, text)


@check("admin: credentials revoke ends what a name relays, and keeps it out", only="turnstone")
def revoked(context):
    server = context.serve(*RELAY)
    name = f"{int(time.time()) + 600}:carol"
    client = server.client(user=name, password=stun.rest_credential(SECRET, name))
    client.allocated()
    code, text = server.command("credentials", "revoke", name)
    expect(code == 0 and "ended 1 allocation" in text and "carol" in text, f"{code}: {text}")
    expect(client.refresh(600).code in (401, 437), "it can still be refreshed")
    again = server.client(user=name, password=stun.rest_credential(SECRET, name))
    expect(again.allocate().code == 401, "it allocates again")
    code, answer = explain(server, name)
    expect("revoked" in answer["causes"][0] and answer["bannedSeconds"] > 500, f"{answer}")
    expect(server.command("credentials", "revoke", "bob")[0] == 1, "a static user was revoked")


@check("admin: refusals says why each client was refused, also in a flood", only="turnstone")
def refusals(context):
    server = context.serve(*RELAY, "user-quota=1", "user=bob:builder")
    late = f"{int(time.time()) - 312}:carol"
    server.client(user=late, password=stun.rest_credential(SECRET, late)).allocate()
    server.client(user="bob", password="wrong").allocate()
    server.client(**ALICE).allocated()
    server.client(**ALICE).allocate()
    denied = server.client(user="bob", password="builder")
    denied.allocated()
    denied.permit(("10.0.0.9", 80))
    found = server.json("refusals")["refusals"]
    causes = {(item["code"], item.get("user")): item for item in found}
    item = causes[401, late]
    expect(item["cause"].startswith("expired 31") and item["proven"] is False, f"{item}")
    expect("wrong password" in causes[401, "bob"]["cause"], f"{found}")
    item = causes[486, "alice"]
    expect("1 of 1" in item["cause"] and item["proven"] is True, f"{item}")
    expect(causes[403, "bob"]["method"] == "CreatePermission", f"{found}")
    only = server.json("refusals", "--code", "486")
    expect(only["matched"] == 1, f"{only}")
    text = server.command("refusals")[1]
    expect("expired 31" in text and f"{late} ?" in text, text)
    # Each of these is one refusal more, none of them one entry more.
    for _ in range(30):
        server.client(user="bob", password="wrong").allocate()
    again = server.json("refusals", "--user", "bob", "--code", "401")
    expect(again["matched"] == 1 and again["refusals"][0]["count"] == 31, f"{again}")


@check("admin: metrics, log-level and config show", only="turnstone")
def shown(context):
    server = context.serve(*RELAY)
    code, text = server.command("metrics")
    expect(code == 0 and "# TYPE turnstone_" in text, text[:200])
    server.client(**ALICE).allocated()
    text = server.command("metrics")[1]
    expect('\nturnstone_allocations{transport="udp",family="ipv4"} 1\n' in text
           and '\nturn_total_allocations{type="UDP"} 1\n' in text, text)
    expect(server.json("log-level")["level"] == "verbose", "verbose is in the file")
    code, text = server.command("log-level", "error")
    expect(code == 0 and text.strip() == "error", text)
    before = len(server.log())
    server.client(**ALICE).allocated()
    time.sleep(0.2)
    expect("opened" not in server.log()[before:], "it is still logged")
    server.command("log-level", "verbose")
    server.client(**ALICE).allocated()
    end = time.monotonic() + 3
    while "opened" not in server.log()[before:]:
        expect(time.monotonic() < end, "it is not logged again")
        time.sleep(0.05)
    settings = server.json("config", "show")["settings"]
    values = [item["value"] for item in settings if item["key"] == "static-auth-secret"]
    expect(values == ["***", "***"], f"{values}")
    text = server.command("config", "show", "--defaults")[1]
    expect("realm=turn.example.org" in text and "# default" in text, text)
    for word in (SECRET, OLD, PASSWORD):
        expect(word not in text + server.log(), "a secret is shown")


@check("admin: reload says what it costs, does it, and changes nothing for a bad file",
       only="turnstone")
def reload(context):
    server = context.serve("user=bob:builder", "user-quota=5")
    kept = server.client(**ALICE)
    kept.allocated()
    ends = server.client(user="bob", password="builder")
    ends.allocated()
    rewrite(server, ["user=bob:builder", "user-quota=5"], ["user-quota=1", "relay-threads=7"])
    plan = server.json("reload", "--dry-run")
    expect(plan["applied"] is False, f"{plan}")
    changes = {item["key"]: item for item in plan["changes"]}
    expect(changes["user"]["removed"] == ["bob:***"], f"{plan}")
    expect("1 allocation of bob" in changes["user"]["note"], f"{plan}")
    expect(changes["user-quota"]["added"] == ["1"], f"{plan}")
    expect(changes["user-quota"]["cost"] == "nothing", f"{plan}")
    expect(ends.refresh(600).is_success, "the rehearsal ended an allocation")
    code, text = server.command("reload")
    expect(code == 0 and "- user=bob:***" in text and "Reloaded" in text, f"{code}: {text}")
    end = time.monotonic() + 3
    while ends.refresh(600).is_success:
        expect(time.monotonic() < end, "bob still relays")
        time.sleep(0.1)
    expect(kept.refresh(600).is_success, "alice lost her allocation")
    expect(server.client(**ALICE).allocate().code == 486, "the quota is not in force")
    rewrite(server, ["user-quota=1"], ["user-quota=2", "min-port=nonsense"])
    code, text = server.command("reload")
    expect(code == 2 and "min-port" in text and "Nothing was changed" in text, f"{code}: {text}")
    expect(server.client(**ALICE).allocate().code == 486, "a bad file changed the quota")
    settings = {item["key"]: item["value"] for item in server.json("config", "show")["settings"]}
    expect(settings["user-quota"] == "1", f"{settings}")


@check("admin: reload finds the socket in the file, wrong or not, and does without one",
       only="turnstone")
def reload_by_file(context):
    server = context.serve("user-quota=5")

    def reload(*arguments):
        return context.run(
            context.options.binary, "reload", "-c", server.config_path, *arguments, seconds=10)

    rewrite(server, ["user-quota=5"], ["user-quota=2", "min-port=nonsense"])
    code, text = reload()
    expect(code == 2 and "min-port" in text, f"{code}: {text}")
    rewrite(server, ["min-port=nonsense"], [])
    code, text = reload()
    expect(code == 0 and "+ user-quota=2" in text, f"{code}: {text}")
    rewrite(server, ["user-quota=2", f"admin-socket={server.socket_path}"],
            ["user-quota=3", "admin-socket="])
    code, text = reload()
    expect(code == 3 and "switched off" in text, f"{code}: {text}")
    process = server.json("status")["processID"]
    code, text = reload("--signal", str(process))
    expect(code == 0 and "SIGHUP" in text, f"{code}: {text}")
    end = time.monotonic() + 3
    while True:
        settings = server.json("config", "show")["settings"]
        if ("user-quota", "3") in [(item["key"], item["value"]) for item in settings]:
            break
        expect(time.monotonic() < end, "SIGHUP did nothing")
        time.sleep(0.1)


@check("admin: drain takes nothing new, and --stop ends the daemon with its last allocation",
       only="turnstone")
def drain(context):
    server = context.serve()
    client = server.client(**ALICE)
    client.allocated()
    code, text = server.command("drain")
    expect(code == 0 and "1 allocation" in text, f"{code}: {text}")
    expect(server.client(**ALICE).allocate().code == 508, "it takes new allocations")
    found = server.json("refusals", "--code", "508")["refusals"]
    expect("drains" in found[0]["cause"], f"{found}")
    expect(client.refresh(600).is_success, "what runs does not go on")
    expect(server.command("drain", "--undo")[0] == 0, "no undo")
    server.client(**ALICE).allocated()
    expect(server.json("drain", "--stop")["stops"] is True, "it does not stop")
    expect(server.is_running(), "it ended with allocations")
    server.command("allocations", "kill", "--user", USER)
    expect(server.process.wait(context.remaining(10)) == 0, "another exit code")


class Socket(http.client.HTTPConnection):
    """HTTP on the admin socket, as programs use it."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


@check("admin: a kill stops the traffic within 100 ms and refuses the name for the set time",
       only="turnstone")
def swift_kill(context):
    server = context.serve()
    one, two = server.client(**ALICE), server.client(**ALICE)
    source, target = one.allocated(), two.allocated()
    expect(two.permit(source).is_success, "no permission")
    expect(one.bind_channel(0x4000, target).is_success, "no channel")
    last = [0.0]
    stopped = threading.Event()

    def send():
        while not stopped.is_set():
            one.send_channel(0x4000, b"tick")
            time.sleep(0.002)

    def listen():
        while not stopped.is_set():
            if two.receive(0.05) is not None:
                last[0] = time.monotonic()

    threads = [threading.Thread(target=send), threading.Thread(target=listen)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    expect(last[0] > 0, "nothing passes")
    connection = Socket(server.socket_path)
    connection.connect()
    began = time.monotonic()
    connection.request("DELETE", f"/v1/allocations?user={USER}&ban=2")
    answer = connection.getresponse()
    done = time.monotonic()
    expect(answer.status == 200 and b'"killed":2' in answer.read(), "not killed")
    time.sleep(0.4)
    stopped.set()
    for thread in threads:
        thread.join()
    expect(done - began < 0.1, f"the kill took {done - began:.3f} s")
    expect(last[0] - began < 0.1, f"packets passed {last[0] - began:.3f} s later")
    expect(server.client(**ALICE).allocate().code == 401, "the ban lets alice in")
    end = time.monotonic() + 5
    while not server.client(**ALICE).allocate().is_success:
        expect(time.monotonic() < end, "the ban does not end")
        time.sleep(0.2)
    expect(time.monotonic() - began > 1.9, "the ban ended early")


@check("admin: allocations watch shows rates again and again, and ends on Ctrl-C",
       only="turnstone")
def watch(context):
    import signal
    import subprocess

    server = context.serve()
    server.client(**ALICE).allocated()
    code, text = server.command("allocations", "watch", "--interval", "1", "--count", "2")
    expect(code == 0 and text.count("UP RATE") == 2 and "\x1b" not in text, f"{code}: {text}")
    code, text = server.command("users", "--watch", "--count", "1", "--json")
    expect(code == 0 and '"account":"alice"' in text, text)
    process = subprocess.Popen(
        [context.options.binary, "allocations", "watch", "--socket", str(server.socket_path)],
        stdout=subprocess.PIPE)
    expect(b"CLIENT" in process.stdout.readline(), "nothing is shown")
    process.send_signal(signal.SIGINT)
    expect(process.wait(context.remaining(5)) == 0, "Ctrl-C is a failure")
    process.stdout.close()


#: One reload after the other: lines that go, lines that come, each without cost for who relays.
STEPS = (
    ((), ("user=carol:from-vienna", "user-quota=20")),
    (("user-quota=20",), ("user-quota=30", "total-quota=500", "stale-nonce=300")),
    ((), (f"static-auth-secret={OLD}",)),
    ((f"static-auth-secret={OLD}",), (f"static-auth-secret={SECRET}",
                                      f"static-auth-secret={OLD}")),
    ((f"static-auth-secret={OLD}",), ("fingerprint", "software-attribute")),
    (("fingerprint",), ("max-allocate-lifetime=1800", "max-bps=100000000")),
    ((), ("Verbose", "half-open-max=5000")),
    (("Verbose", "user=carol:from-vienna"), ("new-permissions-rate=50",)),
)


@check("admin: reloads that cost nothing lose no packet of a run of turnutils_uclient",
       only="turnstone", seconds=60)
def reload_under_load(context):
    server = context.serve(
        "use-auth-secret", f"static-auth-secret={SECRET}", "rfc5766-channel-numbers")
    found = []

    def load():
        try:
            found.append(relayed(context, "-c", *peer(context), messages=300, clients=4))
        except Failure as failure:
            found.append(failure)

    thread = threading.Thread(target=load)
    thread.start()
    while server.json("status")["allocations"]["current"] < 4:
        expect(thread.is_alive(), f"the run ended: {found}")
        time.sleep(0.05)
    rounds = 0
    while thread.is_alive():
        out, come = STEPS[rounds % len(STEPS)]
        rewrite(server, out, come)
        done = server.json("reload")
        expect(done["applied"] and not done["errors"], f"{done}")
        costs = {item["key"]: item["cost"] for item in done["changes"]}
        expect(costs and set(costs.values()) == {"nothing"}, f"{done}")
        rounds += 1
        if rounds == len(STEPS):
            break
        time.sleep(0.3)
    thread.join()
    expect(rounds == len(STEPS), f"the run ended after {rounds} reloads")
    expect(isinstance(found[0], str), f"{found[0]}")
