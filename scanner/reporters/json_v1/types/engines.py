"""What engines were given, and how it went."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from scanner.reporters.json_v1.types.base import V1, Count, Gap, Seconds, Stage, Text
from scanner.reporters.json_v1.types.places import CodeLocation


class Identity(V1):
    """A caller that the target was attacked as; its credential is never written."""

    name: Text
    role: Literal["user", "admin"]


class Target(V1):
    """The endpoint that was attacked."""

    name: Text
    command: tuple[Text, ...]
    url: Text
    identities: tuple[Identity, ...]


class StaticTask(V1):
    """The files that an engine was given, relative to the scanned root.

    With `only_text` they are prose and settings, which make no scan.
    """

    kind: Literal["static"]
    files: tuple[Text, ...]
    only_text: bool = False
    gaps: tuple[Gap, ...]
    notes: tuple[Text, ...]
    deadline: Seconds


class DynamicTask(V1):
    """The endpoint that an engine was given."""

    kind: Literal["dynamic"]
    target: Target
    deadline: Seconds


Task = Annotated[StaticTask | DynamicTask, Field(discriminator="kind")]


class Assessment(V1):
    """One rule tried on one operation."""

    rule_id: Text
    subject: Text
    verdict: Literal["vulnerable", "held", "inconclusive", "not applicable"]
    why: Text


class Served(V1):
    """The code behind an operation: its handler, and the functions that this calls.

    `operation` is its name in assessments, `place` the one in findings, with the server's prefix.
    """

    operation: Text
    place: Text
    code: tuple[CodeLocation, ...]


class Engine(V1):
    """One engine: what it was given, how its run ended, what it saw.

    `kind` narrows `state`: why it failed (`timeout`) or was left out (`not asked for`). `started`
    and `seconds` are seconds since the scan began. `rules` names those that ran.
    """

    name: Text
    stage: Stage
    state: Literal["completed", "partial", "failed", "left out", "not run"]
    kind: Text
    reason: Text
    detail: Text
    tool_version: Text
    started: Seconds
    seconds: Seconds
    requests: Count
    findings: Count
    rules_run: Count
    targets: tuple[Text, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[Text, ...]
    assessments: tuple[Assessment, ...]
    rules: tuple[Text, ...]
    task: Task | None
    served: tuple[Served, ...] = ()
