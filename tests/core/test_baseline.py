"""A baseline answers for what it holds and for no more."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.baseline import compare, known_weakness, match
from scanner.correlate import Families, correlate
from scanner.model.decision import Group
from scanner.model.finding import Finding, fingerprinted
from scanner.model.history import Baseline
from scanner.model.location import EndpointLocation
from scanner.model.outcome import (
    Assessment,
    EngineRun,
    Failed,
    FailureKind,
    Gap,
    Partial,
    Served,
    Verdict,
)
from scanner.model.rule import RuleId
from scanner.model.severity import Stage
from tests.core import factory


def groups(*found: Finding) -> tuple[Group, ...]:
    return correlate(fingerprinted(found), {}, Families({}))


def baseline(*found: Finding, moved: tuple[tuple[str, str], ...] = ()) -> Baseline:
    return Baseline(source="b", weaknesses=tuple(map(known_weakness, groups(*found))), moved=moved)


PLACES = st.lists(
    st.tuples(st.sampled_from(["a.py", "b.py"]), st.sampled_from(["eval(x)", "exec(y)"])),
    max_size=8,
)


def at(places: list[tuple[str, str]], shift: int = 0) -> list[Finding]:
    return [
        factory.finding(path=path, anchor=anchor, line=shift + 10 * n + 1)
        for n, (path, anchor) in enumerate(places)
    ]


@given(PLACES, PLACES, st.integers(0, 500))
def test_a_baseline_counts_equal_findings(
    before: list[tuple[str, str]], after: list[tuple[str, str]], shift: int
) -> None:
    now = groups(*at(after, shift))
    known = match(now, baseline(*at(before)))
    kept = Counter(before) & Counter(after)
    assert len(known) == kept.total()
    met = Counter(
        (group.lead.location.path, group.lead.anchor) for group in now if group.fingerprint in known
    )  # type: ignore[union-attr]
    assert met == kept


def test_an_equal_finding_in_another_file_is_new() -> None:
    assert not match(groups(factory.finding(path="b.py")), baseline(factory.finding(path="a.py")))


def test_a_renamed_file_keeps_what_was_known_and_counts_it() -> None:
    then = baseline(factory.finding(path="a.py"), moved=(("a.py", "b.py"),))
    now = groups(factory.finding(path="b.py"), factory.finding(path="b.py", line=30))
    assert len(match(now, then)) == 1
    assert not match(groups(factory.finding(path="c.py")), then)


def test_a_weakness_is_known_when_one_of_its_engines_is_missing() -> None:
    rules = {r.id: r for r in (factory.rule("sast/a"), factory.rule("sast/b", engine="semgrep"))}
    pair = [factory.finding("sast/a"), factory.finding("sast/b", "semgrep")]
    both = correlate(pair, rules, Families({}))
    then = Baseline(source="b", weaknesses=tuple(map(known_weakness, both)))
    assert len(both) == 1
    for one in pair:
        assert len(match(correlate([one], rules, Families({})), then)) == 1
    apart = correlate(pair, {}, Families({}))
    assert len(match(apart, then)) == 1, "two weaknesses are never covered by one"


def test_what_was_not_looked_for_is_not_fixed() -> None:
    found = factory.finding()
    then = baseline(found)
    looked = replace(factory.completed(), rules=(factory.rule(),))
    assert compare(then, (), [factory.run(looked)]).fixed == then.weaknesses
    blind = Partial(
        **{name: getattr(looked, name) for name in looked.__slots__},
        gaps=(Gap(subject="app.py", reason="syntax error"),),
    )
    others = ("other.py", "b.py (aws_x.y)")
    seeing = replace(blind, gaps=tuple(Gap(subject=s, reason="x") for s in others))
    assert compare(then, (), [factory.run(seeing)]).fixed == then.weaknesses
    for subject in ("app.py (aws_x.y)", ".", "sast/a", "bandit", "some-rule"):
        vague = replace(blind, gaps=(Gap(subject=subject, reason="x"),))
        assert compare(then, (), [factory.run(vague)]).unjudged == then.weaknesses
    for outcome in (
        Failed(kind=FailureKind.CRASHED, reason="x"),
        factory.completed(),  # the rule did not run
        blind,
    ):
        assert compare(then, (), [factory.run(outcome)]).unjudged == then.weaknesses
    assert compare(then, then.weaknesses, [factory.run(looked)]).fixed == ()


def test_a_gap_over_a_folder_is_one_over_its_files() -> None:
    then = baseline(factory.finding(path="src.d/app.py"))
    looked = replace(factory.completed(), rules=(factory.rule(),))
    blind = Partial(
        **{name: getattr(looked, name) for name in looked.__slots__},
        gaps=(Gap(subject="src.d", reason="permission denied"),),
    )
    assert compare(then, (), [factory.run(blind)]).fixed == ()


RULE = factory.rule("dast/x", engine="probes")
SERVED = Served(operation="GET /jobs", place="GET /api/jobs", code=())


def tried(*assessments: tuple[str, str, Verdict], targets: tuple[str, ...] = ()) -> EngineRun:
    outcome = replace(
        factory.completed(),
        rules=(RULE,),
        targets=targets,
        served=(SERVED,),
        assessments=tuple(
            Assessment(rule_id=RuleId(rule), subject=subject, verdict=verdict)
            for rule, subject, verdict in assessments
        ),
    )
    return factory.run(outcome, "probes", Stage.DAST)


@pytest.mark.parametrize(
    ("assessments", "targets", "gone"),
    [
        ([("dast/x", "GET /jobs", Verdict.HELD)], ("GET /jobs",), True),
        ([("dast/x", "GET /jobs", Verdict.INCONCLUSIVE)], ("GET /jobs",), False),
        # Asked about the same operation, but not for this.
        ([("dast/y", "GET /jobs", Verdict.HELD)], ("GET /jobs",), False),
        # The operation is there, and the rule was tried only elsewhere.
        ([("dast/x", "GET /me", Verdict.HELD)], ("GET /jobs", "GET /me"), False),
        # The operation is not there any more.
        ([("dast/x", "GET /me", Verdict.HELD)], ("GET /me",), True),
        ([("dast/x", "GET /me", Verdict.INCONCLUSIVE)], ("GET /me",), False),
    ],
)
def test_a_live_weakness_is_fixed_only_if_it_was_tried_again(
    assessments: list[tuple[str, str, Verdict]], targets: tuple[str, ...], gone: bool
) -> None:
    where = EndpointLocation(method="GET", path="/api/jobs", parameter="q")
    then = baseline(factory.finding("dast/x", "probes", location=where))
    made = compare(then, (), [tried(*assessments, targets=targets)])
    assert bool(made.fixed) is gone
    assert bool(made.unjudged) is not gone
