"""Calls through the relay by each transport. Neither side reaches the other or the relay range, so
the only path is a hairpin: both relayed addresses are those of one server."""

from harness import expect
from people import call, flows, relay_only
from stage import scenario


def relayed(stage, rules, protocol, kind="video", only=None):
    stage.serve()
    ann, ben = (stage.person(name, only=only) for name in ("Ann", "Ben"))
    for person in (ann, ben):
        if rules:
            person.network.rules(*rules)
        person.sign_in()
    rang, took = call(stage, ann, ben, kind)
    paths = relay_only(stage, ann, ben, protocol=protocol)
    frames = [person.media()["frames"] for person in (ann, ben)]
    if kind == "voice":
        expect(frames == [0, 0], f"pictures in a voice call: {frames}")
    stage.note(f"rang after {rang:.1f} s, media {took:.1f} s after that; {paths}; "
               f"frames decoded {frames[0]} and {frames[1]}")
    ann.hang_up()
    stage.until("both see the end", lambda: ann.screen == ben.screen == "ended")


@scenario("calls: audio and video over turn:udp")
def by_udp(stage):
    relayed(stage, ("udp dport 3478 accept", "tcp dport 443 accept", "drop"), "udp")


@scenario("calls: audio and video over turn:tcp, no UDP at all")
def by_tcp(stage):
    relayed(stage, ("tcp dport { 3478, 443 } accept", "drop"), "tcp")


@scenario("calls: audio and video over turns:443, nothing else open")
def by_tls(stage):
    # Plain TURN would do on 443, too; an inspecting firewall would not let it.
    relayed(stage, ("tcp dport 443 accept", "drop"), "tls", only="^turns:.*:443")


@scenario("calls: voice only")
def voice(stage):
    relayed(stage, (), None, kind="voice")


@scenario("calls: one over turn:udp, the other over turns:443")
def mixed(stage):
    stage.serve()
    ann = stage.person("Ann")
    ben = stage.person("Ben", only="^turns:.*:443")
    ben.network.rules("tcp dport 443 accept", "drop")
    for person in (ann, ben):
        person.sign_in()
    rang, took = call(stage, ann, ben)
    stage.note(f"media after {took:.1f} s; {relay_only(stage, ann, ben)}")
    flows(stage, ann, ben)
