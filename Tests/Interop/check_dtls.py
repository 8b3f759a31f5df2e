"""DTLS as such, with openssl's client: records are datagrams, sessions end and begin anew."""

import os
import select
import socket
import struct
import subprocess
import threading

import certificates
import stun
from check_relay import peer_socket
from check_requests import ALICE
from check_streams import echoes
from harness import check, end, expect, wait_until


class DTLSClient(stun.Client):
    """A client behind `openssl s_client`: what we write at once becomes one record."""

    def __init__(self, context, port=None, tls=("-dtls1_2",), to=None, **keywords):
        self.context, self.from_port, self.tls = context, port, tls
        at = "127.0.0.1", to or context.port
        super().__init__(at, timeout=2, tries=3, **{**ALICE, **keywords})

    def open(self, server, bind):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        host, port = server
        here = [] if self.from_port is None else ["-bind", f"{host}:{self.from_port}"]
        self.process = subprocess.Popen(
            ["openssl", "s_client", *self.tls, "-quiet", "-no_ign_eof", *here,
             "-connect", f"{host}:{port}"],
            stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
        theirs.close()
        self.context.stack.callback(end, self.process)
        return ours

    def is_over(self):
        """Whether openssl ended: the server closed the session, or the handshake failed."""
        return self.process.poll() is not None

    def vanish(self):
        """Gone without a word."""
        self.process.kill()
        self.process.wait()
        self.socket.close()


class LossyPath(threading.Thread):
    """Carries datagrams between one client and the server, but not those of the given numbers."""

    def __init__(self, context, lost_up, lost_down):
        super().__init__(daemon=True)
        self.near, self.far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab")
        self.near.bind(("127.0.0.1", 0))
        self.far.connect(("127.0.0.1", context.port))
        self.port = self.near.getsockname()[1]
        self.lost = {self.near: set(lost_up), self.far: set(lost_down)}
        self.counts = {self.near: 0, self.far: 0}
        self.done = threading.Event()
        context.stack.callback(self.finish)
        self.start()

    def run(self):
        client = None
        while not self.done.is_set():
            for one in select.select([self.near, self.far], [], [], 0.1)[0]:
                datagram, source = one.recvfrom(65536)
                self.counts[one] += 1
                is_lost = self.counts[one] in self.lost[one]
                if one is self.near:
                    client = source
                if not is_lost and one is self.near:
                    self.far.send(datagram)
                elif not is_lost:
                    self.near.sendto(datagram, client)

    def finish(self):
        self.done.set()
        self.join()
        self.near.close()
        self.far.close()


def serve(context, *lines):
    pair = certificates.Pair(context)
    return context.serve(*pair.lines, "dtls", *lines)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def allocations(server):
    return server.json("allocations", "list")["allocations"]


@check("DTLS: a relay in both directions, packets of several sizes", only="turnstone")
def relay(context):
    serve(context)
    client = DTLSClient(context)
    peer = peer_socket(context)
    relayed = client.allocated()
    expect(client.bind_channel(0x4000, peer.getsockname()[:2]).is_success, "no channel")
    # openssl takes records apart that are longer than 1024 bytes.
    echoes(client, relayed, peer, (0, 1, 171, 1000))


@check("DTLS: an RFC 3489 Binding request gets 500 (RFC 8489, section 11)", only="turnstone")
def classic(context):
    serve(context)
    client = DTLSClient(context)
    expect(client.request(stun.BINDING, signed=False).is_success, "no Binding response")
    transaction = os.urandom(16)
    client.transmit(struct.pack("!HH", 1, 0) + transaction)
    answer = stun.Message(client.next_raw(3))
    expect(answer.code == 500, f"the answer is {answer.raw.hex()}")


@check("DTLS: versions before 1.2 are refused", only="turnstone")
def versions(context):
    serve(context)
    client = DTLSClient(context, tls=("-dtls1", "-cipher", "ALL:@SECLEVEL=0"))
    wait_until(context, "the handshake fails", client.is_over)


@check("DTLS: a client that starts anew from its port keeps its allocation", only="turnstone")
def restart(context):
    server = serve(context)
    port = free_port()
    first = DTLSClient(context, port)
    first.allocated()
    first.vanish()
    second = DTLSClient(context, port)
    answer = second.allocate()
    expect(answer.code == 437, f"a second Allocate on the 5-tuple gave {answer.code}")
    expect(second.refresh(0).is_success, "the allocation is not the client's any more")
    peer = peer_socket(context)
    relayed = second.allocated()
    expect(second.bind_channel(0x4000, peer.getsockname()[:2]).is_success, "no channel")
    echoes(second, relayed, peer, (171,))
    expect(len(allocations(server)) == 1, "more than one allocation")


@check("DTLS: the end of a session is the end of its allocation", only="turnstone")
def goodbye(context):
    server = serve(context)
    client = DTLSClient(context)
    client.allocated()
    expect(len(allocations(server)) == 1, "no allocation")
    client.socket.shutdown(socket.SHUT_WR)
    wait_until(context, "the allocation ends", lambda: not allocations(server))
    wait_until(context, "the place is free", lambda: server.json("status")["streams"]["open"] == 0)


@check("DTLS: a session without an allocation ends after a while", only="turnstone")
def idle(context):
    serve(context, "max-allocate-timeout=2")
    idler, user = DTLSClient(context), DTLSClient(context)
    expect(idler.request(stun.BINDING, signed=False).is_success, "no Binding response")
    user.allocated()
    wait_until(context, "the idle session ends", idler.is_over, seconds=8)
    expect(user.request(stun.BINDING, signed=False).is_success, "the allocation's session ended")


@check("DTLS: clients of one network have a bound, and give their places back", only="turnstone")
def bounded(context):
    serve(context, "connections-per-prefix=3")
    clients = [DTLSClient(context) for _ in range(3)]
    for client in clients:
        expect(client.request(stun.BINDING, signed=False).is_success, "no Binding response")
    late = DTLSClient(context, tls=("-dtls1_2", "-timeout"))
    try:
        late.timeout, late.tries = 1, 1
        late.request(stun.BINDING, signed=False)
        expect(False, "a fourth client is served")
    except stun.NoAnswer:
        pass
    clients[0].socket.shutdown(socket.SHUT_WR)
    # The late one asks on by itself and takes the place as soon as it is free.
    late.timeout, late.tries = 3, 4
    expect(late.request(stun.BINDING, signed=False).is_success, "the place is not given back")


def register(name, lost_up, lost_down):
    @check(f"DTLS: the handshake goes on when {name} is lost", only="turnstone")
    def lossy(context):
        serve(context)
        path = LossyPath(context, lost_up, lost_down)
        client = DTLSClient(context, to=path.port)
        client.tries = 8
        expect(client.request(stun.BINDING, signed=False).is_success, "no Binding response")
        # Either side had to send again what was lost.
        lost = len(lost_up) + len(lost_down)
        expect(sum(path.counts.values()) > 8, f"{path.counts} with {lost} lost")


register("the first ClientHello", (1,), ())
register("the cookie", (), (1,))
register("the ClientHello with the cookie", (2,), ())
register("the server's flight, twice", (), range(2, 6))
register("the client's Finished", range(3, 6), ())
register("the end of the handshake", (), range(4, 6))
