#!/usr/bin/env python3
"""Makes docs/screenshots: every screen of the pages, on a desktop and on a phone, light and dark.

    Tests/Browser/screenshots.py [--binary PATH] [--only TEXT] [--to FOLDER]

Needs playwright and pillow in the Python that runs it; `scripts/test browser` makes such a venv.
One picture for each screen: desktop light, phone light, phone dark, desktop dark.
"""

import argparse
import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Interop"))

import harness  # noqa: E402
from pages_screens import SCREENS, arrange  # noqa: E402
from pages_stage import DESKTOP, PHONE, Stage  # noqa: E402

#: What is shown of each pixel, so that four views fit side by side.
SCALE = 0.55
GAP = 12
VIEWS = ((DESKTOP, "light"), (PHONE, "light"), (PHONE, "dark"), (DESKTOP, "dark"))
BETWEEN = {"light": (226, 226, 226), "dark": (58, 58, 58)}


def shoot(page):
    views = []
    for size, scheme in VIEWS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(250)
        view = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        views.append(view.resize(
            (round(view.width * SCALE), round(view.height * SCALE)), Image.Resampling.LANCZOS))
    return views


def side_by_side(views):
    width = sum(view.width for view in views) + GAP * (len(views) + 1)
    height = max(view.height for view in views) + 2 * GAP
    sheet = Image.new("RGB", (width, height), BETWEEN["light"])
    sheet.paste(BETWEEN["dark"], (width // 2, 0, width, height))
    left = GAP
    for view in views:
        sheet.paste(view, (left, (height - view.height) // 2))
        left += view.width + GAP
    return sheet


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/turnstone"))
    parser.add_argument("--only", default="", help="screens whose name holds this text")
    parser.add_argument("--to", default=str(ROOT / "docs/screenshots"))
    options = parser.parse_args()
    options.server = "turnstone"
    folder = Path(options.to)
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    context = harness.Context(options, harness.Slots().take(), seconds=1800)
    try:
        stage = Stage(context)
        for name in SCREENS:
            if options.only in name:
                path = folder / f"{name}.webp"
                try:
                    views = shoot(arrange(stage, name).page)
                except Exception as error:  # noqa: BLE001 - the other screens still come
                    failed.append(name)
                    print(f"{name}: {error}{stage.portrait()}", flush=True)
                    continue
                side_by_side(views).save(path, quality=82, method=6)
                print(f"{path.name} {path.stat().st_size // 1024} KiB", flush=True)
    finally:
        context.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
