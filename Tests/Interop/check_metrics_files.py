"""The dashboard and the alerts in etc/, which may name nothing that does not exist."""

import json
import re
import shutil
from pathlib import Path

import certificates
import rest
from check_metrics import families, samples, text
from harness import Skipped, check, expect

ETC = Path(__file__).resolve().parents[2] / "etc"


def names_in(expression):
    """The metrics that an expression of PromQL names."""
    return set(re.findall(r"\b(?:turnstone|turn|process|stun)_[a-z0-9_]+", expression))


@check("metrics: the dashboard and the alerts in etc/ name only what a running daemon shows",
       only="turnstone")
def files(context):
    rest.serve(context, *certificates.Pair(context).lines)
    shown = {name for name, _ in samples(context, rest.ADMIN_TOKEN)}
    for family in families(context, rest.ADMIN_TOKEN):
        shown.add(family.name + ("_total" if family.type == "counter" else ""))
        if family.type == "histogram":
            shown |= {family.name + ending for ending in ("_bucket", "_sum", "_count")}
    dashboard = json.loads((ETC / "grafana-dashboard.json").read_text())
    wanted = set()
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            wanted |= names_in(target["expr"])
    expect(len(wanted) > 20, f"only {len(wanted)} names in the dashboard")
    alerts = names_in((ETC / "prometheus-alerts.yml").read_text())
    expect(len(alerts) > 5, f"only {len(alerts)} names in the alerts")
    expect(not (wanted | alerts) - shown, f"not shown: {sorted((wanted | alerts) - shown)}")


@check("metrics: promtool takes the alerts, and finds fault with no name but those of coturn",
       only="turnstone")
def judged(context):
    if not shutil.which("promtool"):
        raise Skipped("promtool is not there; Debian's package prometheus has it")
    code, output = context.run("promtool", "check", "rules", ETC / "prometheus-alerts.yml")
    expect(code == 0 and "SUCCESS" in output, output)
    rest.serve(context, *certificates.Pair(context).lines)
    path = context.folder / "metrics.txt"
    path.write_text(text(context, rest.ADMIN_TOKEN))
    _, output = context.run("sh", "-c", f"promtool check metrics <{path}")
    faults = [line for line in output.splitlines()
              if not line.startswith(("turn_", "stun_binding_request "))]
    expect(not faults, "\n".join(faults))
    # It does find faults: what coturn calls a counter does not end in _total.
    expect("turn_total_traffic_rcvb counter" in output, output)
