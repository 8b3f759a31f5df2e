"""The connection test, `/trickle-ice`: it says what is wrong, and what to mend, in each arranged
fault; and that all is well without one."""

import json
import time

from harness import expect
from namespaces import NAME, SERVER
from people import HOME
from stage import scenario

#: Where the reader of the page is: in no private network, so that the relay may send there.
READER = "203.0.113.2"
GATEWAY = "203.0.113.1"
RANGE = (50_000, 50_999)
#: What a server lets in that is set up as it should be.
OPEN = ("udp dport 3478 accept", f"udp dport {RANGE[0]}-{RANGE[1]} accept",
        "tcp dport { 3478, 443 } accept", "drop")


class Reader:
    """Somebody who opens the page, outside the server's network."""

    def __init__(self, stage, *lines, rules=OPEN, **keywords):
        self.stage = stage
        stage.serve(
            f"min-port={RANGE[0]}", f"max-port={RANGE[1]}", f"allowed-peer-ip={READER}", *lines,
            **keywords)
        self.person = stage.person("Rita")
        network = self.person.network
        network.server_side = stage.network.server
        stage.network.server.ip("addr", "add", f"{GATEWAY}/24", "dev", network.port)
        network.space.ip("addr", "flush", "dev", "wan")
        network.space.ip("addr", "add", f"{READER}/24", "dev", "wan")
        network.space.ip("route", "replace", "default", "via", GATEWAY)
        network.rules(*rules)
        self.page = self.person.page
        self.person.open("trickle-ice")
        self.page.wait_for_selector("body[data-ready]")

    def paste(self, servers):
        self.page.check("#source-pasted")
        self.page.fill("#pasted", servers)

    def test(self):
        """Runs the test; what it found, by code."""
        began = time.monotonic()
        self.page.click("#run")
        self.page.wait_for_selector("#findings:not([hidden])", timeout=60_000)
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
    results = reader.page.inner_text("#result-list")
    expect(works == 6, f"{works} of stun, turn udp, tcp, tls 443, tls 3478, outside: {results}")
    for word in ("turns:", "Relay", f"{SERVER}:5", "packets sent", "Mbit/s"):
        expect(word in results, f"no {word}: {results}")
    summary, shown = reader.report()
    expect(summary["level"] == "good" and summary["findings"] == ["all_good"], f"{summary}")
    for word in ("All well", "turns:", "relayed: ", "reached from outside"):
        expect(word in shown, f"no {word}: {shown}")
    credential = json.dumps(reader.page.evaluate("JSON.stringify(sessionStorage)"))
    expect("credential" not in credential, credential)


@scenario("trickle: UDP 3478 is dropped")
def udp_blocked(stage):
    reader = Reader(stage, rules=("udp dport 3478 drop", *OPEN[1:]))
    diagnose(reader, "udp_blocked", f"{NAME}:3478", "open UDP 3478")
    summary, shown = reader.report()
    expect(summary["level"] == "problem" and summary["findings"] == ["udp_blocked"], f"{summary}")
    expect("open UDP 3478" in shown and "error" in shown, shown)


@scenario("trickle: the relay range is dropped")
def relay_range(stage):
    reader = Reader(stage, rules=(OPEN[0], *OPEN[2:]))
    diagnose(reader, "relay_range", "range is closed", "UDP 50000 to 50999", "firewall")


@scenario("trickle: external-ip is another machine's")
def external_ip(stage):
    reader = Reader(stage, f"external-ip=192.0.2.77/{SERVER}")
    diagnose(reader, "external_ip_seen", "192.0.2.77", f"external-ip={SERVER}")


@scenario("trickle: external-ip is another machine's, and the reader's network lets nothing in")
def external_ip_strict(stage):
    reader = Reader(stage, f"external-ip=192.0.2.77/{SERVER}")
    reader.person.network.space.nft(
        "add table inet strict",
        "add chain inet strict in { type filter hook input priority 0; policy accept; }",
        "add rule inet strict in ct state established,related accept",
        "add rule inet strict in udp dport 1024-65535 drop")
    reader.test_code = diagnose(reader, "external_ip", "192.0.2.77", "external-ip")


@scenario("trickle: the credential has expired")
def expired(stage):
    reader = Reader(stage)
    issued = json.loads(stage.daemon.command("credentials", "issue", "--ttl", "1", "--json"))
    time.sleep(2.5)
    reader.paste(json.dumps({"iceServers": [{
        "urls": issued["urls"], "username": issued["username"],
        "credential": issued["credential"]}]}))
    found = diagnose(reader, "credentials_expired", "ended", "longer life")
    expect(issued["credential"] not in json.dumps(found), f"{found}")
    _, shown = reader.report()
    expect(issued["credential"] not in shown and issued["username"] not in shown, shown)


@scenario("trickle: the certificate is for another name")
def certificate(stage):
    reader = Reader(stage, name="other.example.net")
    diagnose(reader, "tls_name", f"not for {NAME}", "other.example.net", "public-name")


@scenario("trickle: nothing answers")
def unreachable(stage):
    reader = Reader(stage)
    reader.paste("turn:turn.example.org:9999?transport=udp, turn:turn.example.org:9999?transport=tcp")
    diagnose(reader, "unreachable", "open port 9999")


@scenario("trickle: what is pasted is no address")
def nonsense(stage):
    reader = Reader(stage)
    reader.paste("hello")
    reader.page.click("#run")
    reader.page.wait_for_selector("#pasted-error:not([hidden])")
    focused = reader.page.evaluate("document.activeElement.id")
    expect(focused == "pasted", f"the focus is at {focused}")
    expect(HOME.startswith("https://"), HOME)
