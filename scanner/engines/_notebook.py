"""Jupyter notebooks as Python text, with the way back from each line to its cell and file line.

Pure. A notebook is JSON of somebody else's: nothing of it is run, saved outputs are not looked at,
and what can't be read is named. Format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

from scanner.engines._magics import plain, without_magics
from scanner.model.values import Value

_PYTHON = re.compile(r"i?python|pypy|xpython|xeus-python|sage|pyspark", re.IGNORECASE)
# Cell magics whose cell is no Python. An unknown one mostly wraps Python: its cell is read, and
# what turns out to be none is named.
_OTHER_MAGIC = re.compile(
    r"%%(!|(ba|z|k|c|fi|power)?sh|powershell|cmd|script|system|sx|sc|html|HTML|svg|SVG|javascript|js"
    r"|latex|markdown|perl|ruby|R|julia|octave|matlab|sql|[a-z]+sql|bigquery|bq|cpp|c|rust|go|java"
    r"|scala|kql|mermaid|dot|graphviz|css|typescript|ts|node|nodejs|writetemplate)(?![\w.-])"
)
# Cell magics around the Python of a cell, below which another may stand.
_WRAPS = re.compile(r"%%(time|timeit|capture|prun|memit|mprun|lprun|notify|debug)(?![\w.-])")
_RUNS_PYTHON = re.compile(r"%%script\s+(?:--?\S+\s+)*\S*python[\d.]*\b")
_OTHER_KERNEL = re.compile(
    r"(ir\d*|r|julia.*|scala.*|spark(r|kernel)|bash|zsh|javascript|typescript|jslab|deno|go.*|rust.*"
    r"|xcpp.*|xeus-(?!python).*|\.net-.*|octave|matlab|ruby|perl\d*|java|kotlin|sas|stata|sql)$",
    re.IGNORECASE,
)
_WRITES = re.compile(r"%%(?:write)?file\s+(?:-a\s+|--append\s+)?[\"']?(?P<name>.+?)[\"']?$")
_MAX_MENDED = 20
_NAMED = 5
_JSON = json.JSONDecoder(strict=False)
# What `splitlines` breaks at; a line of Python must stay one line.
_ONE_LINE = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_TOKEN = re.compile(r'["{}\[\],:\n]')


class NotANotebook(ValueError):
    """The text is no notebook that can be read; the message says why."""


class NotebookLine(Value, kw_only=True):
    """Where a line of the Python text stands: its cell (from 1, of all cells), and the lines there
    and in the file.
    """

    cell: int
    number: int
    file_line: int


class Notebook(Value, kw_only=True):
    """A notebook's code cells as one Python text; `places` has one entry a line.

    `unread` says what of its code could not be taken for Python; `foreign` which cells or lines
    hold another language, by their magic.
    """

    source: str
    places: tuple[NotebookLine, ...]
    unread: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


class _Cell(Value):
    number: int
    lines: tuple[tuple[str, int], ...]
    language: str = ""


class _Read(Value):
    """A cell's lines as Python, what was lost by that, and what of them was another language."""

    lines: list[str]
    lost: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


def read_notebook(content: bytes) -> Notebook:
    """The Python of a notebook's code cells. Raises `NotANotebook`."""
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotANotebook("a notebook that is not JSON") from error
    language = _language(document)
    if language and not _PYTHON.match(language):
        raise NotANotebook(f"a notebook in {language[:40]}, which is not read")
    rows: list[str] = []
    places: list[NotebookLine] = []
    unread: list[str] = []
    foreign: list[str] = []
    for cell in _code_cells(document, text):
        written = [line for line, _ in cell.lines]
        magic = cell.language or _foreign_magic(written)
        if magic:
            foreign.append(f"cell {cell.number}: {magic}")
        read = _Read([""] * len(written)) if magic else _as_python(written)
        lines = read.lines
        unread += [f"cell {cell.number}: {fault}" for fault in read.lost]
        foreign += [f"cell {cell.number}: {other}" for other in read.foreign]
        rows += lines
        places += [
            NotebookLine(cell=cell.number, number=number, file_line=file_line)
            for number, (_, file_line) in enumerate(cell.lines, start=1)
        ]
    return Notebook(
        source="\n".join(rows),
        places=tuple(places),
        unread=tuple(unread),
        foreign=tuple(foreign),
    )


def _language(document: object) -> str:
    if not isinstance(document, dict):
        raise NotANotebook("a notebook without cells")
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for table, key in (("language_info", "name"), ("kernelspec", "language")):
        known = metadata.get(table)
        if isinstance(known, dict) and isinstance(known.get(key), str) and known[key]:
            return str(known[key])
    kernel = metadata.get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return name if isinstance(name, str) and _OTHER_KERNEL.match(name) else ""


def _cell_language(cell: dict[str, Any]) -> str:
    """The language of a cell alone, where an editor has noted one that is not Python."""
    metadata = cell.get("metadata")
    noted = metadata.get("vscode") if isinstance(metadata, dict) else None
    language = noted.get("languageId") if isinstance(noted, dict) else None
    if not isinstance(language, str) or not language or _PYTHON.match(language):
        return ""
    return language[:40]


