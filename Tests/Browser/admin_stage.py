"""The operator, who looks at the administration in a browser."""

import pages_stage
import stun
from harness import wait_until
from pages_stage import Person

TOKEN = "of-the-operator-alone"
LINES = (f"admin-token={TOKEN}",)
#: Told by the browser itself, whatever the page does about it.
BLOCKED = """
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`blocked: ${event.violatedDirective} ${event.blockedURI}`);
    });"""


class Operator(Person):
    """Whoever has the admin token."""

    def __init__(self, stage):
        context = stage.browser().new_context(
            ignore_https_errors=True, viewport=pages_stage.DESKTOP, base_url=stage.address,
            reduced_motion="reduce", locale="en-GB")
        context.add_init_script(BLOCKED)
        super().__init__(stage, "the operator", context)
        stage.people.append(self)
        self.open("/admin")

    def close(self):
        self.context.close()

    def sign_in(self, token=TOKEN):
        self.page.fill("#token", token)
        self.page.click("#signin-form button")
        return self

    def is_in(self):
        return self.sees("#board:not([hidden])")

    def tile(self, name):
        return self.page.inner_text(f"#tiles [data-name='{name}'] dd >> nth=0")

    def rows(self, table):
        return self.page.locator(f"#{table} tbody tr")

    def until(self, what, condition, seconds=15):
        return wait_until(self.stage.context, what, condition, seconds)

    def orders(self, table, row=0):
        """Opens the question behind the button of a row."""
        self.rows(table).nth(row).locator("button").click()
        self.sees("#confirm[open]")

    def line(self, plot, number=0):
        """How many points the line of a plot has."""
        path = self.page.get_attribute(f"#plot-{plot} .line-{number}", "d") or ""
        return path.count("L") + path.count("M")


def relaying(stage, user):
    """A client that relays, under a time-limited name of the stage."""
    client = stage.server.client(**credential(user))
    client.allocated()
    return client


def credential(user):
    name = stun.rest_name(3600, user)
    return {"user": name, "password": stun.rest_credential("for checks only", name)}
