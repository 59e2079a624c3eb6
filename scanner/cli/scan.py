"""`servegate scan`: config, plan, run, correlate, triage, gate, reports."""

from __future__ import annotations

import contextlib
import difflib
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from scanner import __version__
from scanner.cli.baseline import read_baseline
from scanner.cli.console import Console
from scanner.cli.output import check_formats, families, preload, write_reports
from scanner.cli.waivers import WAIVERS_NAME, read_waivers, today
from scanner.cli.wiring import known_words, make_engines, specs, unknown_rules
from scanner.config import Overrides, Settings, find_config, load_settings
from scanner.correlate import correlate
from scanner.gate import decide
from scanner.inventory import take_inventory
from scanner.model.decision import GateVerdict
from scanner.model.errors import ConfigError, InputError
from scanner.model.outcome import EngineRun, Failed
from scanner.model.plan import Plan
from scanner.model.protocols import Engine
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.plan import Selection, make_plan
from scanner.run import carry_out
from scanner.target import target_of
from scanner.triage import Past, triage_all

EXIT_CODES = {GateVerdict.PASSED: 0, GateVerdict.FAILED: 1, GateVerdict.INCONCLUSIVE: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What the user asked for on the command line."""

    path: Path
    only: tuple[str, ...]
    skip: tuple[str, ...]
    config: Path | None
    overrides: Overrides
    dry_run: bool
    quiet: bool
    debug: bool


def run_scan(request: ScanRequest) -> int:
    """Carry out a scan and return the exit code. Raises `ServegateError`."""
    started = datetime.now(timezone.utc)
    console = Console(quiet=request.quiet, debug=request.debug)
    settings, plan, engines = prepare(request, console)
    past = past_of(settings, request.path, console)
    if request.dry_run:
        console.plan(plan)
        return 0
    out = Path(settings.report.out)
    # While the engines work there is time to load what writes the reports.
    threading.Thread(target=preload, args=(settings.report.formats,), daemon=True).start()
    with _interruptible() as cancelled, console.live(plan) as observe:
        runs = carry_out(plan, engines, observe, cancelled)
    result = judge(request.path, started, plan, runs, settings, past)
    written = write_reports(result, settings.report.formats, out)
    console.summary(result, written)
    return EXIT_CODES[result.decision.verdict]


def prepare(request: ScanRequest, console: Console) -> tuple[Settings, Plan, dict[str, Engine]]:
    """Everything that is decided before an engine runs. Raises `ConfigError`, `InputError`."""
    if not request.path.exists():
        raise InputError(f"{request.path}: no such file or folder")
    for flag, words in (("--only", request.only), ("--skip", request.skip)):
        _known(flag, words)
    config, note = (request.config, "") if request.config else find_config(request.path)
    settings = load_settings(config, request.overrides)
    _known("gate.required", settings.gate.required)
    _known("gate.allow_missing", settings.gate.allow_missing)
    if unknown := unknown_rules(settings.scan.enable_rules):
        raise ConfigError(
            f"scan.enable_rules: {unknown[0]!r} is no rule that can be switched on; "
            "rules/bandit.toml and rules/zizmor.toml list them"
        )
    check_formats(settings.report.formats)
    if note:
        console.note(note)
    root = request.path if request.path.is_dir() else request.path.parent
    target = target_of(settings, config.parent if config else root, os.environ)
    selection = Selection(only=request.only, skip=request.skip)
    attacked = target is not None and selection.asks_for("zap", Stage.DAST)
    plan = make_plan(
        take_inventory(request.path, settings.scan.exclude),
        specs(settings.zap, root, attacked=attacked),
        settings,
        selection,
        target,
    )
    return settings, plan, _engines(plan, settings, config, root)


def _engines(plan: Plan, settings: Settings, config: Path | None, root: Path) -> dict[str, Engine]:
    """The engines that have a task; those that the plan leaves out are not imported."""
    names = {task.engine for task in plan.tasks}
    relay = None
    if {"probes", "zap"} <= names:
        from scanner.engines._endpoint.relay import Relay

        relay = Relay()
        if settings.zap.watch_probes:
            relay.expect()
    rotation = None
    if "rotation" in names:
        from scanner.cli.rotation_options import rotation_options

        rotation = rotation_options(settings, config, root)
    return make_engines(settings.zap, relay, names, rotation, settings.iac)


def past_of(settings: Settings, path: Path, console: Console) -> Past:
    """Baseline and waivers, read before any work is done. Raises `ServegateError`."""
    file, note = waivers_file(settings, path)
    if note:
        console.note(note)
    baseline = settings.gate.baseline
    return Past(
        today=today(),
        waivers=read_waivers(file) if file else (),
        baseline=read_baseline(Path(baseline)) if baseline else None,
    )


def waivers_file(settings: Settings, path: Path) -> tuple[Path | None, str]:
    """The file of waivers: the configured one, else one that lies where a configuration would."""
    if settings.gate.waivers:
        return Path(settings.gate.waivers), ""
    return find_config(path, name=WAIVERS_NAME)


def judge(
    path: Path,
    started: datetime,
    plan: Plan,
    runs: tuple[EngineRun, ...],
    settings: Settings,
    past: Past | None = None,
) -> ScanResult:
    """Everything after the last engine ended."""
    catalogue = _catalogue(runs)
    policy = settings.policy()
    past = past or Past(today=today())
    found = [f for run in runs if not isinstance(run.outcome, Failed) for f in run.outcome.findings]
    judged = triage_all(correlate(found, catalogue, families()), policy, past, runs)
    return ScanResult(
        project=path.resolve().name or "root",
        version=__version__,
        started=started,
        ended=datetime.now(timezone.utc),
        plan=plan,
        runs=runs,
        findings=judged.findings,
        policy=policy,
        decision=decide(judged.findings, runs, plan, policy, judged.notes),
        catalogue=catalogue,
        comparison=judged.comparison,
    )


def _catalogue(runs: Iterable[EngineRun]) -> dict[RuleId, Rule]:
    """Every rule that ran."""
    ran = [run.outcome for run in runs if not isinstance(run.outcome, Failed)]
    rules = [rule for outcome in ran for rule in outcome.rules]
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}


def _known(flag: str, words: Iterable[str]) -> None:
    known = known_words()
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{flag}: {word!r} is none of {', '.join(known)}{meant}")


@contextlib.contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that SIGTERM sets too, as an interrupt, so that no child outlives us."""
    cancelled = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        cancelled.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield cancelled
    except KeyboardInterrupt:
        cancelled.set()
        sys.stderr.flush()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
