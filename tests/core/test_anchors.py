"""A place in Python keeps its name when code is formatted, moved or suppressed."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engines._statements import Statements
from scanner.model.finding import folded

BEFORE = '''\
import pickle
from x import app


@app.post('/score')
def score(body, *, deep=False):
    """Words with eval(x) in them."""
    value = helper(body['a'], eval(body['expr']), 3)
    if eval(body['other']):
        return pickle.loads(body['b'])  # nosec
    return (value)
'''
AFTER = '''\
"""Above."""

import pickle

from x import app


class Other:
    pass


class Api:
    @app.post("/score")
    def score(self, body, *, deep=False, more=None):
        value = helper(
            body["a"],  # first
            eval(body["expr"]),
            3,
        )
        if (
            eval(body["other"])
        ):
            return pickle.loads(
                body["b"],
            )
        return value
'''


def name(source: str, wanted: str) -> str:
    lines = source.split("\n")
    line = next(
        n
        for n, text in enumerate(lines, 1)
        if wanted in text.replace("'", '"') and '"""' not in text
    )
    column = lines[line - 1].replace("'", '"').index(wanted) + 1
    return folded(Statements(lines).at(line, column) or "")


@pytest.mark.parametrize(
    "wanted", ['eval(body["expr"])', 'eval(body["other"])', "pickle.loads(", "@app.post"]
)
def test_formatting_moving_and_comments_change_nothing(wanted: str) -> None:
    assert name(BEFORE, wanted) == name(AFTER, wanted) != ""


def test_different_statements_have_different_names() -> None:
    wanted = ('eval(body["expr"])', 'eval(body["other"])', "pickle.loads(", "@app.post")
    assert len({name(BEFORE, one) for one in wanted}) == 4


def test_a_long_table_does_not_name_its_entries() -> None:
    rows = ",\n".join(f"    'key{n}': load('file{n}')" for n in range(60))
    one, other = f"T = {{\n{rows},\n}}\n", f"T = {{\n    'new': 1,\n{rows},\n}}\n"
    assert name(one, 'load("file30")') == name(other, 'load("file30")')
    assert "file31" not in name(one, 'load("file30")')


def test_what_is_no_python_has_no_statement() -> None:
    assert Statements(["print 'x'"]).at(1, 1) is None
    assert Statements(["x = 1"]).at(9, 1) is None
    assert Statements([""]).at(1, None) is None


NAMES = st.sampled_from(["a", "b", "load", "x1"])
EXPRESSIONS = st.recursive(
    NAMES | st.integers(0, 99).map(str) | NAMES.map(lambda n: f"'{n}'"),
    lambda inner: st.one_of(
        st.tuples(NAMES, st.lists(inner, max_size=3)).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]} + {t[1]}"),
        st.lists(inner, max_size=3).map(lambda t: f"[{', '.join(t)}]"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, st.integers(0, 5), st.integers(0, 3))
def test_the_name_is_that_of_the_code(expression: str, above: int, indent: int) -> None:
    plain = f"y = eval({expression})"
    spread = plain.replace(", ", ",  # why\n      ").replace("'", '"').replace("eval(", "eval(\n")
    shift = "\n" * above + "".join(f"{' ' * n}class A{n}:\n" for n in range(indent))
    moved = shift + " " * indent + spread
    ast.parse(moved)
    line = moved[: moved.index("y = ")].count("\n") + 1
    assert folded(Statements(moved.split("\n")).at(line, indent + 5) or "") == folded(plain)


@given(st.lists(st.text(max_size=12), max_size=6), st.integers(-1, 8), st.integers(-1, 20))
def test_any_text_has_a_name_or_none(lines: list[str], line: int, column: int) -> None:
    found = Statements(lines).at(line, column)
    assert found is None or isinstance(found, str)
