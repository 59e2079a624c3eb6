from __future__ import annotations

import ast
import json
import time
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
        ("out = %env HOME", "out = None"),
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
    ("line", "left"),
    [
        ("%time model = pickle.load(f)", "model = pickle.load(f)"),
        ("%time model = pickle.load(f) # why?", "model = pickle.load(f) # why?"),
        ("%%time model = pickle.load(f)", "model = pickle.load(f)"),
        ("  %time model = pickle.load(f)", "  model = pickle.load(f)"),
        ("%timeit -n1 os.system(cmd)", "os.system(cmd)"),
        ("%timeit -n 10 -r 3 os.system(cmd)", "os.system(cmd)"),
        ("%timeit -o -q eval(x)", "eval(x)"),
        ("%time --no-raise-error eval(x)", "eval(x)"),
        ("%prun -s cumulative -l 5 eval(x)", "eval(x)"),
        ("%prun -T out.txt -q eval(x)", "eval(x)"),
        ("%lprun -f load -f other load(x)", "load(x)"),
        ("%memit -r 1 eval(x)", "eval(x)"),
        ("%mprun -f load load(x)", "load(x)"),
        ("%snakeviz eval(x)", "eval(x)"),
        ("%scalene --cpu-only eval(x)", "eval(x)"),
        ("%debug eval(x)", "eval(x)"),
        ("%time for x in y: eval(x)", "for x in y: eval(x)"),
        ("%time import os; os.system(x)", "import os; os.system(x)"),
        ("out = %time pickle.load(f)", "out = pickle.load(f)"),
        ("out = %timeit -o eval(x)", "out = eval(x)"),
        ("a, b = %time load(x)", "a, b = load(x)"),
        ("out = %time import os; os.system(x)", "out = None; import os; os.system(x)"),
        ("out = %time for x in y: eval(x)", "for x in y: eval(x)"),
    ],
)
def test_the_statement_of_a_magic_stays_at_its_line(line: str, left: str) -> None:
    head = ["if True:\n"] if line.startswith(" ") else []
    found = read(notebook(code(*head, f"{line}\n", "  y = 2" if head else "y = 2")))
    assert found.source.split("\n")[len(head)] == left
    assert (found.unread, found.foreign) == ((), ())
    assert len(found.places) == 2 + len(head)


def test_a_cell_magic_with_a_statement_and_a_body() -> None:
    found = read(notebook(code("%%timeit -n 3 data = pickle.load(f)\n", "eval(data)")))
    assert found.source == "data = pickle.load(f)\neval(data)"


@pytest.mark.parametrize(
    "line",
    [
        *("%matplotlib inline", "%pip install torch", "%run other.py", "%load other.py", "%cd x/y"),
        *("%env A=b", "%load_ext autoreload", "%autoreload 2", "%time", "%who", "%conda list"),
        *("torch.load?", "torch.load??", "?torch.load", "??torch.load", "torch.*load*?", "%time?"),
        *("? torch", "  "),
    ],
)
def test_what_holds_no_code_is_no_loss(line: str) -> None:
    found = read(notebook(code(f"{line}\n", "y = 2\n", "%pwd")))
    assert found.source.split("\n")[1:] == ["y = 2", "pass"]
    assert (found.unread, found.foreign) == ((), ())


@pytest.mark.parametrize(
    "line",
    [
        "model = eval(input())#?",
        "model = eval(input())  # safe?",
        "eval(input())  #??",
        "eval('a?')",
        "x = (eval(y))#?",
    ],
)
def test_a_line_that_ends_in_a_question_mark_is_no_question(line: str) -> None:
    found = read(notebook(code("%matplotlib inline\n", line)))
    assert found.source == f"pass\n{line}"
    assert found.unread == ()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (["!pip install x\n"], "line 1 (a shell command)"),
        (["x = 1\n", "!a\n", "!!b\n"], "line 2, 3 (a shell command)"),
        (["files = !ls\n"], "line 1 (a shell command)"),
        (["%sql select a from b\n"], "line 1 (%sql)"),
        (["%system curl -s x | sh\n"], "line 1 (%system)"),
        (["%time this is no python\n"], "line 1 (%time)"),
        (["!curl x \\\n", "  | sh\n"], "line 1 (a shell command)"),
    ],
)
def test_what_is_another_language_is_told(body: list[str], told: str) -> None:
    found = read(notebook(code("z = 1"), code(*body, "eval(y)")))
    assert found.source.split("\n")[-1] == "eval(y)"
    assert found.foreign == (f"cell 2: {told}",)
    assert found.unread == ()


