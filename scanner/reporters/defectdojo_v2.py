"""`defectdojo.json`: DefectDojo's "Generic Findings Import".

Descriptions are shown as Markdown, so what came from the scanned side is escaped. The importer
refuses a file with a key that it does not know, and one whose endpoint is no address.
Suppressed findings are told as inactive and risk-accepted, with the reason.
https://docs.defectdojo.com/supported_tools/parsers/generic_findings_import/
"""

from __future__ import annotations

import re

from scanner.model.decision import Status, Triaged
from scanner.model.evidence import CodeSnippet, Proof
from scanner.model.location import EndpointLocation
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._json import lines as json_lines
from scanner.reporters._places import code_of, lines_of
from scanner.reporters._text import clipped, one_line, plain, visible, web_link

Json = dict[str, object]

MAX_TITLE = 500
MAX_PATH = 3_900
MAX_TEXT = 20_000


class DefectDojo(Value):
    """Renders one test with every finding, suppressed ones among them."""

    name: str = "defectdojo"
    filename: str = "defectdojo.json"

    def render(self, scan: ScanResult) -> str:
        """Only keys that the importer knows."""
        day = scan.started.strftime("%Y-%m-%d")
        document = {
            "name": "servegate",
            "type": "servegate",
            "version": scan.version,
            "description": one_line(facts.headline(scan)),
            "findings": [
                _finding(item, scan.catalogue[item.group.lead.rule_id], day)
                for item in facts.ordered(scan)
            ],
        }
        return json_lines(document)


def _finding(item: Triaged, rule: Rule, day: str) -> Json:
    lead = item.group.lead
    dynamic = isinstance(lead.location, EndpointLocation)
    suppressed = item.status is Status.SUPPRESSED
    proofs = [record for record in lead.evidence if isinstance(record, Proof)]
    numbers = [int(cwe[4:]) for cwe in rule.cwe if cwe[:4] == "CWE-" and cwe[4:].isdecimal()]
    links = [link for link in map(web_link, rule.references) if link]
    told: Json = {
        "title": clipped(one_line(rule.title), MAX_TITLE),
        "description": clipped(_description(item), MAX_TEXT),
        "severity": item.group.severity.label.capitalize(),
        "impact": visible(rule.rationale),
        "mitigation": visible(rule.remediation),
        "references": "\n".join(links),
        "date": day,
        "active": not suppressed,
        "verified": item.group.confidence is Confidence.PROVEN,
        "risk_accepted": suppressed,
        "static_finding": not dynamic,
        "dynamic_finding": dynamic,
        "unique_id_from_tool": item.group.fingerprint,
        "vuln_id_from_tool": visible(rule.id),
        "tags": [lead.stage.value, *(visible(word) for word in rule.owasp)],
    }
    if numbers:
        told["cwe"] = numbers[0]
    if proofs:
        told["steps_to_reproduce"] = clipped(visible(proofs[0].replay), MAX_TEXT)
    if isinstance(lead.location, EndpointLocation):
        if lead.location.parameter:
            told["param"] = clipped(one_line(lead.location.parameter), 1_000)
        if lead.location.handler is None:
            return told
    code = code_of(lead.location)
    return {**told, "file_path": clipped(visible(code.path), MAX_PATH), "line": lines_of(code)[0]}


def _fenced(lines: list[str]) -> list[str]:
    """Lines as code that nothing in them can end: behind a list, mere indentation is text."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *lines, fence]


def _description(item: Triaged) -> str:
    lead = item.group.lead
    reason = f" ({plain(item.reason)})" if item.reason else ""
    lines = [
        plain(lead.message, 2_000),
        "",
        f"- Where: {plain(str(lead.location), 1_000)}",
        f"- Seen by: {plain(', '.join(item.group.engines))}; "
        f"confidence {item.group.confidence.label}",
        f"- Status: {item.status.value}{reason}",
    ]
    for record in lead.evidence:
        match record:
            case Proof(oracle=oracle):
                lines += ["", f"Why it holds: {plain(oracle, 2_000)}"]
            case CodeSnippet(lines=source):
                lines += ["", *_fenced([visible(line) for line in source])]
    return "\n".join(lines)
