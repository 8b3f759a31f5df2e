"""Every key that does something, changed in the file of a daemon that relays."""

import json
import re
import threading

import check_admin_control
from certificates import Pair
from check_turnutils import peer, relayed
from daemon import SECRET, rewrite
from harness import Failure, check, expect, wait_until

TOKEN = "token-key=main:HS256:a secret of thirty-two bytes, no less"

#: Key and the line that comes for it; a line that is there already goes.
CHANGES = {
    # Listening, relay addresses and ports, transports
    "listening-port": "listening-port={spare}",
    "listening-ip": "listening-ip=127.0.0.3",
    "listen-all": "listen-all",
    "listening-device": "listening-device=lo",
    "aux-server": "aux-server=127.0.0.1:{spare}",
    "no-udp": "no-udp",
    "no-tcp": "no-tcp",
    "sock-buf-size": "sock-buf-size=1000000",
    "relay-ip": "relay-ip=127.0.0.3",
    "external-ip": "external-ip=127.0.0.9/127.0.0.1",
    "min-port": "min-port={low}",
    "max-port": "max-port={high}",
    "relay-device": "relay-device=lo",
    "no-udp-relay": "no-udp-relay",
    "no-tcp-relay": "no-tcp-relay",
    "allocation-default-address-family": "allocation-default-address-family=ipv6",
    "keep-address-family": "keep-address-family",
    "tls-listening-port": "tls-listening-port={spare}",
    "no-tls": "no-tls",
    "dtls": "dtls=no",
    "no-dtls": "no-dtls",
    "tcp-proxy-port": "tcp-proxy-port={spare}",
    "proxy-from": "proxy-from=127.0.0.0/8",
    # Credentials
    "realm": "realm=other.example.org",
    "lt-cred-mech": "lt-cred-mech=no",
    "user": "user=carol:from-vienna",
    "use-auth-secret": "use-auth-secret=no",
    "static-auth-secret": "static-auth-secret=one more secret of these tests",
    "auth-secret-file": "auth-secret-file={secrets}",
    "rest-api-separator": "rest-api-separator=-",
    "sha256": "sha256",
    "userhash": "userhash",
    "stale-nonce": "stale-nonce=300",
    # Applications and calls
    "api-key": "api-key=shop:a-key-of-16-characters-or-more",
    "credentials-ttl": "credentials-ttl=600",
    "cors-origin": "cors-origin=https://shop.example",
    "public-name": "public-name=relay.example.org",
    "token-key": "token-key=next:HS256:another secret of 32 bytes, no less",
    "token-issuer": "token-issuer=shop",
    "token-audience": "token-audience=calls",
    "token-lifetime-max": "token-lifetime-max=7200",
    "calls-demo": "calls-demo",
    "calls-demo-public": "calls-demo-public",
    "calls-open-directory": "calls-open-directory",
    "calls-busy-mode": "calls-busy-mode=waiting",
    "calls-reconnect-policy": "calls-reconnect-policy=any",
    "calls-ring-timeout": "calls-ring-timeout=30",
    "calls-connect-timeout": "calls-connect-timeout=20",
    "calls-reconnect-window": "calls-reconnect-window=600",
    "calls-session-retention": "calls-session-retention=60",
    "calls-waiting-ttl": "calls-waiting-ttl=600",
    "calls-max-duration": "calls-max-duration=7200",
    "drain-timeout": "drain-timeout=3",
    "signaling-alias": "signaling-alias",
    "signaling-url-token": "signaling-url-token",
    "calls-max": "calls-max=500",
    "calls-max-per-user": "calls-max-per-user=4",
    "calls-max-sockets": "calls-max-sockets=500",
    "calls-max-sockets-per-user": "calls-max-sockets-per-user=4",
    "calls-max-sockets-per-address": "calls-max-sockets-per-address=32",
    "webhook-url": "webhook-url=http://127.0.0.1:{spare}/other",
    "webhook-secret": "webhook-secret=another-secret-of-these-webhooks",
    "chat-resolver-url": "chat-resolver-url=http://127.0.0.1:{spare}/who",
    "webhook-push": "webhook-push",
    "webhook-ca-file": "webhook-ca-file={certificate}",
    # Quotas and rates, high enough for the load
    "user-quota": "user-quota=30",
    "total-quota": "total-quota=500",
    "permissions-per-allocation": "permissions-per-allocation=64",
    "permissions-per-user": "permissions-per-user=500",
    "channels-per-allocation": "channels-per-allocation=64",
    "new-permissions-rate": "new-permissions-rate=50",
    "new-permissions-burst": "new-permissions-burst=300",
    "max-bps": "max-bps=50000000",
    "user-bps": "user-bps=100000000",
    "bps-capacity": "bps-capacity=200000000",
    "max-allocate-lifetime": "max-allocate-lifetime=1800",
    "max-allocation-age": "max-allocation-age=7200",
    "channel-lifetime": "channel-lifetime=900",
    "permission-lifetime": "permission-lifetime=400",
    "unauthenticated-floor": "unauthenticated-floor=200000",
    "unauthenticated-factor": "unauthenticated-factor=6",
    "unauthorized-ratelimit": "unauthorized-ratelimit",
    "unauthorized-ratelimit-rps": "unauthorized-ratelimit-rps=100",
    # Peers
    "denied-peer-ip": "denied-peer-ip=203.0.113.0/24",
    "allowed-peer-ip": "allowed-peer-ip=10.9.0.0/16",
    "lan": "lan",
    # Answers
    "stun-only": "stun-only",
    "no-stun": "no-stun",
    "secure-stun": "secure-stun",
    "fingerprint": "fingerprint",
    "software-attribute": "software-attribute",
    "no-software-attribute": "no-software-attribute=no",
    "rfc5766-channel-numbers": "rfc5766-channel-numbers=yes",
    # TLS
    "cert": "cert={certificate}\npkey={key}",
    "pkey": "pkey={key}\ncert={certificate}",
    "pkey-pwd": "pkey-pwd=a password that no key has",
    "certificate": "certificate={certificate} {key}",
    "cipher-list": "cipher-list=ECDHE+AESGCM",
    "no-tlsv1_2": "no-tlsv1_2",
    # Bounds of streams
    "connections-max": "connections-max=8000",
    "connections-per-prefix": "connections-per-prefix=500",
    "half-open-max": "half-open-max=2000",
    "half-open-per-prefix": "half-open-per-prefix=100",
    "handshake-timeout": "handshake-timeout=5",
    "max-allocate-timeout": "max-allocate-timeout=30",
    "stream-queue-bytes": "stream-queue-bytes=200000",
    "stream-queue-milliseconds": "stream-queue-milliseconds=500",
    "tcp-connections-per-allocation": "tcp-connections-per-allocation=32",
    "tcp-connections-per-user": "tcp-connections-per-user=100",
    # Logs, administration, process
    "verbose": "verbose=no",
    "Verbose": "Verbose",
    "log-min-level": "log-min-level=warning",
    "log-file": "log-file={logs}/other.log",
    "log-format": "log-format=json",
    "log-mask-addresses": "log-mask-addresses",
    "syslog": "syslog",
    "syslog-facility": "syslog-facility=LOG_LOCAL3",
    "log-binding": "log-binding",
    "syslog-facility": "syslog-facility=LOG_LOCAL0",
    "log-binding": "log-binding",
    "prometheus": "prometheus",
    "prometheus-port": "prometheus-port={spare}",
    "prometheus-address": "prometheus-address=127.0.0.1",
    "prometheus-path": "prometheus-path=/numbers",
    "prometheus-tls": "prometheus-tls=no",
    "prometheus-cert": "prometheus-cert={certificate}",
    "prometheus-key": "prometheus-key={key}",
    "admin-socket": "admin-socket={folder}/other.sock",
    "admin-group": "admin-group=daemon",
    "admin-token": "admin-token=another-admin-token-of-tests",
    "workers": "workers=3",
    "relay-threads": "relay-threads=3",
    "cpus": "cpus=3",
    "proc-user": "proc-user=daemon",
    "proc-group": "proc-group=daemon",
    "pidfile": "pidfile={folder}/pid",
    "state-dir": "state-dir={folder}/elsewhere",
}

