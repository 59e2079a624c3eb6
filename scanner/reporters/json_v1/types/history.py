"""What was known before, and what a shard carries."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from scanner.model.documents import Document
from scanner.reporters.json_v1.types.base import Count, Moment, Severity
from scanner.reporters.json_v1.types.findings import Waiver


class Known(Document):
    """A weakness of the baseline."""

    fingerprints: Annotated[tuple[str, ...], Meta(min_length=1)]
    likenesses: tuple[str, ...]
    rule_id: str
    engines: tuple[str, ...]
    severity: Severity
    path: str
    place: str
    message: str


class Comparison(Document):
    """What became of the baseline: `fixed` weaknesses are gone, `unjudged` nobody looked for."""

    source: str
    commit: str
    fixed: tuple[Known, ...]
    unjudged: tuple[Known, ...]
    notes: tuple[str, ...]


class Earlier(Document):
    """What an earlier scan came to; `counts` has its findings by severity, suppressed ones not."""

    started: Moment
    commit: str
    verdict: Literal["passed", "failed", "inconclusive"]
    counts: dict[Severity, Count]


class Baseline(Document):
    """What was known before the scan."""

    source: str
    commit: str
    weaknesses: tuple[Known, ...]
    moved: tuple[tuple[str, str], ...]
    present: tuple[str, ...]
    notes: tuple[str, ...]


class Shard(Document):
    """Which `parts` (from 1) of `count` of a scan this is; only those of one `scan` make a whole.

    `waivers` and `baseline` are those of the scan, for the merge of its parts.
    """

    scan: str
    count: Annotated[int, Meta(ge=1, le=1000)]
    parts: Annotated[tuple[Annotated[int, Meta(ge=1)], ...], Meta(min_length=1)]
    faults: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None
