"""The findings as plain data, from which the page's script builds rows and details.

Every string is made visible here, and links are checked, so that the script only places text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from scanner.model.decision import Reason, ReasonKind, Status, Triaged
from scanner.model.evidence import CodeSnippet, Evidence, Exchange, Proof, Request, Response
from scanner.model.finding import Finding
from scanner.model.location import EndpointLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.reporters import _facts as facts
from scanner.reporters._text import clipped, one_line, visible, web_link
from scanner.reporters.html.standards import page_of
from scanner.reporters.html.surface import Operations

Json = dict[str, object]

# What a closed row or a table cell shows at most; lines and bodies only show when opened.
CELL = 400
_SERVED = 4
LINE_LIMIT = 2_000
BODY_LIMIT = 20_000
# A page of thousands of exchanges would not open; result.json holds what is left out here.
EVIDENCE_BUDGET = 6_000_000


@dataclass(slots=True)
class _Budget:
    left: int

    def spend(self, size: int) -> bool:
        self.left -= size
        return self.left >= 0


def page_data(scan: ScanResult) -> tuple[list[Json], Iterator[Json]]:
    """The rules that fired, and every finding in the order of the page, naming rules by place.

    Findings are made one by one: all at once would be many times what becomes of them.
    """
    findings = facts.ordered(scan)
    operations = Operations(scan)
    fired = sorted({f.rule_id for item in findings for f in item.group.findings})
    place = {rule_id: number for number, rule_id in enumerate(fired)}
    budget = _Budget(EVIDENCE_BUDGET)
    told = facts.attacked(scan)
    blocking = {
        reason.subject: reason
        for reason in scan.decision.reasons
        if reason.kind is ReasonKind.BLOCKING
    }
    rows = (
        {
            **_finding(item, place, budget),
            "operations": list(map(visible, served)),
            "categories": list(map(visible, categories(item, scan))),
            "blocks": item.group.fingerprint in blocking,
            "here": _here(item, served, told.get(item.group.fingerprint, [])),
            "history": _history(item, scan, blocking.get(item.group.fingerprint)),
        }
        for item in findings
        for served in (operations.of(item),)
    )
    return [_rule(scan.catalogue[rule_id]) for rule_id in fired], rows


def categories(item: Triaged, scan: ScanResult) -> tuple[str, ...]:
    """The OWASP categories of all that saw a weakness."""
    named = (name for f in item.group.findings for name in scan.catalogue[f.rule_id].owasp)
    return tuple(dict.fromkeys(named))


def _here(item: Triaged, operations: tuple[str, ...], told: list[tuple[str, str]]) -> list[str]:
    """What the weakness means for this endpoint, in sentences."""
    lead = item.group.lead
    said = [f"{note[:1].upper()}{note[1:]}: {text}." for text, note in dict.fromkeys(told)]
    if operations and not isinstance(lead.location, EndpointLocation):
        shown = ", ".join(operations[:_SERVED])
        more = f" and {len(operations) - _SERVED} more" if len(operations) > _SERVED else ""
        said.append(f"These lines serve {shown}{more}.")
    return [visible(text) for text in said]


def _history(item: Triaged, scan: ScanResult, blocks: Reason | None) -> list[str]:
    """Where the finding stands against what was known and accepted, in sentences."""
    said: list[str] = []
    past = scan.comparison
    against = f"{past.source}{f' at {past.commit[:12]}' if past.commit else ''}" if past else ""
    match item.status:
        case Status.NEW:
            said.append(
                f"New: {against} does not have it." if past else "New: no baseline was given."
            )
        case Status.KNOWN:
            said.append(f"Known: it stands in {against}." if past else "Known from a baseline.")
        case Status.SUPPRESSED:
            said.append(f"Suppressed: {item.reason}.")
    if item.waiver is not None:
        said.append(
            f"Waived by {item.waiver.owner} until {item.waiver.until}: {item.waiver.reason}"
        )
    if blocks is not None:
        said.append(f"Blocks the gate ({blocks.clause}). To pass: {blocks.mend}.")
    return [visible(text) for text in said]


def _rule(rule: Rule) -> Json:
    links = (link for link in map(web_link, rule.references) if link)
    return {
        "id": visible(rule.id),
        "title": visible(rule.title),
        "why": visible(rule.rationale),
        "fix": visible(rule.remediation),
        "ids": [
            {"text": visible(name), "href": page_of(name)}
            for name in (*rule.cwe, *rule.owasp, *rule.controls)
        ],
        "links": list(links),
    }


def _finding(item: Triaged, place: dict[RuleId, int], budget: _Budget) -> Json:
    lead, *others = item.group.findings
    return {
        "id": visible(item.group.fingerprint),
        "rule": place[lead.rule_id],
        "message": clipped(visible(lead.message), LINE_LIMIT),
        "where": one_line(str(lead.location)),
        "file": "" if isinstance(lead.location, EndpointLocation) else visible(lead.location.path),
        "stage": lead.stage.value,
        "engines": list(map(visible, item.group.engines)),
        "severity": item.group.severity.label,
        "confidence": item.group.confidence.label,
        "status": item.status.value,
        "places": _places(lead),
        "inline": visible(lead.suppression.comment) if lead.suppression else "",
        "evidence": _evidence(lead, budget),
        "sources": [_source(finding, place, budget) for finding in others],
        "patch": visible(lead.patch.diff) if lead.patch else "",
    }


def _source(finding: Finding, place: dict[RuleId, int], budget: _Budget) -> Json:
    return {
        "engine": visible(finding.engine),
        "rule": place[finding.rule_id],
        "severity": finding.severity.label,
        "message": clipped(visible(finding.message), LINE_LIMIT),
        "where": visible(str(finding.location)),
        "evidence": [] if _only_code(finding) else _evidence(finding, budget),
    }


def _only_code(finding: Finding) -> bool:
    return all(isinstance(record, CodeSnippet) for record in finding.evidence)


def _places(finding: Finding) -> list[Json]:
    places: list[Json] = [{"text": visible(str(finding.location)), "note": ""}]
    if isinstance(finding.location, EndpointLocation) and finding.location.handler:
        places.append({"text": visible(str(finding.location.handler)), "note": "served by"})
    places += [
        {"text": visible(str(related.location)), "note": visible(related.note)}
        for related in finding.related
    ]
    return places


def _evidence(finding: Finding, budget: _Budget) -> list[Json]:
    shown: list[Json] = []
    for record in finding.evidence:
        data, size = _record(record, finding)
        if not budget.spend(size):
            return [*shown, {"kind": "omitted"}]
        shown.append(data)
    return shown


def _record(record: Evidence, finding: Finding) -> tuple[Json, int]:
    match record:
        case CodeSnippet():
            lines = [clipped(visible(line), LINE_LIMIT) for line in record.lines]
            first, last = facts.flagged_lines(record, finding)
            data: Json = {
                "kind": "code",
                "path": visible(record.path),
                "start": record.start_line,
                "first": first,
                "last": last,
                "lines": lines,
            }
            return data, sum(map(len, lines))
        case Proof():
            exchanges = [_exchange(exchange) for exchange in record.exchanges]
            controls = [_exchange(exchange) for exchange in record.controls]
            data = {
                "kind": "proof",
                "oracle": visible(record.oracle),
                "exchanges": exchanges,
                "controls": controls,
                "replay": visible(record.replay),
                "marks": list(map(visible, record.decisive)),
            }
            texts = (str(item[side]) for item in (*exchanges, *controls) for side in _SIDES)
            return data, sum(map(len, texts))


_SIDES = ("request", "response")


def _exchange(exchange: Exchange) -> Json:
    return {
        "label": visible(exchange.label),
        "request": _request(exchange.request),
        "response": _response(exchange.response),
        "fault": visible(exchange.fault or ""),
        "ms": exchange.elapsed_ms,
    }


def _request(request: Request) -> str:
    return _message(f"{request.method} {request.url}", request.headers, request.body)


def _response(response: Response | None) -> str:
    if response is None:
        return ""
    try:
        phrase = f" {HTTPStatus(response.status).phrase}"
    except ValueError:
        phrase = ""
    text = _message(f"{response.status}{phrase}", response.headers, response.body)
    cut = response.body_bytes > len(response.body.encode("utf-8", "surrogatepass"))
    return f"{text}\n\n[{response.body_bytes:,} bytes in all]" if cut else text


def _message(first: str, headers: tuple[tuple[str, str], ...], body: str) -> str:
    head = [first, *(f"{name}: {value}" for name, value in headers)]
    parts = [visible("\n".join(head))]
    if body:
        parts.append(clipped(visible(body), BODY_LIMIT))
    return "\n\n".join(parts)
