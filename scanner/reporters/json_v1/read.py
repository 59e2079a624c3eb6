"""From the text of `result.json` back to a `ScanResult`, or one clear error."""

from __future__ import annotations

import json
from pathlib import Path

from scanner.model.attack import AttackPath, Attacks, HeldCode, Part, PartRole
from scanner.model.decision import (
    Decision,
    GatePolicy,
    GateVerdict,
    Reason,
    ReasonKind,
    Triaged,
)
from scanner.model.documents import DocumentFault, read_document
from scanner.model.errors import InputError
from scanner.model.finding import (
    Finding,
    Fingerprint,
    location_order,
)
from scanner.model.history import Baseline, Comparison, EarlierScan, KnownWeakness, Past
from scanner.model.outcome import (
    Assessment,
    Completed,
    EngineRun,
    Failed,
    FailureKind,
    Gap,
    Outcome,
    Partial,
    Served,
    Verdict,
)
from scanner.model.plan import (
    DynamicTask,
    Identity,
    LeftOut,
    LeftOutKind,
    Plan,
    Role,
    Shard,
    SourceFile,
    StaticTask,
    Target,
    Task,
)
from scanner.model.rule import RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity, Stage
from scanner.reporters import _facts as facts
from scanner.reporters.json_v1 import types as v1
from scanner.reporters.json_v1.read_findings import (
    Catalogue,
    read_code,
    read_rule,
    read_triaged,
    read_waiver,
)


def load(text: str) -> ScanResult:
    """Rebuild a scan from its `result.json`.

    What the file does not hold comes back neutral: no root, file sizes of 0, no credentials, no
    limits of the target; the catalogue holds the rules that ran or fired. Raises `InputError`
    where the text is no result of this version.
    """
    document = _parsed(text)
    try:
        return _scan(document)
    except KeyError as missing:
        raise InputError(
            f"not a usable result: it names rule {missing} but does not hold it"
        ) from None
    except ValueError as error:
        raise InputError(f"not a usable result: {error}") from None


def _parsed(text: str) -> v1.Result:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a result file: no readable JSON ({error})") from None
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if schema != v1.SCHEMA:
        found = f'"schema" is {json.dumps(schema)[:80]}' if schema else 'it has no "schema"'
        raise InputError(f'not a result file: {found}, expected "{v1.SCHEMA}"')
    try:
        return read_document(v1.Result, raw)
    except DocumentFault as fault:
        message = f"not a usable result: {fault}"
        raise InputError(message.encode("ascii", "backslashreplace").decode()) from None


def _scan(document: v1.Result) -> ScanResult:
    catalogue = {rule.id: rule for rule in map(read_rule, document.rules)}
    findings = tuple(read_triaged(item, catalogue) for item in document.findings)
    return ScanResult(
        project=document.project,
        version=document.servegate,
        started=document.started,
        ended=document.ended,
        plan=Plan(
            root=Path(),
            tasks=tuple(
                _task(entry, entry.task) for entry in document.engines if entry.task is not None
            ),
            left_out=tuple(
                _left_out(entry) for entry in document.engines if entry.state == facts.LEFT_OUT
            ),
            excluded=_gaps(document.excluded),
            notes=document.notes,
            limited=document.limited,
            shard=_shard(document.shard),
        ),
        runs=tuple(
            _run(entry, findings, catalogue)
            for entry in document.engines
            if entry.state not in (facts.LEFT_OUT, facts.NOT_RUN)
        ),
        findings=findings,
        policy=GatePolicy(
            fail_on=Severity.parse(document.policy.fail_on),
            required=document.policy.required,
            allow_missing=document.policy.allow_missing,
            allow_gaps=document.policy.allow_gaps,
            forbid_inline=document.policy.forbid_inline,
            block_known=document.policy.block_known,
            observe=document.policy.observe,
            waiver_days=document.policy.waiver_days,
            waiver_severity=None
            if document.policy.waiver_severity is None
            else Severity.parse(document.policy.waiver_severity),
            name=document.policy.name,
        ),
        decision=Decision(
            verdict=GateVerdict(document.verdict),
            reasons=tuple(
                Reason(
                    kind=ReasonKind(item.kind),
                    subject=item.subject,
                    text=item.text,
                    clause=item.clause,
                    mend=item.mend,
                )
                for item in document.reasons
            ),
        ),
        catalogue=catalogue,
        comparison=_comparison(document.comparison),
        commit=document.commit,
        attacks=Attacks(
            paths=tuple(map(_path, document.attack_paths)),
            held=tuple(
                HeldCode(
                    fingerprint=Fingerprint(one.fingerprint),
                    operation=one.operation,
                    rules=tuple(map(RuleId, one.rules)),
                )
                for one in document.held
            ),
        ),
        earlier=tuple(
            EarlierScan(
                started=one.started,
                commit=one.commit,
                verdict=one.verdict,
                severities=tuple(
                    (level, one.counts.get(level.label, 0))
                    for level in sorted(Severity, reverse=True)
                ),
            )
            for one in document.earlier
        ),
        past=_past(document),
    )


def _shard(shard: v1.Shard | None) -> Shard | None:
    if shard is None:
        return None
    if max(shard.parts) > shard.count or len(set(shard.parts)) != len(shard.parts):
        raise ValueError(f"shards {shard.parts} of {shard.count}")
    return Shard(scan=shard.scan, count=shard.count, parts=shard.parts, faults=shard.faults)


