"""Puts the results of a scan's shards together, as one run would have given them. Pure.

Findings, coverage and history come out of the parts; the verdict is not theirs: it is made anew. A
part that is missing, foreign or there twice leaves a fault, with which nothing passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from scanner.model.errors import InputError
from scanner.model.finding import Finding, location_order
from scanner.model.history import Baseline, Past
from scanner.model.outcome import Completed, EngineRun, Failed, Gap, Outcome, Partial
from scanner.model.plan import LeftOut, LeftOutKind, Plan, Shard, StaticTask, Task
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.values import Value


class Merged(Value, kw_only=True):
    """Everything that is judged once the parts are together."""

    first: ScanResult
    plan: Plan
    runs: tuple[EngineRun, ...]
    past: Past


def merge(results: Sequence[tuple[str, ScanResult]], today: Past) -> Merged:
    """The parts of one scan as a whole; each comes with the name by which faults call it.

    `today` brings the day by which waivers are judged. Raises `InputError` where nothing can be
    merged at all.
    """
    shards = [(name, result, _shard_of(name, result)) for name, result in results]
    scan = _majority([shard for _, _, shard in shards])
    faults: list[str] = []
    taken: dict[int, str] = {}
    kept: list[tuple[ScanResult, Shard]] = []
    for name, result, shard in shards:
        again = [part for part in shard.parts if part in taken]
        if shard.scan != scan.scan:
            faults.append(f"{name} is of another scan: other files, configuration or shards")
        elif again:
            faults.append(f"shard {again[0]} is there twice: {taken[again[0]]} and {name}")
        else:
            taken |= dict.fromkeys(shard.parts, name)
            faults += shard.faults
            kept.append((result, shard))
    kept.sort(key=lambda one: one[1].parts)
    whole = [result for result, _ in kept]
    faults += _versions(whole)
    runs, failed = _runs(kept)
    shard = Shard(
        scan=scan.scan,
        count=scan.count,
        parts=tuple(sorted(taken)),
        faults=tuple(dict.fromkeys(faults + failed)),
    )
    plan = _plan([result.plan for result in whole])
    if not shard.missing():
        shard = replace(shard, faults=(*shard.faults, *_nowhere(plan)))
    complete = not shard.missing() and not shard.faults
    return Merged(
        first=whole[0],
        plan=replace(plan, shard=None if complete else shard),
        runs=runs,
        past=replace(
            today,
            waivers=tuple(dict.fromkeys(w for one in whole if one.past for w in one.past.waivers)),
            baseline=_baseline([one.past.baseline for one in whole if one.past]),
        ),
    )


def _shard_of(name: str, result: ScanResult) -> Shard:
    if result.plan.shard is None:
        raise InputError(f"{name} is the result of a whole scan: only shards are merged")
    return result.plan.shard


def _majority(shards: Sequence[Shard]) -> Shard:
    """The scan that most parts belong to, of equals the first."""
    if not shards:
        raise InputError("nothing to merge: name the results of the shards")
    counted = Counter(shard.scan for shard in shards)
    return max(shards, key=lambda shard: counted[shard.scan])


def _versions(results: Iterable[ScanResult]) -> list[str]:
    """Engines that were not the same everywhere, and servegate itself."""
    seen: dict[str, dict[str, None]] = {}
    for result in results:
        seen.setdefault("servegate", {})[result.version] = None
        for run in result.runs:
            if not isinstance(run.outcome, Failed) and run.outcome.tool_version != "unknown":
                seen.setdefault(run.engine, {})[run.outcome.tool_version] = None
    return [
        f"shards were scanned with different versions of {name}: {', '.join(versions)}"
        for name, versions in seen.items()
        if len(versions) > 1
    ]


def _plan(plans: Sequence[Plan]) -> Plan:
    """The plan that was taken apart; engines keep the order of the first that names them."""
    tasks: dict[str, Task] = {}
    left_out: dict[str, LeftOut] = {}
    for plan in plans:
        for task in plan.tasks:
            tasks[task.engine] = _joined(tasks[task.engine], task) if task.engine in tasks else task
        for out in plan.left_out:
            if out.engine not in left_out or out.kind is not LeftOutKind.OTHER_SHARD:
                left_out[out.engine] = out
    return replace(
        plans[0],
        tasks=tuple(tasks.values()),
        left_out=tuple(out for name, out in left_out.items() if name not in tasks),
        excluded=tuple(dict.fromkeys(gap for plan in plans for gap in plan.excluded)),
        notes=tuple(dict.fromkeys(note for plan in plans for note in plan.notes)),
    )


def _nowhere(plan: Plan) -> list[str]:
    """Engines that each shard left to another one."""
    return [
        f"{out.engine} ran in none of the shards, and each says that another one has it"
        for out in plan.left_out
        if out.kind is LeftOutKind.OTHER_SHARD
    ]


def _joined(one: Task, other: Task) -> Task:
    if not isinstance(one, StaticTask) or not isinstance(other, StaticTask):
        return one
    return replace(
        one,
        files=tuple(sorted({*one.files, *other.files}, key=lambda file: file.path)),
        gaps=tuple(dict.fromkeys((*one.gaps, *other.gaps))),
        notes=tuple(dict.fromkeys((*one.notes, *other.notes))),
    )


def _runs(kept: Sequence[tuple[ScanResult, Shard]]) -> tuple[tuple[EngineRun, ...], list[str]]:
    """Each engine's runs as one, and a fault for each that gave no answer where others did."""
    every: dict[str, list[tuple[EngineRun, Shard]]] = {}
    for result, shard in kept:
        for run in result.runs:
            every.setdefault(run.engine, []).append((run, shard))
    merged: list[EngineRun] = []
    faults: list[str] = []
    for engine, runs in every.items():
        outcomes = [run.outcome for run, _ in runs]
        answers = [outcome for outcome in outcomes if not isinstance(outcome, Failed)]
        if answers:
            faults += [
                f"{engine} gave no answer in shard {shard.parts[0]}: {run.outcome.reason}"
                for run, shard in runs
                if isinstance(run.outcome, Failed)
            ]
        merged.append(
            EngineRun(
                engine=engine,
                stage=runs[0][0].stage,
                outcome=_outcome(answers) if answers else outcomes[0],
                started=min(run.started for run, _ in runs),
                seconds=max(run.seconds for run, _ in runs),
            )
        )
    return tuple(merged), faults


