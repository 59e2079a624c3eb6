"""Findings, their evidence and rules, from the types of `result.json`."""

from __future__ import annotations

from scanner.model.decision import (
    Group,
    Status,
    Triaged,
)
from scanner.model.evidence import CodeSnippet, Evidence, Exchange, Patch, Proof, Request, Response
from scanner.model.finding import (
    Finding,
    Fingerprint,
    InlineSuppression,
    RelatedLocation,
)
from scanner.model.history import Waiver
from scanner.model.location import Cell, CodeLocation, EndpointLocation, Location, ResourceLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.reporters.json_v1 import types as v1

Catalogue = dict[RuleId, Rule]


def read_waiver(waiver: v1.Waiver | None) -> Waiver | None:
    """A waiver."""
    if waiver is None:
        return None
    return Waiver(
        name=waiver.name,
        reason=waiver.reason,
        owner=waiver.owner,
        until=waiver.until,
        fingerprint=waiver.fingerprint,
        rule=waiver.rule,
        path=waiver.path,
    )


def read_triaged(item: v1.Finding, catalogue: Catalogue) -> Triaged:
    """A weakness with every finding of it."""
    members = tuple(read_finding(source, catalogue) for source in item.sources)
    return Triaged(
        group=Group(
            findings=members,
            severity=Severity.parse(item.severity),
            confidence=Confidence.parse(item.confidence),
        ),
        status=Status(item.status),
        reason=item.reason,
        waiver=read_waiver(item.waiver),
    )


def read_finding(source: v1.Source, catalogue: Catalogue) -> Finding:
    """One engine's finding."""
    inline, patch = source.suppression, source.patch
    return Finding(
        engine=source.engine,
        stage=Stage(source.stage),
        rule_id=catalogue[RuleId(source.rule_id)].id,
        severity=Severity.parse(source.severity),
        confidence=Confidence.parse(source.confidence),
        message=source.message,
        location=read_location(source.location),
        anchor=source.anchor,
        related=tuple(
            RelatedLocation(location=read_location(related.location), note=related.note)
            for related in source.related
        ),
        evidence=tuple(_evidence(record) for record in source.evidence),
        suppression=None
        if inline is None
        else InlineSuppression(
            comment=inline.comment, reason=inline.reason, blanket=inline.blanket
        ),
        patch=None
        if patch is None
        else Patch(
            path=patch.path,
            start_line=patch.start_line,
            before=patch.before,
            after=patch.after,
        ),
        fingerprint=Fingerprint(source.fingerprint),
    )


def read_location(
    location: v1.CodeLocation | v1.ResourceLocation | v1.EndpointLocation,
) -> Location:
    """A place of any kind."""
    match location:
        case v1.CodeLocation():
            return read_code(location)
        case v1.ResourceLocation():
            return ResourceLocation(
                address=location.address,
                path=location.path,
                start_line=location.start_line,
                end_line=location.end_line,
            )
        case v1.EndpointLocation():
            return EndpointLocation(
                method=location.method,
                path=location.path,
                parameter=location.parameter,
                handler=None if location.handler is None else read_code(location.handler),
            )


def read_code(location: v1.CodeLocation) -> CodeLocation:
    """Lines of a file."""
    cell = location.cell
    return CodeLocation(
        path=location.path,
        start_line=location.start_line,
        end_line=location.end_line,
        start_column=location.start_column,
        end_column=location.end_column,
        cell=None
        if cell is None
        else Cell(number=cell.number, start_line=cell.start_line, end_line=cell.end_line),
    )


def _evidence(record: v1.Snippet | v1.Proof) -> Evidence:
    match record:
        case v1.Snippet():
            return CodeSnippet(path=record.path, start_line=record.start_line, lines=record.lines)
        case v1.Proof():
            return Proof(
                oracle=record.oracle,
                exchanges=tuple(_exchange(item) for item in record.exchanges),
                controls=tuple(_exchange(item) for item in record.controls),
                replay=record.replay,
                decisive=record.decisive,
            )


def _exchange(item: v1.Exchange) -> Exchange:
    request, response = item.request, item.response
    return Exchange(
        label=item.label,
        request=Request(
            method=request.method,
            url=request.url,
            headers=_headers(request.headers),
            body=request.body,
        ),
        response=None
        if response is None
        else Response(
            status=response.status,
            headers=_headers(response.headers),
            body=response.body,
            body_bytes=response.body_bytes,
        ),
        fault=item.fault,
        elapsed_ms=item.elapsed_ms,
    )


def _headers(headers: tuple[v1.Header, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((header.name, header.value) for header in headers)


def read_rule(rule: v1.Rule) -> Rule:
    """A rule."""
    return Rule(
        id=RuleId(rule.id),
        engine=rule.engine,
        stage=Stage(rule.stage),
        title=rule.title,
        severity=Severity.parse(rule.severity),
        confidence=Confidence.parse(rule.confidence),
        rationale=rule.rationale,
        remediation=rule.remediation,
        cwe=rule.cwe,
        owasp=rule.owasp,
        controls=rule.controls,
        references=rule.references,
        since=rule.since,
        aliases=tuple(RuleId(alias) for alias in rule.aliases),
        deprecated=rule.deprecated,
    )
