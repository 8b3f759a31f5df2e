"""What all rounds gave, kept as JSON. Numbers are medians over rounds; ratios are medians of the
ratios within a round, so that what slowed a whole round cancels out."""
import json
import os
import statistics

from . import lab, servers

SERVERS = ("coturn", "turnstone")
FOLDER = ".build/bench"


def begin(chosen):
    return {"machine": lab.machine(), "versions": servers.versions(), "seconds": chosen.seconds,
            "allocations": chosen.allocations, "connections": chosen.connections,
            "polite": chosen.polite, "rounds": []}


def save(part, results):
    results["machine"]["loadAfter"] = lab.load()
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{FOLDER}/{part}.json", "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


def load(part):
    with open(f"{FOLDER}/{part}.json", encoding="utf-8") as file:
        return json.load(file)


def values(results, name, scenario, key):
    """One number per round; rounds that lack it are left out."""
    found = [entry.get(name, {}).get(scenario, {}).get(key) for entry in results["rounds"]]
    return [value for value in found if value is not None]


def median(results, name, scenario, key):
    found = values(results, name, scenario, key)
    return statistics.median(found) if found else None


def ratio(results, scenario, key):
    """Turnstone's value over coturn's."""
    pairs = [
        (entry["turnstone"][scenario][key], entry["coturn"][scenario][key])
        for entry in results["rounds"]
        if all(scenario in entry.get(name, {}) for name in SERVERS)
    ]
    found = [ours / theirs for ours, theirs in pairs if theirs]
    return statistics.median(found) if found else None


def ratio_of(results, scenario, other, key):
    """Turnstone's value in one scenario over that in another."""
    pairs = [
        (entry["turnstone"][scenario][key], entry["turnstone"][other][key])
        for entry in results["rounds"]
        if all(name in entry["turnstone"] for name in (scenario, other))
    ]
    found = [one / two for one, two in pairs if two]
    return statistics.median(found) if found else None


def scenarios(results, paced):
    """Names of loads of packets: those at a fixed rate, or those at the highest."""
    first = results["rounds"][0] if results["rounds"] else {}
    names = first.get("coturn") or first.get("turnstone") or {}
    return [name for name in names if ":" in name and ("@" in name) == paced]


def faults(results):
    """Reasons not to believe the numbers."""
    found = []
    for number, entry in enumerate(results["rounds"]):
        for name, measured in entry.items():
            for scenario, numbers in measured.items():
                where = f"round {number + 1}, {name}, {scenario}"
                if numbers.get("bad"):
                    found.append(f"{where}: {numbers['bad']} wrong packets")
                if "@" not in scenario and numbers.get("lost"):
                    found.append(f"{where}: {numbers['lost']} lost packets")
                if numbers.get("outOfOrder"):
                    found.append(f"{where}: {numbers['outOfOrder']} packets out of order")
    return found
