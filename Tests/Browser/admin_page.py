"""The administration in a browser: while people call each other it shows so, and what is ordered
there happens."""

import pages_stage
from admin_stage import LINES, TOKEN, Operator, credential, relaying
from daemon import rewrite
from harness import check, expect
from pages_stage import RELAY_ONLY, connect, quiet


def stage_of(context, *lines):
    stage = pages_stage.Stage(context)
    stage.serve(*LINES, *lines)
    return stage


@check("admin page: a call that runs is seen in plots and tables, and is ended from there",
       seconds=150, only="turnstone")
def live(context):
    stage = stage_of(context)
    operator = Operator(stage).sign_in().is_in()
    expect(operator.page.inner_text("#calls") == "No calls.", "calls before the first")
    caller, callee = [stage.person(name, script=RELAY_ONLY).sign_in()
                      for name in ("Ann Lee", "Ben Okoro")]
    connect(stage, caller, callee)
    operator.until("the call is listed", lambda: operator.rows("calls").count() == 1)
    operator.until("both are listed", lambda: operator.rows("sessions").count() == 2)
    row = operator.rows("calls").nth(0)
    operator.until("it talks", lambda: "active" in row.inner_text(), 25)
    expect("Ann Lee" in row.inner_text() and "Ben Okoro" in row.inner_text(), row.inner_text())
    operator.until("allocations are listed", lambda: operator.rows("allocations").count() >= 2)
    operator.until(
        "traffic is drawn",
        lambda: "kbit/s" in operator.page.inner_text("#plot-traffic .key-0")
        or "Mbit/s" in operator.page.inner_text("#plot-traffic .key-0"))
    told = operator.page.get_attribute("#plot-callers svg", "aria-label")
    expect("now calls 1, signed in 2" in told, told)
    before = operator.line("traffic")
    operator.until("the line goes on", lambda: operator.line("traffic") > before)
    expect(operator.line("packets", 1) >= 2, "no line of packets down")
    expect(int(operator.tile("Allocations")) >= 2, operator.tile("Allocations"))
    # Kicking, killing: first a question, and Escape does nothing.
    operator.orders("calls")
    operator.page.keyboard.press("Escape")
    expect(operator.page.locator("#confirm[open]").count() == 0, "the question stays")
    operator.orders("calls")
    operator.page.click("#confirm-yes")
    operator.reads("The call has ended: deleted.", "#notice")
    for person in (caller, callee):
        person.sees("#ended")
    operator.until("it is not listed", lambda: operator.rows("calls").count() == 0)
    operator.rows("sessions").filter(has_text="Ann Lee").locator("button").click()
    operator.page.click("#confirm-yes")
    operator.reads("1 session", "#notice")
    operator.until("one is left", lambda: operator.rows("sessions").count() == 1)
    quiet(stage)


@check("admin page: allocations are ended, with a ban; refusals stand there with their cause",
       seconds=90, only="turnstone")
def allocations(context):
    stage = stage_of(context, "user-quota=2")
    operator = Operator(stage).sign_in().is_in()
    carol = credential("carol")
    clients = [stage.server.client(**carol) for _ in range(3)]
    clients[0].allocated()
    clients[1].allocated()
    expect(clients[2].allocate().code == 486, "the quota is not in force")
    refusal = operator.rows("refusals").filter(has_text="486")
    operator.until("the refusal is listed", lambda: refusal.count() == 1)
    expect("quota" in refusal.inner_text() and "carol" in refusal.inner_text(),
           refusal.inner_text())
    operator.until("both are listed", lambda: operator.rows("allocations").count() == 2)
    operator.orders("allocations")
    operator.page.click("#confirm-yes")
    operator.reads("1 allocation ended.", "#notice")
    operator.until("one is left", lambda: operator.rows("allocations").count() == 1)
    operator.orders("users")
    operator.page.select_option("#ban", "60")
    operator.page.click("#confirm-yes")
    operator.reads("carol is refused for 1 min", "#notice")
    operator.until("none is left", lambda: operator.rows("allocations").count() == 0)
    code = stage.server.client(**carol).allocate().code
    expect(code == 401, f"a client of hers gets {code}")
    banned = operator.rows("refusals").filter(has_text="401").filter(has_text="carol")
    operator.until("that is listed, too", lambda: banned.count() == 1)
    quiet(stage)


@check("admin page: what came from the network is text, whatever it says", seconds=60,
       only="turnstone")
def hostile(context):
    stage = stage_of(context)
    operator = Operator(stage).sign_in().is_in()
    hook = "<img src=x onerror=alert(1)>"
    stage.server.client(user=hook, password="wrong").allocate()
    row = operator.rows("refusals").filter(has_text="<img src=x")
    operator.until("the refusal is listed", lambda: row.count() == 1)
    expect(operator.page.locator("#board img").count() == 0, "a picture was made of it")
    quiet(stage)


