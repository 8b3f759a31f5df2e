"""Two WebRTC peers in one program that may talk over the relay only.

    webrtc_peers.py aiortc|aioice udp|tcp|tls HOST:PORT USER PASSWORD

Over TLS, SSL_CERT_FILE names the certificate to believe.
"""

import asyncio
import sys

import aioice
from aiortc import (
    RTCConfiguration, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection)

MESSAGES = 1000


def candidate_kinds(description):
    """The kinds of ICE candidates in a session description."""
    lines = [line for line in description.sdp.splitlines() if line.startswith("a=candidate:")]
    return {line.split(" typ ")[1].split()[0] for line in lines}


async def data_channel(url, user, password):
    server = RTCIceServer(urls=url, username=user, credential=password)
    configuration = RTCConfiguration(
        iceServers=[server], iceTransportPolicy=RTCIceTransportPolicy.RELAY)
    caller, callee = RTCPeerConnection(configuration), RTCPeerConnection(configuration)
    done = asyncio.get_running_loop().create_future()
    channel = caller.createDataChannel("echo")
    payloads = [f"{number}:" + "x" * (number % 1100) for number in range(MESSAGES)]
    got = []

    @callee.on("datachannel")
    def opened(other):
        other.on("message", other.send)

    @channel.on("open")
    def begin():
        for payload in payloads:
            channel.send(payload)

    @channel.on("message")
    def back(message):
        got.append(message)
        if len(got) == MESSAGES and not done.done():
            done.set_result(None)

    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)
    kinds = candidate_kinds(caller.localDescription) | candidate_kinds(callee.localDescription)
    if kinds != {"relay"}:
        raise SystemExit(f"candidates are {kinds or 'none'}, not relay alone")
    await asyncio.wait_for(done, 30)
    await caller.close()
    await callee.close()
    if got != payloads:
        raise SystemExit("messages came back changed or out of order")
    print(f"{MESSAGES} messages each way, relay to relay")


async def ice(transport, host, port, user, password):
    def connection(controlling):
        return aioice.Connection(
            ice_controlling=controlling, turn_server=(host, port), turn_username=user,
            turn_password=password, turn_transport="udp" if transport == "udp" else "tcp",
            turn_ssl=transport == "tls", use_ipv6=False,
            transport_policy=aioice.TransportPolicy.RELAY)

    one, two = connection(True), connection(False)
    for side, other in ((one, two), (two, one)):
        await side.gather_candidates()
        for candidate in side.local_candidates:
            if candidate.type != "relay":
                raise SystemExit(f"a candidate is {candidate.type}")
            await other.add_remote_candidate(candidate)
        await other.add_remote_candidate(None)
        other.remote_username, other.remote_password = side.local_username, side.local_password
    await asyncio.wait_for(asyncio.gather(one.connect(), two.connect()), 20)
    for sender, receiver in ((one, two), (two, one)):
        for number in range(100):
            payload = bytes([number]) * (1 + number * 10)
            await sender.send(payload)
            if await asyncio.wait_for(receiver.recv(), 5) != payload:
                raise SystemExit(f"packet {number} arrived changed")
    await one.close()
    await two.close()
    print("100 packets each way, relay to relay")


def main():
    mode, transport, address, user, password = sys.argv[1:]
    if mode == "aiortc":
        urls = {
            "udp": f"turn:{address}?transport=udp", "tcp": f"turn:{address}?transport=tcp",
            "tls": f"turns:{address}?transport=tcp"}
        asyncio.run(data_channel(urls[transport], user, password))
    else:
        host, port = address.rsplit(":", 1)
        asyncio.run(ice(transport, host.strip("[]"), int(port), user, password))


if __name__ == "__main__":
    main()
