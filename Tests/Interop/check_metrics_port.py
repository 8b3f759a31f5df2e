"""`prometheus`: metrics on a port of their own, asked for by curl, at the start and at a reload."""

import socket
import time
from pathlib import Path

import certificates
import daemon
from check_metrics import total
from harness import check, expect, wait_until
from scenarios import setting


def curl(context, url, *flags):
    """(status, head and body) of one request; status 0 where nobody answers."""
    code, output = context.run(
        "curl", "-sS", "-i", "--max-time", 5, "-w", "\\n%{http_code}", *flags, url, seconds=8)
    text, _, status = output.rpartition("\n")
    return (int(status) if code == 0 else 0), text


def parsed(text):
    """The samples of an answer, by Prometheus' own library."""
    from prometheus_client.parser import text_string_to_metric_families

    body = text.replace("\r\n", "\n").partition("\n\n")[2]
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body) for sample in family.samples}


def metrics_port(context):
    return context.port + 6


@check("metrics port: coturn's keys serve both families of names on one path, and nothing else",
       only="turnstone")
def port(context):
    setting.foreign(context)
    number = metrics_port(context)
    server = context.serve("prometheus", f"prometheus-port={number}")
    base = f"http://127.0.0.1:{number}"
    status, text = curl(context, f"{base}/metrics")
    expect(status == 200, f"{status}: {text[:200]}")
    expect("content-type: text/plain; version=0.0.4" in text.lower(), text[:300])
    server.client(user=daemon.USER, password=daemon.PASSWORD).allocate()
    time.sleep(0.2)
    found = parsed(curl(context, f"{base}/metrics")[1])
    expect(total(found, "turnstone_allocations") == 1, "no allocation")
    expect(total(found, "turn_total_allocations", type="UDP") == 1, "coturn's name")
    expect(total(found, "stun_binding_request_total") >= 1, "coturn's Binding")
    for path in ("/", "/metrics/", "/metricsx", "/v1/ice-servers", "/healthz", "/%2e%2e/metrics"):
        status, text = curl(context, base + path, "--path-as-is")
        expect(status in (400, 404), f"{path} is {status}")
        expect("turnstone_" not in text, f"{path} shows numbers")
    expect(curl(context, f"{base}/metrics?x=1")[0] == 200, "a query")
    status, text = curl(context, f"{base}/metrics", "-I")
    expect(status == 200 and "turnstone_" not in text, f"HEAD is {status}")
    status, text = curl(context, f"{base}/metrics", "-X", "POST", "-d", "x")
    expect(status == 405 and "allow: GET, HEAD" in text, f"POST is {status}")
    expect(curl(context, f"http://127.0.0.1:{context.port}/metrics")[0] == 404,
           "the numbers are open on the clients' port")
    expect("metrics on http://127.0.0.1" in server.log(), "the log does not say where")
    expect("prometheus-address" in server.log(), "no warning that nobody else reaches it")


@check("metrics port: only the named address listens; STUN and TLS there are turned away",
       only="turnstone")
def strangers(context):
    number = metrics_port(context)
    server = context.serve(
        "prometheus", f"prometheus-port={number}", "prometheus-address=127.0.0.1")
    try:
        socket.create_connection(("127.0.0.2", number), 2).close()
        expect(False, "another address listens")
    except ConnectionRefusedError:
        pass
    # A Binding request: on this port there is nobody who would take it.
    with socket.create_connection(("127.0.0.1", number), 2) as client:
        client.sendall(bytes.fromhex("000100002112a442") + bytes(12))
        client.settimeout(3)
        try:
            expect(client.recv(100) == b"", "STUN was answered")
        except ConnectionResetError:
            pass
    expect(curl(context, f"https://127.0.0.1:{number}/metrics", "-k")[0] == 0, "TLS is spoken")
    silent = []
    for _ in range(80):
        try:
            silent.append(socket.create_connection(("127.0.0.1", number), 2))
        except ConnectionResetError:
            pass
    held = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
    expect(held < 120, f"{held} descriptors are open")
    for client in silent:
        client.close()
    url = f"http://127.0.0.1:{number}/metrics"
    wait_until(context, "an answer after a crowd", lambda: curl(context, url)[0] == 200)
    expect(server.is_running(), "the server ended")


