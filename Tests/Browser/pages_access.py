"""Tokens of an application: in the fragment of a link, out of every address, renewed in a call."""

from harness import check, expect
from pages_stage import Stage, connect, quiet, token


def address(person):
    return person.page.evaluate("location.href")


@check("pages: a token comes in the fragment of a link and stands in no address after that",
       only="turnstone", seconds=60)
def fragment(context):
    stage = Stage(context)
    stage.serve()
    secret = token("ann")
    ann = stage.person("ann", f"/#token={secret}").sees("#ring-form:not([hidden])")
    expect(address(ann) == f"{stage.address}/", f"the address is {address(ann)}")
    expect("ann" in ann.page.inner_text("#signed-in"), "nobody is told who they are")
    ben = stage.person("ben", f"/#token={token('ben')}").sees("#ring-form:not([hidden])")
    connect(stage, ann, ben)
    ann.page.click("#hangup")
    ben.reads("hung up")
    # A reload keeps it; signing out does not.
    ann.page.reload()
    ann.sees("#ring-form:not([hidden])").page.click("#signout")
    kept = ann.page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    expect(secret not in kept, f"the tab keeps the token: {kept}")
    log = stage.server.log()
    expect(secret not in log and secret.split(".")[2] not in log, "the log holds the token")
    quiet(stage)


@check("pages: a guest's token opens one call, for somebody whom nobody knows", only="turnstone",
       seconds=60)
def guest(context):
    stage = Stage(context)
    stage.serve()
    ann = stage.person("ann", f"/#token={token('ann')}").sees("#ring-form:not([hidden])")
    ann.page.click("#link-form button[value=voice]")
    path = ann.sees("#invite:not([hidden])").page.input_value("#invite-link")
    secret = token("visitor", calls=[path.rsplit("/", 1)[1]], to=[])
    visitor = stage.person("visitor", f"{path}#token={secret}")
    expect("token" not in address(visitor), f"the address is {address(visitor)}")
    visitor.page.click("#join-form button[type=submit]")
    for person in (ann, visitor):
        person.talks()
    quiet(stage)


@check("pages: a wrong token is told of and forgotten", only="turnstone", seconds=60)
def wrong(context):
    stage = Stage(context)
    stage.serve()
    person = stage.person("", f"/#token={token('ann')}x", config=(200, {"demo": False}))
    person.reads("token is wrong", "#notice")
    person.sees("#token-form:not([hidden])")
    person.page.fill("#token", token("ann"))
    person.page.keyboard.press("Enter")
    person.sees("#ring-form:not([hidden])")
    quiet(stage)


@check("pages: another token in the fragment goes on with the call", only="turnstone", seconds=60)
def renewed(context):
    stage = Stage(context)
    stage.serve()
    ann, ben = (stage.person(name, f"/#token={token(name)}").sees("#ring-form:not([hidden])")
                for name in ("ann", "ben"))
    connect(stage, ann, ben)
    fresh = token("ann", name="Ann")
    ann.page.evaluate("(token) => { location.hash = `token=${token}`; }", fresh)
    ann.page.wait_for_function("() => location.hash === ''")
    kept = ann.page.evaluate("sessionStorage.getItem('turnstone.token')")
    expect(kept == fresh, "the tab keeps the old token")
    ann.page.wait_for_timeout(500)
    ann.talks()
    expect(not ann.page.is_visible("#notice"), f"{ann.page.inner_text('#notice')}")
    ann.page.click("#hangup")
    ben.reads("hung up")
    quiet(stage)
