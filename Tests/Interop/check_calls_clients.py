"""Whole calls with software that none of us wrote, from the socket to the data channel."""

import json
from pathlib import Path

import browser
import certificates
from check_websocket import python_with
from daemon import SECRET as RELAY_SECRET
from harness import check, expect, tail
from scenarios.setting import LINES, foreign, token

FOLDER = Path(__file__).parent / "scenarios"


def register(library, way):
    @check(f"calls: a whole call over {way} with {library} from PyPI", only="turnstone")
    def with_library(context):
        python = python_with(context, library)
        foreign(context)
        pair = certificates.Pair(context)
        context.serve(*LINES, *pair.lines)
        scheme = "wss" if way == "TLS" else "ws"
        code, output = context.run(
            "env", f"SSL_CERT_FILE={pair.certificate}", python, FOLDER / "foreign_call.py",
            library, f"{scheme}://127.0.0.1:{context.port}/ws", token("carol"), token("dave"),
            "dave", seconds=30)
        expect(code == 0 and "a whole call" in output, f"exit code {code}:\n{tail(output, 25)}")


for each_library in ("websockets", "wsproto"):
    for each_way in ("TCP", "TLS"):
        register(each_library, each_way)


@check("calls: S1-2, S1-3, S1-16: headless Chromium calls itself, ICE and data channel included",
       only="turnstone", seconds=90)
def chromium(context):
    foreign(context)
    context.serve(*LINES, f"static-auth-secret={RELAY_SECRET}",
                  f"cors-origin=http://127.0.0.1:{context.port + 3}")
    page = (FOLDER / "call_page.html").read_text()
    page = page.replace("@URL@", f"ws://127.0.0.1:{context.port}/ws")
    page = page.replace("@TOKENS@", json.dumps([token("carol"), token("dave")]))
    result = browser.report_of(context, page)
    expect(result["failed"] == [], f"{result}")
    expect(result["passed"] >= 12, f"{result}")
