from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engines._notebook import NotANotebook, read_notebook


def code(*lines: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "source": list(lines),
    }


def notebook(*cells: Any, language: str = "python", **more: Any) -> dict[str, Any]:
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": {"language": language}},
        "nbformat": 4,
        **more,
    }


def read(document: Any, indent: int | None = 1) -> Any:
    return read_notebook(json.dumps(document, indent=indent).encode())


def test_each_line_knows_its_cell_and_its_line_in_the_file() -> None:
    document = notebook(
        {"cell_type": "markdown", "source": ["eval(1)\n", "x = 1"]}, code("import os\n", "x = 1")
    )
    text = json.dumps(document, indent=1)
    found = read_notebook(text.encode())
    assert found.source == "import os\nx = 1"
    assert [(place.cell, place.number) for place in found.places] == [(2, 1), (2, 2)]
    rows = text.split("\n")
    assert [rows[place.file_line - 1].strip(' ,"') for place in found.places] == [
        "import os\\n",
        "x = 1",
    ]


def test_saved_outputs_with_the_same_text_are_not_taken_for_the_source() -> None:
    cell = {
        "cell_type": "code",
        "outputs": [{"text": ["x = 1\n", "y"], "data": {"source": ["x = 1"]}}],
        "source": ["x = 1"],
    }
    text = json.dumps(notebook(cell), indent=1)
    (place,) = read_notebook(text.encode()).places
    assert place.file_line == max(
        number for number, row in enumerate(text.split("\n"), 1) if "x = 1" in row
    )


@pytest.mark.parametrize("source", ["a = 1\nb = 2", ["a = 1\n", "b = 2"], ["a =", " 1\nb = 2"]])
def test_source_may_be_one_string_or_any_pieces(source: Any) -> None:
    found = read(notebook({"cell_type": "code", "source": source}), indent=None)
    assert found.source == "a = 1\nb = 2"
    assert {place.file_line for place in found.places} == {1}


def test_the_third_version_of_the_format() -> None:
    document = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}],
        "metadata": {},
    }
    assert read(document).source == "a = 1"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("%matplotlib inline", "pass"),
        ("  !ls -l", "  pass"),
        ("files = !ls", "files = None"),
        ("out = %timeit -o f()", "out = None"),
        ("torch.load?", "pass"),
        ("?print", "pass"),
    ],
)
def test_lines_of_ipython_are_replaced(line: str, left: str) -> None:
    body = (
        ["if True:\n", f"{line}\n", "  x = 1"] if line.startswith(" ") else [f"{line}\n", "x = 1"]
    )
    found = read(notebook(code(*body)))
    assert left in found.source.split("\n")
    assert "x = 1" in found.source
    assert found.unread == ()
    ast.parse(found.source)


def test_a_text_that_looks_like_a_magic_stays() -> None:
    body = ['query = """\n', "%s\n", '!important"""']
    assert read(notebook(code(*body))).source == "".join(body)


@pytest.mark.parametrize(
    ("magic", "kept"),
    [
        ("%%time", True),
        ("%%capture out", True),
        ("%%writefile app.py", True),
        ("%%writefile -a 'my app.py'", True),
        ("%%file serve.PY", True),
        ("%%memray_flamegraph --native", True),
        ("%%shell-like", True),
        ("%%local", True),
        ("%%bash", False),
        ("%%bash --bg", False),
        ("%%sh", False),
        ("%%!", False),
        ("%%html", False),
        ("%%R -i df", False),
        ("%%sparksql", False),
        ("%%writefile config.json", False),
    ],
)
def test_cell_magics(magic: str, kept: bool) -> None:
    found = read(notebook(code("\n", f"{magic}\n", "eval(x)")))
    assert ("eval(x)" in found.source) is kept
    assert found.unread == ()
    assert bool(found.foreign) is not kept


def test_a_magic_further_down_is_no_magic_of_the_cell() -> None:
    found = read(notebook(code("eval(x)\n", "%%bash\n", "y = 1")))
    assert "eval(x)" in found.source
    assert found.foreign == ()


def test_what_is_not_python_is_named_and_the_rest_is_read() -> None:
    found = read(notebook(code("run(shell=True)\n", "this is no python"), code("y = 2")))
    assert found.source == "run(shell=True)\npass\ny = 2"
    assert found.unread == ("cell 1: line 2 is not Python",)


def test_a_cell_that_is_nothing_like_python_does_not_spoil_the_others() -> None:
    found = read(notebook(code("a = (\n", "b = ["), code("y = 2")))
    assert found.source.split("\n")[-1] == "y = 2"
    assert found.unread
    ast.parse(found.source)


@pytest.mark.parametrize("language", ["R", "julia", "scala"])
def test_another_language_is_named(language: str) -> None:
    with pytest.raises(NotANotebook, match=language):
        read(notebook(code("x <- 1"), language=language))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"{}", b"null", b'{"cells": 1}', b"\xff\xfe{", b"[" * 100_000),
        b'{"cells": [{"cell_type": "code", "source": 1}]}',
    ],
)
def test_what_is_no_notebook_says_so(content: bytes) -> None:
    with pytest.raises(NotANotebook):
        read_notebook(content)


@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=4), st.sampled_from([None, 1]))
def test_any_text_gives_lines_that_are_python_and_keep_their_places(
    cells: list[list[str]], indent: int | None
) -> None:
    document = notebook(*(code(*(f"{line}\n" for line in cell)) for cell in cells))
    found = read(document, indent)
    assert len(found.places) == (found.source.count("\n") + 1 if found.places else 0)
    ast.parse(found.source)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "worksheets", "source", "input", "cell_type", "metadata", "name"]
            ),
            inner | st.just("code"),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_document_is_a_notebook_or_says_that_it_is_none(document: Any) -> None:
    try:
        found = read(document)
    except NotANotebook:
        return
    ast.parse(found.source)
    assert len(found.places) == (found.source.count("\n") + 1 if found.places else 0)


@pytest.mark.parametrize("cells", [5, "code", {"a": 1}, None, [3, None]])
def test_sheets_whose_cells_are_none(cells: Any) -> None:
    assert read({"worksheets": [{"cells": cells}], "metadata": {}}).source == ""
