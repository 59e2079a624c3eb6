"""How findings of several stages speak of one attack: its code, its proof, its exposure."""

from __future__ import annotations

from enum import Enum

from scanner.model.finding import Fingerprint
from scanner.model.location import CodeLocation
from scanner.model.rule import RuleId
from scanner.model.severity import Severity
from scanner.model.values import Value


class PartRole(str, Enum):
    """What a finding is to an attack path."""

    CODE = "code"
    PROOF = "proof"
    EXPOSURE = "exposure"


class Part(Value, kw_only=True):
    """One finding of a path, by its group's fingerprint."""

    role: PartRole
    fingerprint: Fingerprint
    rule_id: RuleId
    place: str


class AttackPath(Value, kw_only=True):
    """An operation that was attacked with success, and the findings that make it possible.

    A view of findings that are all listed by themselves: it adds none and hides none. `raised` is
    true where code weakness, live proof and public exposure meet, so that it is worse than its
    parts. `fix` is the line to mend first.
    """

    name: str
    operation: str
    severity: Severity
    raised: bool
    parts: tuple[Part, ...]
    fix: CodeLocation | None

    def of(self, role: PartRole) -> tuple[Part, ...]:
        """The parts of one role."""
        return tuple(part for part in self.parts if part.role is role)


class HeldCode(Value, kw_only=True):
    """A weakness of the code whose operation was attacked for it without success."""

    fingerprint: Fingerprint
    operation: str
    rules: tuple[RuleId, ...]


class Attacks(Value, kw_only=True):
    """What the stages say together."""

    paths: tuple[AttackPath, ...] = ()
    held: tuple[HeldCode, ...] = ()
