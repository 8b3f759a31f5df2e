"""What the pages of all parts have in common: tables, goals, conditions."""
import os

from . import plot
from .results import SERVERS, median, ratio, scenarios


def show(value, digits=0, scale=1.0):
    return "–" if value is None else f"{value / scale:,.{digits}f}"


def show_ratio(value):
    return "–" if value is None else f"**{value:.2f}**"


def title(scenario):
    """Words for `up:172:20:1@5000`, or for `tls up:172:20:1`."""
    transport, _, load = scenario.rpartition(" ")
    load, _, rate = load.partition("@")
    direction, size, flows, burst = load.split(":")
    words = f"{transport.upper()}, " if transport else ""
    words += f"{'client to peer' if direction == 'up' else 'peer to client'}, {size} B, {flows} "
    words += "flow" if flows == "1" else "flows"
    if burst != "1":
        words += f", bursts of {burst}"
    return words + (f", {int(rate):,} packets/s" if rate else "")


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return "\n".join([row(head), "|" + "---|" * len(head), *map(row, rows)])


def compare(results, scenario, key, digits=0, scale=1):
    """Three cells: both servers, and the ratio."""
    cells = [show(median(results, name, scenario, key), digits, scale) for name in SERVERS]
    return cells + [show_ratio(ratio(results, scenario, key))]


def goals(results, wanted):
    """`wanted` are words, what a scenario must match, key, whether more is better, bound."""
    names = list(results["rounds"][0].get("turnstone", {})) if results["rounds"] else []
    rows = []
    for words, matches, key, more, bound in wanted:
        found = [ratio(results, name, key) for name in names if matches(name)]
        found = [value for value in found if value]
        worst = (min if more else max)(found) if found else None
        best = (max if more else min)(found) if found else None
        reached = worst is not None and (worst >= bound if more else worst <= bound)
        span = "–" if worst is None else (
            f"{worst:.2f}" if worst == best else f"{worst:.2f} to {best:.2f}")
        rows.append([words, f"{'at least' if more else 'at most'} {bound}", span,
                     "yes" if reached else "no"])
    return table(["goal", "bound", "measured, worst to best", "reached"], rows)


def conditions(results):
    machine, versions = results["machine"], results["versions"]
    priority = "at ordinary priority" if results.get("polite") else "before other work"
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cpus']} CPUs, "
        f"Linux {machine['kernel']}, load {machine['loadBefore']} before and "
        f"{machine.get('loadAfter', '?')} after; {priority}. coturn {versions['coturn']}, "
        f"Turnstone {versions['turnstone']}, {versions['swift']}. {len(results['rounds'])} rounds, "
        f"{results['seconds']} s each scenario.")


def write(results, page, folder="docs"):
    """Puts a part's page and its plot into the folder."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{page.NAME}.md"), "w", encoding="utf-8") as file:
        file.write(page.METHOD + "\n" + page.text(results) + "\n\n" + page.EXPLANATION)
    bars = [
        (title(scenario), [(median(results, name, scenario, "pps") or 0) / 1000
                           for name in SERVERS])
        for scenario in scenarios(results, paced=False)
    ]
    if not bars:
        return
    with open(os.path.join(folder, f"{page.NAME}.svg"), "w", encoding="utf-8") as file:
        file.write(plot.bars("Thousand packets per second through one CPU",
                             ("coturn", "Turnstone"), bars))
