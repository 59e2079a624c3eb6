"""Decides which engine looks at what, and writes down why anything is left out.

Pure: it is given the inventory and the settings, and touches neither files nor tools.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from scanner.config import Settings
from scanner.inventory import Inventory
from scanner.model.files import FileKind, kinds_of_name
from scanner.model.outcome import Gap
from scanner.model.plan import (
    DynamicTask,
    LeftOut,
    LeftOutKind,
    Plan,
    SourceFile,
    StaticTask,
    Target,
    Task,
)
from scanner.model.rule import RuleId
from scanner.model.severity import Stage
from scanner.model.values import Value
from scanner.sections import RotationSection

_MAX_NOTEBOOK_BYTES = 30_000_000
# Who reads these reads them in bounds of its own, and says where it stopped.
_BOUNDED = {FileKind.MODEL, FileKind.TEXT}
_NAMED = 5
_DECLARING = frozenset(
    {FileKind.TERRAFORM, FileKind.PLAN, FileKind.MANIFEST, FileKind.KONG, FileKind.DOCKERFILE}
)


class EngineSpec(Value, kw_only=True):
    """What the plan knows of an engine: its stage and the kinds of file it reads.

    `asks_manager` is for one that looks at a secret manager instead of files.
    `absent` says why the engine can't be had at all here (set for optional engines only).
    """

    name: str
    stage: Stage
    reads: tuple[FileKind, ...] = ()
    asks_manager: bool = False
    absent: str = ""


class Selection(Value, kw_only=True):
    """Which stages or engines the user asked for (`--only`) or left out (`--skip`)."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def asks_for(self, name: str, stage: Stage) -> bool:
        """Whether an engine of this stage is part of the run, if it can be had."""
        return self.leaves_out(EngineSpec(name=name, stage=stage)) is None

    def leaves_out(self, spec: EngineSpec) -> str | None:
        """Why this engine is not asked for, or None."""
        words = {spec.name, spec.stage.value}
        if self.only and not words & set(self.only):
            return f"--only {','.join(self.only)}"
        named = words & set(self.skip)
        return f"--skip {named.pop()}" if named else None


class Changes(Value, kw_only=True):
    """What differs from an older state, named `since`: files that are new or other, and removed."""

    since: str
    paths: frozenset[str]
    removed: frozenset[str] = frozenset()


def make_plan(
    inventory: Inventory,
    engines: Iterable[EngineSpec],
    settings: Settings,
    selection: Selection,
    target: Target | None,
    changes: Changes | None = None,
) -> Plan:
    """Give each engine its task or the reason for having none, in the order of `engines`.

    With `changes` the engines of code are given only files that changed, those of infrastructure
    everything as soon as any of it changed, since its files speak of each other.
    """
    tasks: list[Task] = []
    left_out: list[LeftOut] = []
    texts = inventory.only_text()
    for spec in engines:
        planned = _plan_engine(spec, inventory, settings, selection, target)
        if changes is not None and isinstance(planned, StaticTask):
            planned = _limited(planned, changes, frozenset(inventory.unreadable))
        if isinstance(planned, LeftOut):
            left_out.append(planned)
        elif isinstance(planned, StaticTask):
            paths = {file.path for file in planned.files}
            tasks.append(replace(planned, only_text=bool(paths) and paths <= texts))
        else:
            tasks.append(planned)
    return Plan(
        root=inventory.root,
        tasks=tuple(tasks),
        left_out=tuple(left_out),
        excluded=inventory.excluded,
        notes=(
            *_notes(inventory),
            *(_unjudged(inventory, engines, selection, tasks, changes) if changes else ()),
        ),
        limited=changes.since if changes else "",
    )


def _limited(
    task: StaticTask, changes: Changes, unreadable: frozenset[Gap]
) -> StaticTask | LeftOut:
    """The task over what changed. What of the tree can't be read may hold changes: that stays."""
    files = tuple(file for file in task.files if file.path in changes.paths)
    gaps = tuple(gap for gap in task.gaps if gap.subject in changes.paths or gap in unreadable)
    whole = task.stage is Stage.IAC and (files or gaps or any(map(_declares, changes.removed)))
    if whole:
        return task
    if files or gaps:
        return replace(task, files=files, gaps=gaps)
    reason = f"none of its {len(task.files)} files changed since {changes.since}"
    return LeftOut(engine=task.engine, stage=task.stage, kind=LeftOutKind.UNCHANGED, reason=reason)


