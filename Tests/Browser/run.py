#!/usr/bin/env python3
"""People with headless Chromium in networks of their own call each other through `turnstone serve`.

    Tests/Browser/run.py [--binary PATH] [--only TEXT] [--list]

Needs root, for the namespaces, and playwright in the Python that runs it; scripts/test makes a
venv. Below each check stands what it has measured.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Interop"))

import harness  # noqa: E402
import stage  # noqa: E402
# Importing registers the checks.
import admin_page  # noqa: E402, F401
import calls_many  # noqa: E402, F401
import calls_recovery  # noqa: E402, F401
import calls_ringing  # noqa: E402, F401
import calls_transports  # noqa: E402, F401
import pages_access  # noqa: E402, F401
import pages_every  # noqa: E402, F401
import pages_keyboard  # noqa: E402, F401
import trickle  # noqa: E402, F401


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/turnstone"))
    parser.add_argument("--only", default="", help="run checks whose name holds this text")
    parser.add_argument("--jobs", type=int, default=3, help="checks at the same time")
    parser.add_argument("--times", type=int, default=1, help="run each so often")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    # What the harness of the interop checks wants to know.
    parser.set_defaults(server="turnstone")
    return parser.parse_args()


def main():
    chosen_options = options()
    chosen = [item for item in harness.CHECKS if chosen_options.only in item.name]
    if chosen_options.list:
        print("\n".join(item.name for item in chosen))
        return 0
    for needed in (chosen_options.binary, "chromium", "ip", "nft", "openssl"):
        if shutil.which(needed) is None:
            print(f"there is no {needed}: scripts/test installs and builds what these checks need")
            return 2
    if os.geteuid() != 0:
        print("only root can make network namespaces")
        return 2
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failed = []
    began = time.monotonic()

    def report(item, outcome, seconds, text):
        counts[outcome] += 1
        mark = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}[outcome]
        print(f"{mark} {item.name} ({seconds:.1f} s)", flush=True)
        for line in stage.MEASURED.pop(item.name, []):
            print(f"     {line}", flush=True)
        if outcome != "passed":
            print("     " + text.replace("\n", "\n     "), flush=True)
        if outcome == "failed":
            failed.append(item.name)

    # The longest first: then the others pass beside them.
    chosen.sort(key=lambda item: -item.seconds)
    for _ in range(chosen_options.times):
        harness.run_all(chosen, chosen_options, report)
    print(f"\nBrowsers: {time.monotonic() - began:.0f} s")
    for name in failed:
        print(f"failed: {name}")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 0 if not failed and counts["passed"] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
