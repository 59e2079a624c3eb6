"""`servegate merge`: the results of all shards as one, judged as one run would have been."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from scanner.cli.judge import conclude
from scanner.cli.load import load_result
from scanner.cli.output import EXIT_CODES, check_formats, write_reports
from scanner.cli.terminal import Console
from scanner.cli.waivers import today
from scanner.cli.wiring import SPECS
from scanner.config import Overrides, load_settings
from scanner.merge import merge
from scanner.model.history import Past
from scanner.model.plan import Plan


def run_merge(results: tuple[Path, ...], overrides: Overrides, *, quiet: bool) -> int:
    """Write the reports of the whole and return its exit code. Raises `ServegateError`.

    Policy, waivers and baseline are those of the scan, which the shards carry.
    """
    console = Console(quiet=quiet, debug=False)
    report = load_settings(None, overrides).report
    check_formats(report.formats)
    loaded = [(str(path), load_result(path)) for path in results]
    merged = merge(loaded, Past(today=today()))
    runs = {run.engine: run for run in merged.runs}
    whole = conclude(
        project=merged.first.project,
        commit=merged.first.commit,
        times=(
            min(result.started for _, result in loaded),
            max(result.ended for _, result in loaded),
        ),
        plan=_ordered(merged.plan),
        runs=tuple(runs[name] for name in sorted(runs, key=_order)),
        policy=merged.first.policy,
        past=merged.past,
    )
    written = write_reports(whole, report.formats, Path(report.out))
    console.summary(whole, written)
    return EXIT_CODES[whole.decision.verdict]


def _ordered(plan: Plan) -> Plan:
    """The plan with its engines in the order that one run has."""
    return replace(
        plan,
        tasks=tuple(sorted(plan.tasks, key=lambda task: _order(task.engine))),
        left_out=tuple(sorted(plan.left_out, key=lambda out: _order(out.engine))),
    )


def _order(engine: str) -> tuple[int, str]:
    names = [spec.name for spec in SPECS]
    return (names.index(engine) if engine in names else len(names), engine)
