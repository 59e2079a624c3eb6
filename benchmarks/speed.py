"""How long a scan takes beside its engines: `make bench` (`python -m benchmarks.speed --help`).

Measures, on a public repository of about 1,000 Python files (fetched to a scratch folder, or given
with --tree) and on the bundled endpoint: each engine's own command alone, the three as a shell
script runs them (`bandit & semgrep & checkov & wait`), servegate cold, after an edit of one file,
and with no change; what starting costs; and what the endpoint's attack takes. Rounds are
interleaved, so that ratios hold on a machine that others use too. Writes every single time to
benchmarks/results/ and prints the table of docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import version
from pathlib import Path

from scanner.engines.semgrep.engine import TUNING, bundled_rules

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
REPOSITORY = "https://github.com/fastapi/fastapi"
TAG = "0.121.0"
TOOLS = Path(sys.executable).parent
QUIET = {"SEMGREP_ENABLE_VERSION_CHECK": "0", "SEMGREP_SEND_METRICS": "off", **TUNING}
Times = dict[str, list[float]]


def main() -> None:
    """Measure, write the raw times, and print the tables."""
    options = _options()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="servegate-bench-") as name:
        scratch = Path(name).resolve()
        tree = options.tree or _fetched(scratch)
        measured = {
            "large": _measure(_copied(tree, scratch / "large"), scratch, options.rounds),
            "sample": _measure(
                _copied(ROOT / "sample_endpoint" / "vulnerable", scratch / "sample"),
                scratch,
                options.rounds,
            ),
            "start": _start(scratch / "sample", scratch, 3 * options.rounds),
        }
        attack = _attack(scratch)
    facts = _facts(tree, load, options)
    RESULTS.mkdir(exist_ok=True)
    written = RESULTS / f"{facts['date']}-speed.json"
    written.write_text(
        json.dumps({"facts": facts, "seconds": measured, "attack": attack}, indent=1)
    )
    print(_report(facts, measured, attack))
    print(f"\nEvery time: {written.relative_to(ROOT)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tree", type=Path, help="a checkout to scan instead of the fetched one")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _fetched(scratch: Path) -> Path:
    into = scratch / "fetched"
    git = ["git", "clone", "--quiet", "--depth", "1", "--branch", TAG, REPOSITORY, str(into)]
    if subprocess.run(git, check=False).returncode:
        raise SystemExit(f"{REPOSITORY} could not be fetched; give a checkout with --tree")
    return into


def _copied(tree: Path, into: Path) -> Path:
    """A copy whose tests Semgrep looks at as the others do; its own list leaves them out."""
    shutil.copytree(tree, into, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    (into / ".semgrepignore").touch()
    return into


def _measure(tree: Path, scratch: Path, rounds: int) -> Times:
    """Seconds of every way to scan a tree, interleaved."""
    rules = scratch / "rules.json"
    rules.write_text(bundled_rules())
    engines = {
        "bandit": [TOOLS / "bandit", "-r", tree, "-q", "-f", "json", "-x", ""],
        "semgrep": [
            *(TOOLS / "semgrep", "scan", "--experimental", "--json", "--quiet"),
            *("--metrics=off", "--disable-version-check", "--no-git-ignore", "--disable-nosem"),
            *("--timeout", "30", "--config", rules, tree),
        ],
        "checkov": [
            *(TOOLS / "checkov", "-d", tree, "--skip-download", "--compact", "-o", "json"),
            *("--framework", "terraform", "kubernetes", "dockerfile", "github_actions"),
        ],
    }
    edited = max(tree.rglob("*.py"), key=_ordinary)
    cache = scratch / f"cache-{tree.name}"
    scan = [TOOLS / "servegate", "scan", tree, "--only", "sast,iac", "--quiet", "--out"]
    scan.append(scratch / "out")
    ways: dict[str, Callable[[], None]] = {
        **{
            f"{name} alone": (lambda argv=argv: _run(argv, scratch))
            for name, argv in engines.items()
        },  # type: ignore[misc]
        "bandit & semgrep & checkov & wait": lambda: _together(list(engines.values()), scratch),
        "servegate, cold": lambda: _run([*scan, "--no-cache"], scratch),
        "servegate, cold, and remembering": lambda: _remembering(scan, scratch, cache),
        "servegate, one file edited": lambda: _run(scan, scratch, cache),
        "servegate, no change": lambda: _run(scan, scratch, cache),
    }
    times: Times = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            if name == "servegate, one file edited":
                with edited.open("a") as file:
                    file.write(f"_edit_{number} = {number}\n")
            times[name].append(_timed(way))
    return times


def _ordinary(path: Path) -> tuple[bool, int]:
    """Large enough to be code and no larger than most: the file that is edited."""
    size = path.stat().st_size
    return size < 8_000, size


def _remembering(scan: list[object], scratch: Path, cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)
    _run(scan, scratch, cache)


def _environ(cache: Path | None) -> Mapping[str, str]:
    """As on a user's machine, where Python keeps what it compiled."""
    kept = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **QUIET, "SERVEGATE_CACHE": str(cache) if cache else "off"}


