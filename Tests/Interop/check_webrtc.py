"""aiortc and aioice: a browser's view of the relay."""

from pathlib import Path

import browser
import certificates
import stun
from daemon import PASSWORD, SECRET, USER
from harness import Skipped, check, expect, tail

PROGRAM = Path(__file__).with_name("webrtc_peers.py")
PAGE = Path(__file__).with_name("webrtc_page.html")


def talk(context, mode, address, user, password, transport="udp", certificate="/dev/null"):
    python = Path(context.options.venv) / "bin/python"
    if not python.exists():
        raise Skipped(f"there is no {python}; scripts/test makes it")
    host = f"[{address}]" if ":" in address else address
    code, output = context.run(
        "env", f"SSL_CERT_FILE={certificate}", python, PROGRAM, mode, transport,
        f"{host}:{context.port}", user, password, seconds=45)
    expect(code == 0, f"exit code {code}:\n{tail(output, 25)}")
    return output


@check("webrtc: aiortc data channel between two relay-only peers", seconds=60)
def data_channel(context):
    context.serve("workers=2")
    output = talk(context, "aiortc", "127.0.0.1", USER, PASSWORD)
    expect("1000 messages each way, relay to relay" in output, tail(output))


@check("webrtc: aiortc with a REST credential", seconds=60)
def data_channel_rest(context):
    context.serve("use-auth-secret", f"static-auth-secret={SECRET}", user=False)
    name = stun.rest_name(300)
    talk(context, "aiortc", "127.0.0.1", name, stun.rest_credential(SECRET, name))


@check("webrtc: aioice relay-only connectivity checks", seconds=60)
def ice(context):
    context.serve("workers=2")
    talk(context, "aioice", "127.0.0.1", USER, PASSWORD)


@check("webrtc: aioice through an IPv6 server address", seconds=60)
def ice_v6(context):
    # aiortc takes no IPv6 literal in a TURN URI; aioice below it does.
    context.serve()
    talk(context, "aioice", "::1", USER, PASSWORD)


def register(transport):
    @check(f"webrtc: {transport}, aiortc data channel between two relay-only peers", seconds=60)
    def data_channel_over(context):
        pair = certificates.Pair(context)
        context.serve(*pair.lines, "workers=2")
        output = talk(
            context, "aiortc", "127.0.0.1", USER, PASSWORD, transport, pair.certificate)
        expect("1000 messages each way, relay to relay" in output, tail(output))

    @check(f"webrtc: {transport}, aioice relay-only connectivity checks", seconds=60)
    def ice_over(context):
        pair = certificates.Pair(context)
        context.serve(*pair.lines, "workers=2")
        talk(context, "aioice", "127.0.0.1", USER, PASSWORD, transport, pair.certificate)


for name in ("tcp", "tls"):
    register(name)


def register_chromium(transport, url):
    @check(f"webrtc: {transport}, two relay-only peers in headless Chromium", seconds=90)
    def chromium(context):
        pair = certificates.Pair(context)
        context.serve(*pair.lines, "workers=2")
        page = PAGE.read_text().replace("@URL@", url.replace("@AT@", f"127.0.0.1:{context.port}"))
        page = page.replace("@USER@", USER).replace("@PASSWORD@", PASSWORD)
        report = browser.report_of(context, page, "--allow-loopback-in-peer-connection")
        wanted = {"echoed": 500, "kind": "relay", "relay": transport}
        expect(report == wanted, f"{report}")


for name, some_url in (
        ("udp", "turn:@AT@?transport=udp"), ("tcp", "turn:@AT@?transport=tcp"),
        ("tls", "turns:@AT@?transport=tcp")):
    register_chromium(name, some_url)