@check("metrics port: TLS with a certificate of its own, another path, all of it at a reload",
       only="turnstone")
def reloaded(context):
    number = metrics_port(context)
    pair = certificates.Pair(context, "metrics")
    server = context.serve("prometheus", f"prometheus-port={number}")
    expect(curl(context, f"http://127.0.0.1:{number}/metrics")[0] == 200, "no answer")
    daemon.rewrite(server, [], ["prometheus-path=/numbers", "prometheus-tls",
                                f"prometheus-cert={pair.certificate}",
                                f"prometheus-key={pair.key}"])
    code, output = server.command("reload")
    expect(code == 0 and "restart" not in output, output)
    url = f"https://127.0.0.1:{number}/numbers"
    expect(curl(context, url, "--cacert", pair.certificate)[0] == 200, server.log()[-600:])
    expect(curl(context, f"http://127.0.0.1:{number}/numbers")[0] == 0, "plain HTTP is served")
    # Somebody else has the port that is wanted: nothing is changed.
    with socket.create_server(("127.0.0.1", number + 1)) as _:
        daemon.rewrite(server, [f"prometheus-port={number}"], [f"prometheus-port={number + 1}"])
        code, output = server.command("reload")
        expect(code != 0 and f"{number + 1}" in output and "busy" in output, output)
    expect(curl(context, url, "--cacert", pair.certificate)[0] == 200, "the old port is gone")
    code, output = server.command("reload")
    expect(code == 0, output)
    moved = f"https://127.0.0.1:{number + 1}/numbers"
    expect(curl(context, moved, "--cacert", pair.certificate)[0] == 200, "not moved")
    expect(curl(context, url, "--cacert", pair.certificate)[0] == 0, "the old port is still open")
    daemon.rewrite(server, ["prometheus"], ["prometheus=no"])
    code, output = server.command("reload")
    expect(code == 0, output)
    expect(curl(context, moved, "--cacert", pair.certificate)[0] == 0, "still served")


@check("metrics port: one address becomes all of them on the same port, and back, by reload",
       only="turnstone")
def widened(context):
    number = metrics_port(context)
    line = "prometheus-address={}".format
    server = context.serve("prometheus", f"prometheus-port={number}", line("127.0.0.1"))

    def reached(*hosts):
        """Which of the hosts answer."""
        return {host for host in ("127.0.0.1", "127.0.0.2", "[::1]")
                if curl(context, f"http://{host}:{number}/metrics")[0] == 200} == set(hosts)

    def change(old, new, *hosts):
        """A reload that is rehearsed, then done."""
        daemon.rewrite(server, [line(old)], [line(new)])
        for arguments in (("reload", "--dry-run"), ("reload",)):
            code, output = server.command(*arguments)
            expect(code == 0, f"{old} to {new}: {output}")
        expect(reached(*hosts), f"{old} to {new}: {server.log()[-600:]}")

    expect(reached("127.0.0.1"), "the start")
    everybody = ["127.0.0.1", "127.0.0.2"]
    six = socket.has_ipv6 and Path("/proc/net/if_inet6").exists()
    # Somebody else has the port on another address: the old one goes on being served.
    with socket.create_server(("127.0.0.2", number)):
        daemon.rewrite(server, [line("127.0.0.1")], [line("0.0.0.0")])
        for arguments in (("reload", "--dry-run"), ("reload",)):
            code, output = server.command(*arguments)
            expect(code == 2 and f"TCP port {number} on 0.0.0.0 is busy" in output, output)
        expect(reached("127.0.0.1"), "the refused change cost the old port")
        daemon.rewrite(server, [line("0.0.0.0")], [line("127.0.0.1")])
    for _ in range(2):
        change("127.0.0.1", "0.0.0.0", *everybody)
        if six:
            change("0.0.0.0", "::", *everybody, "[::1]")
            change("::", "0.0.0.0", *everybody)
        change("0.0.0.0", "127.0.0.1", "127.0.0.1")
    # The port is ours alone again: no second server gets a place beside it.
    with socket.socket() as second:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            second.bind(("0.0.0.0", number))
            second.listen()
            expect(False, "two programs have the port")
        except OSError:
            pass
