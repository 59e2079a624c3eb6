"""A baseline answers for what it holds and for no more."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scanner.baseline import compare, known_weakness, match
from scanner.correlate import Families, correlate
from scanner.model.decision import Group
from scanner.model.finding import Finding, fingerprinted
from scanner.model.history import Baseline
from scanner.model.outcome import Failed, FailureKind, Gap, Partial
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
    for outcome in (
        Failed(kind=FailureKind.CRASHED, reason="x"),
        factory.completed(),  # the rule did not run
        blind,
    ):
        assert compare(then, (), [factory.run(outcome)]).unjudged == then.weaknesses
    assert compare(then, then.weaknesses, [factory.run(looked)]).fixed == ()
