"""What a reload changes is in force at once: seen by clients, not only in the list of settings."""

import time

import rest
import stun
from certificates import Pair
from check_certificates import served
from check_reload_every import Desk
from daemon import PASSWORD, REALM, SECRET, USER, rewrite
from harness import check, expect, wait_until
from hook_server import HookServer
from scenarios.hooked import LINES as HOOK_LINES

ALICE = {"user": USER, "password": PASSWORD}
OLD = "an older secret of these tests"
EFFECTS = []


def effect(*lines, out=()):
    """A function that sees what these lines change: it is called before and after they come."""

    def register(function):
        EFFECTS.append((function, lines, out))
        return function

    return register


def alice(server, address=None):
    return server.client(address, **ALICE)


def challenge(server):
    return server.client().request(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.UDP)])


@effect("user-quota=1")
def user_quota(server, comes):
    first, second = alice(server), alice(server)
    first.allocated()
    code = second.allocate().code
    first.refresh(0)
    second.refresh(0)
    return code == (486 if comes else 0)


@effect("total-quota=1")
def total_quota(server, comes):
    first, second = alice(server), server.client(user="bob", password="builder")
    first.allocated()
    code = second.allocate().code
    first.refresh(0)
    second.refresh(0)
    return code == (508 if comes else 0) or (comes and code == 486)


@effect("user=carol:from-vienna")
def new_user(server, comes):
    return server.client(user="carol", password="from-vienna").allocate().code == (
        0 if comes else 401)


@effect(out=("user=bob:builder",))
def user_gone(server, comes):
    return server.client(user="bob", password="builder").allocate().code == (401 if comes else 0)


@effect(f"static-auth-secret={OLD}")
def secret_added(server, comes):
    name = stun.rest_name(600)
    code = server.client(user=name, password=stun.rest_credential(OLD, name)).allocate().code
    return code == (0 if comes else 401)


@effect(f"static-auth-secret={OLD}", f"static-auth-secret={SECRET}",
        out=(f"static-auth-secret={SECRET}",))
def secret_promoted(server, comes):
    issued = server.json("credentials", "issue")
    return issued["credential"] == stun.rest_credential(
        OLD if comes else SECRET, issued["username"])


@effect(f"static-auth-secret={OLD}", out=(f"static-auth-secret={SECRET}",))
def secret_retired(server, comes):
    name = stun.rest_name(600)
    code = server.client(user=name, password=stun.rest_credential(SECRET, name)).allocate().code
    return code == (401 if comes else 0)


@effect("denied-peer-ip=127.0.0.9")
def peer_denied(server, comes):
    client = alice(server)
    client.allocated()
    return client.permit(("127.0.0.9", 80)).code == (403 if comes else 0)


@effect("allowed-peer-ip=10.9.0.0/16")
def peer_allowed(server, comes):
    client = alice(server)
    client.allocated()
    return client.permit(("10.9.0.1", 80)).code == (0 if comes else 403)


@effect("realm=other.example.org", out=(f"realm={REALM}",))
def realm(server, comes):
    wanted = "other.example.org" if comes else REALM
    client = alice(server)
    return client.allocate().is_success and client.realm.decode() == wanted


@effect("max-allocate-lifetime=700")
def lifetime(server, comes):
    client = alice(server)
    client.allocated()
    return client.refresh(3600).lifetime == (700 if comes else 3600)


@effect("permission-lifetime=900", "channel-lifetime=1200")
def link_lifetimes(server, comes):
    client = alice(server)
    client.allocated()
    client.bind_channel(0x4000, ("127.0.0.1", 9))
    name = f"127.0.0.1:{client.local[1]}"
    shown = server.json("allocations", "list", "--client", name)["allocations"][0]
    left = (shown["permissions"][0]["expiresInSeconds"], shown["channels"][0]["expiresInSeconds"])
    wanted = (900, 1200) if comes else (300, 600)
    return all(limit - 5 < seconds <= limit for seconds, limit in zip(left, wanted))


@effect("max-bps=3000")
def bandwidth(server, comes):
    one, two = alice(server), alice(server)
    source, target = one.allocated(), two.allocated()
    two.permit(source)
    one.bind_channel(0x4000, target)
    for _ in range(60):
        one.send_channel(0x4000, bytes(1000))
    arrived = 0
    while two.receive(0.2) is not None:
        arrived += 1
    return 0 < arrived < 50 if comes else arrived == 60


@effect("stale-nonce=1")
def nonce(server, comes):
    client = alice(server)
    client.allocated()
    time.sleep(2.1 if comes else 0)
    answer = client.exchange(client.compose(stun.REFRESH))
    return answer.code == (438 if comes else 0)


@effect("verbose=no", out=("verbose",))
def log_level(server, comes):
    before = len(server.log())
    client = alice(server)
    client.allocated()
    client.refresh(0)
    time.sleep(0.2)
    return ("opened" in server.log()[before:]) != comes


@effect("fingerprint", "software-attribute")
def answers(server, comes):
    client = alice(server)
    answer = client.allocate()
    return (answer.get(stun.FINGERPRINT) is not None) == comes == (
        answer.get(0x8022) is not None)


@effect("no-udp-relay")
def no_udp_relay(server, comes):
    return alice(server).allocate().code == (403 if comes else 0)


