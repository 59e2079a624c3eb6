"""Findings survive the way into the cache and back; bytes of anybody's do no harm."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.cache.codec import Unfit, decode, encode
from scanner.cache.engine import Head, Piece
from scanner.engines.manifests import Manifests
from scanner.model.evidence import Patch
from scanner.model.finding import Finding, InlineSuppression
from scanner.model.location import Cell, CodeLocation
from tests.core.factory import finding
from tests.reporters.strategies import scans

NASTY = (
    None,
    True,
    0,
    -1,
    1 << 70,
    1.5,
    "",
    "x",
    [],
    {},
    [[]],
    {"~": "Finding"},
    {"~": "os.system"},
)


@given(scans())
def test_every_finding_comes_back_as_it_was(scan: object) -> None:
    for entry in scan.findings:  # type: ignore[attr-defined]
        for one in entry.group.findings:
            assert decode(encode(one), Finding) == one


def test_what_is_seldom_set_comes_back_too() -> None:
    one = finding(
        suppression=InlineSuppression(comment="# nosec", reason="", blanket=True),
        location=CodeLocation(
            path="a.ipynb",
            start_line=3,
            end_line=4,
            cell=Cell(number=1, start_line=1, end_line=2),
        ),
    )
    patch = Patch(path="a", start_line=1, before=("x",), after=("y", "\udc80"))
    one = replace(one, patch=patch)
    assert decode(encode(one), Finding) == one
    head = Head(tool_version="1", rules=Manifests().rules(), notes=("n",))
    assert decode(encode(head), Head) == head


@given(st.binary(max_size=40) | st.sampled_from([b"null", b"[]", b"{}", b"1", b'{"~":"Piece"}']))
def test_other_bytes_are_unfit(data: bytes) -> None:
    with pytest.raises(Unfit):
        decode(data, Piece)


def test_a_leaf_of_another_kind_is_unfit_or_fits() -> None:
    piece = Piece(head="h", findings=(finding(),), gaps=(), targets=("app.py",))
    whole = json.loads(encode(piece))

    def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        below = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        return [path, *(deep for key, part in below for deep in places(part, (*path, key)))]

    for place in places(whole)[1:]:
        for nasty in NASTY:
            copy = json.loads(json.dumps(whole))
            at = copy
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = nasty
            try:
                made = decode(json.dumps(copy).encode(), Piece)
            except Unfit:
                continue
            assert isinstance(made, Piece)
            assert all(isinstance(one, Finding) for one in made.findings)
