"""A daemon on loopback and people who look at its pages; no networks of their own."""

import base64
import hashlib
import hmac
import json
import time

import certificates
from harness import expect

SECRET = "a secret of thirty-two bytes, no less"
FAKE_DEVICES = "--use-fake-device-for-media-stream=fps=10"
FLAGS = (
    "--mute-audio", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars")
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
#: Every connection goes over the relay, so that it breaks with the server.
RELAY_ONLY = """
    const Plain = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Plain {
      constructor(options) { super({ ...options, iceTransportPolicy: 'relay' }); }
    };"""
#: No path to anybody.
NO_PATH = RELAY_ONLY.replace("{ ...options,", "{ iceServers: [],")
#: A browser that plays nothing before somebody touches the button for it.
NO_AUTOPLAY = """
    const play = HTMLMediaElement.prototype.play;
    let isTouched = false;
    document.addEventListener('click', ({ target }) => {
      isTouched ||= target.closest('#play') !== null;
    }, true);
    HTMLMediaElement.prototype.play = function () {
      return this.id.startsWith('remote') && !isTouched
        ? Promise.reject(new DOMException('no touch yet', 'NotAllowedError')) : play.call(this);
    };"""


class Stage:
    def __init__(self, context):
        from playwright.sync_api import sync_playwright

        self.context = context
        self.address = f"https://localhost:{context.port}"
        self.pair = certificates.Pair(context, name="localhost")
        self.server = self.lines = None
        manager = sync_playwright()
        self.playwright = manager.__enter__()
        context.stack.callback(manager.__exit__, None, None, None)
        self.browsers = {}
        self.people = []

    def serve(self, *lines):
        """A server with these lines, the one that is there if it has them."""
        if self.server and self.server.is_running():
            if self.lines == lines:
                return
            self.server.stop()
        self.lines = lines
        self.server = self.context.serve(
            "use-auth-secret", "static-auth-secret=for checks only", "calls-demo",
            f"token-key=HS256:{SECRET}", "drain-timeout=1", *self.pair.lines, *lines, user=False)

    def crash(self):
        self.server.process.kill()
        self.server.process.wait()

    def browser(self, *flags):
        if flags not in self.browsers:
            browser = self.playwright.chromium.launch(
                executable_path="/usr/bin/chromium", headless=True, args=[*FLAGS, *flags])
            self.context.stack.callback(browser.close)
            self.browsers[flags] = browser
        return self.browsers[flags]

    def person(self, name, path="/", script=None, devices=True, allowed=True, config=None,
               **keywords):
        """Somebody with a page of their own open. `config` is a status and a body, in the place of
        what the server says of itself."""
        devices = FAKE_DEVICES if devices else "--disable-audio-input"
        context = self.browser(devices).new_context(
            ignore_https_errors=True, viewport=DESKTOP, base_url=self.address,
            permissions=["camera", "microphone"] if allowed else [],
            reduced_motion="reduce", locale="en-GB", **keywords)
        if script:
            context.add_init_script(script)
        if config:
            status, body = config
            context.route("**/apiv2/config", lambda route: route.fulfill(status=status, json=body))
        person = Person(self, name, context)
        self.people.append(person)
        person.open(path)
        return person

    def pair_of_people(self, **keywords):
        """Two who are signed in, under names that nobody has yet."""
        return [self.person(name, **keywords).sign_in() for name in ("Ann Lee", "Ben Okoro")]

    def portrait(self):
        """What everybody sees, for the one who has to find out why."""
        return "".join(f"\n--- {person.name}: {person.portrait()}" for person in self.people)

    def dismiss(self):
        """Sends everybody home, so that the next ones find their names free."""
        for person in self.people:
            person.close()
        if any(person.has_vanished for person in self.people) and self.server.is_running():
            self.crash()
        self.people = []


class Person:
    def __init__(self, stage, name, context):
        self.stage = stage
        self.name = name
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.has_vanished = False
        self.complaints = []
        self.requests = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def hear(self, message):
        """The network may be gone, which Chromium reports; everything else is a fault."""
        if message.type in ("error", "warning") and "net::ERR_" not in message.text \
                and "WebSocket connection" not in message.text:
            self.complaints.append(message.text)

    def open(self, path):
        self.page.goto(path, wait_until="load")
        self.page.wait_for_selector("main:not([inert])", state="attached")

    def sign_in(self):
        self.page.fill("#name", self.name)
        self.page.click("#signin-form button")
        self.page.wait_for_selector("#ring-form:not([hidden])")
        return self

    def ring(self, other, kind="video"):
        self.page.fill("#to", other.name)
        self.page.click(f"#ring-form button[value={kind}]")
        other.sees("#incoming[open]")

    def accept(self, kind="accept-video"):
        self.page.click(f"#{kind}")

    def sees(self, selector, seconds=15, state="visible"):
        self.page.wait_for_selector(selector, timeout=seconds * 1000, state=state)
        return self

    def talks(self, seconds=20):
        """Until the clock of the call runs."""
        self.page.wait_for_function(
            "() => /^0[0-9]:/.test(document.getElementById('call-status').textContent)",
            timeout=seconds * 1000)
        return self

    def reads(self, words, where="#ended-text", seconds=15):
        """Until the words stand there."""
        self.page.wait_for_function(
            "([where, words]) => document.querySelector(where).textContent.includes(words)"
            " && document.querySelector(where).checkVisibility()",
            arg=[where, words], timeout=seconds * 1000)
        return self

    def portrait(self):
        try:
            words = " / ".join(self.page.inner_text("body", timeout=2000).split("\n"))[:400]
            return f"{words}\n{self.complaints}"
        except Exception as error:  # noqa: BLE001 - the picture of a failure must not hide it
            return f"({str(error).splitlines()[0]})"

    def vanish(self):
        """Without a word; the server keeps the seat and the name for a while."""
        self.has_vanished = True
        self.context.close()

    def close(self):
        """Leaves as somebody who closes the tab; names are given back at once."""
        if self.has_vanished:
            return
        try:
            self.page.evaluate("import('/app/server.js').then((server) => server.disconnect())")
        except Exception:  # noqa: BLE001 - a page that is gone has left
            pass
        self.context.close()


def connect(stage, *people, kind="video"):
    """The first rings the second, who accepts; both talk."""
    caller, callee = people
    caller.ring(callee, kind)
    callee.accept("accept-video" if kind == "video" else "accept")
    for person in people:
        person.talks()
    return people


def token(user, **claims):
    """A JWT for the `token-key` of the stage."""
    def encode(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    now = int(time.time())
    text = encode({"alg": "HS256", "typ": "JWT"}) + "." + encode(
        {"sub": user, "aud": "turnstone", "iat": now, "exp": now + 3600, "to": "*", **claims})
    mac = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def quiet(stage):
    """No page has complained, and none has asked anybody else."""
    for person in stage.people:
        expect(not person.complaints, f"{person.name}'s console: {person.complaints}")
        foreign = [url for url in person.requests
                   if not url.startswith((stage.address, "blob:", "data:"))]
        expect(not foreign, f"{person.name}'s page asked {foreign}")
        spoken = [url for url in person.requests if "token=" in url or "eyJ" in url]
        expect(not spoken, f"a credential stands in an address: {spoken}")
