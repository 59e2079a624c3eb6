"""What engines were given, and how it went."""

from __future__ import annotations

from typing import Literal

from scanner.model.documents import Document
from scanner.reporters.json_v1.types.base import Count, Gap, Seconds, Stage
from scanner.reporters.json_v1.types.places import CodeLocation

State = Literal["completed", "partial", "failed", "left out", "not run"]


class Identity(Document):
    """A caller that the target was attacked as; its credential is never written."""

    name: str
    role: Literal["user", "admin"]


class Target(Document):
    """The endpoint that was attacked."""

    name: str
    command: tuple[str, ...]
    url: str
    identities: tuple[Identity, ...]


class StaticTask(Document, kw_only=True, tag_field="kind", tag="static"):
    """The files that an engine was given, relative to the scanned root.

    With `only_text` they are prose and settings, which make no scan.
    """

    files: tuple[str, ...]
    only_text: bool = False
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    deadline: Seconds


class DynamicTask(Document, tag_field="kind", tag="dynamic"):
    """The endpoint that an engine was given."""

    target: Target
    deadline: Seconds


Task = StaticTask | DynamicTask


class Assessment(Document):
    """One rule tried on one operation."""

    rule_id: str
    subject: str
    verdict: Literal["vulnerable", "held", "inconclusive", "not applicable"]
    why: str


class Served(Document):
    """The code behind an operation: its handler, and the functions that this calls.

    `operation` is its name in assessments, `place` the one in findings, with the server's prefix.
    """

    operation: str
    place: str
    code: tuple[CodeLocation, ...]


class Engine(Document):
    """One engine: what it was given, how its run ended, what it saw.

    `kind` narrows `state`: why it failed (`timeout`) or was left out (`not asked for`). `started`
    and `seconds` are seconds since the scan began. `rules` names those that ran.
    """

    name: str
    stage: Stage
    state: State
    kind: str
    reason: str
    detail: str
    tool_version: str
    started: Seconds
    seconds: Seconds
    requests: Count
    findings: Count
    rules_run: Count
    targets: tuple[str, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    assessments: tuple[Assessment, ...]
    rules: tuple[str, ...]
    task: Task | None
    served: tuple[Served, ...] = ()