def _past(document: v1.Result) -> Past | None:
    shard = document.shard
    if shard is None:
        return None
    known = shard.baseline
    return Past(
        today=document.ended.date(),
        waivers=tuple(one for waiver in shard.waivers if (one := read_waiver(waiver))),
        baseline=None
        if known is None
        else Baseline(
            source=known.source,
            commit=known.commit,
            weaknesses=tuple(map(_known, known.weaknesses)),
            moved=known.moved,
            present=frozenset(known.present),
            notes=known.notes,
        ),
    )


def _path(path: v1.AttackPath) -> AttackPath:
    return AttackPath(
        name=path.name,
        operation=path.operation,
        severity=Severity.parse(path.severity),
        raised=path.raised,
        parts=tuple(
            Part(
                role=PartRole(part.role),
                fingerprint=Fingerprint(part.fingerprint),
                rule_id=RuleId(part.rule_id),
                place=part.place,
            )
            for part in path.parts
        ),
        fix=None if path.fix is None else read_code(path.fix),
    )


def _comparison(comparison: v1.Comparison | None) -> Comparison | None:
    if comparison is None:
        return None
    return Comparison(
        source=comparison.source,
        commit=comparison.commit,
        fixed=tuple(map(_known, comparison.fixed)),
        unjudged=tuple(map(_known, comparison.unjudged)),
        notes=comparison.notes,
    )


def _known(known: v1.Known) -> KnownWeakness:
    return KnownWeakness(
        fingerprints=tuple(map(Fingerprint, known.fingerprints)),
        likenesses=known.likenesses,
        rule_id=RuleId(known.rule_id),
        engines=known.engines,
        severity=Severity.parse(known.severity),
        path=known.path,
        place=known.place,
        message=known.message,
    )


def _gaps(gaps: tuple[v1.Gap, ...]) -> tuple[Gap, ...]:
    return tuple(Gap(subject=gap.subject, reason=gap.reason) for gap in gaps)


def _left_out(entry: v1.Engine) -> LeftOut:
    return LeftOut(
        engine=entry.name,
        stage=Stage(entry.stage),
        kind=LeftOutKind(entry.kind),
        reason=entry.reason,
    )


def _task(entry: v1.Engine, task: v1.StaticTask | v1.DynamicTask) -> Task:
    match task:
        case v1.StaticTask():
            return StaticTask(
                engine=entry.name,
                stage=Stage(entry.stage),
                root=Path(),
                files=tuple(SourceFile(path=path, size=0) for path in task.files),
                only_text=task.only_text,
                gaps=_gaps(task.gaps),
                notes=task.notes,
                deadline=task.deadline,
            )
        case v1.DynamicTask():
            return DynamicTask(
                engine=entry.name,
                stage=Stage(entry.stage),
                root=Path(),
                target=_target(task.target),
                deadline=task.deadline,
            )


def _target(target: v1.Target) -> Target:
    return Target(
        name=target.name,
        command=target.command,
        url=target.url,
        identities=tuple(
            Identity(name=item.name, role=Role(item.role), header="", value_env="", secret="")
            for item in target.identities
        ),
    )


def _run(entry: v1.Engine, findings: tuple[Triaged, ...], catalogue: Catalogue) -> EngineRun:
    return EngineRun(
        engine=entry.name,
        stage=Stage(entry.stage),
        outcome=_outcome(entry, findings, catalogue),
        started=entry.started,
        seconds=entry.seconds,
    )


def _outcome(entry: v1.Engine, findings: tuple[Triaged, ...], catalogue: Catalogue) -> Outcome:
    if entry.state == facts.FAILED:
        return Failed(kind=FailureKind(entry.kind), reason=entry.reason, detail=entry.detail)
    completed = Completed(
        tool_version=entry.tool_version,
        rules=tuple(catalogue[RuleId(rule)] for rule in entry.rules),
        targets=entry.targets,
        findings=_of_engine(entry.name, findings),
        assessments=tuple(
            Assessment(
                rule_id=RuleId(item.rule_id),
                subject=item.subject,
                verdict=Verdict(item.verdict),
                why=item.why,
            )
            for item in entry.assessments
        ),
        notes=entry.notes,
        requests=entry.requests,
        served=tuple(
            Served(operation=one.operation, place=one.place, code=tuple(map(read_code, one.code)))
            for one in entry.served
        ),
    )
    if entry.state == facts.COMPLETED:
        return completed
    return Partial(
        tool_version=completed.tool_version,
        rules=completed.rules,
        targets=completed.targets,
        findings=completed.findings,
        assessments=completed.assessments,
        notes=completed.notes,
        requests=completed.requests,
        served=completed.served,
        gaps=_gaps(entry.gaps),
    )


def _of_engine(engine: str, findings: tuple[Triaged, ...]) -> tuple[Finding, ...]:
    """The engine's own findings, in the order that `fingerprinted` gave them."""
    own = (
        finding for item in findings for finding in item.group.findings if finding.engine == engine
    )
    return tuple(
        sorted(own, key=lambda f: (f.rule_id, *location_order(f.location), f.anchor, f.message))
    )
