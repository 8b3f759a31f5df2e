"""How calls begin, and how they do not."""

import time

from harness import expect
from people import call, flows, relay_only
from stage import SECRET, scenario


def at_home(stage, *names, **keywords):
    """People who have signed in."""
    found = [stage.person(name, **keywords) for name in names]
    for person in found:
        person.sign_in()
    return found


def ended(stage, person, words, seconds=20):
    """Waits until somebody reads that the call is over, in these words."""
    return stage.until(f"{person.name} reads {words}", lambda: person.screen == "ended"
                       and words in person.text("#ended-text"), seconds)


@scenario("calls: declined, cancelled, nobody there")
def refused(stage):
    stage.serve()
    ann, ben = at_home(stage, "Ann", "Ben")
    ann.ring(ben)
    ben.page.wait_for_selector("#incoming[open]")
    expect(ben.text("#incoming-name") == "Ann", ben.text("#incoming-name"))
    ben.page.click("#decline")
    took = ended(stage, ann, "Ben declined the call.")
    stage.until("Ben's ring is over", lambda: not ben.is_rung)
    stage.note(f"declined: told after {took:.1f} s")

    ann.home()
    ann.ring(ben, "voice")
    ben.page.wait_for_selector("#incoming[open]")
    expect(not ben.sees("#accept-video"), "a voice call offers an answer with video")
    ann.hang_up()
    took = stage.until("Ben's ring is over", lambda: not ben.is_rung)
    ended(stage, ann, "You cancelled the call.")
    stage.note(f"cancelled: ring over after {took:.1f} s")

    ann.home()
    ann.page.fill("#to", "Nobody")
    ann.page.click("#ring-form button[value=video]")
    ended(stage, ann, "Nobody cannot be reached right now.")


@scenario("calls: nobody answers", seconds=170)
def no_answer(stage):
    # The least that the configuration takes.
    stage.serve("calls-ring-timeout=30")
    ann, ben = at_home(stage, "Ann", "Ben")
    ann.ring(ben)
    ben.page.wait_for_selector("#incoming[open]")
    took = ended(stage, ann, "Ben did not answer.", 40)
    expect(28 <= took <= 33, f"after {took:.1f} s")
    stage.until("the ring screen closes by itself", lambda: not ben.is_rung)
    expect("You missed a call from Ann." in ben.text("body"), f"{ben.portrait()}")
    stage.note(f"both told after {took:.1f} s")


@scenario("calls: busy, and the call goes on")
def busy(stage):
    stage.serve()
    ann, ben, cid = at_home(stage, "Ann", "Ben", "Cid")
    call(stage, ann, ben)
    cid.ring(ben)
    took = ended(stage, cid, "Ben is in another call right now.")
    expect(not ben.is_rung, "Ben is rung in the middle of a call")
    again = flows(stage, ann, ben)
    stage.note(f"told after {took:.1f} s; the other call went on ({again:.1f} s for ten frames)")


@scenario("calls: both ring each other at once")
def glare(stage):
    stage.serve()
    ann, ben = at_home(stage, "Ann", "Ben")
    for turn in range(3):
        # The same moment on one clock; who is first changes.
        first, second = (ann, ben) if turn != 1 else (ben, ann)
        moment = time.time() * 1000 + 700
        for person, other, delay in ((first, second, 0), (second, first, 4 * turn)):
            person.page.fill("#to", other.name)
            person.page.evaluate(
                "at => setTimeout(() => document.querySelector('#ring-form button[value=video]')"
                ".click(), at - Date.now())", moment + delay)
        begins = [(0, 0), (0, 0)] if turn == 0 else before
        took = flows(stage, ann, ben, since=begins, what="media of the one call")
        for person in (ann, ben):
            expect(not person.is_rung, f"{person.name} is still rung")
            expect(person.screen == "call", person.portrait())
            expect(not person.sees("#others button"), f"{person.name} is in two calls")
            expect(person.media()["open"] == 1, f"{person.media()}")
        paths = relay_only(stage, ann, ben)
        first.hang_up()
        ended(stage, second, f"{first.name} hung up.")
        before = [(one["frames"], one["sound"]) for one in (ann.media(), ben.media())]
        for person in (ann, ben):
            person.home()
        stage.note(f"one call, media after {took:.1f} s; {paths}")


@scenario("calls: two devices, answered and declined elsewhere")
def two_devices(stage):
    stage.serve(f"token-key=HS256:{SECRET}")
    ann = stage.person("Ann").use_library("ann")
    phone = stage.person("Ben's phone").use_library("ben")
    laptop = stage.person("Ben's laptop", browser=phone.browser).use_library("ben")
    ann.page.evaluate("calls.startOutgoing('ben', true)")
    for device in (phone, laptop):
        stage.until(f"{device.name} rings", lambda device=device: device.heard("incoming"))
    began = time.monotonic()
    phone.page.evaluate("calls.acceptIncoming()")
    stage.until("the other device is told", lambda: laptop.heard("end answered_elsewhere"))
    told = time.monotonic() - began
    took = flows(stage, ann, phone, since=[(0, 0), (0, 0)])
    expect(laptop.media()["open"] == 0, f"{laptop.media()}")
    stage.note(f"the other device was told after {told:.1f} s, media {took:.1f} s after that; "
               f"{relay_only(stage, ann, phone)}")
    ann.page.evaluate("calls.end()")
    stage.until("the end", lambda: phone.heard("end hangup"))

    ann.page.evaluate("calls.startOutgoing('ben', false)")
    for device in (phone, laptop):
        stage.until(f"{device.name} rings", lambda device=device: device.heard("incoming", 2))
    laptop.page.evaluate("calls.reject()")
    stage.until("the caller is told", lambda: ann.heard("end declined"))
    stage.until("the other device is told", lambda: phone.heard("end rejected_elsewhere"))


@scenario("calls: by a link, and no third")
def by_link(stage):
    stage.serve()
    ann, ben, cid = (stage.person(name) for name in ("Ann", "Ben", "Cid"))
    path = ann.start_link()
    began = time.monotonic()
    ben.join_link(path)
    flows(stage, ann, ben, since=[(0, 0), (0, 0)])
    stage.note(f"media {time.monotonic() - began:.1f} s after the link was opened; "
               f"{relay_only(stage, ann, ben)}")
    cid.join_link(path)
    ended(stage, cid, "There are two people in this call already.")
    flows(stage, ann, ben)
    ben.hang_up()
    ended(stage, ann, "hung up.")
