"""What excuses a finding of a rule though its pattern fits: questions that patterns answer badly.

A rule asks for one by its name in its metadata, under `unless`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.engines._compared import compared
from scanner.engines._mends import Point
from scanner.engines._origins import Module
from scanner.engines._python import parsed
from scanner.engines._verified import Loads
from scanner.model.errors import AssetError

_Place = tuple[int, int]
# From a module, and the flagged place in it with lines from 1 and columns from 0.
_KNOWN: dict[str, Callable[[Module, _Place, _Place], bool]] = {
    "data-verified": lambda module, first, last: Loads(module).verified(first, last),
    "digest-compared": lambda module, _first, _last: compared(module.tree),
}
_KEPT = 4


@dataclass(slots=True)
class Excuses:
    """What the rules of a run take for an excuse."""

    by_rule: dict[str, str] = field(default_factory=dict)
    _modules: dict[str, Module | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, dict[str, Any]]]) -> Excuses:
        """Those in the metadata of `rows` (file name and rule). Raises `AssetError`."""
        found = {}
        for file_name, row in rows:
            name = (row.get("metadata") or {}).get("unless")
            if name is None:
                continue
            if name not in _KNOWN:
                raise AssetError(f"{file_name}: unless: {name!r} is none of {sorted(_KNOWN)}")
            found[str(row["id"])] = name
        return cls(found)

    def cover(self, rule: str, path: str, start: Point, end: Point) -> bool:
        """Whether the flagged place of a file is excused."""
        name = self.by_rule.get(rule)
        if name is None:
            return False
        if path not in self._modules:
            # Findings come file by file, and a tree takes much more memory than its text.
            if len(self._modules) >= _KEPT:
                self._modules.clear()
            tree = parsed(Path(path).read_bytes())
            self._modules[path] = Module(tree) if tree else None
        module = self._modules[path]
        first, last = (start.line, start.col - 1), (end.line, end.col - 1)
        return module is not None and _KNOWN[name](module, first, last)
