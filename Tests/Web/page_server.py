"""The pages with their headers, and a small signaling server for two, for tests of the pages alone.

It knows no relay, no timers and no resumption: those are tested against the daemon.
"""

import asyncio
import http
import json
import mimetypes
import pathlib
import secrets

from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.http11 import Response

WEB = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Web"
PAGES = {"/": "index.html", "/trickle-ice": "trickle-ice.html"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), "
                          "autoplay=(self), screen-wake-lock=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class Session:
    def __init__(self, socket, user):
        self.socket, self.user, self.seq = socket, user, 0

    async def say(self, kind, data):
        self.seq += 1
        await self.socket.send(json.dumps({"type": kind, "seq": self.seq, "data": data}))


class PageServer:
    def __init__(self, config=None, ice=None):
        self.config = {"demo": True, "anonymous": True} | (config or {})
        self.ice = {"iceServers": ice or [], "ttl": 3600, "expires_at": 0}
        self.sessions, self.calls = [], {}
        self.reports = []

    def respond(self, _connection, request):
        path = request.path.split("?")[0]
        if path == "/ws":
            return None
        if path.startswith("/apiv2/"):
            return self.api(path)
        name = "index.html" if path.startswith("/call/") else PAGES.get(path)
        file = WEB / (name or path.lstrip("/"))
        if not file.resolve().is_relative_to(WEB) or not file.is_file():
            return reply(404, b"not found", "text/plain")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return reply(200, file.read_bytes(), kind)

    def api(self, path):
        """The library behind it answers GET only, so the tests stub what is posted."""
        bodies = {"/apiv2/config": self.config, "/apiv2/ice-servers": self.ice}
        if path not in bodies:
            return reply(404, b"{}", "application/json")
        return reply(200, json.dumps(bodies[path]).encode(), "application/json")

    async def talk(self, socket):
        hello = json.loads(await socket.recv())["data"]
        session = Session(socket, hello.get("token") or f"guest-{secrets.token_hex(3)}")
        self.sessions.append(session)
        await socket.send(json.dumps({"type": "welcome", "data": {
            "sid": secrets.token_hex(4), "rid": secrets.token_hex(8), "epoch": "e",
            "user_id": session.user, "resumed": False, "last_client_id": 0, "replay_to": 0,
            "config": {}, "limits": {}, "ice": self.ice,
            "calls": [state(call, seat) for call in self.calls.values()
                      for seat in call["seats"] if seat["user"] == session.user]}}))
        try:
            async for text in socket:
                await self.take(session, json.loads(text))
        finally:
            self.sessions.remove(session)
            await self.lost(session)

    async def take(self, session, frame):
        if "id" not in frame:
            return
        data, call = frame.get("data", {}), self.calls.get(frame.get("data", {}).get("call_id"))
        action = getattr(self, frame["type"].replace("call:", "do_").replace(":", "_")
                         .replace("-", "_"), None)
        after = []
        try:
            answer = (await action(session, data, call, after) if action else None) or {}
            kind = "ok"
        except KeyError as error:
            answer, kind = {"code": error.args[0], "message": error.args[0]}, "error"
        await session.socket.send(json.dumps({"type": kind, "id": frame["id"], "data": answer}))
        for target, name, message in after:
            await target.say(name, message)

    async def ice_refresh(self, *_):
        return self.ice

    async def do_initiate(self, session, data, _call, after):
        callees = [one for one in self.sessions if one.user == data["to"]]
        if not callees:
            raise KeyError("callee_offline")
        call = new_call(data["call_id"], session, "ringing")
        self.calls[data["call_id"]] = call
        call["ringing"] = callees
        for one in callees:
            after.append((one, "call:offer", {
                "call_id": call["id"], "caller_id": session.user,
                "from": {"user_id": session.user, "name": session.user},
                "peer_id": call["seats"][0]["peer"], "media": data["media"], "gen": 1,
                "description": data["description"], "candidates": [], "ring_left_ms": 60000,
                "expires_at": 0}))
        return seat_reply(call, call["seats"][0])

    async def do_ringing(self, _session, data, call, after):
        after.append((call["seats"][0]["session"], "call:ringing",
                      {"call_id": call["id"], "devices": 1}))

    async def do_answer(self, session, data, call, after):
        seat = sit(call, session, "guest")
        call["state"] = "answered"
        after.append((call["seats"][0]["session"], "call:answer", {
            "call_id": call["id"], "gen": 1, "description": data["description"],
            "candidates": [], "peer_id": seat["peer"]}))
        for one in call["seats"]:
            after.append((one["session"], "state", state(call, one)))
        return seat_reply(call, seat)

    async def do_reject(self, _session, data, call, after):
        after.append((call["seats"][0]["session"], "call:rejected",
                      {"call_id": call["id"], "reason": data["reason"]}))
        del self.calls[call["id"]]

    async def do_end(self, session, data, call, after):
        if call is None:
            return {}
        ringing = call.get("ringing", []) if call["state"] == "ringing" else []
        for one in ringing + [seat["session"] for seat in call["seats"]]:
            if one is not session:
                after.append((one, "call:end", {"call_id": call["id"], "reason": data["reason"],
                                                "by": "peer", "duration_ms": 0}))
        del self.calls[call["id"]]

    async def do_join(self, session, data, call, after):
        if call is None:
            call = self.calls[data["call_id"]] = new_call(data["call_id"], session, "waiting")
            return seat_reply(call, call["seats"][0])
        mine = next((one for one in call["seats"] if one["token"] == data.get("peer_token")), None)
        if mine:
            mine["session"] = session
            call["gen"] += 1
            for one in call["seats"]:
                if one is not mine:
                    after.append((one["session"], "peer-reconnected", {
                        "call_id": call["id"], "peer_id": mine["peer"], "fresh_client": True,
                        "gen": call["gen"], "restart_by": call["seats"][0]["peer"]}))
            return seat_reply(call, mine)
        if len(call["seats"]) == 2:
            raise KeyError("call_full")
        seat = sit(call, session, "guest")
        call["state"] = "answered"
        after.append((call["seats"][0]["session"], "join", {
            "call_id": call["id"], "peer_id": seat["peer"], "is_reconnect": False,
            "peer_online": True}))
        after.append((call["seats"][0]["session"], "state", state(call, call["seats"][0])))
        return seat_reply(call, seat)

    async def do_description(self, session, data, call, after):
        if data["description"]["type"] == "offer":
            call["gen"] = data["gen"]
        self.pass_on(session, call, "call:description", data, after)
        return {"gen": call["gen"]}

    async def do_ice_candidate(self, session, data, call, after):
        for one in call.get("ringing", []) if call["state"] == "ringing" else []:
            after.append((one, "call:ice-candidate", data))
        self.pass_on(session, call, "call:ice-candidate", data, after)

    async def do_media(self, session, data, call, after):
        self.pass_on(session, call, "call:media", data, after)

    def pass_on(self, session, call, kind, data, after):
        for seat in call["seats"]:
            if seat["session"] is not session:
                after.append((seat["session"], kind, data))

    async def lost(self, session):
        for call in self.calls.values():
            for seat in call["seats"]:
                if seat["session"] is not session and session in [
                        one["session"] for one in call["seats"]]:
                    try:
                        await seat["session"].say("peer-disconnected", {
                            "call_id": call["id"], "peer_id": "x", "cause": "socket"})
                    except Exception:  # noqa: BLE001 - both may be gone at once
                        pass


