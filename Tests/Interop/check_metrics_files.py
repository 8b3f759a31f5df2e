"""The dashboard and the alerts in etc/, which may name nothing that does not exist."""

import json
import re
from pathlib import Path

import certificates
import rest
from check_metrics import families, samples
from harness import check, expect

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
    alerts = set()
    for line in (ETC / "prometheus-alerts.yml").read_text().splitlines():
        if line.strip().startswith("expr:"):
            alerts |= names_in(line)
    expect(len(alerts) > 5, f"only {len(alerts)} names in the alerts")
    expect(not (wanted | alerts) - shown, f"not shown: {sorted((wanted | alerts) - shown)}")
