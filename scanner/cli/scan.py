"""`servegate scan`: config, plan, run, correlate, triage, gate, reports."""

from __future__ import annotations

import difflib
import os
import threading
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.cli.baseline import GIT_PREFIX, read_baseline
from scanner.cli.caching import behind, open_store
from scanner.cli.earlier import seconds_before, with_earlier
from scanner.cli.endpoints import narrowed, report_folders, run_endpoints
from scanner.cli.interrupts import interrupts
from scanner.cli.judge import judge
from scanner.cli.older import Scanned, baseline_of, changes_since, older_state, placed
from scanner.cli.output import EXIT_CODES, check_formats, preload, write_reports
from scanner.cli.terminal import Console
from scanner.cli.unfinished import Unfinished
from scanner.cli.waivers import WAIVERS_NAME, read_waivers, today
from scanner.cli.wiring import SPECS, known_words, make_engines, specs, unknown_rules
from scanner.config import WHOLE, Overrides, Settings, find_config, load_settings
from scanner.inventory import Inventory, take_inventory
from scanner.model.errors import ConfigError, InputError
from scanner.model.history import Baseline, Past
from scanner.model.outcome import EngineRun
from scanner.model.plan import DynamicTask, Plan
from scanner.model.protocols import Engine
from scanner.model.severity import Stage
from scanner.model.values import Value
from scanner.plan import Changes, Selection, make_plan
from scanner.run import carry_out
from scanner.target import target_of

if TYPE_CHECKING:
    from scanner.cache.store import Store
    from scanner.cli.shard import Wanted
    from scanner.model.scan import ScanResult

# Seconds, after which every engine has its turn or stands in line for it.
_QUEUED = 0.05


class ScanRequest(Value, kw_only=True):
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
    shard: str = ""
    cache: bool = True
    endpoint: str = ""


def run_scan(request: ScanRequest) -> int:
    """Carry out a scan and return the exit code: of several endpoints, the worst of theirs.

    Raises `ServegateError`.
    """
    config, _ = (request.config, "") if request.config else find_config(request.path)
    asked = "" if request.endpoint == WHOLE else request.endpoint
    settings = load_settings(config, request.overrides, asked)
    if not settings.endpoints or request.endpoint:
        return _run_one(request)

    def scan(name: str, overrides: Overrides) -> int | None:
        one = replace(request, endpoint=name, overrides=overrides)
        found = take_inventory(request.path, settings.scan.exclude, report_folders(settings))
        found = narrowed(found, settings, name)
        if name == WHOLE and not found.files and not found.unreadable:
            return None
        return _run_one(one)

    root = request.path if request.path.is_dir() else request.path.parent
    since = request.changed_since.removeprefix(GIT_PREFIX)
    if request.shard:
        names = ", ".join(one.name for one in settings.endpoints)
        raise ConfigError(f"--shard: name one of the endpoints with --endpoint ({names})")
    return run_endpoints(
        settings, request.overrides, root, config, since, scan, dry_run=request.dry_run
    )


def _run_one(request: ScanRequest) -> int:
    started = datetime.now(timezone.utc)
    console = Console(quiet=request.quiet, debug=request.debug)
    wanted = _wanted(request)
    settings, plan, engines = prepare(request, console)
    if request.dry_run:
        console.plan(wanted.share(plan, engines) if wanted else plan)
        return 0
    store = open_store(plan.root, console.note) if request.cache else None
    past = past_of(settings, request, plan, console, store)
    if wanted:
        asked = (request.only, request.skip, request.changed_since)
        plan = wanted.share(plan, engines, wanted.name(plan, settings, asked, past))
    out = Path(settings.report.out)
    turn = threading.Lock()
    engines, hashes = behind(engines, store, plan.root, turn)
    _load_meanwhile(settings.report.formats, turn)
    before = partial(seconds_before, out / "result.json")

    def judged(runs: tuple[EngineRun, ...]) -> ScanResult:
        return judge(request.path, started, plan, runs, settings, past)

    unfinished = Unfinished(out, plan, judged)
    try:
        with interrupts() as cancelled, console.live(plan, before) as observe:
            runs = carry_out(plan, engines, unfinished.watching(observe), cancelled)
    except KeyboardInterrupt:
        if unfinished.mend:
            console.note(unfinished.mend)
        raise
    hashes.save()
    result = with_earlier(judged(runs), map(Path, settings.report.earlier))
    written = write_reports(result, settings.report.formats, out)
    unfinished.drop()
    console.summary(result, written)
    if plan.shard:
        console.note("a part of a scan: its exit code is 0, and servegate merge judges all parts")
    # A shard is no verdict: that is for the merge, where a missing one shows.
    return 0 if plan.shard else EXIT_CODES[result.decision.verdict]


