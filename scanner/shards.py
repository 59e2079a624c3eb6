"""Takes a plan apart for several machines, and knows which parts make a whole. Pure.

What an engine can't take apart stays together. Work is given to the shard that would be done first,
the largest first, by costs that were measured (docs/performance.md); all shards reckon alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from scanner.model.plan import (
    DynamicTask,
    LeftOut,
    LeftOutKind,
    Plan,
    Shard,
    SourceFile,
    StaticTask,
    Task,
)
from scanner.model.severity import Stage
from scanner.model.values import Value

Parts = Callable[[Sequence[SourceFile]], tuple[tuple[SourceFile, ...], ...]]


class _Cost(Value):
    """Seconds: to start the engine, for each file, and for each million bytes."""

    start: float
    file: float
    megabyte: float


_COSTS = {
    "checkov": _Cost(3.5, 0.02, 6.0),
    "manifests": _Cost(0.05, 0.005, 2.0),
    "bandit": _Cost(0.5, 0.002, 1.5),
    "semgrep": _Cost(0.3, 0.004, 2.0),
    "models": _Cost(0.05, 0.005, 0.05),
    "secrets": _Cost(0.05, 0.001, 0.05),
    "zizmor": _Cost(0.1, 0.01, 1.0),
    "probes": _Cost(15.0, 0.0, 0.0),
    "zap": _Cost(90.0, 0.0, 0.0),
    "rotation": _Cost(2.0, 0.0, 0.0),
}
_UNKNOWN = _Cost(1.0, 0.01, 2.0)
# These two pass traffic to each other, and attack one endpoint.
_TOGETHER = {"probes": "endpoint", "zap": "endpoint"}


class _Unit(Value):
    """Work that stays together: an engine's files, or what several engines do with the same."""

    name: str
    tasks: tuple[Task, ...]
    seconds: float


def take_share(plan: Plan, scan: str, part: int, count: int, parts: Mapping[str, Parts]) -> Plan:
    """The part `part` (from 1) of `count` of a plan; `parts` take the files of engines apart.

    Every file and every gap of each task is in exactly one share, and an engine that has none here
    is left out as being elsewhere.
    """
    mine = [unit for unit, at in _given(_units(plan.tasks, parts), count) if at == part]
    tasks: list[Task] = []
    left_out = list(plan.left_out)
    for task in plan.tasks:
        shares = [one for unit in mine for one in unit.tasks if one.engine == task.engine]
        if not shares:
            reason = f"in another of the {count} shards"
            left_out.append(
                LeftOut(
                    engine=task.engine,
                    stage=task.stage,
                    kind=LeftOutKind.OTHER_SHARD,
                    reason=reason,
                )
            )
        else:
            tasks.append(_joined(task, shares))
    shard = Shard(scan=scan, count=count, parts=(part,))
    return replace(plan, tasks=tuple(tasks), left_out=tuple(left_out), shard=shard)


def scan_name(plan: Plan, contents: Mapping[str, str], settings: object, count: int) -> str:
    """The name of a scan: parts of the same state, configuration and number have the same.

    `contents` are the hashes of the files; versions of engines are compared when parts are merged.
    """
    static = [task for task in plan.tasks if isinstance(task, StaticTask)]
    stated = {
        "contents": sorted(contents.items()),
        "tasks": [
            (task.engine, [file.path for file in task.files], sorted(map(str, task.gaps)))
            for task in static
        ],
        # What is there at all decides who is given what: a tool that one machine lacks counts.
        "engines": [task.engine for task in plan.tasks],
        "left_out": sorted((out.engine, out.kind.value) for out in plan.left_out),
        "excluded": sorted(map(str, plan.excluded)),
        "limited": plan.limited,
        "settings": settings,
        "count": count,
    }
    text = json.dumps(stated, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def files_of(tasks: Iterable[Task]) -> tuple[SourceFile, ...]:
    """Every file that any task is given, once."""
    every = {
        file.path: file
        for task in tasks
        for file in (task.files if isinstance(task, StaticTask) else task.sources)
    }
    return tuple(every[path] for path in sorted(every))


def _units(tasks: Iterable[Task], parts: Mapping[str, Parts]) -> list[_Unit]:
    together: dict[str, list[Task]] = {}
    for task in tasks:
        if isinstance(task, DynamicTask):
            together.setdefault(_TOGETHER.get(task.engine, task.engine), []).append(task)
            continue
        taken = parts[task.engine](task.files) if task.engine in parts else (task.files,)
        for number, files in enumerate(taken or ((),)):
            # What belongs to no file is told once.
            told = task if number == 0 else replace(task, gaps=(), notes=())
            # Engines of code look at a file side by side: what they say of it is one group.
            alone = len(files) == 1 and task.stage is Stage.SAST and task.engine in parts
            name = f"file {files[0].path}" if alone else f"{task.engine} {number:06}"
            together.setdefault(name, []).append(replace(told, files=files))
    return [_Unit(name, tuple(ones), _seconds(ones)) for name, ones in together.items()]


def _seconds(tasks: Iterable[Task]) -> float:
    """What a unit takes once its engines run; attacks go on side by side."""
    static = dynamic = 0.0
    for task in tasks:
        cost = _COSTS.get(task.engine, _UNKNOWN)
        if isinstance(task, StaticTask):
            size = sum(file.size for file in task.files)
            static += cost.file * len(task.files) + cost.megabyte * size / 1e6
        else:
            dynamic = max(dynamic, cost.start)
    return static + dynamic


def _given(units: list[_Unit], count: int) -> list[tuple[_Unit, int]]:
    """Each unit with the part (from 1) that it goes to: the one that is done first with it."""
    loads = [0.0] * count
    running: list[set[str]] = [set() for _ in range(count)]
    given: list[tuple[_Unit, int]] = []
    for unit in sorted(units, key=lambda unit: (-unit.seconds, unit.name)):
        starts = {
            task.engine: _COSTS.get(task.engine, _UNKNOWN).start
            for task in unit.tasks
            if isinstance(task, StaticTask)
        }
        done = [
            loads[at] + unit.seconds + sum(starts[name] for name in starts.keys() - running[at])
            for at in range(count)
        ]
        at = min(range(count), key=lambda at: (done[at], at))
        loads[at] = done[at]
        running[at].update(starts)
        given.append((unit, at + 1))
    return given


def _joined(task: Task, shares: list[Task]) -> Task:
    """One task out of an engine's shares, its files in the order that they had."""
    if not isinstance(task, StaticTask):
        return task
    files = {file.path for one in shares if isinstance(one, StaticTask) for file in one.files}
    told = any(isinstance(one, StaticTask) and (one.gaps or one.notes) for one in shares)
    return replace(
        task,
        files=tuple(file for file in task.files if file.path in files),
        gaps=task.gaps if told else (),
        notes=task.notes if told else (),
    )
