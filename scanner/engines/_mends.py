"""Concrete mends that rules carry in their metadata, put into the line that was found.

`mend` is a list of `{from, to}`: a regular expression over the flagged text, and what takes the
place of its first match. The first one that changes anything counts. Only proposals come out of
it: nothing in the scanned repository is written.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec import field

from scanner.engines._python import parsed
from scanner.engines._workspace import Workspace, clip
from scanner.model.errors import AssetError
from scanner.model.evidence import Patch
from scanner.model.values import Value
from scanner.redact import redact

_MAX_LINES = 20
_PYTHON = (".py", ".pyw")


class Point(Protocol):
    """A place in a file, line and column counted from 1."""

    @property
    def line(self) -> int: ...
    @property
    def col(self) -> int: ...


class Mends(Value):
    """The mends of a set of rules, by the rule's name."""

    by_rule: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, dict[str, Any]]]) -> Mends:
        """Those in the metadata of `rows` (file name and rule). Raises `AssetError`."""
        found = {}
        for file_name, row in rows:
            entries = (row.get("metadata") or {}).get("mend") or ()
            try:
                found[str(row["id"])] = tuple(
                    (re.compile(entry["from"], re.DOTALL), str(entry["to"])) for entry in entries
                )
            except (re.error, KeyError, TypeError) as error:
                raise AssetError(f"{file_name}: mend: {error!r}") from error
        return cls(found)

    def patch(
        self, rule: str, workspace: Workspace, path: str, start: Point, end: Point
    ) -> Patch | None:
        """The flagged lines with the rule's mend put in, or None where it has none for them.

        None for a notebook, whose lines are JSON, and where the text can't be shown as it is.
        """
        if not self.by_rule.get(rule) or workspace.places(path):
            return None
        lines = workspace.lines(path)
        before = lines[start.line - 1 : end.line]
        if not 1 <= len(before) <= _MAX_LINES:
            return None
        # Columns count bytes; what is masked or cut is no text that anybody could put in.
        if any(not line.isascii() or clip(line) != line for line in before):
            return None
        text = "\n".join(before)
        if redact(text) != text:
            return None
        first, last = start.col - 1, len(text) - len(before[-1]) + end.col - 1
        flagged = text[first:last]
        for pattern, replacement in self.by_rule[rule]:
            mended = pattern.sub(replacement, flagged, count=1)
            if mended != flagged:
                after = f"{text[:first]}{mended}{text[last:]}".split("\n")
                break
        else:
            return None
        # Mostly the lines are statements of their own; else only the whole file tells.
        if (
            path.lower().endswith(_PYTHON)
            and parsed(textwrap.dedent("\n".join(after))) is None
            and parsed("\n".join((*lines[: start.line - 1], *after, *lines[end.line :]))) is None
        ):
            return None
        return Patch(path=path, start_line=start.line, before=tuple(before), after=tuple(after))


NO_MENDS = Mends()
