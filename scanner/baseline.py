"""Which weaknesses a baseline knew, which are new, and which of the known are gone. Pure.

Each weakness of a baseline answers for one weakness of the scan and no more, so that a copy of a
known one is new.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from scanner.model.decision import Group
from scanner.model.finding import Fingerprint, likeness, path_of
from scanner.model.history import Baseline, Comparison, KnownWeakness
from scanner.model.outcome import Completed, EngineRun, Failed, Gap, Partial, Verdict

_OPERATION = re.compile(r"[A-Z]+ /")
_ANSWERS = frozenset({Verdict.HELD, Verdict.VULNERABLE})


def known_weakness(group: Group) -> KnownWeakness:
    """What a baseline keeps of a weakness."""
    lead = group.lead
    return KnownWeakness(
        fingerprints=tuple(finding.fingerprint for finding in group.findings),
        likenesses=tuple(likeness(finding) for finding in group.findings),
        rule_id=lead.rule_id,
        engines=group.engines,
        severity=group.severity,
        path=path_of(lead.location),
        place=str(lead.location),
        message=lead.message,
    )


def match(groups: Sequence[Group], baseline: Baseline) -> dict[Fingerprint, KnownWeakness]:
    """The known weakness of each group that has one, by the group's fingerprint.

    Names are compared first; what is left is compared without the file where that was renamed.
    """
    left = dict(enumerate(baseline.weaknesses))
    found: dict[Fingerprint, KnownWeakness] = {}
    by_name: dict[str, deque[int]] = defaultdict(deque)
    for place, known in left.items():
        for name in known.fingerprints:
            by_name[name].append(place)
    # Leading findings first: a group that shares only a second one may not take another's match.
    for depth in (1, None):
        for group in groups:
            if group.fingerprint not in found:
                names = [str(finding.fingerprint) for finding in group.findings[:depth]]
                _take(group, names, by_name, left, found)
    by_likeness: dict[str, deque[int]] = defaultdict(deque)
    called_now = dict(baseline.moved)
    for place, known in left.items():
        if known.path in called_now:
            for alike in known.likenesses:
                by_likeness[f"{called_now[known.path]}\x00{alike}"].append(place)
    for group in groups:
        if group.fingerprint not in found:
            names = [f"{path_of(f.location)}\x00{likeness(f)}" for f in group.findings]
            _take(group, names, by_likeness, left, found)
    return found


def _take(
    group: Group,
    names: Iterable[str],
    index: dict[str, deque[int]],
    left: dict[int, KnownWeakness],
    found: dict[Fingerprint, KnownWeakness],
) -> None:
    for name in names:
        places = index.get(name, deque())
        while places:
            place = places.popleft()
            if place in left:
                found[group.fingerprint] = left.pop(place)
                return


def compare(
    baseline: Baseline, matched: Iterable[KnownWeakness], runs: Iterable[EngineRun]
) -> Comparison:
    """What became of the weaknesses that were not met again: gone, or not looked for."""
    runs = tuple(runs)
    met = {known.fingerprints for known in matched}
    fixed: list[KnownWeakness] = []
    unjudged: list[KnownWeakness] = []
    for known in baseline.weaknesses:
        if known.fingerprints not in met:
            (fixed if _looked_for(known, baseline, runs) else unjudged).append(known)
    return Comparison(
        source=baseline.source,
        commit=baseline.commit,
        fixed=tuple(sorted(fixed, key=_order)),
        unjudged=tuple(sorted(unjudged, key=_order)),
        notes=baseline.notes,
    )


def _looked_for(known: KnownWeakness, baseline: Baseline, runs: tuple[EngineRun, ...]) -> bool:
    """Whether an engine that had found it looked again, by the same rule and at the same place."""
    return any(
        _over_file(known, baseline, run.outcome)
        if known.path
        else _over_operation(known, run.outcome)
        for run in runs
        if run.engine in known.engines
        and not isinstance(run.outcome, Failed)
        and known.rule_id in {rule.id for rule in run.outcome.rules}
    )


def _over_file(known: KnownWeakness, baseline: Baseline, outcome: Completed) -> bool:
    passed_over = known.path in baseline.present and known.path not in outcome.targets
    return not passed_over and all(_another_file(gap.subject, known.path) for gap in _gaps(outcome))


def _another_file(subject: str, path: str) -> bool:
    """Whether a gap is surely about another file: a rule, an engine, a folder may mean this one."""
    head = subject.split(" (")[0]
    is_file = "." in head.rsplit("/", 1)[-1].strip(".")
    return is_file and head != path and not path.startswith(f"{head}/")


def _over_operation(known: KnownWeakness, outcome: Completed) -> bool:
    """What was tried tells it, where an engine keeps that; else what it says it did not look at."""
    operation = known.place.split(" (")[0]
    places = {one.operation: one.place for one in outcome.served}
    if not outcome.assessments:
        return all(
            _OPERATION.match(gap.subject) and places.get(gap.subject, gap.subject) != operation
            for gap in _gaps(outcome)
        )
    tried = [one for one in outcome.assessments if one.rule_id == known.rule_id]
    here = [one for one in tried if places.get(one.subject, one.subject) == operation]
    if here:
        return all(one.verdict in _ANSWERS for one in here)
    # An operation that is gone, or that no specification ever named.
    met = {places.get(target, target) for target in outcome.targets}
    return operation not in met and any(one.verdict in _ANSWERS for one in tried)


def _gaps(outcome: Completed) -> tuple[Gap, ...]:
    return outcome.gaps if isinstance(outcome, Partial) else ()


def _order(known: KnownWeakness) -> tuple[object, ...]:
    return (-known.severity, known.rule_id, known.place, known.fingerprints)
