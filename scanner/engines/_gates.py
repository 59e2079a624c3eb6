"""Our rules for one large file, with the searches of its text done here.

Many rules first search the text of the file for a word, as a `pattern-inside` of the form
`(?s)\\A.*WORD.*`. In a file of a megabyte Semgrep's matcher of regular expressions gives up on it
without a word, and the rule is then silent. So for a large file the search is done here, and what
it decides is taken out of the rules; what can't match any more is not tried at all, which matters
for patterns whose cost grows with the square of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

LARGE = 100_000
"""From how many bytes a file counts as large."""

_Row = dict[str, Any]
# With `s`: without it the search would end with the first line.
_WHOLE_FILE = re.compile(r"\(\?[im]*s[im]*\)\\A|\(\?m\)\(\?s:\\A")
_KEYS = ("pattern-sources", "pattern-sinks")
_OPTIONAL = ("pattern-sanitizers", "pattern-propagators")


def resolved(rows: Iterable[_Row], text: str) -> list[_Row]:
    """The rules that can fire in `text`, without their searches of the whole file."""
    searched: dict[str, bool] = {}
    found = []
    for row in rows:
        kept = _row(row, text, searched)
        if kept is not None:
            found.append(kept)
    return found


def gates(node: object) -> set[str]:
    """All searches of the whole file below a node of a rule."""
    if isinstance(node, dict):
        own = {node["pattern-regex"]} if _is_gate(node) else set()
        return own.union(*map(gates, node.values()))
    return set().union(*map(gates, node)) if isinstance(node, list) else set()


def _is_gate(node: object) -> bool:
    return (
        isinstance(node, dict)
        and set(node) == {"pattern-regex"}
        and bool(_WHOLE_FILE.match(node["pattern-regex"]))
    )


def _row(row: _Row, text: str, searched: dict[str, bool]) -> _Row | None:
    kept = dict(row)
    for key in ("patterns", "pattern-either", "pattern"):
        if key in row:
            part = _formula({key: row[key]}, text, searched)
            if part is False:
                return None
            del kept[key]
            kept |= part if isinstance(part, dict) else {key: row[key]}
    for key in (*_KEYS, *_OPTIONAL):
        if key not in row:
            continue
        parts = [_formula(item, text, searched) for item in row[key]]
        kept[key] = [
            item if part is True else part
            for item, part in zip(row[key], parts, strict=True)
            if part is not False
        ]
        if not kept[key]:
            if key in _KEYS:
                return None
            del kept[key]
    return kept


def _formula(node: Mapping[str, Any], text: str, searched: dict[str, bool]) -> _Row | bool:
    """A part of a rule with its searches decided: what is left of it, or its truth."""
    kept: _Row = dict(node)
    if "pattern-inside" in node or "pattern-not-inside" in node:
        negative = "pattern-not-inside" in node
        key = "pattern-not-inside" if negative else "pattern-inside"
        inner = _inner(node[key], text, searched)
        return {**kept, key: inner} if not isinstance(inner, bool) else inner is not negative
    if "pattern-not" in node and isinstance(node["pattern-not"], dict):
        inner = _inner(node["pattern-not"], text, searched)
        return {**kept, "pattern-not": inner} if not isinstance(inner, bool) else not inner
    if "patterns" in node:
        parts = [_formula(item, text, searched) for item in node["patterns"]]
        if any(part is False for part in parts):
            return False
        left = [part for part in parts if not isinstance(part, bool)]
        if not any(_binds(part) for part in left):
            # Nothing but searches was positive: the whole file is what it matches.
            left.insert(0, {"pattern-regex": r"(?s)\A.*"})
        return {**kept, "patterns": left}
    if "pattern-either" in node:
        parts = [_formula(item, text, searched) for item in node["pattern-either"]]
        left = [part for part in parts if not isinstance(part, bool)]
        if True in parts:
            left.append({"pattern-regex": r"(?s)\A.*"})
        return {**kept, "pattern-either": left} if left else False
    return kept


def _inner(inner: object, text: str, searched: dict[str, bool]) -> object:
    """What is below `pattern-inside` and the like: text, a search, or another formula."""
    if not isinstance(inner, dict):
        return inner
    if _is_gate(inner):
        regex = inner["pattern-regex"]
        if regex not in searched:
            # What leads from the file's beginning to the word decides nothing, and costs much.
            word = regex.replace(r"\A.*", "", 1)
            searched[regex] = re.search(word, text) is not None
        return searched[regex]
    return _formula(inner, text, searched)


def _binds(part: Mapping[str, Any]) -> bool:
    """Whether a part of a conjunction matches something by itself."""
    return any(
        key in part
        for key in ("pattern", "pattern-inside", "pattern-either", "patterns", "pattern-regex")
    )
