"""Findings, what shows them, and the rules behind them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

from scanner.model.documents import Document
from scanner.reporters.json_v1.types.base import Confidence, Severity, Stage, Status
from scanner.reporters.json_v1.types.places import Location, Related


class Snippet(Document, tag_field="kind", tag="code"):
    """Source lines; `start_line` is the number of the first."""

    path: str
    start_line: int
    lines: tuple[str, ...]


class Header(Document):
    """One header of a request or an answer."""

    name: str
    value: str


class Request(Document):
    """A request as sent, redacted."""

    method: str
    url: str
    headers: tuple[Header, ...]
    body: str


class Response(Document):
    """An answer as received, redacted and cut; `body_bytes` is its true length as far as read."""

    status: int
    headers: tuple[Header, ...]
    body: str
    body_bytes: int


class Exchange(Document):
    """One request and what came of it."""

    label: str
    request: Request
    response: Response | None
    fault: str | None
    elapsed_ms: int


class Proof(Document, tag_field="kind", tag="proof"):
    """Why a dynamic finding holds."""

    oracle: str
    exchanges: tuple[Exchange, ...]
    controls: tuple[Exchange, ...]
    replay: str
    decisive: tuple[str, ...] = ()


class Patch(Document):
    """A proposed mend: the lines from `start_line` on, as they are and as they should be."""

    path: str
    start_line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


Evidence = Snippet | Proof


class Inline(Document):
    """A comment in the scanned source that asks for silence."""

    comment: str
    reason: str
    blanket: bool


class Source(Document):
    """One engine's finding, a member of a group."""

    fingerprint: str
    engine: str
    stage: Stage
    rule_id: str
    severity: Severity
    confidence: Confidence
    message: str
    location: Location
    anchor: str
    related: tuple[Related, ...]
    evidence: tuple[Evidence, ...]
    suppression: Inline | None
    patch: Patch | None = None


class Waiver(Document):
    """An exception that somebody owns; it counts on the day `until` still."""

    name: str
    reason: str
    owner: str
    until: date
    fingerprint: str
    rule: str
    path: str


class Finding(Document):
    """One weakness, with every engine's finding of it in `sources`, the leading one first.

    `fingerprint`, `rule_id`, `message` and `location` repeat the leading source, `title` its rule.
    """

    fingerprint: str
    status: Status
    reason: str
    severity: Severity
    confidence: Confidence
    rule_id: str
    title: str
    message: str
    location: Location
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)]
    waiver: Waiver | None = None


class Rule(Document):
    """What was looked for."""

    id: str
    engine: str
    stage: Stage
    title: str
    severity: Severity
    confidence: Confidence
    rationale: str
    remediation: str
    cwe: tuple[str, ...]
    owasp: tuple[str, ...]
    controls: tuple[str, ...]
    references: tuple[str, ...]
    since: str
    aliases: tuple[str, ...]
    deprecated: bool
