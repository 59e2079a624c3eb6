"""A waiver silences what it names, for as long as it says and the policy lets it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.cli.waivers import read_waivers
from scanner.correlate import Families, correlate
from scanner.gate import decide
from scanner.model.decision import GatePolicy, GateVerdict, Status
from scanner.model.errors import ConfigError
from scanner.model.finding import Finding
from scanner.model.history import Past, Waiver
from scanner.model.location import EndpointLocation
from scanner.model.severity import Severity
from scanner.triage import Triage, triage_all
from scanner.waivers import fits
from tests.core import factory

TODAY = date(2026, 5, 1)
POLICY = GatePolicy(fail_on=Severity.HIGH)


def waiver(**more: object) -> Waiver:
    made = Waiver(name="waiver 1", reason="why", owner="team", until=TODAY)
    return replace(made, **more)  # type: ignore[arg-type]


def judge(found: Finding, *waivers: Waiver, policy: GatePolicy = POLICY) -> Triage:
    past = Past(today=TODAY, waivers=waivers)
    return triage_all(correlate([found], {}, Families({})), policy, past)


FOUND = factory.finding("sast/B307", path="src/app.py")


@pytest.mark.parametrize(
    "fitting",
    [
        {"fingerprint": FOUND.fingerprint},
        {"rule": "sast/B307"},
        {"rule": "B307", "path": "src/*.py"},
        {"rule": "sast/*", "path": "**/app.py"},
        {"path": "src/**"},
    ],
)
def test_the_last_day_counts(fitting: dict[str, str]) -> None:
    made = judge(FOUND, waiver(**fitting))
    (entry,) = made.findings
    assert entry.status is Status.SUPPRESSED
    assert entry.reason == "waived until 2026-05-01 by team: why"
    assert made.notes == ()


@pytest.mark.parametrize(
    "other",
    [
        {"fingerprint": "v1:0"},
        {"rule": "sast/B30"},
        {"rule": "B307", "path": "*.py"},
        {"rule": "B3071"},
        {"path": "src"},
    ],
)
def test_what_names_something_else_is_unused(other: dict[str, str]) -> None:
    made = judge(FOUND, waiver(**other))
    assert made.findings[0].status is Status.NEW
    assert "unused" in made.notes[0].text


def test_an_expired_waiver_fails_the_gate_and_is_named() -> None:
    made = judge(FOUND, waiver(rule="B307", until=TODAY - timedelta(days=1)))
    decision = decide(
        made.findings, [factory.run(factory.completed())], factory.plan(), POLICY, made.notes
    )
    assert decision.verdict is GateVerdict.FAILED
    assert "it expired on 2026-04-30" in decision.reasons[0].text


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (replace(POLICY, waiver_days=30), "90 days from now, and the policy allows 30"),
        (replace(POLICY, waiver_severity=Severity.MEDIUM), "at most medium"),
        (replace(POLICY, waiver_severity=None), "allows no waiver"),
    ],
)
def test_a_policy_caps_waivers(policy: GatePolicy, why: str) -> None:
    far = waiver(rule="B307", until=TODAY + timedelta(days=90))
    assert judge(FOUND, far).findings[0].status is Status.SUPPRESSED
    made = judge(FOUND, far, policy=policy)
    assert made.findings[0].status is Status.NEW
    assert why in made.notes[0].text


def test_a_second_waiver_may_count_where_the_first_expired() -> None:
    old, good = waiver(rule="B307", until=date(2026, 1, 1)), waiver(rule="B307", name="waiver 2")
    made = judge(FOUND, old, good)
    assert made.findings[0].waiver == good
    assert made.notes == ()


def test_an_operation_is_named_by_method_and_path() -> None:
    found = factory.finding("dast/x", location=EndpointLocation(method="GET", path="/jobs/{id}"))
    assert judge(found, waiver(path="GET /jobs/{id}")).findings[0].status is Status.SUPPRESSED
    assert judge(found, waiver(path="GET /**")).findings[0].status is Status.SUPPRESSED
    assert judge(found, waiver(path="POST /jobs/{id}")).findings[0].status is Status.NEW


def test_globs() -> None:
    assert fits("**/a.py", "a.py")
    assert fits("a[1].py", "a[1].py")
    assert not fits("src/*", "src/a/b.py")


GLOBS = st.lists(st.sampled_from(["**/", "**", "*", "?", "a", "b", "/", "."]), max_size=7)


@given(GLOBS, st.text("ab/.", max_size=9))
def test_globs_mean_what_the_regular_expression_means(parts: list[str], text: str) -> None:
    glob = "".join(parts)
    words = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    expression = "".join(words.get(token, re.escape(token)) for token in tokens)
    assert fits(glob, text) is (re.fullmatch(expression, text, re.DOTALL) is not None)


def test_many_stars_are_no_trap() -> None:
    assert not fits("**/a*" * 30 + "b", "a/" * 400)
    assert not fits("*a" * 40 + "b", "a" * 800)


def text(**keys: str) -> str:
    lines = {"reason": '"r"', "owner": '"o"', "until": "2026-05-01", "rule": '"B307"', **keys}
    return "[[waiver]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (text(until=""), "waiver 1: until is missing"),
        (text(reason='" "'), "waiver 1: reason"),
        (text(owner=""), "waiver 1: owner is missing"),
        (text(until='"soon"'), "waiver 1: until"),
        (text(until="2026-05-01T10:00:00"), "got a day with a time"),
        (text(expires="2026-05-01"), "waiver 1: expires is no known key"),
        (text(rule=""), "name a fingerprint, a rule or a path"),
        (text(rule='"*"', path='"**"'), "name a fingerprint, a rule or a path"),
        (text(fingerprint='"v1:a"'), "fingerprint stands alone"),
        ("[[waiver", "not valid TOML"),
    ],
)
def test_a_bad_entry_is_one_clear_error(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "w.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=fault) as error:
        read_waivers(file)
    assert "\n" not in str(error.value)


def test_a_quoted_day_is_a_day(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text(text(until='"2026-05-01"'))
    (read,) = read_waivers(file)
    assert read.until == TODAY
