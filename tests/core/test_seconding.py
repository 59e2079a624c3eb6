from __future__ import annotations

from scanner.model.rule import Rule, RuleId
from scanner.seconding import drop_lone_seconds
from tests.core import factory

OURS = factory.rule("sast/ours", engine="semgrep")
SECOND = factory.rule("sast/B301")
OTHER = factory.rule("sast/other", cwe=("CWE-78",), engine="semgrep")
CATALOGUE: dict[RuleId, Rule] = {rule.id: rule for rule in (OURS, SECOND, OTHER)}


def kept(*found: tuple[str, str, int], looked_at: tuple[str, ...] = ("app.py",)) -> list[str]:
    findings = [factory.finding(rule, engine=engine, line=line) for rule, engine, line in found]
    made = drop_lone_seconds(findings, {RuleId("sast/B301")}, looked_at, CATALOGUE)
    return [finding.rule_id for finding in made]


def test_beside_a_rule_of_ours_it_stays() -> None:
    both = (("sast/B301", "bandit", 3), ("sast/ours", "semgrep", 3))
    assert kept(*both) == ["sast/B301", "sast/ours"]


def test_alone_it_goes() -> None:
    assert kept(("sast/B301", "bandit", 3)) == []
    assert kept(("sast/B301", "bandit", 3), ("sast/ours", "semgrep", 9)) == ["sast/ours"]


def test_another_weakness_on_the_line_is_no_agreement() -> None:
    assert kept(("sast/B301", "bandit", 3), ("sast/other", "semgrep", 3)) == ["sast/other"]


def test_where_ours_could_not_look_it_is_all_there_is() -> None:
    assert kept(("sast/B301", "bandit", 3), looked_at=()) == ["sast/B301"]


def test_every_other_rule_stays() -> None:
    assert kept(("sast/other", "bandit", 3)) == ["sast/other"]


def test_where_no_rule_of_ours_knows_the_weakness_it_stays() -> None:
    alone = [factory.finding("sast/B301", engine="bandit", line=3)]
    catalogue = {rule.id: rule for rule in (SECOND, OTHER)}
    made = drop_lone_seconds(alone, {RuleId("sast/B301")}, ("app.py",), catalogue)
    assert list(made) == alone
