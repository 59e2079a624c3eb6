"""`results.sarif`: SARIF 2.1.0 as GitHub code scanning takes it.

GitHub rejects a file over its limits as a whole and ignores suppressions, so results are bounded
here and suppressed findings left out. An alert shows on a pull request only where its lines are in
the diff: a finding about an operation points at the code that serves it, where that is known.
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import re
import zlib
from datetime import datetime

from scanner.model.decision import Status, Triaged
from scanner.model.evidence import CodeSnippet, Patch, Proof
from scanner.model.finding import Finding
from scanner.model.location import Cell, CodeLocation, EndpointLocation, Location, ResourceLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._json import lines
from scanner.reporters._places import code_of, lines_of
from scanner.reporters._text import clipped, one_line, plural, uri_path, visible, web_link

Json = dict[str, object]

SCHEMA_URI = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MAX_RESULTS = 5_000
MAX_RULES = 25_000
MAX_BYTES = 9_500_000  # 10 MB gzipped are taken
MAX_RELATED = 100
MAX_NOTIFICATIONS = 500
MAX_MESSAGE = 4_000
MAX_URLS = 20
MAX_TAGS = 20

_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub: over 9.0 is critical, from 7.0 high, from 4.0 medium, over 0 low.
_SCORE = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.1",
}


class Sarif(Value):
    """Renders one run of one tool, `servegate`."""

    name: str = "sarif"
    filename: str = "results.sarif"

    def render(self, scan: ScanResult) -> str:
        """At most `MAX_RESULTS` results, the worst kept; what is left out is said in the run."""
        most = MAX_RESULTS
        while True:
            text = lines({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [_run(scan, most)]}, 6)
            if most == 0 or _fits(text):
                return text
            most //= 2


def _fits(text: str) -> bool:
    """Whether the file is small enough once it is gzipped; a small one is not packed to see it."""
    data = text.encode("utf-8", "replace")
    return len(data) <= MAX_BYTES or len(zlib.compress(data)) <= MAX_BYTES


def _run(scan: ScanResult, most: int) -> Json:
    open_findings = [item for item in facts.ordered(scan) if item.status is not Status.SUPPRESSED]
    kept = open_findings[:most]
    omitted = len(open_findings) - len(kept)
    rules = facts.used_rules(scan)
    if len(rules) > MAX_RULES:
        told = {item.group.lead.rule_id for item in kept}
        rules = {rule_id: rule for rule_id, rule in rules.items() if rule_id in told}
    index = {rule_id: place for place, rule_id in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "servegate",
                "semanticVersion": scan.version,
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "automationDetails": {"id": "servegate/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "SRCROOT": {"description": {"text": "The folder that was scanned."}},
        },
        "invocations": [_invocation(scan, omitted)],
        "results": [_result(item, index, compared=scan.comparison is not None) for item in kept],
        "properties": {
            "verdict": scan.decision.verdict.value,
            "suppressedFindings": len(scan.findings) - len(open_findings),
            "omittedResults": omitted,
            **_compared(scan),
        },
    }


def _compared(scan: ScanResult) -> Json:
    past = scan.comparison
    if past is None:
        return {}
    return {"fixedFindings": len(past.fixed), "unjudgedFindings": len(past.unjudged)}


def _rule(rule: Rule) -> Json:
    tags = ("security", rule.stage.value, *rule.owasp, *map(_cwe_tag, rule.cwe))
    links = tuple(link for link in map(web_link, rule.references) if link)
    described: Json = {
        "id": visible(rule.id),
        "name": _pascal(rule.id),
        "shortDescription": {"text": one_line(rule.title)},
        "fullDescription": {"text": visible(rule.rationale)},
        "help": {"text": _help(rule), "markdown": _help_markdown(rule, links)},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {
            "security-severity": _SCORE[rule.severity],
            "precision": _PRECISION[rule.confidence.label],
            "tags": [visible(tag) for tag in dict.fromkeys(tags)][:MAX_TAGS],
        },
    }
    return {**described, "helpUri": links[0]} if links else described


_PRECISION = {"proven": "very-high", "firm": "high", "tentative": "medium"}


def _cwe_tag(cwe: str) -> str:
    return f"external/cwe/{cwe.lower()}"


def _pascal(rule_id: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", rule_id))


def _help(rule: Rule) -> str:
    return visible(f"{rule.rationale}\n\n{rule.remediation}")


def _help_markdown(rule: Rule, links: tuple[str, ...]) -> str:
    parts = [visible(rule.rationale), "**What to do**", visible(rule.remediation)]
    if links:
        parts.append("\n".join(f"- <{link}>" for link in links))
    return "\n\n".join(parts)


def _result(item: Triaged, index: dict[RuleId, int], *, compared: bool) -> Json:
    lead = item.group.lead
    result: Json = {
        "ruleId": visible(lead.rule_id),
        "ruleIndex": index[lead.rule_id],
        "level": _LEVEL[item.group.severity],
        "message": {"text": _message(lead)},
        "locations": [_place(lead.location, _end_of(lead))],
        "partialFingerprints": {
            "primaryLocationLineHash": item.group.fingerprint,
            "servegate/v1": item.group.fingerprint,
        },
        "properties": _properties(item),
    }
    if compared:
        known = item.status is Status.KNOWN
        result["baselineState"] = "unchanged" if known else "new"
    related = _related(item)
    if related:
        result["relatedLocations"] = related
    if lead.patch is not None:
        result["fixes"] = [_fix(lead.patch)]
    return result


def _fix(patch: Patch) -> Json:
    """The patch as a replacement of whole lines."""
    end = patch.start_line + len(patch.before) - 1
    region = {
        "startLine": patch.start_line,
        "startColumn": 1,
        "endLine": end,
        "endColumn": len(patch.before[-1]) + 1,
    }
    change = {
        "artifactLocation": {"uri": uri_path(patch.path), "uriBaseId": "SRCROOT"},
        "replacements": [
            {"deletedRegion": region, "insertedContent": {"text": "\n".join(patch.after)}}
        ],
    }
    return {"description": {"text": "The mend that the rule proposes"}, "artifactChanges": [change]}


def _unlinked(text: str) -> str:
    """Visible text that holds no `[text](address)`, which a SARIF message would make a link."""
    return clipped(visible(text), MAX_MESSAGE).replace("](", "] (")


def _message(finding: Finding) -> str:
    text = _unlinked(finding.message)
    match finding.location:
        case EndpointLocation() as place:
            return f"{text} ({_unlinked(one_line(str(place)))})"
        case ResourceLocation(address=address):
            return f"{text} ({_unlinked(one_line(address))})"
        case CodeLocation(cell=Cell() as cell):
            return f"{text} (cell {cell.number}, line {cell.start_line})"
        case CodeLocation():
            return text


def _properties(item: Triaged) -> Json:
    lead = item.group.lead
    known: Json = {
        "severity": item.group.severity.label,
        "confidence": item.group.confidence.label,
        "status": item.status.value,
        "stage": lead.stage.value,
        "engines": list(item.group.engines),
    }
    if isinstance(lead.location, EndpointLocation):
        known["method"] = visible(lead.location.method)
        known["path"] = visible(lead.location.path)
        if lead.location.parameter is not None:
            known["parameter"] = visible(lead.location.parameter)
    for proof in lead.evidence:
        if isinstance(proof, Proof):
            known["oracle"] = visible(proof.oracle)
            known["urls"] = [
                visible(exchange.request.url) for exchange in proof.exchanges[:MAX_URLS]
            ]
    return known


def _related(item: Triaged) -> list[Json]:
    lead = item.group.lead
    places = [(related.location, related.note) for related in lead.related]
    places += [
        (other.location, f"{other.engine}, {other.rule_id}: {other.message}")
        for other in item.group.findings[1:]
    ]
    return [
        {"id": number, **_place(location, None), "message": {"text": _unlinked(note)}}
        for number, (location, note) in enumerate(places[:MAX_RELATED], start=1)
    ]


def _place(location: Location, end_column: int | None) -> Json:
    match location:
        case CodeLocation():
            return {"physicalLocation": _physical(location, end_column)}
        case ResourceLocation(address=address):
            return {
                "physicalLocation": _physical(code_of(location), end_column),
                "logicalLocations": [{"fullyQualifiedName": visible(address), "kind": "resource"}],
            }
        case EndpointLocation(method=method, path=path):
            return {
                "physicalLocation": _physical(code_of(location), end_column),
                "logicalLocations": [
                    {"fullyQualifiedName": visible(f"{method} {path}"), "kind": "endpoint"}
                ],
            }


def _physical(location: CodeLocation, end_column: int | None) -> Json:
    return {
        "artifactLocation": {"uri": uri_path(location.path), "uriBaseId": "SRCROOT"},
        "region": _region(location, end_column),
    }


def _region(location: CodeLocation, end_column: int | None) -> Json:
    """A full region, as GitHub wants it; where the end is unknown it is the line's beginning."""
    start, end = lines_of(location)
    first = max(location.start_column or 1, 1)
    last = location.end_column or end_column or 1
    return {
        "startLine": start,
        "startColumn": first,
        "endLine": end,
        "endColumn": max(last, first) if start == end else max(last, 1),
    }


