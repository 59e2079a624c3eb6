"""Attack paths as the page shows them: from exposure over the live proof to the line of code."""

from __future__ import annotations

from scanner.model.attack import AttackPath, PartRole
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters._text import clipped, one_line, visible

MAX_ATTACKS = 8
_MAX_PARTS = 4
_TEXT = 160
# In the order in which an attacker passes them.
_ROLES = (
    (PartRole.EXPOSURE, "exposed by"),
    (PartRole.PROOF, "proven on"),
    (PartRole.CODE, "made possible by"),
)


class Stop(Value, kw_only=True):
    """One finding on the way: `link` leads to it in the list."""

    link: str
    place: str
    rule: str


class Leg(Value, kw_only=True):
    """The findings of one role, and how many more there are."""

    role: str
    words: str
    stops: tuple[Stop, ...]
    more: int


class Way(Value, kw_only=True):
    """An attack path; `fix` is the line to mend first."""

    severity: str
    operation: str
    raised: bool
    legs: tuple[Leg, ...]
    fix: str


def ways(scan: ScanResult) -> tuple[Way, ...]:
    """The attack paths, worst first as the scan has them; a bounded number."""
    return tuple(_way(path) for path in scan.attacks.paths[:MAX_ATTACKS])


def _way(path: AttackPath) -> Way:
    return Way(
        severity=path.severity.label,
        operation=_short(path.operation),
        raised=path.raised,
        legs=tuple(
            Leg(
                role=role.value,
                words=words,
                stops=tuple(
                    Stop(
                        link=visible(part.fingerprint),
                        place=_short(part.place),
                        rule=_short(part.rule_id),
                    )
                    for part in parts[:_MAX_PARTS]
                ),
                more=max(len(parts) - _MAX_PARTS, 0),
            )
            for role, words in _ROLES
            if (parts := path.of(role))
        ),
        fix=_short(str(path.fix)) if path.fix else "",
    )


def _short(text: str) -> str:
    return clipped(one_line(text), _TEXT)
