"""`servegate scan`: config, plan, run, correlate, triage, gate, reports."""

from __future__ import annotations

import contextlib
import difflib
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from scanner import __version__
from scanner.attacks import attacks
from scanner.cli.baseline import GIT_PREFIX, read_baseline
from scanner.cli.console import Console
from scanner.cli.older import Scanned, baseline_of, changes_since, commit_of, older_state, placed
from scanner.cli.output import (
    check_formats,
    families,
    knowledge,
    preload,
    second_opinions,
    write_reports,
)
from scanner.cli.waivers import WAIVERS_NAME, read_waivers, today
from scanner.cli.wiring import SPECS, known_words, make_engines, specs, unknown_rules
from scanner.config import Overrides, Settings, find_config, load_settings
from scanner.correlate import correlate
from scanner.gate import decide
from scanner.inventory import Inventory, take_inventory
from scanner.model.decision import GateVerdict
from scanner.model.errors import ConfigError, InputError
from scanner.model.history import Baseline
from scanner.model.outcome import EngineRun, Failed
from scanner.model.plan import DynamicTask, Plan
from scanner.model.protocols import Engine
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.plan import Changes, Selection, make_plan
from scanner.run import carry_out
from scanner.seconding import drop_lone_seconds
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
    changed_since: str = ""


def run_scan(request: ScanRequest) -> int:
    """Carry out a scan and return the exit code. Raises `ServegateError`."""
    started = datetime.now(timezone.utc)
    console = Console(quiet=request.quiet, debug=request.debug)
    settings, plan, engines = prepare(request, console)
    if request.dry_run:
        console.plan(plan)
        return 0
    past = past_of(settings, request, plan, console)
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
    inventory = take_inventory(request.path, settings.scan.exclude)
    plan = make_plan(
        inventory,
        specs(settings.zap, root, attacked=attacked),
        settings,
        selection,
        target,
        _changes(request, inventory),
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


def _changes(request: ScanRequest, inventory: Inventory) -> Changes | None:
    if not request.changed_since:
        return None
    ref = request.changed_since.removeprefix(GIT_PREFIX)
    return changes_since(older_state(inventory.root, ref), inventory)


def past_of(settings: Settings, request: ScanRequest, plan: Plan, console: Console) -> Past:
    """Baseline and waivers, read before the scan begins. Raises `ServegateError`."""
    file, note = waivers_file(settings, request.path)
    if note:
        console.note(note)
    past = Past(today=today(), waivers=read_waivers(file) if file else ())
    named = settings.gate.baseline
    if not named:
        return past
    root = request.path if request.path.is_dir() else request.path.parent
    if named.startswith(GIT_PREFIX):
        baseline = _older_baseline(named.removeprefix(GIT_PREFIX), settings, request, past, console)
        if any(isinstance(task, DynamicTask) for task in plan.tasks):
            note = "dynamic findings have no older state in git: they all count as new"
            baseline = replace(baseline, notes=(note, *baseline.notes))
    else:
        baseline = read_baseline(Path(named))
    return replace(past, baseline=placed(baseline, root))


def _older_baseline(
    ref: str, settings: Settings, request: ScanRequest, past: Past, console: Console
) -> Baseline:
    """What the static engines find in an older state of the repository."""
    single = not request.path.is_dir()
    root = request.path.parent if single else request.path
    older = older_state(root, ref)
    console.note(f"scanning {older.name} at {older.commit[:12]} for the baseline")
    selection = Selection(only=request.only, skip=(*request.skip, Stage.DAST.value, "rotation"))

    def scan(path: Path) -> Scanned:
        plan = make_plan(
            take_inventory(path, settings.scan.exclude), SPECS, settings, selection, None
        )
        engines = _engines(plan, settings, None, path)
        with _interruptible() as cancelled:
            runs = carry_out(plan, engines, lambda _: None, cancelled)
        found = judge(path, datetime.now(timezone.utc), plan, runs, settings, past)
        return runs, found.findings

    return baseline_of(older, settings, request.path.name if single else "", scan)


def baseline_file(settings: Settings) -> Baseline | None:
    """The baseline where it is a file; a state in git says nothing of findings that it lacks."""
    named = settings.gate.baseline
    return read_baseline(Path(named)) if named and not named.startswith(GIT_PREFIX) else None


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
    runs = _with_agreed_seconds(runs, catalogue)
    found = [f for run in runs if not isinstance(run.outcome, Failed) for f in run.outcome.findings]
    judged = triage_all(correlate(found, catalogue, families()), policy, past, runs)
    seen = attacks(judged.findings, runs, knowledge(catalogue))
    return ScanResult(
        project=path.resolve().name or "root",
        version=__version__,
        started=started,
        ended=datetime.now(timezone.utc),
        plan=plan,
        runs=runs,
        findings=judged.findings,
        policy=policy,
        decision=decide(judged.findings, runs, plan, policy, judged.notes, seen.paths),
        catalogue=catalogue,
        comparison=judged.comparison,
        commit=commit_of(plan.root),
        attacks=seen,
    )


def _with_agreed_seconds(
    runs: tuple[EngineRun, ...], catalogue: dict[RuleId, Rule]
) -> tuple[EngineRun, ...]:
    """The runs without second opinions that stand alone where a rule of ours has looked."""
    told = [run.outcome for run in runs if not isinstance(run.outcome, Failed)]
    looked_at = {
        target
        for run in runs
        if run.engine == "semgrep" and not isinstance(run.outcome, Failed)
        for target in run.outcome.targets
    }
    found = [finding for outcome in told for finding in outcome.findings]
    # Where the table is broken Bandit has failed over it, and nothing of it is there to be dropped.
    seconds = second_opinions() if any(one.engine == "bandit" for one in found) else frozenset()
    agreed = drop_lone_seconds(found, seconds, looked_at, catalogue)
    kept = {finding.fingerprint for finding in agreed}
    return tuple(
        run
        if isinstance(run.outcome, Failed)
        else replace(
            run,
            outcome=replace(
                run.outcome,
                findings=tuple(f for f in run.outcome.findings if f.fingerprint in kept),
            ),
        )
        for run in runs
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