def _load_meanwhile(formats: tuple[str, ...], turn: threading.Lock) -> None:
    """Load what writes the reports while engines work, but not before they do."""

    def load() -> None:
        with turn:
            pass
        preload(formats)

    later = threading.Timer(_QUEUED, load)
    later.daemon = True
    later.start()


def _wanted(request: ScanRequest) -> Wanted | None:
    """The part of the scan that was asked for, if not the whole. Raises `ConfigError`."""
    if not request.shard:
        return None
    from scanner.cli.shard import parse_shard

    return parse_shard(request.shard)


def prepare(request: ScanRequest, console: Console) -> tuple[Settings, Plan, dict[str, Engine]]:
    """Everything that is decided before an engine runs. Raises `ConfigError`, `InputError`."""
    if not request.path.exists():
        raise InputError(f"{request.path}: no such file or folder")
    for flag, words in (("--only", request.only), ("--skip", request.skip)):
        _known(flag, words)
    config, note = (request.config, "") if request.config else find_config(request.path)
    asked = "" if request.endpoint == WHOLE else request.endpoint
    settings = load_settings(config, request.overrides, asked)
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
    inventory = take_inventory(request.path, settings.scan.exclude, report_folders(settings))
    inventory = narrowed(inventory, settings, request.endpoint)
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


def past_of(
    settings: Settings, request: ScanRequest, plan: Plan, console: Console, store: Store | None
) -> Past:
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
        ref = named.removeprefix(GIT_PREFIX)
        baseline = _older_baseline(ref, settings, request, past, console, store)
        if any(isinstance(task, DynamicTask) for task in plan.tasks):
            note = "dynamic findings have no older state in git: they all count as new"
            baseline = replace(baseline, notes=(note, *baseline.notes))
    else:
        baseline = read_baseline(Path(named))
    return replace(past, baseline=placed(baseline, root))


def _older_baseline(
    ref: str,
    settings: Settings,
    request: ScanRequest,
    past: Past,
    console: Console,
    store: Store | None,
) -> Baseline:
    """What the static engines find in an older state of the repository."""
    single = not request.path.is_dir()
    root = request.path.parent if single else request.path
    older = older_state(root, ref)
    console.note(f"scanning {older.name} at {older.commit[:12]} for the baseline")
    selection = Selection(only=request.only, skip=(*request.skip, Stage.DAST.value, "rotation"))

    def scan(path: Path) -> Scanned:
        inventory = take_inventory(path, settings.scan.exclude)
        inventory = narrowed(inventory, settings, request.endpoint)
        plan = make_plan(inventory, SPECS, settings, selection, None)
        engines = _engines(plan, settings, None, path)
        if wanted := _wanted(request):
            plan = wanted.share(plan, engines)
        engines, _ = behind(engines, store, path if path.is_dir() else path.parent)
        with interrupts() as cancelled:
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


def _known(flag: str, words: Iterable[str]) -> None:
    known = known_words()
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{flag}: {word!r} is none of {', '.join(known)}{meant}")
