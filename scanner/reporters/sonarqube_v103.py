"""`sonarqube.json`: SonarQube's generic issues, in the form of 10.3 and later.

SonarQube ends an import over a column outside its line, so only lines are told. Issues must be in a
file: an operation whose handler is not known is put at a made-up path, which SonarQube names in its
log as unknown and leaves out. Suppressed findings are left out.
https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/importing-external-issues/generic-issue-import-format
"""

from __future__ import annotations

from scanner.model.decision import Status, Triaged
from scanner.model.location import CodeLocation, EndpointLocation, ResourceLocation
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._json import lines
from scanner.reporters._places import code_of, lines_of
from scanner.reporters._text import clipped, one_line, visible

Json = dict[str, object]

MAX_MESSAGE = 4_000
MAX_SECONDARY = 100

# The older severity names are read by servers before 10.8, `impacts` by all since 10.3.
_IMPACT = {
    Severity.CRITICAL: "BLOCKER",
    Severity.HIGH: "HIGH",
    Severity.MEDIUM: "MEDIUM",
    Severity.LOW: "LOW",
    Severity.INFO: "INFO",
}
_LEGACY = {
    Severity.CRITICAL: "BLOCKER",
    Severity.HIGH: "CRITICAL",
    Severity.MEDIUM: "MAJOR",
    Severity.LOW: "MINOR",
    Severity.INFO: "INFO",
}


class SonarQube(Value):
    """Renders the rules that fired and one issue for each finding."""

    name: str = "sonarqube"
    filename: str = "sonarqube.json"

    def render(self, scan: ScanResult) -> str:
        """An issue's severity is its rule's here, as the format wants it; the message has its own.

        A rule whose findings differ in severity is therefore listed once for each of them.
        """
        told = [item for item in facts.ordered(scan) if item.status is not Status.SUPPRESSED]
        rules: dict[str, Json] = {}
        issues: list[Json] = []
        for item in told:
            rule = scan.catalogue[item.group.lead.rule_id]
            rule_id = _rule_id(rule, item.group.severity)
            rules.setdefault(rule_id, _rule(rule_id, rule, item.group.severity))
            issues.append(_issue(rule_id, item))
        document = {"rules": [rules[key] for key in sorted(rules)], "issues": issues}
        return lines(document)


def _rule_id(rule: Rule, severity: Severity) -> str:
    name = visible(rule.id)
    return name if severity is rule.severity else f"{name}@{severity.label}"


def _rule(rule_id: str, rule: Rule, severity: Severity) -> Json:
    return {
        "id": rule_id,
        "name": clipped(one_line(rule.title), 200),
        "description": visible(f"{rule.rationale}\n\n{rule.remediation}"),
        "engineId": "servegate",
        "cleanCodeAttribute": "TRUSTWORTHY",
        "type": "VULNERABILITY",
        "severity": _LEGACY[severity],
        "impacts": [{"softwareQuality": "SECURITY", "severity": _IMPACT[severity]}],
    }


def _issue(rule_id: str, item: Triaged) -> Json:
    lead = item.group.lead
    others = [(related.location, related.note) for related in lead.related]
    others += [
        (other.location, f"{other.engine}, {other.rule_id}: {other.message}")
        for other in item.group.findings[1:]
    ]
    return {
        "ruleId": rule_id,
        "primaryLocation": _location(code_of(lead.location), _message(item)),
        "secondaryLocations": [
            _location(code_of(place), note) for place, note in others[:MAX_SECONDARY]
        ],
    }


def _message(item: Triaged) -> str:
    lead = item.group.lead
    match lead.location:
        case EndpointLocation() as place:
            where = f" ({place})"
        case ResourceLocation(address=address):
            where = f" ({address})"
        case CodeLocation():
            where = ""
    return f"{lead.message}{where} [{item.group.severity.label}, {item.group.confidence.label}]"


def _location(code: CodeLocation, message: str) -> Json:
    first, last = lines_of(code)
    return {
        "message": clipped(one_line(message), MAX_MESSAGE) or "see there",
        "filePath": visible(code.path) or "_",
        "textRange": {"startLine": first, **({"endLine": last} if last > first else {})},
    }
