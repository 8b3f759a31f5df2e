"""coturn's own client programs over TCP, TLS and DTLS, in every mode that they have there."""

import certificates
from check_turnutils import V4, V6, peer, relayed, serve, uclient
from harness import check, expect, tail

CARRIERS = {"TCP": ["-t"], "TLS": ["-t", "-S"], "DTLS": ["-S"]}

#: What uclient can do on every carrier: the flags, and those that make it IPv6.
MODES = {
    "channels with an RTCP pair": [],
    "channels": ["-c"],
    "Send and Data indications": ["-s", "-c"],
    "padded ChannelData": ["-D", "-c", "-l", "171"],
    "extra requests": ["-G", "-c"],
    "packets of 1200 bytes": ["-c", "-l", "1200"],
}


def serve_all(context, *lines):
    pair = certificates.Pair(context)
    return serve(context, *pair.lines, "dtls", *lines)


def register_mode(carrier, mode):
    @check(f"turnutils: {carrier}, {mode}")
    def run(context):
        serve_all(context)
        relayed(context, *CARRIERS[carrier], *MODES[mode], *peer(context))


def register_carrier(carrier):
    flags = CARRIERS[carrier]

    @check(f"turnutils: {carrier}, client to client, channels")
    def client_to_client(context):
        serve_all(context, "workers=2")
        relayed(context, *flags, "-y")

    @check(f"turnutils: {carrier}, client to client, indications")
    def client_to_client_indications(context):
        serve_all(context, "workers=2")
        relayed(context, *flags, "-y", "-s", "-c")

    @check(f"turnutils: {carrier}, IPv6 client, IPv6 relay")
    def v6_to_v6(context):
        serve_all(context)
        relayed(context, *flags, "-x", "-c", *peer(context, V6), server=V6)

    @check(f"turnutils: {carrier}, IPv4 client, IPv6 relay")
    def v4_to_v6(context):
        serve_all(context)
        relayed(context, *flags, "-x", "-c", *peer(context, V6))

    @check(f"turnutils: {carrier}, IPv6 client, IPv4 relay asked for by name")
    def v6_to_v4(context):
        serve_all(context)
        relayed(context, *flags, "-X", "-c", *peer(context), server=V6)

    @check(f"turnutils: {carrier}, 20 clients, 2 workers", seconds=60)
    def many(context):
        serve_all(context, "workers=2", "user-quota=0")
        relayed(context, *flags, "-c", *peer(context), messages=10, clients=20, seconds=50)


def register_relaying(carrier, family, extra, server):
    """RFC 6062: each of two clients connects to the other's relay."""

    @check(f"turnutils: {carrier}, TCP allocations, {family}")
    def run(context):
        serve_all(context, "workers=2")
        relayed(context, *CARRIERS[carrier], "-T", *extra, server=server)


def register_passive(family, extra, server):
    """The other client is a plain peer that connects to the relay.

    There is no such check over TLS: uclient then wants TLS with its own peer and gives up.
    """

    @check(f"turnutils: TCP, TCP allocations, the peer connects, {family}")
    def run(context):
        serve_all(context, "workers=2")
        code, output = uclient(context, "-n", 20, "-P", *extra, server=server)
        expect(code == 0, f"exit code {code}:\n{tail(output)}")
        # The peer sends but does not count what it gets: 20 of 40 is everything.
        expect("tot_send_msgs=40, tot_recv_msgs=20\n" in output, tail(output))


for name in CARRIERS:
    for some_mode in MODES:
        register_mode(name, some_mode)
    register_carrier(name)
FAMILIES = [("IPv4", [], V4), ("IPv6", ["-x"], V6)]
for some_family in FAMILIES:
    for name in ("TCP", "TLS"):
        register_relaying(name, *some_family)
    register_passive(*some_family)
