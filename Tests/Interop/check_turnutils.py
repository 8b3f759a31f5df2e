"""coturn's own client programs, in every UDP mode that they have."""

import hashlib
import re
import shutil

from daemon import PASSWORD, REALM, SECRET, USER
from harness import Skipped, check, expect, tail

V4, V6 = "127.0.0.1", "::1"


def serve(context, *lines, **keywords):
    """uclient draws channel numbers from RFC 5766's range, which RFC 8656 §12 cut to a quarter."""
    return context.serve("rfc5766-channel-numbers", *lines, **keywords)


def uclient(context, *flags, server=V4, user=USER, password=PASSWORD, seconds=35):
    """Runs turnutils_uclient; (exit code, output)."""
    if shutil.which("turnutils_uclient") is None:
        raise Skipped("turnutils_uclient is not installed")
    credential = [] if user is None else ["-u", user]
    credential += [] if password is None else ["-w", password]
    return context.run(
        "turnutils_uclient", *credential, "-p", context.port, *flags, server, seconds=seconds)


def relayed(context, *flags, messages=20, clients=1, **keywords):
    """A run whose every message must come back through the relay."""
    code, output = uclient(context, "-n", messages, "-m", clients, *flags, **keywords)
    totals = re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", output)
    expect(code == 0 and totals, f"exit code {code}:\n{tail(output)}")
    sent, received = map(int, totals[-1])
    lost = re.search(r"Total lost packets (\d+)", output)
    expect(sent >= messages * clients, f"only {sent} messages were sent:\n{tail(output)}")
    expect(received == sent, f"{sent} messages sent, {received} came back:\n{tail(output)}")
    expect(lost is not None and lost[1] == "0", tail(output))
    return output


def peer(context, address=V4):
    """turnutils_peer sends back what it gets; the flags that point uclient at it."""
    context.background("turnutils_peer", "-L", address, "-p", context.peer_port)
    return ["-e", address, "-r", context.peer_port]


def refused(context, code_wanted, *flags, **keywords):
    """A run that the server must refuse with this error."""
    code, output = uclient(context, *flags, **keywords)
    expect(code != 0, f"uclient was not refused:\n{tail(output)}")
    expect(re.search(rf"\b{code_wanted}\b", output), f"no {code_wanted} in:\n{tail(output, 30)}")


@check("turnutils: stunclient, IPv4")
def stun_v4(context):
    stunclient(context, V4)


@check("turnutils: stunclient, IPv6")
def stun_v6(context):
    stunclient(context, V6)


def stunclient(context, address):
    serve(context)
    code, output = context.run("turnutils_stunclient", "-p", context.port, address, seconds=20)
    found = re.search(r"UDP reflexive addr: (\S+)", output)
    expect(code == 0 and found, f"exit code {code}:\n{tail(output)}")
    expect(found[1].rsplit(":", 1)[0].strip("[]") == address, f"mapped address is {found[1]}")


@check("turnutils: channels, with an RTCP pair (EVEN-PORT and its token)")
def channels(context):
    serve(context)
    relayed(context, *peer(context))


@check("turnutils: channels, no RTCP")
def channels_single(context):
    serve(context)
    relayed(context, "-c", *peer(context))


@check("turnutils: Send and Data indications")
def indications(context):
    serve(context)
    relayed(context, "-s", *peer(context))


@check("turnutils: client to client, channels")
def client_to_client(context):
    serve(context)
    relayed(context, "-y")


@check("turnutils: client to client, indications")
def client_to_client_indications(context):
    serve(context)
    relayed(context, "-y", "-s", "-c")


@check("turnutils: IPv6 client, IPv6 relay")
def v6_to_v6(context):
    serve(context)
    relayed(context, "-x", *peer(context, V6), server=V6)


@check("turnutils: IPv4 client, IPv6 relay")
def v4_to_v6(context):
    serve(context)
    relayed(context, "-x", "-c", *peer(context, V6))


@check("turnutils: IPv6 client, IPv4 relay asked for by name")
def v6_to_v4(context):
    serve(context)
    relayed(context, "-X", "-c", *peer(context), server=V6)


@check("turnutils: IPv6 client to client")
def v6_client_to_client(context):
    serve(context)
    relayed(context, "-x", "-y", "-c", server=V6)


@check("turnutils: dual allocation asked for")
def dual(context):
    serve(context)
    relayed(context, "-Z", *peer(context))


@check("turnutils: DONT-FRAGMENT")
def dont_fragment(context):
    serve(context)
    relayed(context, "-g", "-c", *peer(context))


@check("turnutils: padded ChannelData")
def padded(context):
    serve(context)
    relayed(context, "-D", "-c", "-l", 171, *peer(context))


@check("turnutils: extra CreatePermission and ChannelBind requests")
def extra_requests(context):
    serve(context)
    relayed(context, "-G", "-c", *peer(context))


@check("turnutils: packets of 1200 bytes")
def large(context):
    serve(context)
    relayed(context, "-c", "-l", 1200, *peer(context))


@check("turnutils: 50 clients, 2 workers", seconds=80, alone=True)
def many(context):
    serve(context, "workers=2", "user-quota=0")
    relayed(context, "-c", *peer(context), messages=10, clients=50, seconds=70)


@check("turnutils: 40 clients to clients, 2 workers", seconds=80, alone=True)
def many_to_many(context):
    serve(context, "workers=2", "user-quota=0")
    relayed(context, "-y", "-c", messages=10, clients=40, seconds=70)


@check("turnutils: REST secret")
def rest(context):
    serve(context, "use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    relayed(context, "-c", "-W", SECRET, *peer(context), password=None)


@check("turnutils: the second of two REST secrets")
def rest_rotation(context):
    serve(
        context, "use-auth-secret", "static-auth-secret=of last week",
        f"static-auth-secret={SECRET}", user=False)
    relayed(context, "-c", "-W", SECRET, *peer(context), password=None)


@check("turnutils: a user with an MD5 key")
def hashed_user(context):
    key = hashlib.md5(f"carol:{REALM}:of many letters".encode()).hexdigest()
    serve(context, f"user=carol:0x{key}")
    relayed(context, "-c", *peer(context), user="carol", password="of many letters")


@check("turnutils: bad password refused")
def bad_password(context):
    serve(context)
    refused(context, "Cannot complete Allocation", "-c", *peer(context), password="wrong")


@check("turnutils: bad REST secret refused")
def bad_secret(context):
    serve(context, "use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    refused(
        context, "Cannot complete Allocation", "-c", "-W", "wrong", *peer(context), password=None)


@check("turnutils: loopback peer refused with 403")
def forbidden_loopback(context):
    serve(context, loopback=False)
    refused(context, 403, "-c", "-v", *peer(context))


@check("turnutils: private, metadata and multicast peers refused with 403", seconds=60)
def forbidden_ranges(context):
    serve(
        context, loopback=False, *[f"denied-peer-ip={lower}-{upper}" for lower, upper in [
            ("10.0.0.0", "10.255.255.255"), ("169.254.0.0", "169.254.255.255")]])
    for address in ["10.1.2.3", "169.254.169.254", "224.0.0.9"]:
        refused(context, 403, "-c", "-v", "-e", address, "-r", context.peer_port)
