"""The statement that a flagged place of Python is in, as text that formatting does not change.

What a formatter moves between lines stays in one statement, so its text names a place better than
lines do. Only positions come from the parser, for what `ast.unparse` writes differs by version.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right

from scanner.engines._python import parsed
from scanner.redact import redacted_start

_MOST_TOKENS = 80
_TOKEN = re.compile(r"\w+|[^\w\s]")
_COMMENT = re.compile(
    r"(?P<string>\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?:(?<=\s)|^)#[^\n]*",
    re.DOTALL | re.MULTILINE,
)
_MAX_SOURCE = 2_000_000

_Place = tuple[int, int]
_Spanned = ast.stmt | ast.expr | ast.excepthandler


class Statements:
    """The statements of one source text; empty where it can't be parsed."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = [line.encode("utf-8", "surrogatepass") for line in lines]
        self._tree = _parsed("\n".join(lines))
        self._parts: dict[ast.AST, tuple[list[_Place], list[_Spanned]]] = {}

    def at(self, line: int, column: int | None) -> str | None:
        """The text that names the place (both count from 1): a statement without comments.

        Of a compound statement it is the header, of a function only decorators and name. Of a
        statement too long to stand for one place it is the widest part around it that is not.
        None where the place is in no statement.
        """
        if self._tree is None or not 0 < line <= len(self._lines):
            return None
        first = len(self._lines[line - 1]) - len(self._lines[line - 1].lstrip())
        nested = self._around((line, max(first, (column or 1) - 1)))
        if not nested:
            return None
        statement = max(
            (place for place, node in enumerate(nested) if not isinstance(node, ast.expr)),
            default=0,
        )
        text = ""
        for node in nested[statement:]:
            text = without_comments(self._text(node))
            if len(_TOKEN.findall(text)) <= _MOST_TOKENS:
                return text
        # Taken apart, a secret would no longer be known.
        whole = redacted_start(text, _MOST_TOKENS * 100)
        return " ".join(_TOKEN.findall(whole)[:_MOST_TOKENS])

    def _around(self, place: _Place) -> list[_Spanned]:
        """The nodes around a place, outermost first."""
        found: list[_Spanned] = []
        inside: ast.AST | None = self._tree
        while inside is not None:
            starts, parts = self._below(inside)
            at = bisect_right(starts, place) - 1
            inside = parts[at] if at >= 0 and place < _end(parts[at]) else None
            if isinstance(inside, _Spanned):
                found.append(inside)
        return found

    def _below(self, node: ast.AST) -> tuple[list[_Place], list[_Spanned]]:
        """The parts of a node in the order of the text, listed once: there may be thousands."""
        known = self._parts.get(node)
        if known is None:
            parts = sorted(_parts(node), key=_start)
            known = self._parts[node] = ([_start(part) for part in parts], parts)
        return known

    def _text(self, node: _Spanned) -> str:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            kind = "class" if isinstance(node, ast.ClassDef) else "def"
            decorators = [self._between(_start(one), _end(one)) for one in node.decorator_list]
            return "\n".join((*decorators, f"{kind} {node.name}"))
        body = getattr(node, "body", None)
        if isinstance(body, list) and body:
            return self._between(_start(node), _start(body[0]))
        return self._between(_start(node), _end(node))

    def _between(self, start: _Place, end: _Place) -> str:
        (first, left), (last, right) = start, end
        lines = self._lines[first - 1 : last]
        if not lines:
            return ""
        lines[-1] = lines[-1][:right]
        lines[0] = lines[0][left:]
        return b"\n".join(lines).decode("utf-8", "replace")


def without_comments(text: str) -> str:
    """The text without `#` comments; what looks like one in a string stays."""
    return _COMMENT.sub(lambda match: match["string"] or "", text)


def _parsed(source: str) -> ast.Module | None:
    return parsed(source) if len(source) <= _MAX_SOURCE else None


def _parts(node: ast.AST) -> list[_Spanned]:
    """The nearest parts below a node that have a place of their own, those in f-strings not."""
    if isinstance(node, ast.JoinedStr):
        return []
    parts: list[_Spanned] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Spanned):
            parts.append(child)
        else:
            # Keywords, arguments, `with` items, cases of a match: their parts are placed.
            parts += _parts(child)
    return parts


def _start(node: _Spanned) -> _Place:
    own = (node.lineno, node.col_offset)
    decorators = getattr(node, "decorator_list", ())
    return min((own, *((one.lineno, one.col_offset - 1) for one in decorators)))


def _end(node: _Spanned) -> _Place:
    return (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset + 1)
