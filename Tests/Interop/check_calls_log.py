"""The log of calls as JSON, and the ends of a daemon that are not the ordinary one."""

import asyncio
import json
import signal
import time

from harness import expect
from scenarios.setting import story
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk

#: What ends a line for one program or another, and what steers terminals.
HOSTILE = "eve\u0085\u2028\u2029\u202e\u009b2J\"},{\"level\":\"error"


def lines(server):
    """Every line of the log, each of which must be one object with what each of them has."""
    text = server.log_path.read_bytes().decode()
    expect(text.endswith("\n"), "the last line has no end")
    found = []
    for line in text.splitlines():
        entry = json.loads(line)
        expect({"time", "level", "message"} <= entry.keys(), f"{line}")
        expect(entry["level"] in ("error", "warning", "info", "debug"), f"{line}")
        time.strptime(entry["time"], "%Y-%m-%dT%H:%M:%SZ")
        found.append(entry)
    return found


@story("log-format=json: every line is an object, one for each event of a call",
       "log-format=json", "drain-timeout=0")
async def log(setting):
    caller, callee = await setting.pair("logged")
    call = await Talk(caller, callee).run([*RING, ANSWER, *CONNECT, END])
    # A room whose guest has the worst of names.
    guest = await setting.online(HOSTILE)
    await guest.ask("call:join", call_id="hostile-room")
    await guest.ask("call:end", call_id="hostile-room")
    setting.server.signal(signal.SIGHUP)
    await setting.stop()
    entries = lines(setting.server)
    events = [entry["event"] for entry in entries if entry.get("call_id") == call.id]
    for name in ("ringing", "answered", "active", "ended"):
        expect(events.count(f"call.{name}") == 1, f"{name}: {events}")
    ended = [entry for entry in entries
             if entry.get("event") == "call.ended" and entry["call_id"] == call.id]
    expect(ended[0]["reason"] == "hangup", f"{ended}")
    users = {entry.get("user_id") for entry in entries if entry.get("call_id") == "hostile-room"}
    expect(HOSTILE in users, f"{users}")
    expect(any("stopped" in entry["message"] for entry in entries), "nothing of the stop")


@story("drain-timeout=0: told, closed and gone at once, and the call is kept",
       "drain-timeout=0", "log-format=json")
async def no_drain(setting):
    call = await Talk(*await setting.pair("hasty")).run([*RING, ANSWER])
    began = time.monotonic()
    setting.server.signal(signal.SIGTERM)
    for client in (call.caller, call.callee):
        await client.next("server:draining")
        expect(await client.end() == 4003, f"{client.closed}")
    code = await asyncio.to_thread(setting.server.process.wait, 5)
    expect(code == 0 and time.monotonic() - began < 1.5, f"{code}")
    saved = [entry["message"] for entry in lines(setting.server) if "saved 1 calls" in
             entry["message"]]
    expect(len(saved) == 1, f"{saved}")


@story("a reload while it drains neither ends the drain nor takes anybody in",
       "drain-timeout=2", seconds=60)
async def reload(setting):
    from websockets.exceptions import InvalidStatus

    client = await setting.online("drained")
    client.socket.transport.pause_reading()
    began = time.monotonic()
    setting.server.signal(signal.SIGTERM)
    await asyncio.sleep(0.2)
    setting.server.signal(signal.SIGHUP)
    await asyncio.sleep(0.3)
    try:
        await setting.client("late").open()
        expect(False, "a new socket was taken in")
    except InvalidStatus as refused:
        expect(refused.response.status_code == 503, f"{refused}")
    code = await asyncio.to_thread(setting.server.process.wait, 10)
    took = time.monotonic() - began
    expect(code == 0 and 1.5 < took < 4, f"{code} after {took} s")


@story("a state-dir that cannot be used costs warnings, not the start and not the calls of now",
       "state-dir=/dev/null/state", "drain-timeout=0")
async def no_folder(setting):
    call = await Talk(*await setting.pair("folderless")).run([*RING, ANSWER])
    expect("state-dir" in setting.server.log(), "no warning at the start")
    await call.step(END)
    call = await Talk(*await setting.pair("folderless-again")).run([*RING, ANSWER])
    code = await setting.stop()
    expect(code == 0, f"exit code {code}")
    expect("calls.state" in setting.server.log(), "no word of the calls that are lost")