def _code_cells(document: dict[str, Any], text: str) -> Iterator[_Cell]:
    """The code cells in order, each line with its line in the file."""
    cells = _cells(document)
    if cells is None:
        raise NotANotebook("a notebook without cells")
    found = _source_lines(text)
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        key = "source" if "source" in cell else "input"
        parts = cell.get(key, "")
        parts = [parts] if isinstance(parts, str) else parts
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise NotANotebook(f"a notebook whose cell {number} has no text")
        lines: list[tuple[str, int]] = []
        fresh = True
        for at, part in enumerate(parts):
            file_line = found.get((number - 1, key, at), 1)
            for piece in part.replace("\r\n", "\n").splitlines(keepends=True):
                bare = piece.rstrip("\n")
                if fresh:
                    lines.append((bare, file_line))
                else:
                    lines[-1] = (lines[-1][0] + bare, lines[-1][1])
                fresh = piece.endswith("\n")
        yield _Cell(
            number,
            tuple((_ONE_LINE.sub(" ", line), place) for line, place in lines),
            _cell_language(cell),
        )


def _cells(document: dict[str, Any]) -> list[Any] | None:
    cells = document.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = document.get("worksheets")  # the format's version 3
    if isinstance(sheets, list):
        inner = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for cells in inner if isinstance(cells, list) for cell in cells]
    return None


def _source_lines(text: str) -> dict[tuple[int, str, int], int]:
    """The file line of each string of a cell's source: by cell (from 0), key, place in the list."""
    lines: dict[tuple[int, str, int], int] = {}
    stack: list[Any] = []  # the key or index in each container that is open
    file_line, at, cell = 1, 0, -1
    while match := _TOKEN.search(text, at):
        at = match.end()
        match match[0]:
            case "\n":
                file_line += 1
            case "{":
                stack.append("")
                if _in_cells(stack):
                    cell += 1
            case "[":
                stack.append(0)
            case "}" | "]":
                if stack:
                    stack.pop()
            case ",":
                if stack:
                    stack[-1] = stack[-1] + 1 if isinstance(stack[-1], int) else ""
            case '"':
                value, at = _JSON.raw_decode(text, match.start())
                if not stack or isinstance(stack[-1], int):
                    if len(stack) > 1 and _in_cells(stack[:-1]):
                        lines[(cell, str(stack[-2]), int(stack[-1]))] = file_line
                elif stack[-1] == "":
                    stack[-1] = value
                elif _in_cells(stack):
                    lines[(cell, str(stack[-1]), 0)] = file_line
            case _:  # a colon: what follows is the value of the key on the stack
                pass
    return lines


def _in_cells(stack: list[Any]) -> bool:
    """Whether the innermost of these containers is a cell."""
    match stack:
        case ["cells", int(), str()] | ["worksheets", int(), "cells", int(), str()]:
            return True
        case _:
            return False


def _magic_lines(lines: list[str]) -> list[int]:
    """Where a cell's own magics stand: in its first line that is not empty; below one that only
    goes around a cell, another.
    """
    found: list[int] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if not line.startswith("%%"):
            break
        found.append(at)
        if not _WRAPS.match(line):
            break
    return found


def _foreign_magic(lines: list[str]) -> str | None:
    """The magic of a cell that holds no Python, or None."""
    own = _magic_lines(lines)
    if not own:
        return None
    line, body = lines[own[-1]], "\n".join(lines[own[-1] + 1 :])
    written = _WRITES.match(line.rstrip())
    if written:
        name = written["name"].lower()
        # A name that is put together says nothing of the kind.
        python = name.endswith((".py", ".pyw")) or (
            ("{" in name or "$" in name) and not _fault(body)
        )
        return None if python else "a file of another kind"
    if _RUNS_PYTHON.match(line):
        return None
    other = _OTHER_MAGIC.match(line)
    return other[0] if other else None


def _as_python(lines: list[str]) -> _Read:
    """A cell's lines with everything that is not Python replaced, and what was lost by that.

    Line counts stay.
    """
    lines = list(lines)
    foreign: tuple[str, ...] = ()
    for at in _magic_lines(lines):
        # Some take a statement to run before, in their own line.
        lines[at] = "" if _WRITES.match(lines[at].rstrip()) else plain([lines[at]])[0][0]
        if lines[at] == "pass":
            lines[at] = ""
    if _fault("\n".join(lines)) is None:
        return _Read(lines)
    without = without_magics(lines)
    lines, foreign = without.lines, _told(without.foreign)
    lost: list[str] = []
    for _ in range(_MAX_MENDED):
        fault = _fault("\n".join(lines))
        if fault is None:
            return _Read(lines, tuple(lost), foreign)
        if not 1 <= fault <= len(lines) or lines[fault - 1].strip() in ("", "pass"):
            break
        indent = re.match(r"\s*", lines[fault - 1])
        lines[fault - 1] = f"{indent[0] if indent else ''}pass"
        lost.append(f"line {fault} is not Python")
    return _Read([""] * len(lines), ("is not Python",), foreign)


def _told(foreign: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    """What of a cell's lines was another language, each kind once with its lines."""
    kinds: dict[str, list[str]] = {}
    for number, what in foreign:
        kinds.setdefault(what, []).append(str(number))
    return tuple(
        f"line {', '.join(numbers[:_NAMED])}{' …' * (len(numbers) > _NAMED)} ({what})"
        for what, numbers in kinds.items()
    )


def _fault(source: str) -> int | None:
    """The line of the first syntax error, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None
