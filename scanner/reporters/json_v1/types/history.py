"""What was known before, and what a shard carries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictInt

from scanner.reporters.json_v1.types.base import V1, Count, Severity, Text
from scanner.reporters.json_v1.types.findings import Waiver


class Known(V1):
    """A weakness of the baseline."""

    fingerprints: Annotated[tuple[Text, ...], Field(min_length=1)]
    likenesses: tuple[Text, ...]
    rule_id: Text
    engines: tuple[Text, ...]
    severity: Severity
    path: Text
    place: Text
    message: Text


class Comparison(V1):
    """What became of the baseline: `fixed` weaknesses are gone, `unjudged` nobody looked for."""

    source: Text
    commit: Text
    fixed: tuple[Known, ...]
    unjudged: tuple[Known, ...]
    notes: tuple[Text, ...]


class Earlier(V1):
    """What an earlier scan came to; `counts` has its findings by severity, suppressed ones not."""

    started: AwareDatetime
    commit: Text
    verdict: Literal["passed", "failed", "inconclusive"]
    counts: dict[Severity, Count]


class Baseline(V1):
    """What was known before the scan."""

    source: Text
    commit: Text
    weaknesses: tuple[Known, ...]
    moved: tuple[tuple[Text, Text], ...]
    present: tuple[Text, ...]
    notes: tuple[Text, ...]


class Shard(V1):
    """Which `parts` (from 1) of `count` of a scan this is; only those of one `scan` make a whole.

    `waivers` and `baseline` are those of the scan, for the merge of its parts.
    """

    scan: Text
    count: Annotated[StrictInt, Field(ge=1, le=1000)]
    parts: Annotated[tuple[Annotated[StrictInt, Field(ge=1)], ...], Field(min_length=1)]
    faults: tuple[Text, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None
