"""Findings, what shows them, and the rules behind them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from scanner.reporters.json_v1.types.base import V1, Confidence, Severity, Stage, Status, Text
from scanner.reporters.json_v1.types.places import Location, Related


class Snippet(V1):
    """Source lines; `start_line` is the number of the first."""

    kind: Literal["code"]
    path: Text
    start_line: StrictInt
    lines: tuple[Text, ...]


class Header(V1):
    """One header of a request or an answer."""

    name: Text
    value: Text


class Request(V1):
    """A request as sent, redacted."""

    method: Text
    url: Text
    headers: tuple[Header, ...]
    body: Text


class Response(V1):
    """An answer as received, redacted and cut; `body_bytes` is its true length as far as read."""

    status: StrictInt
    headers: tuple[Header, ...]
    body: Text
    body_bytes: StrictInt


class Exchange(V1):
    """One request and what came of it."""

    label: Text
    request: Request
    response: Response | None
    fault: Text | None
    elapsed_ms: StrictInt


class Proof(V1):
    """Why a dynamic finding holds."""

    kind: Literal["proof"]
    oracle: Text
    exchanges: tuple[Exchange, ...]
    controls: tuple[Exchange, ...]
    replay: Text
    decisive: tuple[Text, ...] = ()


class Patch(V1):
    """A proposed mend: the lines from `start_line` on, as they are and as they should be."""

    path: Text
    start_line: StrictInt
    before: tuple[Text, ...]
    after: tuple[Text, ...]


Evidence = Annotated[Snippet | Proof, Field(discriminator="kind")]


class Inline(V1):
    """A comment in the scanned source that asks for silence."""

    comment: Text
    reason: Text
    blanket: StrictBool


class Source(V1):
    """One engine's finding, a member of a group."""

    fingerprint: Text
    engine: Text
    stage: Stage
    rule_id: Text
    severity: Severity
    confidence: Confidence
    message: Text
    location: Location
    anchor: Text
    related: tuple[Related, ...]
    evidence: tuple[Evidence, ...]
    suppression: Inline | None
    patch: Patch | None = None


class Waiver(V1):
    """An exception that somebody owns; it counts on the day `until` still."""

    name: Text
    reason: Text
    owner: Text
    until: date
    fingerprint: Text
    rule: Text
    path: Text


class Finding(V1):
    """One weakness, with every engine's finding of it in `sources`, the leading one first.

    `fingerprint`, `rule_id`, `message` and `location` repeat the leading source, `title` its rule.
    """

    fingerprint: Text
    status: Status
    reason: Text
    severity: Severity
    confidence: Confidence
    rule_id: Text
    title: Text
    message: Text
    location: Location
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    waiver: Waiver | None = None


class Rule(V1):
    """What was looked for."""

    id: Text
    engine: Text
    stage: Stage
    title: Text
    severity: Severity
    confidence: Confidence
    rationale: Text
    remediation: Text
    cwe: tuple[Text, ...]
    owasp: tuple[Text, ...]
    controls: tuple[Text, ...]
    references: tuple[Text, ...]
    since: Text
    aliases: tuple[Text, ...]
    deprecated: StrictBool
