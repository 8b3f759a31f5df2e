"""pion, the TURN client of the Go world, as Debian packages it.

Version 2.1 resolves its server as IPv4 only, so there is no IPv6 check here.
"""

from pathlib import Path

import certificates
from daemon import PASSWORD, REALM, USER
from harness import Skipped, check, expect, tail


def pion(context, mode, transport):
    program = Path(context.options.pion)
    if not program.exists():
        raise Skipped(f"there is no {program}; scripts/test builds it")
    pair = certificates.Pair(context)
    context.serve(*pair.lines, "dtls", "workers=2")
    at = f"127.0.0.1:{context.port}"
    code, output = context.run(
        program, at, USER, PASSWORD, REALM, mode, transport, pair.certificate, seconds=30)
    expect(code == 0, f"exit code {code}:\n{tail(output, 25)}")
    expect("echoed" in output, tail(output))


def register(transport):
    @check(f"pion: {transport}, allocation, permission, channel and echo")
    def echo(context):
        pion(context, "echo", transport)

    @check(f"pion: {transport}, two clients, relay to relay")
    def relay_to_relay(context):
        pion(context, "pair", transport)


for name in ("udp", "tcp", "tls", "dtls"):
    register(name)
