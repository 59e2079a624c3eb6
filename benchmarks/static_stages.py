"""What servegate adds to its engines: `python -m benchmarks.static_stages [FOLDER]`.

Prints a Markdown table: each engine's own command alone on FOLDER, servegate's static stages
together, their ratio, and servegate's own share (plan, correlation, gate, all reports) on some
hundred findings. Medians of interleaved runs, wall seconds; nothing is written into FOLDER.
"""

from __future__ import annotations

import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from msgspec.structs import replace

from scanner import assets
from scanner.cli.judge import judge
from scanner.cli.output import write_reports
from scanner.config import Settings
from scanner.inventory import take_inventory
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import CodeLocation
from scanner.model.outcome import Completed, EngineRun
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.plan import Selection, make_plan
from scanner.reporters import NAMES

ROUNDS = 5
FINDINGS = 500
ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "sample_endpoint" / "vulnerable"
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        copy = scratch / "scanned_tree"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        commands = _commands(copy.resolve(), scratch)
        seconds: dict[str, list[float]] = {label: [] for label in commands}
        for _ in range(ROUNDS):
            for label, argv in commands.items():
                seconds[label].append(_timed(lambda argv=argv: _run(argv, scratch)))
        medians = {label: statistics.median(values) for label, values in seconds.items()}
        own = statistics.median(_own_share(copy, scratch / "out") for _ in range(ROUNDS))
    _print(folder, medians, own)


def _commands(copy: Path, scratch: Path) -> dict[str, list[str]]:
    tools = Path(sys.executable).parent
    rules = assets.rules_dir() / "semgrep"
    quiet = ("--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json")
    frameworks = ("--framework", "terraform", "kubernetes", "--skip-download")
    return {
        "bandit alone": [f"{tools}/bandit", "-r", str(copy), "-q", "-f", "json"],
        "semgrep alone": [
            *(f"{tools}/semgrep", "scan", "--experimental", *quiet),
            *("--config", str(rules), str(copy)),
        ],
        "checkov alone": [f"{tools}/checkov", "-d", str(copy), *frameworks, "-o", "json"],
        "servegate, static stages": [
            *(f"{tools}/servegate", "scan", str(copy)),
            *("--only", "sast,iac", "--quiet", "--out", str(scratch / "reports")),
        ],
    }


def _run(argv: list[str], cwd: Path) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{argv[0]}: exit code {done.returncode}: {done.stderr.decode()[-500:]}")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _own_share(folder: Path, out: Path) -> float:
    """Seconds for all that is servegate's own, with `FINDINGS` findings from two engines."""
    rules = tuple(
        Rule(
            id=RuleId(f"sast/{name}"),
            engine=name,
            stage=Stage.SAST,
            title="a rule",
            severity=Severity.HIGH,
            confidence=Confidence.FIRM,
            rationale="because",
            remediation="do better",
            cwe=("CWE-502",),
        )
        for name in ("one", "two")
    )
    runs = tuple(_engine_run(rule) for rule in rules)

    def work() -> None:
        plan = make_plan(take_inventory(folder), (), Settings(), Selection(), None)
        result = judge(folder, datetime.now(timezone.utc), plan, runs, Settings())
        write_reports(result, NAMES, out)

    return _timed(work)


def _engine_run(rule: Rule) -> EngineRun:
    base = Finding(
        engine=rule.engine,
        stage=rule.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message="something is wrong here",
        location=CodeLocation(path="app.py", start_line=1, end_line=1),
    )
    findings = fingerprinted(
        replace(
            base,
            anchor=f"call({n})",
            location=CodeLocation(path=f"pkg/mod{n % 40}.py", start_line=n + 1, end_line=n + 1),
        )
        for n in range(FINDINGS // 2)
    )
    outcome = Completed(tool_version="1", rules=(rule,), targets=("app.py",), findings=findings)
    return EngineRun(engine=rule.engine, stage=rule.stage, outcome=outcome, started=0, seconds=1)


def _print(folder: Path, medians: dict[str, float], own: float) -> None:
    alone = {label: value for label, value in medians.items() if label.endswith("alone")}
    slowest = max(alone.values())
    ours = medians["servegate, static stages"]
    lines = [
        f"`{folder.name}`, Python {platform.python_version()}, medians of {ROUNDS} rounds.",
        "",
        "| what | seconds |",
        "| --- | --- |",
        *(f"| {label} | {value:.2f} |" for label, value in medians.items()),
        f"| the three one after another | {sum(alone.values()):.2f} |",
        f"| servegate / slowest engine alone | {ours / slowest:.2f}x |",
        f"| servegate's own share, {FINDINGS} findings, {len(NAMES)} reports | {own:.2f} |",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