@check("admin page: drain, log level and reload, each as the daemon says it", seconds=60,
       only="turnstone")
def orders(context):
    stage = stage_of(context, "user-quota=7")
    server = stage.server
    operator = Operator(stage).sign_in().is_in()
    operator.page.click("#drain")
    operator.page.click("#confirm-yes")
    operator.reads("0 allocations and 0 callers are left", "#notice")
    operator.until("it drains", lambda: operator.tile("State") == "draining")
    expect("Draining" in server.command("status")[1], "the daemon does not")
    operator.page.click("#drain")
    operator.page.click("#confirm-yes")
    operator.until("it is open", lambda: operator.tile("State") == "open")
    operator.page.select_option("#level", "debug")
    operator.reads("The log is at debug now.", "#notice")
    expect(server.json("log-level")["level"] == "debug", "it is not")
    rewrite(server, ["user-quota=7"], ["user-quota=3"])
    operator.page.click("#reload")
    operator.reads("- user-quota=7", "#confirm-list")
    operator.reads("+ user-quota=3", "#confirm-list")
    operator.reads("costs nothing", "#confirm-list")
    expect(server.json("users")["quota"] == 7, "the rehearsal changed it")
    operator.page.click("#confirm-yes")
    operator.reads("Reloaded ", "#notice")
    expect(server.json("users")["quota"] == 3, "nothing changed")
    rewrite(server, ["user-quota=3"], ["user-quota=many"])
    operator.page.click("#reload")
    operator.reads("The file is not accepted", "#confirm-title")
    operator.reads("user-quota", "#confirm-list")
    expect(not operator.page.is_visible("#confirm-yes"), "a bad file can be taken over")
    operator.page.click("#confirm-no")
    quiet(stage)


@check("admin page: a wrong token, a daemon that restarts, too many guesses: in words, and back "
       "by itself", seconds=90, only="turnstone")
def comes_back(context):
    stage = stage_of(context)
    operator = Operator(stage).sign_in("not-that-of-the-operator")
    operator.reads("This is not the admin token.", "#signin-error")
    operator.sign_in().is_in()
    expect(operator.page.evaluate("location.href").endswith("/admin"), "the address has more")
    expect(operator.page.evaluate("JSON.stringify(localStorage)") == "{}", "it is kept for ever")
    operator.page.reload()
    operator.is_in()
    operator.until("a line", lambda: operator.line("allocations") >= 2)
    stage.crash()
    operator.reads("The daemon does not answer.", "#trouble")
    stage.serve(*stage.lines)
    operator.sees("#trouble", state="hidden")
    operator.reads("The daemon was restarted at", "#warnings")
    operator.page.click("#leave")
    operator.sees("#signin")
    expect(operator.page.evaluate("sessionStorage.length") == 0, "the token is kept")
    for number in range(10):
        operator.sign_in(f"guess-number-{number}")
        operator.reads("This is not the admin token.", "#signin-error")
        operator.page.wait_for_selector("#signin-form button:enabled")
    operator.sign_in()
    operator.reads("Too many wrong tokens were tried. Trying again in 30 s.", "#signin-error")
    operator.sees("#board:not([hidden])", seconds=40)


@check("admin page: by keyboard alone", seconds=60, only="turnstone")
def keyboard(context):
    stage = stage_of(context)
    operator = Operator(stage)
    page = operator.page
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "token":
        page.keyboard.press("Tab")
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    operator.is_in()
    relaying(stage, "dora")
    operator.until("she is listed", lambda: operator.rows("allocations").count() == 1)
    button = "End…: allocation"
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.ariaLabel") or "").startswith(button):
            break
    page.wait_for_timeout(4500)
    label = page.evaluate("document.activeElement.ariaLabel") or ""
    expect(label.startswith(button), f"the focus was lost while the table was filled: {label}")
    page.keyboard.press("Enter")
    operator.sees("#confirm[open]")
    while page.evaluate("document.activeElement.id") != "confirm-yes":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    operator.reads("1 allocation ended.", "#notice")
    quiet(stage)


@check("admin page: without calls it says so", seconds=60, only="turnstone")
def without_calls(context):
    stage = pages_stage.Stage(context)
    stage.server = context.serve(
        *stage.pair.lines, *LINES, "use-auth-secret", "static-auth-secret=x", user=False)
    operator = Operator(stage).sign_in().is_in()
    operator.reads("This daemon takes no calls", "#calls")
    operator.reads("This daemon takes no calls.", "#plot-callers")
    quiet_but_refused(operator)


def quiet_but_refused(operator):
    """Chromium notes each answer that is no success."""
    left = [text for text in operator.complaints if "409" not in text]
    expect(not left, f"{left}")