def _declares(path: str) -> bool:
    """Whether a file that is gone may have declared infrastructure."""
    return bool(_DECLARING.intersection(kinds_of_name(path)))


def _unjudged(
    inventory: Inventory,
    engines: Iterable[EngineSpec],
    selection: Selection,
    tasks: Iterable[Task],
    changes: Changes,
) -> tuple[str, ...]:
    """What engines of this run would have read, had it changed, in one sentence."""
    asked = [spec for spec in engines if selection.leaves_out(spec) is None]
    every = {file.path for spec in asked for file in inventory.of(*spec.reads)}
    given = {file.path for task in tasks if isinstance(task, StaticTask) for file in task.files}
    left = sorted(every - given)
    if not left:
        return ()
    shown = ", ".join(left[:_NAMED])
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    return (
        f"only what changed since {changes.since} was looked at; "
        f"{len(left)} of {len(every)} files were not judged: {shown}{more}",
    )


def _plan_engine(
    spec: EngineSpec,
    inventory: Inventory,
    settings: Settings,
    selection: Selection,
    target: Target | None,
) -> Task | LeftOut:
    def left_out(kind: LeftOutKind, reason: str) -> LeftOut:
        return LeftOut(engine=spec.name, stage=spec.stage, kind=kind, reason=reason)

    unasked = selection.leaves_out(spec)
    if unasked:
        return left_out(LeftOutKind.NOT_ASKED, unasked)
    if spec.asks_manager:
        if settings.rotation is None:
            reason = "no secret manager: name one in [rotation] of servegate.toml"
            return left_out(LeftOutKind.NOT_CONFIGURED, reason)
        return _manager_task(spec, inventory, settings.rotation)
    if spec.stage is Stage.DAST:
        if target is None:
            reason = "no endpoint: give --url, --command or [endpoint] in servegate.toml"
            return left_out(LeftOutKind.NOT_CONFIGURED, reason)
        if spec.absent:
            return left_out(LeftOutKind.NOT_FOUND, spec.absent)
        return DynamicTask(
            engine=spec.name,
            stage=spec.stage,
            root=inventory.root,
            target=target,
            sources=inventory.of(FileKind.PYTHON),
            deadline=target.start_timeout + target.max_seconds,
        )
    return _static_task(spec, inventory, settings) or left_out(
        LeftOutKind.NOTHING_TO_SCAN,
        f"no {' or '.join(kind.value.removesuffix(' file') for kind in spec.reads)} files",
    )


def _manager_task(spec: EngineSpec, inventory: Inventory, section: RotationSection) -> DynamicTask:
    name = f"{section.secret} in {section.manager}"
    target = Target(name=name, url=section.endpoint or section.url)
    return DynamicTask(engine=spec.name, stage=spec.stage, root=inventory.root, target=target)


def _static_task(spec: EngineSpec, inventory: Inventory, settings: Settings) -> StaticTask | None:
    """The engine's files, with a gap for each that it should see and can't be given."""
    limit = settings.scan.max_file_bytes
    files: list[SourceFile] = []
    gaps = [*inventory.unreadable]
    notebooks = set(inventory.of(FileKind.NOTEBOOK))
    for file in inventory.of(*spec.reads):
        # Of a notebook mostly saved pictures: its code is far smaller than the file.
        most = max(limit, _MAX_NOTEBOOK_BYTES) if file in notebooks else limit
        if file.size > most and not _BOUNDED & set(spec.reads):
            reason = f"{file.size:,} bytes, over scan.max_file_bytes ({most:,})"
            gaps.append(Gap(subject=file.path, reason=reason))
        else:
            files.append(file)
    if not files and not gaps:
        return None
    return StaticTask(
        engine=spec.name,
        stage=spec.stage,
        root=inventory.root,
        files=tuple(files),
        gaps=tuple(gaps),
        enabled=frozenset(map(RuleId, settings.scan.enable_rules)),
        deadline=settings.scan.engine_timeout,
    )


def _notes(inventory: Inventory) -> tuple[str, ...]:
    """What the scanned tree holds to steer the engines, and what of it is of our own making."""
    return (
        *(
            f"{path}: an engine's configuration in the scanned folder, ignored"
            for path in inventory.engine_configs
        ),
        *(
            f"{path}: reports of an earlier scan, not searched for secrets"
            for path in inventory.reports
        ),
    )
