"""What our Semgrep rules cost beside others: `python -m benchmarks.semgrep_rules RULES FOLDER...`.

RULES is a folder with somebody else's Semgrep rules in YAML (none are kept here). For each language
of ours as many of theirs are taken (security ones first, spread evenly over the sorted list) and
bundled into one JSON file as ours are; both bundles run over each FOLDER with the native engine,
one after the other. Prints a Markdown table: CPU seconds of each (medians), their ratio, the
slowest rules of ours. Nothing is written into RULES or FOLDER.

With ROUNDS=N in the environment each side runs N times (3 by default).
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scanner.engines.semgrep.engine import TUNING, bundled_rules

Row = dict[str, Any]

# One name for the languages that come together.
FAMILY = {"py": "python", "python3": "python", "js": "javascript", "ts": "javascript"}
FAMILY |= {"typescript": "javascript", "docker": "dockerfile", "sh": "bash", "none": "generic"}
FAMILY |= {"jsx": "javascript", "tsx": "javascript", "yml": "yaml", "regex": "generic"}


def main() -> None:
    """Measure and print."""
    if len(sys.argv) < 3:
        raise SystemExit("usage: python -m benchmarks.semgrep_rules RULES FOLDER...")
    rounds = int(os.environ.get("ROUNDS", "3"))
    ours: list[Row] = json.loads(bundled_rules())["rules"]
    theirs = like(ours, list(public_rules(Path(sys.argv[1]))))
    print(f"{len(ours)} rules of ours, {len(theirs)} of theirs; medians of {rounds} runs each.\n")
    print("| folder | theirs, CPU s | ours, CPU s | ratio | findings theirs/ours |")
    print("|---|---|---|---|---|")
    slow: Counter[str] = Counter()
    for folder in map(Path, sys.argv[2:]):
        runs = [(measured(theirs, folder), measured(ours, folder)) for _ in range(rounds)]
        them, us = (statistics.median(pair[side][0] for pair in runs) for side in (0, 1))
        found = [len(answer["results"]) for _, answer in runs[-1]]
        print(
            f"| {folder.name} | {them:.1f} | {us:.1f} | {us / them:.2f} | {found[0]}/{found[1]} |"
        )
        slow.update(match_seconds(runs[-1][1][1]))
    print("\nSlowest of ours, seconds of matching:", end=" ")
    print(", ".join(f"{name} {seconds:.1f}" for name, seconds in slow.most_common(10)))


def public_rules(folder: Path) -> Iterator[Row]:
    """The rules below a folder, in the order of their files."""
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        if path.name.endswith((".test.yaml", ".fixed.yaml", ".test.yml")):
            continue
        try:
            document = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
        rows = document.get("rules") if isinstance(document, dict) else None
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("languages"):
                # Same names occur in several folders, and the engine wants each once.
                yield {**row, "id": f"{row['id']}-{path.parent.name}"}


def like(ours: list[Row], theirs: list[Row]) -> list[Row]:
    """As many of `theirs` for each language as there are of `ours`, as far as there are any."""
    wanted = Counter(family(row) for row in ours)
    chosen: list[Row] = []
    for language, number in sorted(wanted.items()):
        there = [row for row in theirs if family(row) == language]
        security = [row for row in there if is_security(row)]
        pool = security if len(security) >= number else there
        step = max(1.0, len(pool) / number)
        chosen += [pool[int(place * step)] for place in range(min(number, len(pool)))]
    return [{key: value for key, value in row.items() if key != "metadata"} for row in chosen]


def family(row: Row) -> str:
    """The language that a rule is about."""
    first = str(row["languages"][0]).lower()
    return FAMILY.get(first, first)


def is_security(row: Row) -> bool:
    """Whether a public rule says of itself that it is about security."""
    metadata = row.get("metadata")
    return isinstance(metadata, dict) and metadata.get("category") == "security"


def measured(rules: list[Row], folder: Path) -> tuple[float, Row]:
    """CPU seconds (of all the engine's processes) and the engine's answer."""
    with tempfile.TemporaryDirectory() as name:
        bundle = Path(name) / "rules.json"
        bundle.write_text(json.dumps({"rules": rules}), "utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("semgrep")), "scan", "--experimental"),
                *("--metrics=off", "--disable-version-check", "--no-git-ignore", "--json"),
                *("--quiet", "--disable-nosem", "--time", "--timeout", "30"),
                *("--timeout-threshold", "0", "--config", str(bundle), str(folder)),
            ],
            env={**os.environ, **TUNING},
            capture_output=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    try:
        answer: Row = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(
            f"semgrep gave no JSON on {folder}: {done.stderr.decode()[-500:]}"
        ) from None
    for fault in answer["errors"]:
        if "Timeout" in str(fault.get("type")):
            print(f"timeout: {fault.get('rule_id')} on {fault.get('path')}", file=sys.stderr)
    return spent, answer


def match_seconds(answer: Row) -> Counter[str]:
    """Seconds of matching for each rule, from the engine's own clock."""
    timing = answer["time"]
    names = [row["id"] if isinstance(row, dict) else row for row in timing["rules"]]
    spent: Counter[str] = Counter()
    for target in timing["targets"]:
        for name, seconds in zip(names, target["match_times"], strict=False):
            spent[str(name).rsplit(".", 1)[-1]] += seconds
    return spent


if __name__ == "__main__":
    main()
