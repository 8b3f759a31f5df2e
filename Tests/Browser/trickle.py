"""The connection test, `/trickle-ice`: it says what is wrong, and what to mend, in each arranged
fault; and that all is well without one."""

import base64
import hashlib
import hmac
import json
import time

from harness import expect
from namespaces import NAME, SERVER
from stage import scenario

#: Where the reader of the page is: in no private network, so that the relay may send there.
READER = "203.0.113.2"
GATEWAY = "203.0.113.1"
RANGE = (50_000, 50_999)
#: What a server lets in that is set up as it should be.
PORTS = "{ 3478, 443, 5349 }"
UDP, RELAYS, TCP = (f"udp dport {PORTS} accept", f"udp dport {RANGE[0]}-{RANGE[1]} accept",
                    f"tcp dport {PORTS} accept")
OPEN = (UDP, RELAYS, TCP, "drop")


class Reader:
    """Somebody who opens the page, outside the server's network."""

    def __init__(self, stage, *lines, rules=OPEN, trusts=True, **keywords):
        self.stage = stage
        stage.serve(
            f"min-port={RANGE[0]}", f"max-port={RANGE[1]}", f"allowed-peer-ip={READER}", *lines,
            **keywords)
        if not trusts:
            stage.daemon.pin = "none"
        self.person = stage.person("Rita")
        network = self.person.network
        stage.network.server.ip("addr", "add", f"{GATEWAY}/24", "dev", network.port)
        network.space.ip("addr", "flush", "dev", "wan")
        network.space.ip("addr", "add", f"{READER}/24", "dev", "wan")
        network.space.ip("route", "replace", "default", "via", GATEWAY)
        network.rules(*rules)
        self.page = self.person.page
        self.person.open("trickle-ice")
        self.page.wait_for_selector("main:not([inert])", state="attached")

    def paste(self, servers):
        self.page.check("#source-pasted")
        self.page.fill("#pasted", servers)

    def test(self):
        """Runs the test; what it found, by code."""
        began = time.monotonic()
        self.page.click("#run")
        self.page.wait_for_selector("#findings:not([hidden])", timeout=75_000)
        found = {item.get_attribute("data-code"): item.inner_text()
                 for item in self.page.query_selector_all("#finding-list > li")}
        self.stage.note(f"{time.monotonic() - began:.1f} s: "
                        + " | ".join(" ".join(words.split()) for words in found.values()))
        return found

    def report(self):
        """Sends the result; what the operator sees of it."""
        self.page.click("#send")
        self.page.wait_for_selector("#notice:not([hidden])")
        words = self.page.inner_text("#notice")
        expect("report 1" in words, f"the page says: {words}")
        daemon = self.stage.daemon
        listed = json.loads(daemon.command("reports", "list", "--json"))
        expect(len(listed["reports"]) == 1 and listed["forgotten"] == 0, f"{listed}")
        summary = listed["reports"][0]
        expect(summary["client"] == READER, f"{summary}")
        shown = daemon.command("reports", "show", "1")
        return summary, shown


def diagnose(reader, code, *words, others=()):
    """The page finds this one fault and no other, and its text names each of the words."""
    found = reader.test()
    expect(set(found) == {code, *others}, f"found {found}")
    missing = [word for word in words if word not in found[code]]
    expect(not missing, f"{code} does not name {missing}: {found[code]}")
    return found


@scenario("trickle: all is well")
def well(stage):
    reader = Reader(stage)
    diagnose(reader, "all_good", "All well", "ms there and back")
    works = reader.page.locator("#result-list > li.good").count()
    results = reader.page.text_content("#result-list")
    # STUN, TURN over UDP, TCP and TLS at three ports each; and from outside.
    expect(works == 13, f"{works}: {results}")
    for word in ("turns:", "Relay", f"{SERVER}:5", "packets sent", "Mbit/s"):
        expect(word in results, f"no {word}: {results}")
    summary, shown = reader.report()
    expect(summary["level"] == "good" and summary["findings"] == ["all_good"], f"{summary}")
    for word in ("All well", "turns:", "relayed: ", "reached from outside"):
        expect(word in shown, f"no {word}: {shown}")
    credential = json.dumps(reader.page.evaluate("JSON.stringify(sessionStorage)"))
    expect("credential" not in credential, credential)


@scenario("trickle: UDP is dropped, at 3478 and elsewhere")
def udp_blocked(stage):
    reader = Reader(stage, rules=(TCP, "drop"))
    diagnose(reader, "udp_blocked", NAME, "open UDP 443, 3478, 5349")
    summary, shown = reader.report()
    expect(summary["level"] == "problem", f"{summary}")
    expect(summary["findings"] == ["udp_blocked"], f"{summary}")
    expect("open UDP 443, 3478" in shown and "no answer" in shown, shown)


