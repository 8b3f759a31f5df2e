"""The admin socket and the command line on it, while traffic runs."""

import os
import re
import subprocess
import time

import stun
from check_relay import peer_socket
from check_requests import ALICE
from check_turnutils import peer, relayed, serve
from daemon import SECRET
from harness import Skipped, check, expect, udp_ports_in, wait_until


def only_allocation(server, *filters):
    found = server.json("allocations", "list", *filters)["allocations"]
    expect(len(found) == 1, f"{len(found)} allocations are listed, not one")
    return found[0]


@check("admin: allocations list and show count packets, permissions and channels live",
       only="turnstone")
def live_counters(context):
    server = context.serve("workers=2")
    client = server.client(**ALICE)
    relay = client.allocated()
    peer_at = peer_socket(context)
    at = peer_at.getsockname()
    expect(client.bind_channel(0x4123, at).is_success, "no channel")
    expect(client.permit(("127.0.0.9", 1)).is_success, "no permission")
    for number in range(50):
        client.send_channel(0x4123, b"u" * 100)
        peer_at.recv(200)
        if number % 2 == 0:
            peer_at.sendto(b"d" * 70, relay)
            expect(client.receive(2) is not None, "nothing came down")
    shown = wait_until(
        context, "50 packets up in `allocations list`",
        lambda: (item := only_allocation(server))["up"]["packets"] == 50 and item)
    expect(shown["down"]["packets"] == 25, f"down: {shown['down']}")
    expect(shown["up"]["bytes"] >= 5000 and shown["down"]["bytes"] >= 1750, "bytes")
    expect(shown["client"] == f"127.0.0.1:{client.local[1]}", shown["client"])
    expect(shown["relays"][0]["advertised"] == f"{relay[0]}:{relay[1]}", f"{shown['relays']}")
    expect(shown["user"] == shown["account"] == "alice", shown["user"])
    peers = sorted(item["peer"] for item in shown["permissions"])
    expect(peers == ["127.0.0.1", "127.0.0.9"], f"permissions {peers}")
    channel = shown["channels"][0]
    expect(channel["number"] == 0x4123 and channel["peer"] == f"127.0.0.1:{at[1]}", f"{channel}")
    expect(0 < channel["expiresInSeconds"] <= 600, f"{channel}")
    again = server.json("allocations", "show", shown["id"])
    expect(again["id"] == shown["id"] and again["up"] == shown["up"], f"show says {again}")
    code, text = server.command("allocations", "list")
    expect(code == 0 and "alice" in text and shown["id"] in text, text)
    only_allocation(server, "--user", "alice")
    only_allocation(server, "--peer", "127.0.0.9")
    none = server.json("allocations", "list", "--user", "nobody-like-that")
    expect(none["allocations"] == [], "the filter let something through")


@check("admin: a packet without permission is a counted drop", only="turnstone")
def counted_drop(context):
    server = context.serve()
    client = server.client(**ALICE)
    relay = client.allocated()
    stranger = peer_socket(context)
    for _ in range(7):
        stranger.sendto(b"knock", relay)
    wait_until(
        context, "7 drops without permission",
        lambda: sum(only_allocation(server)["drops"].values()) == 7)


@check("admin: status tells allocations, ports and errors as they are", only="turnstone")
def status(context):
    server = context.serve("workers=2")
    clients = [server.client(**ALICE) for _ in range(5)]
    for client in clients:
        client.allocated()
    clients[0].refresh(0)
    seen = server.json("status")
    expect(seen["allocations"]["current"] == 4, f"{seen['allocations']}")
    expect(seen["allocations"]["sinceStart"] == 5, f"{seen['allocations']}")
    bound = len(udp_ports_in(*context.relay_ports))
    expect(seen["ports"]["inUse"] == bound == 4, f"{seen['ports']}, {bound} are bound")
    expect(sum(item["allocations"] for item in seen["workers"]) == 4, f"{seen['workers']}")
    expect(len(seen["workers"]) == 2, f"{len(seen['workers'])} workers")
    expect(seen["stun"]["errors"].get("401") == 5, f"{seen['stun']}")
    expect(seen["processID"] == server.process.pid, "another process id")
    code, text = server.command("status")
    expect(code == 0 and str(context.port) in text, text)


@check("admin: kill ends an allocation at once and frees its port; a ban keeps the user out",
       only="turnstone")
def kill(context):
    server = context.serve("user=bob:builder")
    alice, bob = server.client(**ALICE), server.client(user="bob", password="builder")
    alice.allocated()
    bob.allocated()
    name = only_allocation(server, "--user", "alice")["id"]
    code, text = server.command("allocations", "kill", name)
    expect(code == 0, text)
    wait_until(
        context, "the port is free", lambda: len(udp_ports_in(*context.relay_ports)) == 1, 1)
    expect(alice.refresh(600).code == 437, "the killed allocation can be refreshed")
    code, text = server.command("allocations", "kill", name)
    expect(code != 0, f"killing it again succeeds: {text}")
    code, text = server.command("allocations", "kill", "--user", "bob", "--ban", "5m")
    expect(code == 0, text)
    wait_until(
        context, "all ports are free", lambda: udp_ports_in(*context.relay_ports) == [], 1)
    expect(not server.client(user="bob", password="builder").allocate().is_success,
           "bob is banned and allocates")
    server.client(**ALICE).allocated()


