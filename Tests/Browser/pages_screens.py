"""Every screen that a person may see, and how they get there. Screenshots and checks of all screens
go through this list."""

import time

from admin_stage import LINES, Operator, relaying
from pages_stage import NO_AUTOPLAY, NO_PATH, RELAY_ONLY, connect, token

#: Names, in the order in which people meet them, with lines of the server's configuration and the
#: function that takes a stage and returns whose page shows the screen.
SCREENS = {}


def screen(name, *lines):
    def register(function):
        SCREENS[name] = lines, function
        return function

    return register


def arrange(stage, name):
    """Everybody else goes home, and the screen comes up."""
    lines, function = SCREENS[name]
    stage.dismiss()
    stage.serve(*lines)
    return function(stage)


@screen("home")
def home(stage):
    return stage.person("Ann Lee")


@screen("home-signed-in")
def signed_in(stage):
    person = stage.person("Ann Lee").sign_in()
    person.page.fill("#to", "Ben Okoro")
    return person


@screen("home-name-taken")
def name_taken(stage):
    stage.person("Ann Lee").sign_in()
    person = stage.person("Ann Lee")
    person.page.fill("#name", "Ann Lee")
    person.page.click("#signin-form button")
    return person.reads("has this name already", "#notice")


@screen("home-token")
def asks_for_token(stage):
    return stage.person("Ann Lee", config=(200, {"demo": False}))


@screen("home-closed")
def closed(stage):
    person = stage.person("Ann Lee", config=(404, {"error": {"code": "not_found"}}))
    # Chromium notes the 404, which is the server's way to say so.
    person.complaints.clear()
    return person


@screen("waiting-with-link")
def waiting(stage):
    person = stage.person("Ann Lee")
    person.page.click("#link-form button[value=video]")
    return person.sees("#invite:not([hidden])")


@screen("join")
def join(stage):
    host = waiting(stage)
    person = stage.person("Ben Okoro", host.page.input_value("#invite-link"))
    person.page.fill("#join-name", person.name)
    person.page.wait_for_function("() => document.getElementById('preview').videoWidth > 0")
    return person


@screen("calling")
def calling(stage):
    ann, ben = stage.pair_of_people()
    ann.ring(ben)
    return ann.reads("Ringing", "#call-status")


@screen("incoming")
def incoming(stage):
    ann, ben = stage.pair_of_people()
    ann.ring(ben)
    return ben


@screen("in-call-video")
def video_call(stage):
    ann, _ = connect(stage, *stage.pair_of_people())
    ann.page.wait_for_function("() => document.getElementById('remote-video').videoWidth > 0")
    return ann.sees("#quality:not([hidden])")


@screen("in-call-voice")
def voice_call(stage):
    ann, ben = connect(stage, *stage.pair_of_people(), kind="voice")
    ben.page.click("#mute")
    return ann.sees("#peer-muted:not([hidden])").sees("#quality:not([hidden])")


@screen("devices-and-connection")
def settings(stage):
    person = video_call(stage)
    person.page.click("#settings-open")
    person.page.wait_for_function("() => document.querySelectorAll('#statistics dd').length > 3")
    return person


@screen("second-call", "calls-busy-mode=waiting")
def second_call(stage):
    ann, _ = connect(stage, *stage.pair_of_people())
    stage.person("Cleo").sign_in().ring(ann)
    return ann


@screen("touch-to-hear")
def touch_to_hear(stage):
    ann, ben = stage.pair_of_people(script=NO_AUTOPLAY)
    connect(stage, ann, ben)
    return ann.sees("#play:not([hidden])")


@screen("reconnecting")
def reconnecting(stage):
    ann, ben = connect(stage, *stage.pair_of_people(script=RELAY_ONLY))
    stage.crash()
    return ann.sees("#overlay:not([hidden])", 30)


@screen("peer-away")
def peer_away(stage):
    ann, ben = connect(stage, *stage.pair_of_people())
    ben.vanish()
    return ann.sees("#peer-away:not([hidden])", 30)


@screen("ended-hung-up")
def hung_up(stage):
    ann, ben = connect(stage, *stage.pair_of_people())
    ann.page.wait_for_timeout(1500)
    ben.page.click("#hangup")
    return ann.reads("hung up")


