"""Rooms opened over REST and entered by WebSocket: both see the same calls."""

import asyncio
import json
import urllib.error
import urllib.request

from harness import expect
from scenarios.setting import story


class Web:
    """REST as one user."""

    def __init__(self, setting, token):
        self.base = f"http://127.0.0.1:{setting.context.port}"
        self.token = token

    async def __call__(self, method, path, body=None, **fields):
        """(status, body) of one request."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        request = urllib.request.Request(
            self.base + path, data=data, headers=headers, method=method)

        def exchange():
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()

        status, text = await asyncio.to_thread(exchange)
        return status, json.loads(text) if text else None


@story("S2-1, S2-3, S2-9: several creates in a row are several calls, each with a seat of its own")
async def creates(setting):
    host = setting.client("host")
    web = Web(setting, host.token)
    made = [await web("POST", "/apiv2/calls", {"media": {"audio": True}}) for _ in range(5)]
    expect([status for status, _ in made] == [201] * 5, f"{made}")
    rooms = [body for _, body in made]
    for name in ("call_id", "peer_id", "peer_token"):
        expect(len({room[name] for room in rooms}) == 5, f"{name} was given out twice")
    expect(all(room["status"] == "waiting" for room in rooms), f"{rooms}")
    other = Web(setting, setting.client("other").token)
    again = [await other("POST", "/apiv2/calls", {}, Idempotency_Key="once") for _ in range(2)]
    expect([status for status, _ in again] == [201, 200], f"{again}")
    expect(again[0][1]["call_id"] == again[1][1]["call_id"], "S2-2: a repeated request")
    status, body = await web("GET", "/apiv2/calls/current")
    expect(status == 410, f"S2-3: {status} {body}")
    status, body = await web("GET", "/apiv2/calls?status=waiting")
    found = {item["call_id"] for item in body["items"]}
    expect(status == 200 and {room["call_id"] for room in rooms} == found, f"S2-4: {body}")


@story("S2-5, S2-10, S2-15: joins over REST and by socket, a third, the end, the tombstone")
async def rooms(setting):
    host = await setting.online("host")
    web = Web(setting, host.token)
    made = [(await web("POST", "/apiv2/calls", {}))[1] for _ in range(2)]
    for room in made:
        back = await host.ask(
            "call:join", call_id=room["call_id"], peer_token=room["peer_token"])
        expect(back["peer_id"] == room["peer_id"], "another seat than the one from REST")
    # Parallel joins in different rooms, over REST, then by socket.
    guests = [await setting.online(f"guest{number}") for number in range(2)]
    webs = [Web(setting, guest.token) for guest in guests]
    joined = await asyncio.gather(*(
        one("POST", f"/apiv2/calls/{room['call_id']}/join", {})
        for one, room in zip(webs, made)))
    expect([status for status, _ in joined] == [200, 200], f"{joined}")
    expect(all(body["peer_online"] is True for _, body in joined), f"S0-9: {joined}")
    expect(host.of_call(made[0]["call_id"], "join") == [], "ruling 7: told before the socket")
    for guest, room, (_, body) in zip(guests, made, joined):
        await guest.ask("call:join", call_id=room["call_id"], peer_token=body["peer_token"])
        told = await host.next("join", room["call_id"])
        expect(told["peer_id"] == body["peer_id"], f"{told}")
    third = await setting.online("third")
    status, body = await Web(setting, third.token)(
        "POST", f"/apiv2/calls/{made[0]['call_id']}/join", {})
    expect(status == 409 and body["error"]["code"] == "call_full", f"S2-10: {status} {body}")
    # One ends over REST: its two sides hear it, the other room goes on.
    first, second = (room["call_id"] for room in made)
    status, body = await web("DELETE", f"/apiv2/calls/{first}")
    expect(status == 200, f"{status} {body}")
    await guests[0].next("call:end", first)
    await host.next("call:end", first)
    status, body = await web("POST", f"/apiv2/calls/{first}/end")
    expect(status == 200, f"asking again: {status}")
    status, body = await web("GET", f"/apiv2/calls/{first}")
    expect(status == 410, f"a tombstone: {status} {body}")
    status, body = await web("GET", "/apiv2/calls?status=waiting,active")
    expect([item["call_id"] for item in body["items"]] == [second], f"S2-5: {body}")
    await host.ask("app:message", call_id=second, payload="on")
    await guests[1].next("app:message", second)
    status, body = await Web(setting, third.token)("GET", f"/apiv2/calls/{second}")
    expect(status in (403, 404), f"somebody else sees it: {status} {body}")
    status, body = await web("GET", "/apiv2/calls/unknown")
    expect(status == 404, f"{status}")


async def sit(setting, user, room):
    """A client of the per-call socket: no hello, no ids, names of fields as Go writes them."""
    client = setting.client(user)
    client.url = (
        f"ws://127.0.0.1:{setting.context.port}/apiv2/ws?call_id={room['call_id']}"
        f"&peer_id={room['peer_id']}&peer_token={room['peer_token']}")
    await client.connect()
    client.reader = asyncio.ensure_future(client.read(client.socket))
    return client, await client.next("join")


@story("S2-12, S0-8, S0-9: a socket for one call, as older clients speak on it", "signaling-alias")
async def seat_sockets(setting):
    hosts_web = Web(setting, setting.client("host").token)
    room = (await hosts_web("POST", "/apiv2/calls", {}))[1]
    guests_web = Web(setting, setting.client("guest").token)
    place = (await guests_web("POST", f"/apiv2/calls/{room['call_id']}/join", {}))[1]
    place["call_id"] = room["call_id"]
    host, told = await sit(setting, "host", room)
    expect(told["IsReconnect"] is False and told["PeerOnline"] is False, f"{told}")
    guest, told = await sit(setting, "guest", place)
    expect(told["IsReconnect"] is False and told["PeerOnline"] is True, f"{told}")
    expect((await host.next("join"))["PeerID"] == place["peer_id"], "the host hears the guest")
    for sender, receiver, kind in ((host, guest, "offer"), (guest, host, "answer")):
        sdp = f"v=0\r\na=ice-ufrag:{kind}\r\n"
        await sender.send({"type": kind, "data": {"type": kind, "sdp": sdp}})
        heard = await receiver.next(kind)
        expect(heard["type"] == kind and heard["sdp"] == sdp, f"{heard}")
    line = "candidate:1 1 udp 1 192.0.2.1 5000 typ host"
    await guest.send({"type": "ice", "data": {"candidate": line, "sdpMid": "0"}})
    expect((await host.next("ice"))["candidate"]["candidate"] == line, "a candidate")
    await guest.lose("reset")
    await host.next("peer-disconnected")
    guest, told = await sit(setting, "guest", place)
    expect(told["IsReconnect"] is True and told["PeerOnline"] is True, f"{told}")
    await host.next("peer-reconnected")
    status, _ = await hosts_web("DELETE", f"/apiv2/calls/{room['call_id']}")
    for client in (host, guest):
        await client.next("call:end")
        expect(await client.end() == 4507, f"{client.closed}")
    late = setting.client("guest")
    late.url = guest.url
    await late.connect()
    late.reader = asyncio.ensure_future(late.read(late.socket))
    expect(await late.end() == 4507, f"a call that has ended: {late.closed}")
    thief = setting.client("guest")
    thief.url = guest.url[:-4] + "AAAA"
    await thief.connect()
    thief.reader = asyncio.ensure_future(thief.read(thief.socket))
    expect(await thief.end() == 4500, f"a wrong seat token: {thief.closed}")
    expect(place["peer_token"] not in setting.server.log(), "a seat token stands in the log")