#: What cannot be otherwise; the others are to be taken over.
WAITING = {
    "listening-device", "relay-device", "admin-socket", "admin-group", "workers",
    "relay-threads", "cpus", "proc-user", "proc-group", "pidfile", "state-dir",
}
#: Keys that add up: what is there stays.
ADDING = {"user", "static-auth-secret", "token-key", "listening-ip"}
#: They end something, but nothing of the load.
HARMLESS = {"denied-peer-ip", "allowed-peer-ip"}

#: One of each kind: a line, and the key that the error names.
BAD = (
    ("user-quota=many", "user-quota"),
    ("user-quota=-1", "user-quota"),
    ("listening-port=70000", "listening-port"),
    ("stale-nonce=99999999999", "stale-nonce"),
    ("relay-ip=not.an.address", "relay-ip"),
    ("denied-peer-ip=10.0.0.9-10.0.0.1", "denied-peer-ip"),
    ("denied-peer-ip=10.0.0.0/33", "denied-peer-ip"),
    ("external-ip=host.example.org", "external-ip"),
    ("aux-server=127.0.0.1", "aux-server"),
    ("allocation-default-address-family=ipx", "allocation-default-address-family"),
    ("log-format=xml", "log-format"),
    ("log-file=/nonexistent/turn.log", "log-file"),
    ("user=nobody", "user"),
    ("user=erika:0xnot-hexadecimal", "user"),
    ("no-auth", "no-auth"),
    ("api-key=short:1", "api-key"),
    ("admin-token=short", "admin-token"),
    ("token-key=HS256:short", "token-key"),
    ("token-key=EdDSA:/nonexistent.pem", "token-key"),
    ("cors-origin=https://shop.example/path", "cors-origin"),
    ("webhook-url=ftp://example.org", "webhook-url"),
    ("webhook-url=https://127.0.0.1:1/\nwebhook-ca-file=/nonexistent.pem", "webhooks"),
    ("cert=/nonexistent.pem", "nonexistent.pem"),
    ("prometheus\nprometheus-tls\nprometheus-port={spare}\nprometheus-cert=/nonexistent.pem\n"
     "prometheus-key=/nonexistent.pem", "nonexistent.pem"),
    ("certificate={certificate} {secrets}", "{secrets}"),
    ("auth-secret-file={folder}/no-such-file", "auth-secret-file"),
    ("calls-busy-mode=perhaps", "calls-busy-mode"),
    ("cipher-list=NO-SUCH-CIPHER", "cipher-list"),
)


