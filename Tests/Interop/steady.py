"""A call that goes on while something else is done to the server."""

import multiprocessing
import struct
import time

from check_relay import channel_payload, peer_socket
from harness import expect

#: A process of its own: a busy check must not hold the call back.
FORK = multiprocessing.get_context("fork")


class Steady:
    """Echoes packets through a relay, one after the other, until it is told to finish."""

    def __init__(self, context, client, pause=0.004):
        self.client, self.pause = client, pause
        self.peer = peer_socket(context)
        self.relay = client.allocated()
        expect(client.bind_channel(0x4000, self.peer.getsockname()[:2]).is_success, "no channel")
        self.done = FORK.Event()
        self.results, self.report = FORK.Pipe(duplex=False)
        self.process = FORK.Process(target=self.run, daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.process.join(5)

    def run(self):
        sent, slowest = 0, 0.0
        try:
            while not self.done.is_set():
                sent += 1
                slowest = max(slowest, self.echo(sent))
                time.sleep(self.pause)
            self.report.send((sent, slowest, None))
        except Exception as error:  # told by finish, in the check's own process
            self.report.send((sent, slowest, repr(error)))

    def echo(self, number):
        """Up and down once; seconds."""
        began = time.monotonic()
        payload = struct.pack("!I", number) * 40
        self.client.send_channel(0x4000, payload)
        expect(self.peer.recv(2048) == payload, f"packet {number} arrives changed at the peer")
        self.peer.sendto(payload, self.relay)
        item = self.client.receive(2)
        expect(item is not None, f"packet {number} does not come back")
        expect(channel_payload(item)[1] == payload, f"packet {number} comes back changed")
        return time.monotonic() - began

    def finish(self, at_least=5):
        """Ends it; nothing may have been lost, and nothing may have waited for a second."""
        self.done.set()
        expect(self.results.poll(8), "the running call does not end")
        sent, slowest, trouble = self.results.recv()
        expect(trouble is None, f"the running call, packet {sent}: {trouble}")
        expect(sent >= at_least, f"only {sent} packets went by")
        expect(slowest < 1, f"a packet took {slowest:.2f} s")
