"""TCP allocations (RFC 6062), seen from clients and peers of our own."""

import os
import socket
import struct
import time

import stun
import streams
from check_requests import ALICE
from check_streams import Carrier, on_each
from harness import check, expect, wait_until

MISSING = struct.pack("!I", 0x7FFFFFFF)


class Pair:
    """A control connection, and what can be made with it."""

    def __init__(self, carrier, address="127.0.0.1"):
        self.carrier = carrier
        self.address = address
        self.control = carrier.client(address)
        family = struct.pack("!Bxxx", stun.IPV6 if ":" in address else stun.IPV4)
        self.relay = self.control.allocated_tcp((stun.REQUESTED_ADDRESS_FAMILY, family))

    def data(self, identity, early=b""):
        """A data connection bound to the peer connection `identity`; `early` follows at once."""
        client = self.carrier.client(self.address)
        client.borrow(self.control)
        request = client.compose(stun.CONNECTION_BIND, [(stun.CONNECTION_ID, identity)])
        client.write(request + early)
        answer = stun.Message(client.next_raw(3))
        expect(answer.is_success, f"ConnectionBind gave {answer.code}")
        return client

    def connect(self, listener):
        """Connects to the listener: the CONNECTION-ID and the peer's end."""
        answer = self.control.connect_peer(listener.address)
        expect(answer.is_success, f"Connect gave {answer.code}")
        peer, source = listener.accept()
        expect(source == self.relay, f"the peer sees {source}, not {self.relay}")
        return answer.get(stun.CONNECTION_ID), peer

    def joined(self, listener):
        identity, peer = self.connect(listener)
        return self.data(identity), peer

    def attempt(self):
        """A peer connects to the relay: the CONNECTION-ID and the peer's end."""
        expect(self.control.permit((self.address, 9)).is_success, "no permission")
        peer = socket.create_connection(self.relay, timeout=5)
        self.carrier.context.stack.callback(peer.close)
        item = self.control.receive(3)
        expect(item is not None, "no ConnectionAttempt")
        wanted = stun.message_type(stun.CONNECTION_ATTEMPT, 1)
        expect(item.type == wanted, f"type {item.type:#06x}")
        at = item.address(stun.XOR_PEER_ADDRESS)
        expect(at == peer.getsockname()[:2], f"the peer is said to be {at}")
        return item.get(stun.CONNECTION_ID), peer


def both_ways(client, peer, size=300_000):
    """Random bytes in both directions, one after the other."""
    up, down = os.urandom(size), os.urandom(size)
    for start in range(0, size, 20_000):
        client.write(up[start:start + 20_000])
        expect(streams.receive_exactly(peer, 20_000) == up[start:start + 20_000], "up")
        peer.sendall(down[start:start + 20_000])
        expect(client.read_exactly(20_000) == down[start:start + 20_000], "down")


def is_ended(peer, otherwise):
    """An end by FIN or by RST."""
    try:
        expect(peer.recv(10) == b"", otherwise)
    except ConnectionResetError:
        pass


@on_each("RFC 6062: Connect, ConnectionBind and bytes both ways", "workers=2")
def connect(carrier):
    for address in ("127.0.0.1", "::1"):
        pair = Pair(carrier, address)
        client, peer = pair.joined(streams.Listener(carrier.context, address))
        both_ways(client, peer)


@on_each("RFC 6062: ConnectionAttempt, ConnectionBind and bytes both ways", "workers=2")
def attempt(carrier):
    for address in ("127.0.0.1", "::1"):
        pair = Pair(carrier, address)
        identity, peer = pair.attempt()
        both_ways(pair.data(identity), peer)


@on_each("RFC 6062: several connections of one allocation do not mix", "workers=2")
def several(carrier):
    pair = Pair(carrier)
    listeners = [streams.Listener(carrier.context) for _ in range(4)]
    joined = [pair.joined(listener) for listener in listeners]
    for number, (client, peer) in enumerate(joined):
        client.write(b"%d" % number * 1000)
        peer.sendall(b"%d" % (9 - number) * 1000)
    for number, (client, peer) in enumerate(joined):
        expect(streams.receive_exactly(peer, 1000) == b"%d" % number * 1000, "up")
        expect(client.read_exactly(1000) == b"%d" % (9 - number) * 1000, "down")
    expect(pair.control.refresh(600).is_success, "the control connection is gone")


