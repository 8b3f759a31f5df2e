"""Somebody with a browser: what they click, and what they see and hear."""

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

from harness import expect
from namespaces import NAME, SERVER
from stage import token

HERE = Path(__file__).resolve().parent
HOME = f"https://{NAME}/"
#: Few frames, so that several calls fit onto two cores.
FLAGS = (
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=8",
    "--mute-audio", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--no-first-run")


#: What a page of somebody else would do with the library.
LIBRARY = """async (token) => {
  const { callsOver, sharedSignaling, socketAddress } = await import('/turnstone-client.js');
  globalThis.heard = [];
  const signaling = sharedSignaling({ url: socketAddress(), protocols: ['signal.v1'], token });
  globalThis.calls = callsOver(signaling);
  calls.addListener({
    onIncoming: () => heard.push('incoming'),
    onStateChange: (call, state) => heard.push(state),
    onEnd: (call, ending) => heard.push(`end ${ending.reason}`),
    // What is not played is not decoded.
    onRemoteStream: (call, stream) => {
      const audio = new Audio();
      audio.srcObject = stream;
      audio.play();
    },
  });
  const welcome = new Promise((resolve) => signaling.addListener({ onSession: resolve }));
  signaling.connect();
  await welcome;
}"""


class Browser:
    """Chromium inside the network of one client."""

    def __init__(self, stage, network, flags=()):
        wrapper = stage.context.folder / f"chromium-{network.space.name}"
        wrapper.write_text(
            f'#!/bin/sh\nexec ip netns exec {network.space.name} chromium "$@"\n')
        wrapper.chmod(0o755)
        self.browser = stage.playwright.chromium.launch(
            executable_path=wrapper, headless=True, timeout=30_000, args=[
                *FLAGS, f"--ignore-certificate-errors-spki-list={stage.daemon.pin}", *flags])
        stage.context.stack.callback(self.browser.close)


class Person:
    def __init__(self, stage, name, network, browser=None, flags=(), only=None):
        self.stage = stage
        self.name = name
        self.network = network
        self.browser = browser or Browser(stage, network, flags)
        context = self.browser.browser.new_context(
            ignore_https_errors=True, viewport={"width": 480, "height": 640})
        if only:
            context.add_init_script(f"globalThis.__onlyServers = {json.dumps(only)}")
        context.add_init_script(path=HERE / "media.js")
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.words = []
        self.page.on("console", lambda message: self.words.append(message.text))
        self.page.on("pageerror", lambda error: self.words.append(f"error: {error}"))

    # What they do.

    def open(self, path=""):
        self.page.goto(HOME + path.lstrip("/"), wait_until="load")
        self.page.wait_for_selector("main:not([inert])", state="attached")
        return self

    def sign_in(self):
        """Onto the first page, under the own name."""
        self.open()
        self.page.fill("#name", self.name)
        self.page.click("#signin-form button[type=submit]")
        self.page.wait_for_selector("#ring-form:not([hidden])")
        return self

    def ring(self, other, kind="video"):
        self.page.fill("#to", other.name)
        self.page.click(f"#ring-form button[value={kind}]")

    def accept(self, video=True):
        """Takes the call that rings, once it does."""
        self.page.wait_for_selector("#incoming[open]")
        self.page.click("#accept-video" if video else "#accept")

    def start_link(self, kind="video"):
        """Opens a call for whoever has the link; the path of the link."""
        self.open()
        self.page.click(f"#link-form button[value={kind}]")
        self.page.wait_for_selector("#invite:not([hidden])")
        return urlsplit(self.page.input_value("#invite-link")).path

    def join_link(self, path):
        self.open(path)
        self.page.fill("#join-name", self.name)
        self.page.click("#join-form button[type=submit]")

    def home(self):
        """From the screen of a call that is over to the first one."""
        if self.screen == "ended":
            self.page.click("#ended-back")
        self.page.wait_for_selector("#ring-form:not([hidden])")

    def use_library(self, user):
        """No page of ours: only the client library, with a token of this user."""
        self.page.route("**/bare", lambda route: route.fulfill(
            body="<!doctype html><title>bare</title><p>bare", content_type="text/html"))
        self.page.goto(HOME + "bare")
        self.page.evaluate(LIBRARY, token(user))
        return self

    def heard(self, event, times=1):
        """Whether the library has told so, and so often."""
        return self.page.evaluate("heard").count(event) >= times

    def hang_up(self):
        self.page.click("#hangup")

    # What they see and hear.

    @property
    def screen(self):
        return self.page.evaluate("document.body.dataset.screen ?? ''")

    @property
    def is_rung(self):
        return self.sees("#incoming[open]")

    def sees(self, selector):
        return self.page.locator(selector).first.is_visible()

    def text(self, selector):
        return self.page.inner_text(selector)

    def media(self):
        return self.page.evaluate("globalThis.__media?.()")

    def portrait(self):
        try:
            words = " / ".join(self.page.inner_text("body", timeout=2000).split("\n"))[:300]
            return f"{self.screen}: {words}\n{self.media()}\n" + "\n".join(self.words[-6:])
        except Exception as error:  # noqa: BLE001 - the picture of a failure must not hide it
            return f"({str(error).splitlines()[0]})"


def pair_of(person):
    """How their newest connection runs now; fails when there is none."""
    media = person.media()
    expect(media["pairs"], f"{person.name} has no connection: {media}")
    return media["pairs"][-1]


def flows(stage, *people, since=None, video=True, seconds=30, what="media flows"):
    """Waits until each has heard half a second more than at `since` (or now), which is more than
    buffers hold, and seen ten more pictures; seconds."""
    first = since or levels(*people)

    def is_flowing():
        for person, (frames, sound) in zip(people, first, strict=True):
            now = person.media()
            if now["sound"] < sound + 24_000 or (video and now["frames"] < frames + 10):
                return False
        return True

    names = " and ".join(person.name for person in people)
    return stage.until(f"{what} at {names}", is_flowing, seconds)


def levels(*people):
    """What each has decoded up to now: frames, and samples of sound that came over the wire."""
    return [(media["frames"], media["sound"]) for media in (one.media() for one in people)]


def relay_only(stage, *people, protocol=None):
    """Both ends of everybody's connection are relayed addresses of our server: it is a hairpin."""
    told = []
    for person in people:
        pair = pair_of(person)
        expect(pair["local"] == "relay" and pair["remote"] in ("relay", "prflx"),
               f"{person.name}: not over the relay: {pair}")
        # Browsers hide an address that only packets have told them.
        expect(pair["peer"].split(":")[0] in ("", SERVER), f"no hairpin: {pair}")
        expect(protocol in (None, pair["relay"]), f"{person.name}: {pair}, not {protocol}")
        told.append(f"{person.name} {pair['local']}/{pair['relay']}")
    return ", ".join(told)


def call(stage, caller, callee, kind="video", seconds=30):
    """A rings B, B accepts, both see and hear; seconds from ringing and from accepting."""
    began = time.monotonic()
    caller.ring(callee, kind)
    callee.page.wait_for_selector("#incoming[open]")
    rang = time.monotonic() - began
    callee.accept(video=kind == "video")
    took = flows(stage, caller, callee, since=[(0, 0), (0, 0)], video=kind == "video",
                 seconds=seconds, what="first media")
    return rang, took