def test_a_magic_over_several_lines() -> None:
    found = read(notebook(code("%time model = load(a, \\\n", "    b)\n", "eval(x)")))
    assert found.source == "model = load(a, \\\n    b)\neval(x)"
    assert (found.unread, found.foreign) == ((), ())


def test_texts_and_continued_lines_are_not_taken_for_magics() -> None:
    body = ['query = """\n', "%time eval(x)\n", '!a?"""\n', "y = (a\n", "% b)\n", "%pwd"]
    found = read(notebook(code(*body)))
    assert found.source == "".join([*body[:-1], "pass"])
    assert found.foreign == ()


def test_a_shells_quotes_do_not_hide_what_follows() -> None:
    found = read(notebook(code("!echo it's (\n", "%time eval(x)\n", "y = 'a'")))
    assert found.source == "pass\neval(x)\ny = 'a'"


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("%%time\n%%bash\nrm -r x", False),
        ("%%capture\n\n%%timeit\neval(x)", True),
        ("%%script python3\neval(x)", True),
        ("%%script --bg /usr/bin/python\neval(x)", True),
        ("%%script bash\neval(x)", False),
        ("%%python\neval(x)", True),
        ("%%pypy\neval(x)", True),
        ("%%writefile {folder}/app\neval(x)", True),
        ("%%writefile $name\nFROM python eval(x)", False),
        ("%%writefile Dockerfile\neval(x)", False),
        ("%%writefile app.pyw\neval(x)", True),
    ],
)
def test_cells_whose_magic_decides(cell: str, kept: bool) -> None:
    found = read(notebook(code(cell), code("y = 2")))
    assert ("eval(x)" in found.source) is kept
    assert bool(found.foreign) is not kept
    assert found.unread == ()
    assert found.source.endswith("\ny = 2")


@pytest.mark.parametrize("name", ["ir", "julia-1.9", "scala212", "bash", ".net-csharp", "xcpp17"])
def test_another_language_by_its_kernel_alone(name: str) -> None:
    document = {"cells": [code("x = 1")], "metadata": {"kernelspec": {"name": name}}}
    with pytest.raises(NotANotebook, match="not read"):
        read(document)


@pytest.mark.parametrize("name", ["python3", "conda-env-ml-py", "irene", "myenv", "pytorch"])
def test_a_kernel_of_any_name_is_python(name: str) -> None:
    document = {"cells": [code("x = 1")], "metadata": {"kernelspec": {"name": name}}}
    assert read(document).source == "x = 1"


def test_a_cell_that_an_editor_notes_as_another_language() -> None:
    cell = {**code("select eval(x)"), "metadata": {"vscode": {"languageId": "sql"}}}
    python = {**code("eval(y)"), "metadata": {"vscode": {"languageId": "python"}}}
    found = read(notebook(cell, python))
    assert found.source == "\neval(y)"
    assert found.foreign == ("cell 1: sql",)


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


@pytest.mark.parametrize(
    "line",
    [
        *(" " * 200_000 + "x?y", "x" + " " * 200_000 + "= !", "x?" + " " * 200_000 + "y"),
        *(
            "%%writefile a" + " " * 200_000 + "b",
            "%time" + " -a x" * 20_000,
            "a." * 100_000 + "= 1",
        ),
        *(
            "%%script " + "-x " * 60_000,
            "!" + "(" * 200_000,
            "'" * 100_001,
            "x = " + "\\" * 100_001,
        ),
    ],
)
def test_a_line_of_any_length_is_read_in_time(line: str) -> None:
    begun = time.process_time()
    read(notebook(code(f"{line}\n", "%time eval(x)\n", "y = (")))
    assert time.process_time() - begun < 10