class Desk:
    """The admin socket of one server, over one connection."""

    def __init__(self, server):
        self.connection = check_admin_control.Socket(server.socket_path)

    def ask(self, method, path):
        self.connection.request(method, path)
        return json.loads(self.connection.getresponse().read())

    def reload(self, rehearsal=False):
        return self.ask("POST", "/v1/reload?dry-run=true" if rehearsal else "/v1/reload")

    def settings(self):
        """What is in force, in the order of the file."""
        return [
            (item["key"], item["value"]) for item in
            self.ask("GET", "/v1/configuration")["settings"]]


def keys_of(context):
    """Every key that does something, by the program's own manual."""
    code, text = context.run(context.options.binary, "manual", "turnstone.conf.5")
    expect(code == 0, text)
    body = text.split(".SH FILES")[0]
    return {
        name.replace("\\-", "-")
        for name in re.findall(r"^\.TP\n\\fB([A-Za-z][^\\]*(?:\\-[^\\]*)*)\\fR", body, re.M)}


def places(context):
    """What lines may name."""
    other = Pair(context, "other")
    secrets = context.folder / "secrets"
    secrets.write_text("a secret that stands in a file\n")
    secrets.chmod(0o644)
    # The daemon has given up its rights before it opens a log there.
    logs = context.folder / "logs"
    logs.mkdir()
    logs.chmod(0o777)
    return {
        "logs": logs, "certificate": other.certificate, "key": other.key, "secrets": secrets,
        "folder": context.folder, "spare": context.port + 6,
        "low": context.relay_ports[0] + 1, "high": context.relay_ports[1] - 1}


