#!/usr/bin/env python3
"""Drives software that none of us wrote against `turnstone serve`, on loopback.

    Tests/Interop/run.py [--server turnstone|coturn] [--only TEXT] [--list]

With `--server coturn` the same checks run against Debian's turnserver: that is how a check is
known to be right before it judges Turnstone.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import harness
# Importing registers the checks.
import check_admin  # noqa: F401
import check_admin_calls  # noqa: F401
import check_admin_control  # noqa: F401
import check_admin_https  # noqa: F401
import check_admin_commands  # noqa: F401
import check_calls  # noqa: F401
import check_calls_bounds  # noqa: F401
import check_calls_clients  # noqa: F401
import check_calls_frames  # noqa: F401
import check_calls_handshake  # noqa: F401
import check_calls_limits  # noqa: F401
import check_calls_log  # noqa: F401
import check_calls_many  # noqa: F401
import check_calls_resume  # noqa: F401
import check_calls_rest  # noqa: F401
import check_calls_restart  # noqa: F401
import check_calls_timers  # noqa: F401
import check_certificates  # noqa: F401
import check_configuration  # noqa: F401
import check_conformance  # noqa: F401
import check_conformance_allocate  # noqa: F401
import check_conformance_credentials  # noqa: F401
import check_conformance_datagrams  # noqa: F401
import check_conformance_peers  # noqa: F401
import check_credentials_http  # noqa: F401
import check_doctor  # noqa: F401
import check_dtls  # noqa: F401
import check_documents  # noqa: F401
import check_http  # noqa: F401
import check_log  # noqa: F401
import check_log_system  # noqa: F401
import check_metrics  # noqa: F401
import check_metrics_files  # noqa: F401
import check_metrics_port  # noqa: F401
import check_migrate  # noqa: F401
import check_network  # noqa: F401
import check_pion  # noqa: F401
import check_probe  # noqa: F401
import check_probe_network  # noqa: F401
import check_process  # noqa: F401
import check_proxy  # noqa: F401
import check_refusal_causes  # noqa: F401
import check_relay  # noqa: F401
import check_reload_effects  # noqa: F401
import check_reload_every  # noqa: F401
import check_reload_listeners  # noqa: F401
import check_requests  # noqa: F401
import check_rest  # noqa: F401
import check_schemathesis  # noqa: F401
import check_service  # noqa: F401
import check_stream_edges  # noqa: F401
import check_stream_floods  # noqa: F401
import check_streams  # noqa: F401
import check_streams_limits  # noqa: F401
import check_streams_tls  # noqa: F401
import check_tcp_relay  # noqa: F401
import check_tcp_relay_load  # noqa: F401
import check_turnutils  # noqa: F401
import check_turnutils_streams  # noqa: F401
import check_webhooks  # noqa: F401
import check_webhooks_answers  # noqa: F401
import check_webrtc  # noqa: F401
import check_websocket  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=["turnstone", "coturn"], default="turnstone")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/turnstone"))
    parser.add_argument("--venv", default=str(ROOT / ".build/interop-venv"))
    parser.add_argument("--pion", default=str(ROOT / ".build/interop-pion"))
    parser.add_argument("--echo", default=str(ROOT / ".build/release/websocket-echo"))
    parser.add_argument("--only", default="", help="run checks whose name holds this text")
    parser.add_argument("--jobs", type=int, default=3, help="checks at the same time")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    return parser.parse_args()


def main():
    chosen_options = options()
    chosen = [
        item for item in harness.CHECKS
        if chosen_options.only in item.name and item.only in (None, chosen_options.server)]
    if chosen_options.list:
        print("\n".join(item.name for item in chosen))
        return 0
    if chosen_options.server == "turnstone" and shutil.which(chosen_options.binary) is None:
        print(f"there is no {chosen_options.binary}: build with swift build -c release first")
        return 2
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failed = []
    began = time.monotonic()

    def report(item, outcome, seconds, text):
        counts[outcome] += 1
        mark = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}[outcome]
        print(f"{mark} {item.name} ({seconds:.1f} s)", flush=True)
        if outcome != "passed":
            print("     " + text.replace("\n", "\n     "), flush=True)
        if outcome == "failed":
            failed.append(item.name)

    harness.run_all(chosen, chosen_options, report)
    print(f"\nInterop against {chosen_options.server}: {time.monotonic() - began:.0f} s")
    for name in failed:
        print(f"failed: {name}")
    summary = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        summary += f", {counts['skipped']} skipped"
    print(summary)
    return 0 if not failed and counts["passed"] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