@on_each("RFC 6062: bytes right behind ConnectionBind reach the peer")
def early_client_bytes(carrier):
    pair = Pair(carrier)
    identity, peer = pair.connect(streams.Listener(carrier.context))
    client = pair.data(identity, early=b"first words" * 1000)
    expect(streams.receive_exactly(peer, 11_000) == b"first words" * 1000, "changed")
    both_ways(client, peer, 40_000)


@on_each("RFC 6062: what a peer says before ConnectionBind waits for it")
def early_peer_bytes(carrier):
    pair = Pair(carrier)
    identity, peer = pair.connect(streams.Listener(carrier.context))
    peer.sendall(b"220 welcome\r\n")
    time.sleep(0.3)
    client = pair.data(identity)
    expect(client.read_exactly(13) == b"220 welcome\r\n", "lost or changed")
    both_ways(client, peer, 40_000)


@on_each("RFC 6062: the last 200 kB before a client's half-close arrive, and answers after it")
def half_close_client(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    sent = os.urandom(200_000)
    client.write(sent)
    client.socket.shutdown(socket.SHUT_WR)
    expect(streams.receive_to_end(peer) == sent, "the peer got something else")
    if not carrier.is_tls:
        peer.sendall(b"the answer" * 1000)
        peer.close()
        expect(client.read_to_end() == b"the answer" * 1000, "nothing comes back afterwards")


@on_each("RFC 6062: the last 200 kB before a peer's close arrive, and the client sees the end")
def half_close_peer(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    sent = os.urandom(200_000)
    peer.sendall(sent)
    peer.shutdown(socket.SHUT_WR)
    expect(client.read_to_end() == sent, "the client got something else")


@on_each("RFC 6062: a challenge on the data connection keeps the pending peer")
def challenge(carrier):
    pair = Pair(carrier)
    identity, peer = pair.connect(streams.Listener(carrier.context))
    client = carrier.client()
    asked = client.exchange(
        client.compose(stun.CONNECTION_BIND, [(stun.CONNECTION_ID, identity)]))
    expect(asked.code == 401, f"without credentials: {asked.code}")
    client.learn(asked)
    # Another nonce than that of the control connection's port.
    answer = client.exchange(
        client.compose(stun.CONNECTION_BIND, [(stun.CONNECTION_ID, identity)]))
    expect(answer.is_success, f"with credentials: {answer.code}")
    both_ways(client, peer, 40_000)


@on_each("RFC 6062: another user cannot take a connection", "user=bob:builder")
def theft(carrier):
    pair = Pair(carrier)
    identity, peer = pair.connect(streams.Listener(carrier.context))
    thief = carrier.client()
    thief.user, thief.password = "bob", "builder"
    answer = thief.bind_connection(identity)
    expect(answer.code in (400, 401, 441), f"bob's ConnectionBind gave {answer.code}")
    both_ways(pair.data(identity), peer, 40_000)


@on_each("RFC 6062: one CONNECTION-ID binds once, an unknown one is 400")
def once(carrier):
    pair = Pair(carrier)
    identity, _ = pair.connect(streams.Listener(carrier.context))
    pair.data(identity)
    for wrong in (identity, MISSING):
        client = carrier.client()
        answer = client.bind_connection(wrong)
        expect(answer.code == 400, f"{wrong.hex()} gave {answer.code}")
    client = carrier.client()
    expect(client.request(stun.CONNECTION_BIND).code == 400, "without CONNECTION-ID")


@on_each("RFC 6062: 446 for a second connection to the same peer, and a free peer again later")
def exists(carrier):
    pair = Pair(carrier)
    listener = streams.Listener(carrier.context)
    identity, peer = pair.connect(listener)
    answer = pair.control.connect_peer(listener.address)
    expect(answer.code == 446, f"a second Connect gave {answer.code}")
    client = pair.data(identity)
    expect(pair.control.connect_peer(listener.address).code == 446, "while it is bound")
    client.socket.close()
    is_ended(peer, "the peer's end stays open")
    peer.close()
    wait_until(
        carrier.context, "the peer can be connected to again",
        lambda: pair.control.connect_peer(listener.address).is_success)


@on_each("RFC 6062: 447 for a peer that refuses, and the allocation lives on")
def unreachable(carrier):
    pair = Pair(carrier)
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    address = closed.getsockname()
    closed.close()
    answer = pair.control.connect_peer(address)
    expect(answer.code == 447, f"a closed port gave {answer.code}")
    client, peer = pair.joined(streams.Listener(carrier.context))
    both_ways(client, peer, 20_000)


@on_each("RFC 6062: 437, 400, 403 and 443 where they belong")
def errors(carrier):
    control = carrier.client()
    expect(control.connect_peer(("127.0.0.1", 9)).code == 437, "Connect without an allocation")
    pair = Pair(carrier)
    expect(pair.control.request(stun.CONNECT).code == 400, "Connect without a peer")
    expect(pair.control.connect_peer(("224.0.0.1", 9)).code == 403, "Connect to multicast")
    expect(pair.control.connect_peer(("::1", 9)).code in (443, 447), "Connect to another family")


@on_each("RFC 6062: UDP requests on a TCP allocation and Connect on a UDP one are refused")
def kinds(carrier):
    pair = Pair(carrier)
    answer = pair.control.bind_channel(0x4000, ("127.0.0.1", 9))
    expect(answer.code in (400, 403), f"ChannelBind gave {answer.code}")
    other = carrier.client()
    other.allocated()
    answer = other.connect_peer(("127.0.0.1", 9))
    expect(answer.code in (400, 403, 437), f"Connect on a UDP allocation gave {answer.code}")


@on_each("RFC 6062: attributes that only UDP allocations have are refused")
def attributes(carrier):
    for number, value in ((stun.EVEN_PORT, b"\x80"), (stun.RESERVATION_TOKEN, bytes(8)),
                          (stun.DONT_FRAGMENT, b"")):
        answer = carrier.client().allocate_tcp((number, value))
        expect(answer.code == 400, f"{number:#06x} gave {answer.code}")


@check("RFC 6062: over UDP there are no TCP allocations")
def over_udp(context):
    client = context.serve().client(**ALICE)
    answer = client.request(stun.ALLOCATE, [(stun.REQUESTED_TRANSPORT, stun.TCP)])
    expect(answer.code in (400, 442), f"code {answer.code}")


@on_each("RFC 6062: no-tcp-relay gives 442 and keeps UDP relays", "no-tcp-relay")
def switched_off(carrier):
    answer = carrier.client().allocate_tcp()
    expect(answer.code in (403, 442), f"code {answer.code}")
    carrier.client().allocated()


@on_each("RFC 6062: a peer without a permission is turned away", only="turnstone")
def stranger(carrier):
    pair = Pair(carrier)
    try:
        with socket.create_connection(pair.relay, timeout=3) as knock:
            is_ended(knock, "a stranger's connection stays open")
    except ConnectionResetError:
        pass
    expect(pair.control.receive(0.3) is None, "the client hears of a stranger")
    identity, peer = pair.attempt()
    both_ways(pair.data(identity), peer, 20_000)


@on_each("RFC 6062: when the control connection ends, so do relay and data connections")
def control_ends(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    both_ways(client, peer, 20_000)
    pair.control.socket.close()
    expect(client.is_closed_within(3), "the data connection lives on")
    is_ended(peer, "the peer's end lives on")

    def is_closed():
        try:
            socket.create_connection(pair.relay, timeout=1).close()
            return False
        except OSError:
            return True

    wait_until(carrier.context, "the relay port is closed", is_closed)


@on_each("RFC 6062: Refresh to zero closes everything and the control connection serves on")
def refreshed_away(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    expect(pair.control.refresh(0).is_success, "Refresh to zero")
    expect(client.is_closed_within(3), "the data connection lives on")
    answer = pair.control.exchange(streams.binding())
    expect(answer.is_success, "the control connection is gone")


@on_each("RFC 6062: a data connection with nothing to read holds back its peer, not the others")
def back_pressure(carrier):
    pair = Pair(carrier)
    client, peer = pair.joined(streams.Listener(carrier.context))
    other, other_peer = pair.joined(streams.Listener(carrier.context))
    peer.settimeout(0.5)
    sent = 0
    try:
        # Far more than any buffer on the way holds.
        while sent < 200_000_000:
            sent += peer.send(bytes(65536))
    except TimeoutError:
        pass
    expect(sent < 200_000_000, "200 MB were taken while nobody read")
    both_ways(other, other_peer, 100_000)
    left = sent
    while left > 0:
        part = client.read_exactly(min(left, 65536))
        left -= len(part)
    peer.settimeout(5)
    both_ways(client, peer, 20_000)


@on_each("RFC 6062: 127.0.0.1 and own listeners are out of reach", loopback=False,
         only="turnstone")
def closed_addresses(carrier):
    listener = streams.Listener(carrier.context)
    pair = Pair(carrier)
    for address in (listener.address, ("127.0.0.1", carrier.context.port), ("10.0.0.1", 80),
                    ("169.254.169.254", 80), ("0.0.0.0", 80)):
        answer = pair.control.connect_peer(address)
        expect(answer.code == 403, f"Connect to {address} gave {answer.code}")
    expect(not listener.is_called(), "somebody connected to 127.0.0.1")


@on_each("RFC 6062: where loopback is open, the listeners and admin ports stay closed",
         only="turnstone")
def own_listeners(carrier):
    pair = Pair(carrier)
    for port in (carrier.context.port, carrier.context.tls_port):
        answer = pair.control.connect_peer(("127.0.0.1", port))
        expect(answer.code == 403, f"Connect to our listener {port} gave {answer.code}")


@on_each("RFC 6062: relay to relay, between workers", "workers=2", only="turnstone")
def relay_to_relay(carrier):
    one, two = Pair(carrier), Pair(carrier)
    expect(two.control.permit(one.relay).is_success, "no permission")
    answer = one.control.connect_peer(two.relay)
    expect(answer.is_success, f"Connect to a relay gave {answer.code}")
    item = two.control.receive(3)
    expect(item is not None and item.address(stun.XOR_PEER_ADDRESS) == one.relay, "no attempt")
    near = one.data(answer.get(stun.CONNECTION_ID))
    far = two.data(item.get(stun.CONNECTION_ID))
    for first, second in ((near, far), (far, near)):
        sent = os.urandom(50_000)
        first.write(sent)
        expect(second.read_exactly(50_000) == sent, "changed on the way")


@check("RFC 6062: a peer that never answers is 447, a client that never binds is cut",
       seconds=90, only="turnstone")
def timeouts(context):
    carrier = Carrier(context, "TCP")
    pair = Pair(carrier)
    # A listener whose queue is full leaves SYNs unanswered.
    full = streams.Listener(context, backlog=0)
    held = []
    for _ in range(3):
        waiting = socket.socket()
        context.stack.callback(waiting.close)
        waiting.setblocking(False)
        waiting.connect_ex(full.address)
        held.append(waiting)
    pair.control.timeout = 40
    began = time.monotonic()
    identity, peer = pair.connect(streams.Listener(context))
    answer = pair.control.connect_peer(full.address)
    expect(answer.code == 447, f"no answer from the peer gave {answer.code}")
    # RFC 6062 §5.2 and §5.4: at least 30 seconds each.
    expect(25 < time.monotonic() - began < 40, f"after {time.monotonic() - began:.0f} s")
    peer.settimeout(15)
    is_ended(peer, "bytes from nowhere")
    expect(time.monotonic() - began > 25, "the unbound connection was cut too early")
    client = carrier.client()
    expect(client.bind_connection(identity).code == 400, "the connection can still be bound")
