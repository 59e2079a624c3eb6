"""What decided is marked in the answers, and nothing that is not in them."""

from __future__ import annotations

import pytest

from scanner.engines.dast.decisive import decisive
from scanner.model.evidence import Exchange, Request, Response
from scanner.redact import MASK


def answered(body: str, *headers: tuple[str, str]) -> Exchange:
    response = Response(status=200, headers=headers, body=body, body_bytes=len(body))
    return Exchange(label="", request=Request(method="GET", url="/"), response=response)


@pytest.mark.parametrize(
    ("oracle", "body", "found"),
    [
        ("made with the random word sgc25b0664e58c81b35; so", "x sgc25b0664e58c81b35 y", 1),
        ("The answer holds 'Traceback (most recent', which", "a Traceback (most recent b", 1),
        ("came back as 63584418, twice", '{"n": 63584418}', 1),
        ("it gave a success (200) of the same form", "a success form same 200", 0),
        ("the random word sgc25b0664e58c81b35", "nothing of it", 0),
    ],
)
def test_what_the_oracle_names_is_found_in_the_answer(oracle: str, body: str, found: int) -> None:
    marks = decisive(oracle, (), (answered(body),))
    assert len(marks) == found
    assert all(mark in body for mark in marks)


def test_a_header_is_marked_as_it_stands() -> None:
    answer = answered("", ("access-control-allow-credentials", "true"))
    oracle = "together with Access-Control-Allow-Credentials: true; so"
    assert decisive(oracle, (), (answer,)) == ("access-control-allow-credentials: true",)


def test_marks_of_the_probe_come_first_and_all_is_bounded() -> None:
    words = [f"word{number}x" for number in range(20)]
    marks = decisive("the word sgab12cd34", words, (answered(" ".join([*words, "sgab12cd34"])),))
    assert marks == tuple(words[:6])


@pytest.mark.parametrize("mark", ["", "a", "x" * 201, f"key {MASK}"])
def test_what_says_nothing_is_no_mark(mark: str) -> None:
    assert decisive("", (mark,), (answered(f"{mark} and more"),)) == ()


def test_no_answer_holds_nothing() -> None:
    silent = Exchange(
        label="", request=Request(method="GET", url="/"), response=None, fault="timeout"
    )
    assert decisive("the word 'abcdef'", ("abcdef",), (silent,)) == ()
