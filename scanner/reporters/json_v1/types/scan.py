"""One finished scan: the whole of `result.json`."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import field

from scanner.model.documents import Document, document_schema
from scanner.reporters.json_v1.types.base import SCHEMA, Count, Gap, Moment, Severity
from scanner.reporters.json_v1.types.engines import Engine
from scanner.reporters.json_v1.types.findings import Finding, Rule
from scanner.reporters.json_v1.types.history import Comparison, Earlier, Shard
from scanner.reporters.json_v1.types.places import CodeLocation


class Reason(Document):
    """One cause of the verdict: the `clause` of the policy behind it, and what would mend it."""

    kind: Literal["blocking", "uncertain", "note"]
    subject: str
    text: str
    clause: str = ""
    mend: str = ""


class Policy(Document):
    """What the gate was told."""

    fail_on: Severity
    required: tuple[str, ...]
    allow_missing: tuple[str, ...]
    allow_gaps: bool
    forbid_inline: bool
    block_known: bool = False
    observe: bool = False
    waiver_days: Count = 0
    waiver_severity: Severity | None = "critical"
    name: str = ""


class Counts(Document):
    """Findings at each severity without the suppressed ones, and by status. Derived."""

    critical: Count
    high: Count
    medium: Count
    low: Count
    info: Count
    new: Count
    known: Count
    suppressed: Count
    fixed: Count = 0
    unjudged: Count = 0


class Part(Document):
    """One finding of an attack path, by the fingerprint that it has in `findings`."""

    role: Literal["code", "proof", "exposure"]
    fingerprint: str
    rule_id: str
    place: str


class AttackPath(Document):
    """An operation that was attacked with success, and the findings that make it possible.

    A view: its parts are all in `findings`. `raised` where code, proof and exposure meet.
    """

    name: str
    operation: str
    severity: Severity
    raised: bool
    parts: tuple[Part, ...]
    fix: CodeLocation | None


class Held(Document):
    """A weakness of the code whose operation was attacked for it without success."""

    fingerprint: str
    operation: str
    rules: tuple[str, ...]


class Result(Document):
    """One finished scan. Holds no absolute path and no credential."""

    schema_: Literal["servegate/result/v1"] = field(name="schema")
    servegate: str
    project: str
    started: Moment
    ended: Moment
    verdict: Literal["passed", "failed", "inconclusive"]
    reasons: tuple[Reason, ...]
    policy: Policy
    counts: Counts
    engines: tuple[Engine, ...]
    notes: tuple[str, ...]
    excluded: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    commit: str = ""
    limited: str = ""
    comparison: Comparison | None = None
    attack_paths: tuple[AttackPath, ...] = ()
    held: tuple[Held, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    shard: Shard | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`, generated from the types above."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **document_schema(Result),
        "title": SCHEMA,
    }