def new_call(name, session, kind):
    call = {"id": name, "state": kind, "seats": [], "gen": 1 if kind == "ringing" else 0,
            "version": 0}
    sit(call, session, "host")
    return call


def sit(call, session, role):
    seat = {"peer": secrets.token_hex(4), "token": secrets.token_hex(8), "user": session.user,
            "session": session, "role": role}
    call["seats"].append(seat)
    return seat


def state(call, seat):
    call["version"] += 1
    return {"call_id": call["id"], "state": call["state"], "version": call["version"],
            "status": "waiting" if call["state"] in ("waiting", "ringing") else "active",
            "gen": call["gen"], "you": seat["peer"], "polite": seat["role"] == "guest",
            "participants": {"count": len(call["seats"]), "list": [
                {"peer_id": one["peer"], "user_id": one["user"], "name": one["user"],
                 "online": True, "role": one["role"], "media": {"audio": True, "video": True}}
                for one in call["seats"]]}}


def seat_reply(call, seat):
    return state(call, seat) | {
        "peer_id": seat["peer"], "peer_token": seat["token"],
        "peer_online": len(call["seats"]) == 2, "is_reconnect": False}


def reply(status, body, kind):
    headers = Headers(HEADERS | {"Content-Type": kind, "Content-Length": str(len(body))})
    return Response(status, http.HTTPStatus(status).phrase, headers, body)


def running(server, port):
    return serve(server.talk, "127.0.0.1", port, process_request=server.respond)


if __name__ == "__main__":
    async def main():
        async with running(PageServer(), 8123):
            await asyncio.Future()
    asyncio.run(main())
