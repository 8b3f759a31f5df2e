"""Several calls at once: none touches another."""

from calls_ringing import at_home, ended
from harness import expect
from people import call, flows, relay_only
from stage import SECRET, scenario


@scenario("calls: two in parallel, one ends, the other goes on")
def parallel(stage):
    stage.serve()
    ann, ben, cid, dan = at_home(stage, "Ann", "Ben", "Cid", "Dan")
    call(stage, ann, ben)
    call(stage, cid, dan)
    flows(stage, ann, ben, cid, dan)
    ann.hang_up()
    ended(stage, ben, "Ann hung up.")
    took = flows(stage, cid, dan)
    stage.note(f"the other call went on ({took:.1f} s for ten frames); "
               f"{relay_only(stage, cid, dan)}")


@scenario("calls: one page in two calls, one ends, the other goes on")
def one_in_two(stage):
    stage.serve(f"token-key=HS256:{SECRET}")
    ann, ben, cid = (
        stage.person(name).use_library(name.lower()) for name in ("Ann", "Ben", "Cid"))
    for other in (ben, cid):
        ann.page.evaluate("id => { calls.joinRoom(id, true); }", f"with-{other.name}")
        other.page.evaluate("id => { calls.joinRoom(id, true); }", f"with-{other.name}")
        flows(stage, other, since=[(0, 0)])
    stage.until("Ann has two connections", lambda: ann.media()["open"] == 2)
    ann.page.evaluate("calls.end(calls.find('with-Ben'))")
    stage.until("Ben is told", lambda: ben.heard("end hangup"))
    took = flows(stage, ann, cid)
    expect(ann.media()["open"] == 1, f"{ann.media()}")
    expect(not cid.heard("end hangup"), "the other call ended, too")
    stage.note(f"the other call went on ({took:.1f} s for ten frames); {relay_only(stage, cid)}")
