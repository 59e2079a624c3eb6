"""One weakness, one group; two weaknesses on a line stay two."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from scanner.correlate import Families, correlate
from scanner.model.finding import Finding
from scanner.model.location import EndpointLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity
from tests.core import factory

FAMILIES = Families({"CWE-502": "deserialisation", "CWE-95": "evaluation", "CWE-94": "evaluation"})
RULES: dict[RuleId, Rule] = {
    made.id: made
    for made in (
        factory.rule("sast/B301"),
        factory.rule("sast/B307", ("CWE-95",)),
        factory.rule("sast/unsafe-model-load", engine="semgrep"),
        factory.rule("sast/untrusted-input-in-eval", ("CWE-94",), engine="semgrep"),
        factory.rule("sast/B403", ("CWE-502",)),
    )
}


def groups(*findings: Finding) -> list[list[str]]:
    return [[f.rule_id for f in g.findings] for g in correlate(findings, RULES, FAMILIES)]


def test_two_engines_on_one_line_and_family_are_one_group() -> None:
    bandit = factory.finding("sast/B301")
    semgrep = factory.finding("sast/unsafe-model-load", "semgrep", severity=Severity.CRITICAL)
    (group,) = correlate([bandit, semgrep], RULES, FAMILIES)
    assert group.engines == ("semgrep", "bandit")
    assert group.severity is Severity.CRITICAL
    assert {f.rule_id for f in group.findings} == {"sast/B301", "sast/unsafe-model-load"}


def test_two_families_on_one_line_stay_two() -> None:
    found = groups(
        factory.finding("sast/B301"),
        factory.finding("sast/B307"),
        factory.finding("sast/unsafe-model-load", "semgrep"),
        factory.finding("sast/untrusted-input-in-eval", "semgrep"),
    )
    assert sorted(map(sorted, found)) == [
        ["sast/B301", "sast/unsafe-model-load"],
        ["sast/B307", "sast/untrusted-input-in-eval"],
    ]


def test_an_import_note_elsewhere_is_not_merged_into_the_call() -> None:
    found = groups(factory.finding("sast/B403", line=1), factory.finding("sast/B301", line=8))
    assert len(found) == 2


def test_one_rule_twice_at_a_place_is_two_weaknesses() -> None:
    first = factory.finding("sast/B301", anchor="a")
    second = factory.finding("sast/B301", anchor="b")
    assert len(groups(first, second)) == 2


def test_a_multi_line_statement_meets_its_first_line() -> None:
    bandit = factory.finding("sast/B301", line=3, end=6)
    semgrep = factory.finding("sast/unsafe-model-load", "semgrep", line=4)
    assert len(groups(bandit, semgrep)) == 1


def test_operations_meet_by_method_path_and_parameter() -> None:
    def at(parameter: str | None, rule_id: str, engine: str) -> Finding:
        where = EndpointLocation(method="GET", path="/jobs", parameter=parameter)
        return factory.finding(rule_id, engine, location=where)

    assert (
        len(groups(at("q", "sast/B307", "probes"), at("q", "sast/untrusted-input-in-eval", "zap")))
        == 1
    )
    assert (
        len(groups(at("q", "sast/B307", "probes"), at(None, "sast/untrusted-input-in-eval", "zap")))
        == 2
    )


FOUND = st.lists(
    st.builds(
        factory.finding,
        st.sampled_from(sorted(RULES)),
        st.sampled_from(["bandit", "semgrep"]),
        line=st.integers(1, 6),
        anchor=st.sampled_from(["a", "b"]),
        severity=st.sampled_from(Severity),
    ),
    max_size=12,
    unique_by=lambda f: (f.rule_id, f.engine, f.location, f.anchor),
)


@given(FOUND, st.randoms(use_true_random=False))
def test_no_finding_is_lost_and_order_does_not_matter(
    found: list[Finding], rng: random.Random
) -> None:
    made = correlate(found, RULES, FAMILIES)
    assert sorted(f.fingerprint for g in made for f in g.findings) == sorted(
        f.fingerprint for f in found
    )
    shuffled = list(found)
    rng.shuffle(shuffled)
    assert correlate(shuffled, RULES, FAMILIES) == made
    for group in made:
        assert group.severity == max(f.severity for f in group.findings)
        assert group.confidence >= max(
            (f.confidence for f in group.findings), default=Confidence.FIRM
        )
