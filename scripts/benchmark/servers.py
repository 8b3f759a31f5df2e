"""The servers that are compared: their configuration, start and end."""
import os
import shutil
import subprocess
import tempfile
import time

from . import lab

PORT, TLS_PORT = 3478, 5349

# What both are told in the same words: one address, one relay thread, the same credentials.
# Idle connections without an allocation are not to be closed while they are counted.
COMMON = f"""
listening-ip={lab.SERVER_IP}
relay-ip={lab.SERVER_IP}
listening-port={PORT}
min-port=49152
realm=bench
allowed-peer-ip=10.21.0.0-10.21.255.255
max-allocate-timeout=600
"""

# Time-limited credentials, a user for each client, as WebRTC services issue them; or one static
# user for all. For the former coturn asks its database each time, here an empty one.
CREDENTIALS = {
    "secret": "use-auth-secret\nstatic-auth-secret=bench\n",
    "user": "lt-cred-mech\nuser=bench:bench\nuser-quota=0\n",
}

# What clients may speak: UDP alone, or also TCP and TLS with a key of ECDSA P-256.
WAYS_IN = {
    "datagrams": "max-port=65535\nno-tls\nno-dtls\nno-tcp\nno-tcp-relay\n",
    # Fewer relays: a connection needs a descriptor too, of which there may be 20,000.
    "streams": f"max-port=55551\nno-dtls\nno-tcp-relay\ntls-listening-port={TLS_PORT}\n"
               "cert={folder}/certificate.pem\npkey={folder}/key.pem\n",
    # Callers beside relay clients over UDP.
    "calls": f"max-port=50175\nno-dtls\nno-tcp-relay\ntls-listening-port={TLS_PORT}\n"
             "cert={folder}/certificate.pem\npkey={folder}/key.pem\n",
    # Everybody at once, for a long time.
    "soak": f"max-port=57343\nno-dtls\nno-tcp-relay\ntls-listening-port={TLS_PORT}\n"
            "cert={folder}/certificate.pem\npkey={folder}/key.pem\n",
}

# Everything that costs time and is not relaying is off.
COTURN = COMMON + """
relay-threads=1
no-cli
no-rfc5780
no-stun-backward-compatibility
no-stdout-log
log-file=/dev/null
userdb={folder}/turndb
pidfile={folder}/pid
"""

TURNSTONE = COMMON + """
workers=1
proc-user=nobody
proc-group=nogroup
state-dir={folder}
admin-socket={folder}/admin.sock
log-min-level=warning
permissions-per-user=100000
new-permissions-rate=100000
new-permissions-burst=100000
"""

# Ten thousand clients in two networks are not what its limits are for; coturn has no such limits.
TURNSTONE_STREAMS = """
connections-max=12000
connections-per-prefix=12000
half-open-per-prefix=4096
"""

# Callers, whose tokens the generator makes.
CALLS_KEY = "bench-bench-bench-bench-bench-bench"
TURNSTONE_CALLS = f"""
connections-max={lab.FILES - 200}
connections-per-prefix={lab.FILES - 200}
half-open-per-prefix=4096
token-key=HS256:{CALLS_KEY}
"""

TURNSTONE_SOAK = f"""
connections-max=8000
connections-per-prefix=8000
half-open-per-prefix=4096
token-key=HS256:{CALLS_KEY}
"""

LIMITS = {"streams": TURNSTONE_STREAMS, "calls": TURNSTONE_CALLS, "soak": TURNSTONE_SOAK}


class Server:
    """Runs from entering to leaving the context."""

    def __init__(self, name, configuration, command, ways, credentials):
        self.name = name
        self.configuration = configuration + WAYS_IN[ways] + CREDENTIALS[credentials]
        self.table = "udp" if ways == "datagrams" else "tcp"
        self.command = command

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="ts-bench-")
        path = os.path.join(self.folder, "server.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.configuration.format(folder=self.folder))
        os.chmod(self.folder, 0o777)
        if self.table == "tcp":
            make_certificate(self.folder)
        os.chmod(path, 0o644)
        self.log = open(os.path.join(self.folder, "output"), "w+", encoding="utf-8")
        self.process = lab.start(
            lab.SERVER, lab.SERVER_CPU, [*self.command, path],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        self.await_port()
        return self

    def await_port(self):
        wanted = f":{PORT:04X} "
        for _ in range(100):
            if self.process.poll() is not None:
                break
            with open(f"/proc/{self.pid}/net/{self.table}", encoding="ascii") as file:
                if wanted in file.read():
                    # Bound, though perhaps not all of it.
                    time.sleep(0.2)
                    return
            time.sleep(0.1)
        self.log.seek(0)
        raise RuntimeError(f"{self.name} does not listen:\n{self.log.read()}")

    def ask(self, *words):
        """What the server says to a command."""
        return subprocess.run(
            [self.command[0], *words, "--socket", os.path.join(self.folder, "admin.sock")],
            check=True, capture_output=True, text=True, timeout=20).stdout

    def prioritize(self):
        """Runs it before all ordinary work of the machine, so that this does not show in its
        latency. Only for loads that leave it idle time: the kernel interrupts a busy one."""
        if not lab.niceness:
            return
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(1))

    def prioritize_workers(self):
        """The same for relay workers alone: as if they had a CPU to themselves."""
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            if int(thread) != self.pid:
                os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(1))

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def make_certificate(folder):
    """Signed by itself: the generator believes it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=bench", "-days", "7", "-keyout", f"{folder}/key.pem",
         "-out", f"{folder}/certificate.pem"], check=True, stderr=subprocess.DEVNULL)
    os.chmod(f"{folder}/key.pem", 0o644)


def coturn(ways="datagrams", credentials="secret"):
    return Server("coturn", COTURN, ["turnserver", "-c"], ways, credentials)


def turnstone(ways="datagrams", credentials="secret"):
    program = os.path.abspath(".build/release/turnstone")
    limits = LIMITS.get(ways, "")
    return Server(
        "turnstone", TURNSTONE + limits, [program, "serve", "-c"], ways, credentials)


ALL = {"coturn": coturn, "turnstone": turnstone}


def versions():
    def output(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        return lines[0] if lines else "unknown"
    commit = output("git", "rev-parse", "--short", "HEAD")
    return {"coturn": output("dpkg-query", "-W", "-f=${Version}", "coturn"),
            "turnstone": f"commit {commit}",
            "swift": output("swift", "--version")}
