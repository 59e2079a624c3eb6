"""Fingerprints name a weakness over time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

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
