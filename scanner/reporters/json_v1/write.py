"""From the model to the types of `result.json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from scanner.model.attack import AttackPath
from scanner.model.decision import GatePolicy
from scanner.model.history import Baseline, Comparison, EarlierScan, KnownWeakness
from scanner.model.outcome import Completed, Failed, Gap, Outcome, Partial
from scanner.model.plan import DynamicTask, LeftOut, StaticTask, Target, Task
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.reporters import _facts as facts
from scanner.reporters._text import public_command, public_url
from scanner.reporters.json_v1 import types as v1
from scanner.reporters.json_v1.write_findings import (
    write_code,
    write_group,
    write_rule,
    write_waiver,
)


def to_v1(scan: ScanResult) -> tuple[v1.Result, Iterator[v1.Finding]]:
    """The whole scan but for its findings, and these one by one.

    Without absolute paths and credentials.
    """
    engines = (
        *map(_engine, facts.jobs(scan)),
        *(_left_out(entry) for entry in scan.plan.left_out),
    )
    whole = v1.Result(
        schema_=v1.SCHEMA,
        servegate=scan.version,
        project=scan.project,
        started=scan.started,
        ended=scan.ended,
        verdict=scan.decision.verdict.value,
        reasons=tuple(
            v1.Reason(
                kind=reason.kind.value,
                subject=reason.subject,
                text=reason.text,
                clause=reason.clause,
                mend=reason.mend,
            )
            for reason in scan.decision.reasons
        ),
        policy=_policy(scan.policy),
        counts=_counts(scan),
        engines=engines,
        notes=scan.plan.notes,
        excluded=_gaps(scan.plan.excluded),
        findings=(),
        rules=tuple(write_rule(rule) for rule in facts.used_rules(scan).values()),
        commit=scan.commit,
        limited=scan.plan.limited,
        comparison=_comparison(scan.comparison),
        attack_paths=tuple(map(_path, scan.attacks.paths)),
        held=tuple(
            v1.Held(fingerprint=one.fingerprint, operation=one.operation, rules=one.rules)
            for one in scan.attacks.held
        ),
        earlier=tuple(map(_earlier, scan.earlier)),
        shard=_shard(scan),
    )
    findings = (write_group(item, scan.catalogue) for item in facts.ordered(scan))
    return whole, findings


def _earlier(one: EarlierScan) -> v1.Earlier:
    return v1.Earlier(
        started=one.started,
        commit=one.commit,
        verdict=one.verdict,
        counts={level.label: count for level, count in one.severities},
    )


def _shard(scan: ScanResult) -> v1.Shard | None:
    shard, past = scan.plan.shard, scan.past
    if shard is None:
        return None
    return v1.Shard(
        scan=shard.scan,
        count=shard.count,
        parts=shard.parts,
        faults=shard.faults,
        waivers=tuple(
            one for waiver in (past.waivers if past else ()) if (one := write_waiver(waiver))
        ),
        baseline=_baseline(past.baseline) if past and past.baseline else None,
    )


def _baseline(baseline: Baseline) -> v1.Baseline:
    return v1.Baseline(
        source=baseline.source,
        commit=baseline.commit,
        weaknesses=tuple(map(_known, baseline.weaknesses)),
        moved=baseline.moved,
        present=tuple(sorted(baseline.present)),
        notes=baseline.notes,
    )


def _policy(policy: GatePolicy) -> v1.Policy:
    return v1.Policy(
        fail_on=policy.fail_on.label,
        required=policy.required,
        allow_missing=policy.allow_missing,
        allow_gaps=policy.allow_gaps,
        forbid_inline=policy.forbid_inline,
        block_known=policy.block_known,
        observe=policy.observe,
        waiver_days=policy.waiver_days,
        waiver_severity=policy.waiver_severity.label if policy.waiver_severity else None,
        name=policy.name,
    )


def _path(path: AttackPath) -> v1.AttackPath:
    return v1.AttackPath(
        name=path.name,
        operation=path.operation,
        severity=path.severity.label,
        raised=path.raised,
        parts=tuple(
            v1.Part(
                role=part.role.value,
                fingerprint=part.fingerprint,
                rule_id=part.rule_id,
                place=part.place,
            )
            for part in path.parts
        ),
        fix=None if path.fix is None else write_code(path.fix),
    )


def _comparison(comparison: Comparison | None) -> v1.Comparison | None:
    if comparison is None:
        return None
    return v1.Comparison(
        source=comparison.source,
        commit=comparison.commit,
        fixed=tuple(map(_known, comparison.fixed)),
        unjudged=tuple(map(_known, comparison.unjudged)),
        notes=comparison.notes,
    )


def _known(known: KnownWeakness) -> v1.Known:
    return v1.Known(
        fingerprints=known.fingerprints,
        likenesses=known.likenesses,
        rule_id=known.rule_id,
        engines=known.engines,
        severity=known.severity.label,
        path=known.path,
        place=known.place,
        message=known.message,
    )


def _counts(scan: ScanResult) -> v1.Counts:
    levels = {level.label: count for level, count in facts.severity_counts(scan).items()}
    statuses = {status.value: count for status, count in facts.status_counts(scan).items()}
    past = scan.comparison
    gone = {"fixed": len(past.fixed), "unjudged": len(past.unjudged)} if past else {}
    return v1.Counts(**levels, **statuses, **gone)


def _gaps(gaps: tuple[Gap, ...]) -> tuple[v1.Gap, ...]:
    return tuple(v1.Gap(subject=gap.subject, reason=gap.reason) for gap in gaps)


def _blank(name: str, stage: Stage, state: v1.State, **known: Any) -> v1.Engine:  # noqa: ANN401
    """An engine of which only some fields are known; the others are empty."""
    blank = v1.Engine(
        name=name,
        stage=stage.value,
        state=state,
        kind="",
        reason="",
        detail="",
        tool_version="",
        started=0.0,
        seconds=0.0,
        requests=0,
        findings=0,
        rules_run=0,
        targets=(),
        gaps=(),
        notes=(),
        assessments=(),
        rules=(),
        task=None,
    )
    return structs.replace(blank, **known)


def _left_out(entry: LeftOut) -> v1.Engine:
    return _blank(
        entry.engine, entry.stage, facts.LEFT_OUT, kind=entry.kind.value, reason=entry.reason
    )


def _engine(job: facts.Job) -> v1.Engine:
    given = None if job.task is None else _task(job.task)
    if job.run is None:
        return _blank(job.engine, job.stage, facts.NOT_RUN, task=given)
    state, known = _outcome(job.run.outcome)
    return _blank(
        job.engine,
        job.stage,
        state,
        task=given,
        started=job.run.started,
        seconds=job.run.seconds,
        **known,
    )


def _outcome(outcome: Outcome) -> tuple[v1.State, dict[str, object]]:
    match outcome:
        case Completed():
            gaps = outcome.gaps if isinstance(outcome, Partial) else ()
            state: v1.State = facts.PARTIAL if isinstance(outcome, Partial) else facts.COMPLETED
            return state, {
                "tool_version": outcome.tool_version,
                "requests": outcome.requests,
                "findings": len(outcome.findings),
                "rules_run": len(outcome.rules),
                "targets": outcome.targets,
                "gaps": _gaps(gaps),
                "notes": outcome.notes,
                "assessments": tuple(
                    v1.Assessment(
                        rule_id=item.rule_id,
                        subject=item.subject,
                        verdict=item.verdict.value,
                        why=item.why,
                    )
                    for item in outcome.assessments
                ),
                "rules": tuple(rule.id for rule in outcome.rules),
                "served": tuple(
                    v1.Served(
                        operation=one.operation,
                        place=one.place,
                        code=tuple(map(write_code, one.code)),
                    )
                    for one in outcome.served
                ),
            }
        case Failed(kind=kind, reason=reason, detail=detail):
            return facts.FAILED, {"kind": kind.value, "reason": reason, "detail": detail}


def _task(task: Task) -> v1.StaticTask | v1.DynamicTask:
    match task:
        case StaticTask():
            return v1.StaticTask(
                files=tuple(file.path for file in task.files),
                only_text=task.only_text,
                gaps=_gaps(task.gaps),
                notes=task.notes,
                deadline=task.deadline,
            )
        case DynamicTask():
            return v1.DynamicTask(target=_target(task.target), deadline=task.deadline)


def _target(target: Target) -> v1.Target:
    return v1.Target(
        name=target.name,
        command=public_command(target.command),
        url=public_url(target.url),
        identities=tuple(
            v1.Identity(name=identity.name, role=identity.role.value)
            for identity in target.identities
        ),
    )
