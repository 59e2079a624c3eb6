"""One finished scan: the whole of `result.json`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field, StrictBool

from scanner.reporters.json_v1.types.base import SCHEMA, V1, Count, Gap, Severity, Text
from scanner.reporters.json_v1.types.engines import Engine
from scanner.reporters.json_v1.types.findings import Finding, Rule
from scanner.reporters.json_v1.types.history import Comparison, Earlier, Shard
from scanner.reporters.json_v1.types.places import CodeLocation


class Reason(V1):
    """One cause of the verdict: the `clause` of the policy behind it, and what would mend it."""

    kind: Literal["blocking", "uncertain", "note"]
    subject: Text
    text: Text
    clause: Text = ""
    mend: Text = ""


class Policy(V1):
    """What the gate was told."""

    fail_on: Severity
    required: tuple[Text, ...]
    allow_missing: tuple[Text, ...]
    allow_gaps: StrictBool
    forbid_inline: StrictBool
    block_known: StrictBool = False
    observe: StrictBool = False
    waiver_days: Count = 0
    waiver_severity: Severity | None = "critical"
    name: Text = ""


class Counts(V1):
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


class Part(V1):
    """One finding of an attack path, by the fingerprint that it has in `findings`."""

    role: Literal["code", "proof", "exposure"]
    fingerprint: Text
    rule_id: Text
    place: Text


class AttackPath(V1):
    """An operation that was attacked with success, and the findings that make it possible.

    A view: its parts are all in `findings`. `raised` where code, proof and exposure meet.
    """

    name: Text
    operation: Text
    severity: Severity
    raised: StrictBool
    parts: tuple[Part, ...]
    fix: CodeLocation | None


class Held(V1):
    """A weakness of the code whose operation was attacked for it without success."""

    fingerprint: Text
    operation: Text
    rules: tuple[Text, ...]


class Result(V1):
    """One finished scan. Holds no absolute path and no credential."""

    schema_: Literal["servegate/result/v1"] = Field(alias="schema")
    servegate: Text
    project: Text
    started: AwareDatetime
    ended: AwareDatetime
    verdict: Literal["passed", "failed", "inconclusive"]
    reasons: tuple[Reason, ...]
    policy: Policy
    counts: Counts
    engines: tuple[Engine, ...]
    notes: tuple[Text, ...]
    excluded: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    commit: Text = ""
    limited: Text = ""
    comparison: Comparison | None = None
    attack_paths: tuple[AttackPath, ...] = ()
    held: tuple[Held, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    shard: Shard | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`, generated from the types above."""
    schema = Result.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": SCHEMA,
    }
