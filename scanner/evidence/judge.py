"""From observations to the status of each control. Pure.

A finding contradicts. Without one, a control is supported only if every rule that names it is
accounted for, none of them is open, and what it needs has held; all else is not assessed. So taking
an observation away can't make a control supported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.evidence.model import (
    Assessed,
    Control,
    ControlStatus,
    Declaration,
    Effect,
    Observation,
    Strength,
)
from scanner.model.rule import Rule, RuleId

_NAMED = 5


def assess(
    controls: Iterable[Control],
    rules: Iterable[Rule],
    observations: Iterable[Observation],
    declarations: Iterable[Declaration] = (),
    unnamed: Iterable[Observation] = (),
) -> tuple[Assessed, ...]:
    """Every control once, in order. `rules` are all that name controls, whether they ran or not.

    `unnamed` are open ends that can't be told by rule: each counts for every control of its stage.
    """
    ends = tuple(unnamed)
    by_rule = {one.rule_id: one for one in (*observations, *ends)}
    naming: dict[str, set[RuleId]] = {}
    for rule in rules:
        if not rule.deprecated:
            for word in rule.controls:
                mine = naming.setdefault(word, set())
                mine.add(rule.id)
                mine.update(end.rule_id for end in ends if end.stage == rule.stage.value)
    declared = tuple(declarations)
    return tuple(
        judge(
            control,
            naming.get(control.id, set()) | _rules_needed(control),
            by_rule,
            tuple(one for one in declared if one.control == control.id),
        )
        for control in controls
    )


def judge(
    control: Control,
    expected: Iterable[RuleId],
    by_rule: Mapping[RuleId, Observation],
    declarations: tuple[Declaration, ...] = (),
) -> Assessed:
    """The status of one control; `expected` are the rules that must be accounted for."""
    wanted = sorted(expected)
    mine = tuple(by_rule[rule_id] for rule_id in wanted if rule_id in by_rule)
    found = [one for one in mine if one.effect is Effect.FOUND]
    if found:
        status = ControlStatus.CONTRADICTED
        reasons = tuple(f"{one.rule_id}: {one.why}" for one in found)
    else:
        reasons = tuple(_open(wanted, by_rule)) or tuple(_unmet(control, mine))
        status = ControlStatus.NOT_ASSESSED if reasons else ControlStatus.SUPPORTED
        reasons = reasons or tuple(
            f"{one.rule_id}: {one.why}" for one in mine if one.effect is Effect.HELD
        )
    return Assessed(
        control=control,
        status=status,
        reasons=_shortened(reasons),
        observations=mine,
        declarations=declarations,
        accepted=bool(found) and all(_accepted(one) for one in found),
    )


def _rules_needed(control: Control) -> set[RuleId]:
    """Rules that `needs` names alone; one that is an alternative need not have run."""
    return {RuleId(need[0]) for need in control.needs if len(need) == 1 and "/" in need[0]}


def _open(wanted: list[RuleId], by_rule: Mapping[RuleId, Observation]) -> list[str]:
    missing = [f"{rule_id}: no observation" for rule_id in wanted if rule_id not in by_rule]
    unsure = [by_rule[rule_id] for rule_id in wanted if rule_id in by_rule]
    told = [(one.why, str(one.rule_id)) for one in unsure if one.effect is Effect.OPEN]
    by_reason: dict[str, list[str]] = {}
    for why, rule_id in told:
        by_reason.setdefault(why, []).append(rule_id)
    return [
        *missing,
        *(
            f"{ids[0]}: {why}" if len(ids) == 1 else f"{len(ids)} rules: {why}"
            for why, ids in by_reason.items()
        ),
    ]


def _unmet(control: Control, mine: tuple[Observation, ...]) -> list[str]:
    if control.strength is Strength.DECLARED:
        return ["declared by the operator, not tested"]
    if not control.needs:
        return [control.passes]
    held = {
        word for one in mine if one.effect is Effect.HELD for word in (str(one.rule_id), one.engine)
    }
    told = {str(one.rule_id): one.why for one in mine}
    return [
        f"{' or '.join(need[:_NAMED])}{' or others' if len(need) > _NAMED else ''} has not held"
        + (f": {told[need[0]]}" if len(need) == 1 and need[0] in told else "")
        for need in control.needs
        if not held.intersection(need)
    ]


def _accepted(one: Observation) -> bool:
    found = [place for place in one.places if place.verdict == "found"]
    return bool(found) and all(place.accepted for place in found)


def _shortened(reasons: tuple[str, ...]) -> tuple[str, ...]:
    more = len(reasons) - 2 * _NAMED
    return (*reasons[: 2 * _NAMED], f"and {more} more") if more > 0 else reasons
