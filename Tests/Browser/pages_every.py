"""Every screen, on a desktop and on a phone, light and dark: accessible, whole, quiet."""

from pathlib import Path

import pages_stage
from harness import check, expect
from pages_screens import SCREENS, arrange
from pages_stage import DESKTOP, PHONE, quiet

LOOK = Path(__file__).with_name("pages_look.js").read_text()


def flaws(page):
    """What a person would stumble over, as axe and as the layout tell."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for scheme in ("light", "dark"):
        for size, kind in ((DESKTOP, "desktop"), (PHONE, "phone")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_timeout(200)
            where = f"{kind}, {scheme}"
            found += [f"{where}: {text}" for text in page.evaluate(LOOK, kind)]
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical", "moderate"):
                    places = [node["html"][:120] for node in violation["nodes"][:3]]
                    found.append(f"{where}: axe {violation['id']} ({violation['impact']}): "
                                 f"{violation['help']} {places}")
    return found


def register(name):
    @check(f"pages: the screen {name}", seconds=120, only="turnstone")
    def screen(context):
        stage = pages_stage.Stage(context)
        person = arrange(stage, name)
        found = flaws(person.page)
        expect(not found, "\n".join(found))
        quiet(stage)


for each in SCREENS:
    register(each)
