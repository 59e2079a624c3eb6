"""What a model file holds, and what of it could not be examined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from scanner.engines.models.bounds import Budget, shown
from scanner.engines.models.symbols import Reading

_MOST_GAPS = 30
_MOST_NAMES = 1_000


@dataclass(slots=True)
class Seen:
    """What a file holds, and what of it could not be examined."""

    format: str = ""
    pickles: dict[str, Reading] = field(default_factory=dict)
    lambdas: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, reading: Reading, place: str = "") -> None:
        """Keep a reading; two members of one name do not hide each other."""
        unique, number = place, 1
        while unique in self.pickles:
            number += 1
            unique = f"{place or 'it'} ({number})"
        self.pickles[unique] = reading

    def gap(self, reason: str) -> None:
        """Something could not be examined; a thousand of them are told as a few."""
        if len(self.gaps) < _MOST_GAPS:
            self.gaps.append(reason)
        elif len(self.gaps) == _MOST_GAPS:
            self.gaps.append("and more of the same")

    def holds(self, code: str) -> None:
        """The file brings code, or names what is made to run some."""
        if len(self.lambdas) < _MOST_NAMES:
            self.lambdas.append(code)

    def leads_out(self, name: str) -> None:
        """The file names another outside of its folder."""
        if len(self.outside) < _MOST_NAMES:
            self.outside.append(name)

    def add(self, part: Seen, place: str) -> None:
        """What a member at this place holds is what the file holds."""
        for inner, reading in part.pickles.items():
            self.read(reading, f"{place}{'!' if inner else ''}{inner}")
        self.lambdas += part.lambdas[: _MOST_NAMES - len(self.lambdas)]
        self.outside += part.outside[: _MOST_NAMES - len(self.outside)]
        self.templates += part.templates
        before = f"{shown(place)}: " if place else ""
        for gap in part.gaps:
            self.gap(f"{before}{gap}")
        self.notes += [f"{before}{note}" for note in part.notes[:_MOST_GAPS]]


Examine = Callable[[BinaryIO, int, str, Seen, Budget, int], None]
