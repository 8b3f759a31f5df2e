"""Calls without a mouse, with sounds, and with a touch where browsers want one."""

from harness import check, expect
from pages_stage import NO_AUTOPLAY, Stage, connect, quiet

#: Counts the notes that are played.
COUNT_NOTES = """
    globalThis.__notes = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...values) {
      globalThis.__notes += 1;
      return start.apply(this, values);
    };"""


def focused(person):
    return person.page.evaluate("document.activeElement.id || document.activeElement.value")


def tab_to(person, wanted, most=20):
    """Presses Tab until the control has the focus, which has to be seen there."""
    seen = []
    for _ in range(most):
        person.page.keyboard.press("Tab")
        seen.append(focused(person))
        if seen[-1] == wanted:
            ring = person.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            expect(ring != "none", f"nobody sees that {wanted} has the focus")
            return
    expect(False, f"Tab never comes to {wanted}: {seen}")


def press(person, *keys):
    for key in keys:
        person.page.keyboard.press(key)


@check("pages: sign in, ring, accept, mute and hang up with the keyboard only", only="turnstone",
       seconds=90)
def by_keyboard(context):
    stage = Stage(context)
    stage.serve()
    ann, ben = stage.person("Ann"), stage.person("Ben")
    for person in (ann, ben):
        tab_to(person, "name")
        person.page.keyboard.type(person.name)
        press(person, "Enter")
        person.sees("#ring-form:not([hidden])")
        expect(focused(person) == "to", f"the focus is at {focused(person)!r}, not whom to call")
    ann.page.keyboard.type(ben.name)
    press(ann, "Enter")
    ben.sees("#incoming[open]")
    expect(focused(ben) == "incoming-name", f"the focus is at {focused(ben)!r}, not in the dialog")
    tab_to(ben, "accept-video", most=4)
    press(ben, "Enter")
    for person in (ann, ben):
        person.talks()
    press(ann, "m")
    ben.sees("#peer-muted:not([hidden])")
    press(ann, "m")
    ben.sees("#peer-muted", state="hidden")
    press(ann, "v")
    ben.sees("#portrait:not([hidden])")
    tab_to(ann, "settings-open")
    press(ann, "Enter")
    ann.sees("#settings[open]")
    press(ann, "Escape")
    ann.sees("#settings", state="hidden")
    tab_to(ann, "hangup")
    press(ann, "Enter")
    ben.reads("hung up")
    tab_to(ann, "ended-back", most=4)
    press(ann, "Enter")
    ann.sees("#home:not([hidden])")
    quiet(stage)


@check("pages: Escape declines what rings, and nothing is left open", only="turnstone", seconds=60)
def escape(context):
    stage = Stage(context)
    stage.serve()
    ann, ben = stage.pair_of_people()
    ann.ring(ben)
    press(ben, "Escape")
    ann.reads("declined the call")
    ben.sees("#incoming", state="hidden")
    quiet(stage)


@check("pages: it rings aloud on both sides, and is silent once answered", only="turnstone",
       seconds=60)
def ringtone(context):
    stage = Stage(context)
    stage.serve()
    ann, ben = stage.pair_of_people(script=COUNT_NOTES)
    ann.ring(ben)
    for person in (ann, ben):
        person.page.wait_for_function("() => __notes > 0")
    expect("is calling" in ben.page.title(), f"the title says {ben.page.title()!r}")
    ben.accept()
    for person in (ann, ben):
        person.talks()
    before = [person.page.evaluate("__notes") for person in (ann, ben)]
    # Longer than the pause between two rings of either tone.
    ann.page.wait_for_timeout(5500)
    after = [person.page.evaluate("__notes") for person in (ann, ben)]
    expect(before == after, f"it goes on ringing: {before}, then {after}")
    quiet(stage)


@check("pages: S1-12: where a browser plays nothing unasked, one touch brings the sound",
       only="turnstone", seconds=60)
def touch(context):
    stage = Stage(context)
    stage.serve()
    ann, ben = stage.pair_of_people(script=NO_AUTOPLAY)
    connect(stage, ann, ben)
    ann.sees("#play:not([hidden])").page.click("#play")
    ann.sees("#play", state="hidden")
    plays = ann.page.evaluate(
        "['remote-audio', 'remote-video'].map((id) => !document.getElementById(id).paused)")
    expect(plays == [True, True], f"sound and picture play: {plays}")
    quiet(stage)