class Load:
    """turnutils_uclient, through the relay, until it has sent everything."""

    def __init__(self, context, server, messages):
        self.found = []
        self.thread = threading.Thread(target=self.run, args=(context, messages))
        self.thread.start()
        wait_until(
            context, "the load relays",
            lambda: server.json("status")["allocations"]["current"] >= 4 or self.found)
        expect(not self.found, f"{self.found}")

    def run(self, context, messages):
        try:
            flags = peer(context)
            self.found.append(
                relayed(context, "-c", *flags, messages=messages, clients=4, seconds=70))
        except Failure as failure:
            self.found.append(failure)

    def finish(self):
        """Nothing was lost, and it was there all the time."""
        expect(self.thread.is_alive(), f"the load ended early: {self.found}")
        self.thread.join()
        expect(isinstance(self.found[0], str), f"{self.found[0]}")


def changed(server, desk, key, line):
    """One key, there and back."""
    before = server.config_path.read_text()
    lines = line.splitlines()
    names = {re.split("[= ]", new)[0] for new in lines} - ADDING
    rewrite(server, [old for old in before.splitlines() if re.split("[= ]", old)[0] in names],
            lines)
    shown = desk.settings()
    plan = desk.reload(rehearsal=True)
    expect(not plan["errors"] and not plan["applied"], f"{line}: {plan}")
    change = {item["key"]: item for item in plan["changes"]}.get(key)
    expect(change is not None, f"{line}: the diff does not name it: {plan}")
    expect(desk.settings() == shown, f"{line}: the rehearsal changed something")
    cost = change["cost"]
    if cost == "restart":
        expect(key in WAITING, f"{key} waits for a restart: {change}")
        expect(change.get("note"), f"{key} waits for a restart, and does not say why")
    if cost != "sessions" or key in HARMLESS:
        done = desk.reload()
        expect(done["applied"] and not done["errors"], f"{line}: {done}")
        expect(done["changes"] == plan["changes"], f"{line}: {done} instead of {plan}")
        values = [value for name, value in desk.settings() if name == key]
        expect((change["added"][0] in values) == (cost != "restart"),
               f"{line}, {cost}: {values} in force")
    server.config_path.write_text(before)
    done = desk.reload()
    expect(not done["errors"], f"without {line}: {done}")
    expect(desk.settings() == shown, f"without {line} it is not as it was")


@check("reload: every key, there and back, under a load that loses nothing", only="turnstone",
       seconds=110)
def every(context):
    keys = keys_of(context)
    expect(len(keys) > 100 and set(CHANGES) >= keys,
           f"no change for {sorted(keys - set(CHANGES))}, of {len(keys)} keys")
    found = places(context)
    server = context.serve(
        "rfc5766-channel-numbers", f"static-auth-secret={SECRET}", TOKEN,
        f"webhook-url=http://127.0.0.1:{context.port + 5}/hook",
        "webhook-secret=a-secret-of-these-webhooks", *Pair(context).lines)
    desk = Desk(server)
    load = Load(context, server, 800)
    for key in sorted(keys):
        changed(server, desk, key, CHANGES[key].format(**found))
    shown = desk.settings()
    before = server.config_path.read_text()
    for line, name in BAD:
        text = line.format(**found)
        server.config_path.write_text(before + "user-quota=7\n" + text + "\n")
        for rehearsal in (True, False):
            done = desk.reload(rehearsal)
            expect(not done["applied"]
                   and any(name.format(**found) in error for error in done["errors"]),
                   f"{text}: {done}")
        expect(desk.settings() == shown, f"{text}: a bad file changed something")
    expect(not (context.folder / "no-such-file").exists(), "a secret file was made")
    server.config_path.write_text(before)
    load.finish()
