"""What may happen in the middle of a call: media flows again, and the call is the same."""

import signal
import time

from calls_ringing import at_home
from harness import expect
from people import call, flows, levels, relay_only
from stage import scenario


def talking(stage, nat=False):
    """Ann, whose network will suffer, has called Ben."""
    stage.serve()
    network = stage.network.client(behind_nat=nat)
    ann, ben = stage.person("Ann", network), stage.person("Ben")
    for person in (ann, ben):
        person.sign_in()
    call(stage, ann, ben)
    relay_only(stage, ann, ben)
    return ann, ben


def recovered(stage, ann, ben, since, what, seconds=45):
    """Media flows again in the same call, nobody reads anything alarming; says after how long."""
    began = time.monotonic()
    flows(stage, ann, ben, since=since, video=False, seconds=seconds, what="sound again")
    heard = time.monotonic() - began
    flows(stage, ann, ben, since=since, seconds=seconds, what="media again")
    seen = time.monotonic() - began
    for person in (ann, ben):
        expect(person.screen == "call", f"{person.name}: {person.portrait()}")
        stage.until(f"{person.name} reads of no trouble", lambda person=person: not person.sees(
            "#overlay") and not person.sees("#peer-away"), 15)
    stage.note(
        f"{what}: heard again after {heard:.1f} s, seen {seen:.1f} s; "
        f"{relay_only(stage, ann, ben)}")


@scenario("calls: the callee's page is loaded again")
def callee_reloads(stage):
    ann, ben = talking(stage)
    ben.page.reload()
    recovered(stage, ann, ben, [*levels(ann), (0, 0)], "reload of the callee")


@scenario("calls: the caller's page is loaded again")
def caller_reloads(stage):
    ann, ben = talking(stage)
    ann.page.reload()
    recovered(stage, ann, ben, [(0, 0), *levels(ben)], "reload of the caller")


@scenario("calls: the server restarts (SIGTERM)")
def server_restarts(stage):
    ann, ben = talking(stage)
    expect(stage.daemon.stop() == 0, "the server did not end as it should")
    stage.daemon.start()
    recovered(stage, ann, ben, levels(ann, ben), "restart")


@scenario("calls: the server is killed and starts again")
def server_killed(stage):
    ann, ben = talking(stage)
    stage.daemon.stop(signal.SIGKILL)
    stage.daemon.start()
    recovered(stage, ann, ben, levels(ann, ben), "SIGKILL and start")


def cut(stage, ann, ben, break_network, mend_network, seconds=60):
    """Both see what happens; the call outlives it."""
    began = time.monotonic()
    break_network()
    overlay = stage.until("Ann sees that she is cut off", lambda: ann.sees("#overlay"), 55)
    indicator = stage.until("Ben sees that Ann is gone", lambda: ben.sees("#peer-away")
                            or ben.sees("#overlay"), 55)
    stage.until("the time of the cut is over", lambda: time.monotonic() - began >= seconds, seconds,
                every=0.5)
    expect(ann.screen == ben.screen == "call", "the call ended")
    # By now the server has missed her for 45 s.
    expect("Peer disconnected" in ben.text("#peer-away") or "has been away" in ben.text(
        "#peer-away"), f"Ben reads: {ben.portrait()}")
    before = levels(ann, ben)
    mend_network()
    recovered(stage, ann, ben, before, f"cut of {seconds} s (seen by Ann after {overlay:.1f} s, by "
              f"Ben {indicator:.1f} s later)")


@scenario("calls: 60 s without network, and the browser knows", seconds=240)
def unplugged(stage):
    ann, ben = talking(stage)
    cut(stage, ann, ben, ann.network.unplug, ann.network.plug)


@scenario("calls: 60 s without network, and nobody says so", seconds=240)
def swallowed(stage):
    ann, ben = talking(stage)
    cut(stage, ann, ben, ann.network.swallow, ann.network.unswallow)


@scenario("calls: a client changes its address")
def address_changes(stage):
    ann, ben = talking(stage)
    ann.network.change_address(f"10.{ann.network.number}.0.7")
    recovered(stage, ann, ben, levels(ann, ben), "another address")


@scenario("calls: a NAT forgets its mappings")
def nat_rebinds(stage):
    ann, ben = talking(stage, nat=True)
    ann.network.rebind()
    recovered(stage, ann, ben, levels(ann, ben), "another mapping")
