"""Ties findings of several stages together that speak of one attack. Pure; it hides nothing.

A live proof on an operation and a weakness in the code that serves it meet when their CWEs are of
one family. What exposes the service to the public joins them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from scanner.correlate import Families
from scanner.model.attack import AttackPath, Attacks, HeldCode, Part, PartRole
from scanner.model.decision import Status, Triaged
from scanner.model.finding import location_order, without_ids
from scanner.model.location import CodeLocation, EndpointLocation
from scanner.model.outcome import Completed, EngineRun, Served, Verdict
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

_MOST_EXPOSURES = 3
# An exposure makes a path of a proof alone only where the proof is at least this bad.
_ALONE = Severity.HIGH


class Knowledge(Value, kw_only=True):
    """The tables that say what belongs together: CWE families, and rules that mean exposure."""

    catalogue: Mapping[RuleId, Rule]
    families: Families
    exposing: frozenset[RuleId]

    def families_of(self, entry: Triaged) -> frozenset[str]:
        """The families of all findings of a weakness."""
        found = (self.families.of(self.catalogue.get(f.rule_id)) for f in entry.group.findings)
        return frozenset().union(*found)


def attacks(
    findings: Iterable[Triaged], runs: Iterable[EngineRun], knowledge: Knowledge
) -> Attacks:
    """Attack paths, the worst first, and the weaknesses that held. Suppressed ones have no part."""
    runs = tuple(runs)
    counted = [entry for entry in findings if entry.status is not Status.SUPPRESSED]
    served = _served(runs)
    places = {one.place: one.code for one in served}
    code = [entry for entry in counted if _is_code(entry)]
    exposures = [entry for entry in counted if _exposes(entry, knowledge)]
    proofs: dict[str, list[Triaged]] = defaultdict(list)
    for entry in counted:
        where = entry.group.lead.location
        if isinstance(where, EndpointLocation) and entry.group.confidence is Confidence.PROVEN:
            proofs[f"{where.method} {where.path}"].append(entry)
    paths: list[AttackPath] = []
    for operation, proven in proofs.items():
        paths += _paths(operation, proven, code, exposures, places.get(operation, ()), knowledge)
    tied = {part.fingerprint for path in paths for part in path.of(PartRole.CODE)}
    held = _held([e for e in code if e.group.fingerprint not in tied], served, runs, knowledge)
    return Attacks(paths=tuple(sorted(paths, key=_order)), held=held)


def _paths(
    operation: str,
    proven: list[Triaged],
    code: list[Triaged],
    exposures: list[Triaged],
    spans: tuple[CodeLocation, ...],
    knowledge: Knowledge,
) -> list[AttackPath]:
    """The paths of one operation: one for each weakness of its code, proofs of one cause in one."""
    near = [entry for entry in code if _within(entry, spans)]
    by_cause: dict[tuple[str, ...], list[Triaged]] = defaultdict(list)
    causes: dict[tuple[str, ...], list[Triaged]] = {}
    for proof in proven:
        families = knowledge.families_of(proof)
        mine = [entry for entry in near if families & knowledge.families_of(entry)]
        key = tuple(sorted(entry.group.fingerprint for entry in mine))
        causes[key] = mine
        if mine or (exposures and proof.group.severity >= _ALONE):
            by_cause[key].append(proof)
    return [_path(operation, members, causes[key], exposures) for key, members in by_cause.items()]


def _path(
    operation: str, proofs: list[Triaged], code: list[Triaged], exposures: list[Triaged]
) -> AttackPath:
    worst = max(entry.group.severity for entry in (*proofs, *code))
    raised = bool(code and exposures) and worst < Severity.CRITICAL
    parts = (
        *(_part(PartRole.CODE, entry) for entry in sorted(code, key=_rank)),
        *(_part(PartRole.PROOF, entry) for entry in sorted(proofs, key=_rank)),
        *(
            _part(PartRole.EXPOSURE, entry)
            for entry in sorted(exposures, key=_rank)[:_MOST_EXPOSURES]
        ),
    )
    method, _, path = operation.partition(" ")
    names = sorted(part.fingerprint for part in parts if part.role is not PartRole.EXPOSURE)
    text = "\x00".join((method, without_ids(path), *names))
    return AttackPath(
        name=f"path:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}",
        operation=operation,
        severity=Severity(min(worst + 1, Severity.CRITICAL)) if raised else worst,
        raised=raised,
        parts=parts,
        fix=_fix(sorted(code, key=_rank), sorted(proofs, key=_rank)),
    )


def _fix(code: list[Triaged], proofs: list[Triaged]) -> CodeLocation | None:
    for entry in code:
        where = entry.group.lead.location
        if isinstance(where, CodeLocation):
            return where
    handlers = (getattr(entry.group.lead.location, "handler", None) for entry in proofs)
    return next((place for place in handlers if place is not None), None)


def _part(role: PartRole, entry: Triaged) -> Part:
    lead = entry.group.lead
    return Part(
        role=role,
        fingerprint=entry.group.fingerprint,
        rule_id=lead.rule_id,
        place=str(lead.location),
    )


def _held(
    code: list[Triaged],
    served: tuple[Served, ...],
    runs: tuple[EngineRun, ...],
    knowledge: Knowledge,
) -> tuple[HeldCode, ...]:
    """Weaknesses of code all of whose attacked operations held against attacks of their family."""
    tried: dict[str, list[tuple[RuleId, Verdict]]] = defaultdict(list)
    for run in runs:
        if isinstance(run.outcome, Completed):
            for one in run.outcome.assessments:
                tried[one.subject].append((one.rule_id, one.verdict))
    found: list[HeldCode] = []
    for entry in code:
        families = knowledge.families_of(entry)
        rows = [
            (one.operation, rule, verdict)
            for one in served
            if _within(entry, one.code)
            for rule, verdict in tried.get(one.operation, ())
            if families & knowledge.families.of(knowledge.catalogue.get(rule))
        ]
        if any(verdict is Verdict.VULNERABLE for _, _, verdict in rows):
            continue
        open_ends = {operation for operation, _, verdict in rows if verdict is not Verdict.HELD}
        held: dict[str, list[RuleId]] = defaultdict(list)
        for operation, rule, verdict in rows:
            if verdict is Verdict.HELD and operation not in open_ends:
                held[operation].append(rule)
        found += [
            HeldCode(
                fingerprint=entry.group.fingerprint,
                operation=operation,
                rules=tuple(sorted(set(rules))),
            )
            for operation, rules in held.items()
        ]
    return tuple(sorted(found, key=lambda one: (one.fingerprint, one.operation)))


def _served(runs: Iterable[EngineRun]) -> tuple[Served, ...]:
    every = {
        one.operation: one
        for run in runs
        if isinstance(run.outcome, Completed)
        for one in run.outcome.served
    }
    return tuple(every[name] for name in sorted(every))


def _is_code(entry: Triaged) -> bool:
    return isinstance(entry.group.lead.location, CodeLocation) and any(
        finding.stage is Stage.SAST for finding in entry.group.findings
    )


def _exposes(entry: Triaged, knowledge: Knowledge) -> bool:
    return any(finding.rule_id in knowledge.exposing for finding in entry.group.findings)


def _within(entry: Triaged, spans: tuple[CodeLocation, ...]) -> bool:
    where = entry.group.lead.location
    return isinstance(where, CodeLocation) and any(
        where.path == span.path and span.start_line <= where.start_line <= span.end_line
        for span in spans
    )


def _rank(entry: Triaged) -> tuple[object, ...]:
    lead = entry.group.lead
    return (-entry.group.severity, lead.rule_id, location_order(lead.location), lead.fingerprint)


def _order(path: AttackPath) -> tuple[object, ...]:
    return (-path.severity, path.operation, path.name)