@effect("no-tcp-relay")
def no_tcp_relay(server, comes):
    stream = server.stream(**ALICE)
    code = stream.allocate_tcp().code
    # It would count in `connections` below.
    stream.close()
    return code == (442 if comes else 0)


@effect("keep-address-family")
def keep_family(server, comes):
    return (":" in alice(server, "::1").allocated()[0]) == comes


@effect("allocation-default-address-family=ipv6")
def default_family(server, comes):
    return (":" in alice(server).allocated()[0]) == comes


@effect("secure-stun")
def secure_stun(server, comes):
    return server.client().request(stun.BINDING).code == (401 if comes else 0)


@effect("stun-only")
def stun_only(server, comes):
    client = server.client(timeout=0.2, tries=1, **ALICE)
    try:
        return client.allocate().is_success and not comes
    except stun.NoAnswer:
        return comes


@effect("sha256")
def sha256(server, comes):
    return (challenge(server).get(stun.PASSWORD_ALGORITHMS) is not None) == comes


@effect("rest-api-separator=-")
def separator(server, comes):
    name = f"{int(time.time()) + 600}-carol"
    code = server.client(user=name, password=stun.rest_credential(SECRET, name)).allocate().code
    return code == (0 if comes else 401)


@effect("rfc5766-channel-numbers")
def high_channels(server, comes):
    one, two = alice(server), alice(server)
    source, target = one.allocated(), two.allocated()
    two.permit(source)
    if one.bind_channel(0x5000, target).code != (0 if comes else 400):
        return False
    one.send_channel(0x5000, b"high")
    return (two.receive(0.3) is not None) == comes


def let_in(server):
    """A stream that stays open; None where it does not."""
    try:
        stream = server.stream()
        return None if stream.is_closed_within(0.2) else stream
    except ConnectionResetError:
        return None


@effect("connections-per-prefix=1")
def connections(server, comes):
    # Streams of the effects before may still be closing.
    first = wait_until(server.context, "a first stream is let in", lambda: let_in(server))
    second = let_in(server)
    for stream in (first, second):
        if stream:
            stream.close()
    return (second is None) == comes


@effect("handshake-timeout=1")
def handshake(server, comes):
    return server.stream().is_closed_within(2) == comes


@effect("admin-token=a-token-that-came-by-reload")
def metrics(server, comes):
    answer = rest.ask(server.context, "GET", "/metrics", "a-token-that-came-by-reload")
    return answer.status == (200 if comes else 404)


@effect("api-key=shop:a-key-that-came-by-a-reload")
def api_key(server, comes):
    answer = rest.ask(server.context, "GET", "/apiv2/ice-servers",
                      "a-key-that-came-by-a-reload")
    return (answer.status in (200, 201)) == comes


@check("reload: what it changes is in force at once, and over when the line is gone",
       only="turnstone", seconds=90)
def effects(context):
    server = context.serve("user=bob:builder", f"static-auth-secret={SECRET}", "user-quota=0")
    desk = Desk(server)
    before = server.config_path.read_text()
    for function, lines, out in EFFECTS:
        name = function.__name__
        expect(function(server, False), f"{name}: not as it should be before {lines}")
        rewrite(server, out, lines)
        done = desk.reload()
        expect(done["applied"] and not done["errors"], f"{name}: {done}")
        expect(function(server, True), f"{name}: {lines}, without {out}, are not in force: {done}")
        server.config_path.write_text(before)
        expect(desk.reload()["applied"], f"{name}: not back")
        expect(function(server, False), f"{name}: {lines} are in force though they are gone")
        server.command("allocations", "kill", "--user", USER)


@check("reload: a certificate, another one, and the old one again", only="turnstone")
def certificate(context):
    one, two = Pair(context, "one"), Pair(context, "two")
    server = context.serve(*one.lines)
    desk = Desk(server)
    for pair, other in ((two, one), (one, two)):
        rewrite(server, other.lines, pair.lines)
        expect(desk.reload()["applied"], "not applied")
        expect(served(server) == pair.fingerprint, "another certificate")


@check("reload: webhooks come, move to another address, and go", only="turnstone")
def webhooks(context):
    setting = ("api-key=app:" + rest.KEY, "token-key=HS256:a secret of thirty-two bytes, no less")
    server = context.serve(*setting)
    desk = Desk(server)
    first = HookServer(context, context.peer_port)
    second = HookServer(context, context.peer_port + 1)

    def call():
        answer = rest.ask(context, "POST", "/apiv2/calls", rest.KEY, {"owner": "alice"})
        expect(answer.status == 201, f"{answer.status} {answer.bytes}")

    def line(hooks):
        return f"webhook-url=http://127.0.0.1:{hooks.server_address[1]}/hook"

    call()
    rewrite(server, (), (*HOOK_LINES, line(first)))
    expect(desk.reload()["applied"], "not applied")
    call()
    wait_until(context, "the first address hears of it", lambda: len(first.events()) == 1)
    expect(first.events()[0].is_signed, "not signed")
    rewrite(server, (line(first),), (line(second),))
    expect(desk.reload()["applied"], "not applied")
    call()
    wait_until(context, "the second address hears of it", lambda: len(second.events()) == 1)
    rewrite(server, (*HOOK_LINES, line(second)))
    expect(desk.reload()["applied"], "not applied")
    call()
    time.sleep(0.5)
    expect(len(first.events()) == 1 and len(second.events()) == 1, "somebody hears of it still")