@check("admin: a kill during a run of turnutils_uclient cuts its traffic", only="turnstone")
def kill_while_running(context):
    server = serve(context)
    context.background(
        "turnutils_uclient", "-u", ALICE["user"], "-w", ALICE["password"], "-p", context.port,
        "-c", "-n", 1000, *peer(context), "127.0.0.1")
    item = wait_until(
        context, "traffic in both directions",
        lambda: next((found for found in server.json("allocations", "list")["allocations"]
                      if found["up"]["packets"] > 20 and found["down"]["packets"] > 20), None),
        15)
    expect(item["channels"], "no channel is shown")
    code, text = server.command("allocations", "kill", item["id"])
    expect(code == 0, text)
    left = server.json("allocations", "list")["allocations"]
    expect(all(found["id"] != item["id"] for found in left), "it is still listed")


@check("admin: an issued credential works, for its time only", only="turnstone")
def credential(context):
    server = serve(context, "use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    issued = server.json("credentials", "issue", "--user", "carol", "--ttl", "1h")
    expiry, account = issued["username"].split(":")
    expect(abs(int(expiry) - time.time() - 3600) < 30, "not an hour")
    expect("carol" not in account, "the name of the user travels with every packet")
    again = server.json("credentials", "issue", "--user", "carol", "--ttl", "2h")
    expect(again["username"].endswith(":" + account), "the account changes from issue to issue")
    other = server.json("credentials", "issue", "--user", "dave")
    expect(not other["username"].endswith(":" + account), "two users share an account")
    wanted = stun.rest_credential(SECRET, issued["username"])
    expect(issued["credential"] == wanted, "not the HMAC of the name")
    relayed(
        context, "-c", *peer(context), user=issued["username"], password=issued["credential"])
    code, text = server.command("credentials", "issue", "--user", "carol")
    expect(code == 0 and account in text, text)


@check("admin: without a secret no credential is issued", only="turnstone")
def no_credential(context):
    server = context.serve()
    code, text = server.command("credentials", "issue")
    expect(code != 0 and "static-auth-secret" in text, f"{code}: {text}")


@check("admin: secrets and passwords stand in no log and no answer", only="turnstone")
def discreet(context):
    server = context.serve("use-auth-secret", f"static-auth-secret={SECRET}", "Verbose")
    name = stun.rest_name(60)
    password = stun.rest_credential(SECRET, name)
    server.client(user=name, password=password).allocated()
    server.client(**ALICE).allocated()
    server.client(user="alice", password="wrong-guess").allocate()
    text = server.log()
    for arguments in (["status"], ["allocations", "list"], ["status", "--json"]):
        text += server.command(*arguments)[1]
    server.stop()
    text += server.log()
    for word in (SECRET, ALICE["password"], password, "wrong-guess"):
        expect(word not in text, "a secret is shown")


@check("admin: another user of the machine is turned away", only="turnstone")
def stranger(context):
    if os.geteuid() != 0:
        raise Skipped("only root can become somebody else")
    server = context.serve()
    expect(server.command("status")[0] == 0, "root is turned away")
    done = subprocess.run(
        ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "/usr/bin/python3", "-c",
         "import socket, sys\n"
         "s = socket.socket(socket.AF_UNIX)\n"
         "try:\n"
         "    s.connect(sys.argv[1])\n"
         "    s.sendall(b'GET /v1/status HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')\n"
         "    print(s.recv(4096).decode())\n"
         "except OSError as error:\n"
         "    print('refused:', error)\n", str(server.socket_path)],
        capture_output=True, text=True, timeout=10)
    expect(done.returncode == 0, done.stderr)
    expect(not re.search(r"HTTP/1.1 200", done.stdout), f"it was served: {done.stdout}")


@check("admin: without a daemon the command says what to do", only="turnstone")
def no_daemon(context):
    server = context.serve()
    server.stop()
    code, text = server.command("status")
    expect(code not in (0, None) and str(server.socket_path) in text, f"{code}: {text}")


def hairpin_counts(server):
    """Packets up, and those handed over within a worker and to another one."""
    workers = server.json("status")["workers"]
    return (
        sum(item["up"]["packets"] for item in workers),
        sum(item["hairpin"]["sameWorker"] for item in workers),
        sum(item["hairpin"]["otherWorker"] for item in workers))


@check("admin: client to client, every packet is handed over in memory", only="turnstone",
       seconds=60)
def hairpin_counters(context):
    server = serve(context, "workers=2", "user-quota=0")
    relayed(context, "-y", "-c", messages=20, clients=10)
    up, same, other = hairpin_counts(server)
    expect(up >= 200 and same + other == up, f"{up} up, {same} + {other} in memory")


@check("admin: packets between two workers are counted as handed over", only="turnstone")
def across_workers(context):
    server = context.serve("workers=2", "user-quota=0")
    relay_of, client_of = {}, {}
    for _ in range(64):
        client = server.client(**ALICE)
        relay = client.allocated()
        at = f"127.0.0.1:{client.local[1]}"
        worker = only_allocation(server, "--client", at)["worker"]
        relay_of[worker], client_of[worker] = relay, client
        if len(client_of) == 2:
            break
    expect(sorted(client_of) == [0, 1], f"clients only on {sorted(client_of)}")
    for worker, client in client_of.items():
        expect(client.bind_channel(0x4000, relay_of[1 - worker]).is_success, "no channel")
    for number in range(100):
        client_of[number % 2].send_channel(0x4000, b"%d" % number)
        got = client_of[1 - number % 2].receive(2)
        expect(got is not None and got[4:] == b"%d" % number, f"packet {number}: {got}")
    up, same, other = hairpin_counts(server)
    expect((up, same, other) == (100, 0, 100), f"{up} up, {same} within, {other} across")