@screen("ended-declined")
def declined(stage):
    ann, ben = stage.pair_of_people()
    ann.ring(ben)
    ben.page.click("#decline")
    return ann.reads("declined")


@screen("ended-busy")
def busy(stage):
    ann, _ = connect(stage, *stage.pair_of_people())
    cleo = stage.person("Cleo").sign_in()
    cleo.page.fill("#to", ann.name)
    cleo.page.click("#ring-form button[value=voice]")
    return cleo.reads("another call")


@screen("ended-offline")
def offline(stage):
    person = stage.person("Ann Lee").sign_in()
    person.page.fill("#to", "Nobody")
    person.page.click("#ring-form button[value=voice]")
    return person.sees("#ended:not([hidden])")


@screen("ended-answered-elsewhere")
def answered_elsewhere(stage):
    one, other = (user(stage, "ben") for _ in range(2))
    user(stage, "ann").ring(one)
    other.sees("#incoming[open]").accept()
    return one.reads("another device")


def user(stage, name):
    """Somebody whom an application has given a token."""
    person = stage.person(name, f"/#token={token(name)}")
    return person.sees("#ring-form:not([hidden])")


@screen("ended-no-answer", "calls-ring-timeout=30")
def no_answer(stage):
    ann, ben = stage.pair_of_people()
    ann.ring(ben)
    return ann.reads("did not answer", seconds=45)


@screen("ended-no-path", "calls-connect-timeout=10")
def no_path(stage):
    ann, ben = stage.pair_of_people(script=NO_PATH)
    ann.ring(ben)
    ben.accept()
    return ann.reads("Could not connect", seconds=45)


@screen("ended-no-device")
def no_device(stage):
    stage.person("Ben Okoro").sign_in()
    person = stage.person("Ann Lee", devices=False).sign_in()
    person.page.fill("#to", "Ben Okoro")
    person.page.click("#ring-form button[value=video]")
    return person.reads("No microphone was found")


@screen("ended-permission-denied")
def permission_denied(stage):
    stage.person("Ben Okoro").sign_in()
    person = stage.person("Ann Lee", allowed=False).sign_in()
    person.page.fill("#to", "Ben Okoro")
    person.page.click("#ring-form button[value=video]")
    return person.reads("may not use your microphone")


@screen("connection-test")
def connection_test(stage):
    return stage.person("Ann Lee", "/trickle-ice")


@screen("connection-test-well")
def connection_test_well(stage):
    person = stage.person("Ann Lee", "/trickle-ice")
    person.page.click("#run")
    return person.reads("All well", where="#finding-list", seconds=60)


@screen("connection-test-problem")
def connection_test_problem(stage):
    person = stage.person("Ann Lee", "/trickle-ice")
    port = stage.context.port
    person.page.check("#source-pasted")
    person.page.fill("#pasted", f"stun:localhost:{port}\nturn:localhost:{port}?transport=tcp")
    person.page.fill("#username", f"{int(time.time()) - 600}:ann")
    person.page.fill("#credential", "of long ago")
    person.page.click("#run")
    return person.reads("refuses them", where="#finding-list", seconds=60)


@screen("admin-sign-in", *LINES)
def admin_sign_in(stage):
    operator = Operator(stage).sign_in("not-that-of-the-operator")
    operator.reads("This is not the admin token.", "#signin-error")
    # Chromium notes the 401.
    operator.complaints.clear()
    return operator


@screen("admin", *LINES)
def admin(stage):
    operator = Operator(stage).sign_in().is_in()
    people = [stage.person(name, script=RELAY_ONLY).sign_in() for name in ("Ann Lee", "Ben Okoro")]
    connect(stage, *people)
    relaying(stage, "carol")
    stage.server.client(user="stranger", password="wrong").allocate()
    operator.until("all relay", lambda: operator.rows("allocations").count() >= 3)
    operator.until("one is refused", lambda: operator.rows("refusals").count() >= 1)
    operator.until("there is a line", lambda: operator.line("allocations") >= 6)
    return operator


@screen("admin-question", *LINES)
def admin_question(stage):
    operator = Operator(stage).sign_in().is_in()
    relaying(stage, "carol")
    operator.until("she is listed", lambda: operator.rows("allocations").count() >= 1)
    operator.orders("allocations")
    return operator
