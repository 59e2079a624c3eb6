"""Findings, their evidence and rules, in the types of `result.json`."""

from __future__ import annotations

from scanner.model.decision import Triaged
from scanner.model.evidence import CodeSnippet, Evidence, Exchange, Proof
from scanner.model.finding import Finding
from scanner.model.history import Waiver
from scanner.model.location import CodeLocation, EndpointLocation, Location, ResourceLocation
from scanner.model.rule import Rule, RuleId
from scanner.reporters.json_v1 import types as v1


def write_waiver(waiver: Waiver | None) -> v1.Waiver | None:
    """A waiver."""
    if waiver is None:
        return None
    return v1.Waiver(
        name=waiver.name,
        reason=waiver.reason,
        owner=waiver.owner,
        until=waiver.until,
        fingerprint=waiver.fingerprint,
        rule=waiver.rule,
        path=waiver.path,
    )


def write_group(item: Triaged, catalogue: dict[RuleId, Rule]) -> v1.Finding:
    """A weakness with every finding of it."""
    group, lead = item.group, item.group.lead
    return v1.Finding(
        fingerprint=group.fingerprint,
        status=item.status.value,
        reason=item.reason,
        severity=group.severity.label,
        confidence=group.confidence.label,
        rule_id=lead.rule_id,
        title=catalogue[lead.rule_id].title,
        message=lead.message,
        location=_location(lead.location),
        sources=tuple(_source(finding) for finding in group.findings),
        waiver=write_waiver(item.waiver),
    )


def _source(finding: Finding) -> v1.Source:
    inline = finding.suppression
    patch = finding.patch
    return v1.Source(
        fingerprint=finding.fingerprint,
        engine=finding.engine,
        stage=finding.stage.value,
        rule_id=finding.rule_id,
        severity=finding.severity.label,
        confidence=finding.confidence.label,
        message=finding.message,
        location=_location(finding.location),
        anchor=finding.anchor,
        related=tuple(
            v1.Related(location=_location(related.location), note=related.note)
            for related in finding.related
        ),
        evidence=tuple(_evidence(record) for record in finding.evidence),
        suppression=None
        if inline is None
        else v1.Inline(comment=inline.comment, reason=inline.reason, blanket=inline.blanket),
        patch=None
        if patch is None
        else v1.Patch(
            path=patch.path,
            start_line=patch.start_line,
            before=patch.before,
            after=patch.after,
        ),
    )


def _location(
    location: Location,
) -> v1.CodeLocation | v1.ResourceLocation | v1.EndpointLocation:
    match location:
        case CodeLocation():
            return write_code(location)
        case ResourceLocation():
            return v1.ResourceLocation(
                address=location.address,
                path=location.path,
                start_line=location.start_line,
                end_line=location.end_line,
            )
        case EndpointLocation():
            return v1.EndpointLocation(
                method=location.method,
                path=location.path,
                parameter=location.parameter,
                handler=None if location.handler is None else write_code(location.handler),
            )


def write_code(location: CodeLocation) -> v1.CodeLocation:
    """Lines of a file."""
    cell = location.cell
    return v1.CodeLocation(
        path=location.path,
        start_line=location.start_line,
        end_line=location.end_line,
        start_column=location.start_column,
        end_column=location.end_column,
        cell=None
        if cell is None
        else v1.Cell(number=cell.number, start_line=cell.start_line, end_line=cell.end_line),
    )


def _evidence(record: Evidence) -> v1.Snippet | v1.Proof:
    match record:
        case CodeSnippet():
            return v1.Snippet(path=record.path, start_line=record.start_line, lines=record.lines)
        case Proof():
            return v1.Proof(
                oracle=record.oracle,
                exchanges=tuple(_exchange(exchange) for exchange in record.exchanges),
                controls=tuple(_exchange(exchange) for exchange in record.controls),
                replay=record.replay,
                decisive=record.decisive,
            )


def _exchange(exchange: Exchange) -> v1.Exchange:
    request, response = exchange.request, exchange.response
    return v1.Exchange(
        label=exchange.label,
        request=v1.Request(
            method=request.method,
            url=request.url,
            headers=_headers(request.headers),
            body=request.body,
        ),
        response=None
        if response is None
        else v1.Response(
            status=response.status,
            headers=_headers(response.headers),
            body=response.body,
            body_bytes=response.body_bytes,
        ),
        fault=exchange.fault,
        elapsed_ms=exchange.elapsed_ms,
    )


def _headers(headers: tuple[tuple[str, str], ...]) -> tuple[v1.Header, ...]:
    return tuple(v1.Header(name=name, value=value) for name, value in headers)


def write_rule(rule: Rule) -> v1.Rule:
    """A rule."""
    return v1.Rule(
        id=rule.id,
        engine=rule.engine,
        stage=rule.stage.value,
        title=rule.title,
        severity=rule.severity.label,
        confidence=rule.confidence.label,
        rationale=rule.rationale,
        remediation=rule.remediation,
        cwe=rule.cwe,
        owasp=rule.owasp,
        controls=rule.controls,
        references=rule.references,
        since=rule.since,
        aliases=rule.aliases,
        deprecated=rule.deprecated,
    )
