"""What was known and accepted before this scan: baseline and waivers, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from scanner.model.finding import Fingerprint
from scanner.model.rule import RuleId
from scanner.model.severity import Severity
from scanner.model.values import Value


class Waiver(Value, kw_only=True):
    """An exception that somebody owns: until `until` (that day included) a weakness is accepted.

    It names one weakness by `fingerprint`, or those of rules that match `rule` in places that match
    `path`. `name` is how messages call it.
    """

    name: str
    reason: str
    owner: str
    until: date
    fingerprint: str = ""
    rule: str = ""
    path: str = ""


class KnownWeakness(Value, kw_only=True):
    """One weakness of a baseline, as far as it must be found again or told of.

    `fingerprints` are those of all findings of the group, the leading one first; `likenesses` the
    same without the file; `path` is its file, empty for an operation. `place` is for people.
    """

    fingerprints: tuple[Fingerprint, ...]
    likenesses: tuple[str, ...]
    rule_id: RuleId
    engines: tuple[str, ...]
    severity: Severity
    path: str
    place: str
    message: str


class Baseline(Value, kw_only=True):
    """What was known at some time; `source` says where it was taken from.

    `moved` maps files to what they are called now, `present` are those of its files that exist.
    `notes` say what the baseline can't know.
    """

    source: str
    weaknesses: tuple[KnownWeakness, ...]
    commit: str = ""
    moved: tuple[tuple[str, str], ...] = ()
    present: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class Comparison(Value, kw_only=True):
    """What became of a baseline: weaknesses that are gone, and those that nobody looked for."""

    source: str
    commit: str = ""
    fixed: tuple[KnownWeakness, ...] = ()
    unjudged: tuple[KnownWeakness, ...] = ()
    notes: tuple[str, ...] = ()


class EarlierScan(Value, kw_only=True):
    """What one earlier scan of the same project came to, for a trend.

    `severities` counts its findings that were not suppressed, the worst first; `verdict` is the
    gate's word.
    """

    started: datetime
    commit: str
    verdict: Literal["passed", "failed", "inconclusive"]
    severities: tuple[tuple[Severity, int], ...]


class Past(Value, kw_only=True):
    """What was known and accepted before; `today` decides which waivers still count."""

    today: date
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None