def _end_of(finding: Finding) -> int | None:
    """The column after the last flagged line, as far as the snippet shows that line."""
    if isinstance(finding.location, EndpointLocation):
        return None
    for record in finding.evidence:
        if isinstance(record, CodeSnippet) and record.path == finding.location.path:
            place = finding.location.end_line - record.start_line
            if 0 <= place < len(record.lines):
                return len(record.lines[place]) + 1
    return None


def _invocation(scan: ScanResult, omitted: int) -> Json:
    rows = facts.coverage(scan)
    notes = [note for row in rows for note in _notifications(row)]
    more = len(notes) - MAX_NOTIFICATIONS
    if more > 0:
        text = f"{plural(more, 'further notice')} left out; result.json has them all."
        notes = [*notes[:MAX_NOTIFICATIONS], _notification("warning", text)]
    if omitted:
        text = f"{plural(omitted, 'finding')} of lower severity left out; result.json has them all."
        notes.append(_notification("warning", text))
    return {
        # Where nothing looked, no result is no answer.
        "executionSuccessful": any(row.looked for row in rows)
        and all(row.state != facts.FAILED for row in rows),
        "startTimeUtc": _utc(scan.started),
        "endTimeUtc": _utc(scan.ended),
        "toolExecutionNotifications": notes,
    }


def _notifications(row: facts.Coverage) -> list[Json]:
    notes: list[Json] = []
    if row.state == facts.FAILED:
        notes.append(_notification("error", f"{row.engine} failed: {row.reason}"))
    elif row.state == facts.LEFT_OUT:
        notes.append(_notification("note", f"{row.engine} {row.state}: {row.reason}"))
    notes += [
        _notification("warning", f"{row.engine} did not look at {gap.subject}: {gap.reason}")
        for gap in row.gaps
    ]
    return notes


def _notification(level: str, text: str) -> Json:
    return {"level": level, "message": {"text": _unlinked(text)}}


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