def _outcome(answers: Sequence[Completed]) -> Outcome:
    if len(answers) == 1:
        return answers[0]
    gaps = {gap for one in answers if isinstance(one, Partial) for gap in one.gaps}
    whole = Completed(
        tool_version=next(
            (one.tool_version for one in answers if one.tool_version != "unknown"), "unknown"
        ),
        rules=_rules([one.rules for one in answers]),
        targets=tuple(sorted({target for one in answers for target in one.targets})),
        findings=_findings(answers),
        assessments=tuple(row for one in answers for row in one.assessments),
        notes=tuple(dict.fromkeys(note for one in answers for note in one.notes)),
        requests=sum(one.requests for one in answers),
        served=tuple(dict.fromkeys(row for one in answers for row in one.served)),
    )
    return whole.lacking(sorted(gaps, key=_gap_order))


def _gap_order(gap: Gap) -> tuple[str, str]:
    return gap.subject, gap.reason


def _rules(lists: Sequence[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    """The engine's own order where all agree, else that of the ids."""
    if all(rules == lists[0] for rules in lists):
        return lists[0]
    every: dict[RuleId, Rule] = {rule.id: rule for rules in lists for rule in rules}
    return tuple(every[name] for name in sorted(every))


def _findings(answers: Sequence[Completed]) -> tuple[Finding, ...]:
    """All, in the order that one run gives; each part's files are its own, so names stay."""
    every = (finding for one in answers for finding in one.findings)
    return tuple(
        sorted(every, key=lambda f: (f.rule_id, *location_order(f.location), f.anchor, f.message))
    )


def _baseline(parts: Sequence[Baseline | None]) -> Baseline | None:
    """A file that was read everywhere, or one out of git that each shard made its part of."""
    there = [part for part in parts if part is not None]
    if not there:
        return None
    alike = all(part.weaknesses == there[0].weaknesses for part in there)
    lists = [part.weaknesses for part in (there[:1] if alike else there)]
    return replace(
        there[0],
        weaknesses=tuple(known for weaknesses in lists for known in weaknesses),
        moved=tuple(sorted({pair for part in there for pair in part.moved})),
        present=frozenset(path for part in there for path in part.present),
        notes=tuple(sorted({note for part in there for note in part.notes})),
    )
