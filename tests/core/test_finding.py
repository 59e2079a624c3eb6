"""Fingerprints name a weakness over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.model.finding import fingerprinted
from scanner.model.location import CodeLocation, EndpointLocation
from tests.core import factory


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_lines_added_above_change_nothing(one: int, other: int) -> None:
    assert factory.finding(line=one).fingerprint == factory.finding(line=other).fingerprint


@given(st.text(max_size=20), st.text(max_size=20))
def test_message_and_layout_change_nothing(one: str, other: str) -> None:
    base = factory.finding(anchor="f( x )")
    renamed = replace(base, message=one + other, anchor="f(  x\t)")
    assert fingerprinted([renamed])[0].fingerprint == base.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f('a')", 'f("a")'),
        ("f('a\\n')", 'f("a\\n")'),
        ("f(a, b)", "f(\n  a,\n  b,\n)"),
        ("return (x)", "return x"),
        ("x = a+b", "x = a + b"),
    ],
)
def test_what_a_formatter_changes_changes_nothing(one: str, other: str) -> None:
    assert factory.finding(anchor=one).fingerprint == factory.finding(anchor=other).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [("f('a')", "f('b')"), ("f(a b)", "f(ab)"), ("x = 'a b'", "x = 'ab'"), ("f(a)", "g(a)")],
)
def test_other_code_has_another_name(one: str, other: str) -> None:
    assert factory.finding(anchor=one).fingerprint != factory.finding(anchor=other).fingerprint


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/jobs/{job_id}", "/jobs/{id}", True),
        ("/jobs/17", "/jobs/{id}", True),
        ("/jobs/7f1d5c9e-3b0a-4c52-9d53-0c8a5e6f7b21", "/jobs/18", True),
        ("/v1/jobs", "/v2/jobs", False),
        ("/jobs/next", "/jobs/{id}", False),
    ],
)
def test_object_ids_of_a_path_are_one(one: str, other: str, same: bool) -> None:
    names = {
        factory.finding(location=EndpointLocation(method="GET", path=path)).fingerprint
        for path in (one, other)
    }
    assert (len(names) == 1) is same


def test_rule_file_and_code_each_matter() -> None:
    names = {
        factory.finding().fingerprint,
        factory.finding("sast/b").fingerprint,
        factory.finding(path="other.py").fingerprint,
        factory.finding(anchor="eval(x)").fingerprint,
    }
    assert len(names) == 4


def test_two_equal_weaknesses_in_a_file_stay_two_and_keep_their_names() -> None:
    pair = [factory.finding(line=3), factory.finding(line=9)]
    first = [f.fingerprint for f in fingerprinted(pair)]
    moved = [
        replace(f, location=CodeLocation(path="app.py", start_line=n, end_line=n))
        for f, n in zip(pair, (13, 19), strict=True)
    ]
    assert len(set(first)) == 2
    assert [f.fingerprint for f in fingerprinted(reversed(moved))] == first


def test_an_operation_is_named_without_host_or_object_id() -> None:
    where = EndpointLocation(method="GET", path="/jobs/{id}", parameter="id")
    assert factory.finding(location=where).fingerprint.startswith("v1:")


def test_names_that_are_not_utf8_have_fingerprints() -> None:
    assert factory.finding(path="caf\udce9.py").fingerprint