@scenario("trickle: UDP 3478 is dropped, UDP 443 is not")
def udp_partly(stage):
    reader = Reader(stage, rules=("udp dport 3478 drop", *OPEN))
    found = diagnose(reader, "udp_partly", f"{NAME}:3478", "open UDP 3478", others=("all_good",))
    expect("All well" in found["all_good"], f"{found}")


@scenario("trickle: the relay range is dropped")
def relay_range(stage):
    reader = Reader(stage, rules=(UDP, TCP, "drop"))
    diagnose(reader, "relay_range", "range is closed", "UDP 50000 to 50999", "firewall")


@scenario("trickle: external-ip is another machine's")
def external_ip(stage):
    reader = Reader(stage, f"external-ip=192.0.2.77/{SERVER}")
    diagnose(reader, "external_ip_seen", "192.0.2.77", "external-ip", NAME)


@scenario("trickle: external-ip is another machine's, and the reader's network lets nothing in")
def external_ip_strict(stage):
    reader = Reader(stage, f"external-ip=192.0.2.77/{SERVER}")
    reader.person.network.space.nft(
        "add table inet strict",
        "add chain inet strict in { type filter hook input priority 0; policy accept; }",
        "add rule inet strict in ct state established,related accept",
        "add rule inet strict in udp dport 1024-65535 drop")
    diagnose(reader, "external_ip", "192.0.2.77", "external-ip")


@scenario("trickle: the credential has expired")
def expired(stage):
    reader = Reader(stage)
    username = f"{int(time.time()) - 600}:rita"
    mac = hmac.new(b"made for these checks", username.encode(), hashlib.sha1).digest()
    password = base64.b64encode(mac).decode()
    reader.paste(json.dumps({"iceServers": [
        {"urls": f"stun:{NAME}:3478"},
        {"urls": [f"turn:{NAME}:3478?transport=udp", f"turns:{NAME}:443?transport=tcp"],
         "username": username, "credential": password}]}))
    diagnose(reader, "credentials_expired", "10 minutes ago", "longer life")
    _, shown = reader.report()
    expect("credentials_expired" in shown and "401" in shown, shown)
    for secret in (username, password):
        expect(secret not in shown + reader.page.content(), f"{secret} is shown")


@scenario("trickle: the certificate is for another name")
def certificate(stage):
    # The browser takes the other certificate for this page, and for nothing else.
    reader = Reader(stage, name="other.example.net", trusts=False)
    diagnose(reader, "tls_name", f"not for {NAME}", "other.example.net", "public-name")


@scenario("trickle: nothing answers")
def unreachable(stage):
    reader = Reader(stage)
    reader.paste(f"turn:{NAME}:9999?transport=udp, turn:{NAME}:9999?transport=tcp")
    diagnose(reader, "credentials_missing", f"turn:{NAME}:9999", "user name and password")
    reader.page.fill("#username", "rita")
    reader.page.fill("#credential", "x")
    diagnose(reader, "unreachable", "open port 9999")


@scenario("trickle: what is pasted is no address")
def nonsense(stage):
    reader = Reader(stage)
    reader.paste("hello")
    reader.page.click("#run")
    reader.page.wait_for_selector("#pasted-error:not([hidden])")
    focused = reader.page.evaluate("document.activeElement.id")
    expect(focused == "pasted", f"the focus is at {focused}")


@scenario("trickle: by keyboard alone")
def keyboard(stage):
    reader = Reader(stage)
    press = reader.page.keyboard.press

    def focused():
        return reader.page.evaluate("document.activeElement.id || document.activeElement.tagName")

    def tab_to(wanted):
        for _ in range(8):
            press("Tab")
            if focused() == wanted:
                return
        expect(False, f"Tab does not lead to {wanted}: it is at {focused()}")

    tab_to("source-own")
    press("ArrowRight")
    tab_to("pasted")
    reader.page.keyboard.type(f"stun:{NAME}:3478")
    tab_to("run")
    press("Enter")
    reader.page.wait_for_selector("#findings:not([hidden])")
    expect(focused() == "findings-title", f"the focus is at {focused()}")
    tab_to("copy")
    tab_to("send")
    press("Enter")
    reader.page.wait_for_selector("#notice:not([hidden])")
    tab_to("SUMMARY")
    press("Enter")
    is_open = reader.page.evaluate("document.activeElement.parentElement.open")
    expect(is_open, "Enter does not open a result")