def _run(argv: list[object], cwd: Path, cache: Path | None = None) -> None:
    words = [str(word) for word in argv]
    done = subprocess.run(words, cwd=cwd, env=_environ(cache), capture_output=True, check=False)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{words[0]}: exit code {done.returncode}: {done.stderr.decode()[-500:]}")


def _together(commands: list[list[object]], cwd: Path) -> None:
    children = [
        subprocess.Popen(
            [str(word) for word in argv],
            cwd=cwd,
            env=_environ(None),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for argv in commands
    ]
    for child in children:
        child.wait()


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def _start(tree: Path, scratch: Path, rounds: int) -> Times:
    """What starting costs, and judging a result."""
    result = scratch / "out" / "result.json"
    ways = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import typer": [sys.executable, "-c", "import typer"],
        "servegate --help": [TOOLS / "servegate", "--help"],
        "servegate gate result.json": [TOOLS / "servegate", "gate", result],
        "servegate scan --dry-run": [TOOLS / "servegate", "scan", tree, "--dry-run"],
    }
    times: Times = {name: [] for name in ways}
    for _ in range(rounds):
        for name, argv in ways.items():
            times[name].append(_timed(partial(_run, argv, scratch)))
    return times


def _attack(scratch: Path) -> dict[str, object]:
    """The bundled endpoint's probe suite, without ZAP and without the model's statistics."""
    config = scratch / "servegate.toml"
    own = (ROOT / "sample_endpoint" / "vulnerable" / "servegate.toml").read_text()
    config.write_text(own.replace("[endpoint.llm]\n", "[endpoint.llm]\nenabled = false\n", 1))
    out = scratch / "attack"
    argv = [TOOLS / "servegate", "scan", ROOT / "sample_endpoint" / "vulnerable"]
    words = [*argv, "--only", "probes", "--config", config, "--quiet", "--out", out]
    seconds = _timed(lambda: _run(words, ROOT))
    engines = json.loads((out / "result.json").read_text())["engines"]
    row = next(row for row in engines if row["name"] == "probes")
    return {"wall": seconds, "probes": row["seconds"], "requests": row["requests"]}


def _facts(tree: Path, load: float, options: argparse.Namespace) -> dict[str, object]:
    python = list(tree.rglob("*.py"))
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "repository": REPOSITORY,
        "python_files": len(python),
        "python_lines": sum(path.read_bytes().count(b"\n") for path in python),
        "rounds": options.rounds,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "load_before": round(load, 2),
        "python": platform.python_version(),
        **{name: version(name) for name in ("servegate", "bandit", "semgrep", "checkov", "typer")},
    }


def _report(
    facts: Mapping[str, object], measured: Mapping[str, Times], attack: Mapping[str, object]
) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in facts.items() if name != "repository")
    lines = [shown, "", f"| {facts['python_files']} Python files | large, s | sample, s |"]
    lines.append("| --- | ---: | ---: |")
    large, sample = measured["large"], measured["sample"]
    lines += [
        f"| {name} | {_median(large[name]):.2f} | {_median(sample[name]):.2f} |" for name in large
    ]
    slowest = [name for name in large if name.endswith("alone")]
    script = "bandit & semgrep & checkov & wait"
    for name, beside, said in (
        (script, slowest, "the slowest engine alone"),
        ("servegate, cold", slowest, "the slowest engine alone"),
        ("servegate, cold", [script], "the shell script"),
    ):
        here, there = (_ratio(times, name, beside) for times in (large, sample))
        lines.append(f"| {name} / {said} | {here:.2f}x | {there:.2f}x |")
    lines += ["", "| start | ms |", "| --- | ---: |"]
    for name, times in measured["start"].items():
        lines.append(f"| {name} | {_median(times) * 1000:.0f} |")
    lines += ["", f"Attack on the bundled endpoint: {json.dumps(attack)}"]
    return "\n".join(lines)


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _ratio(times: Times, name: str, beside: list[str]) -> float:
    """The median of the rounds' ratios to the slowest of `beside` in the same round."""
    rounds = range(len(times[name]))
    return _median([times[name][n] / max(times[one][n] for one in beside) for n in rounds])


if __name__ == "__main__":
    main()
