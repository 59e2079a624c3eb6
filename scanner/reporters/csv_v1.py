"""`findings.csv`: one row for each finding, for spreadsheets.

Quoted as in RFC 4180, in UTF-8, lines ended by a newline. A cell that a spreadsheet would take for
a formula gets an apostrophe in front: what is scanned chooses file names and messages.
"""

from __future__ import annotations

import csv
import io

from scanner.model.decision import Triaged
from scanner.model.location import CodeLocation, EndpointLocation, Location, ResourceLocation
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._text import clipped, one_line

# A spreadsheet refuses a cell of more than 32,767 characters.
MAX_CELL = 8_000
COLUMNS = (
    "severity",
    "confidence",
    "status",
    "blocks",
    "stage",
    "rule",
    "title",
    "message",
    "path",
    "line",
    "end_line",
    "resource",
    "method",
    "operation",
    "parameter",
    "engines",
    "cwe",
    "owasp",
    "controls",
    "reason",
    "remediation",
    "fingerprint",
)
_FORMULA = tuple("=+-@|%＝＋－＠")  # noqa: RUF001 (full-width forms are read as formulas too)


class Csv(Value):
    """Renders every finding, the worst first and suppressed ones last."""

    name: str = "csv"
    filename: str = "findings.csv"

    def render(self, scan: ScanResult) -> str:
        """A header and a row for each finding."""
        blocking = facts.blocking(scan)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for item in facts.ordered(scan):
            rule = scan.catalogue[item.group.lead.rule_id]
            row = _row(item, rule, blocks=item.group.fingerprint in blocking)
            writer.writerow([cell(row.get(column, "")) for column in COLUMNS])
        return out.getvalue()


def cell(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    shown = clipped(one_line(text), MAX_CELL)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _row(item: Triaged, rule: Rule, *, blocks: bool) -> dict[str, str]:
    lead = item.group.lead
    return {
        "severity": item.group.severity.label,
        "confidence": item.group.confidence.label,
        "status": item.status.value,
        "blocks": "yes" if blocks else "no",
        "stage": lead.stage.value,
        "rule": lead.rule_id,
        "title": rule.title,
        "message": lead.message,
        "engines": ";".join(item.group.engines),
        "cwe": ";".join(rule.cwe),
        "owasp": ";".join(rule.owasp),
        "controls": ";".join(rule.controls),
        "reason": item.reason,
        "remediation": rule.remediation,
        "fingerprint": item.group.fingerprint,
        **_place(lead.location),
    }


def _place(location: Location) -> dict[str, str]:
    match location:
        case CodeLocation():
            return _lines(location)
        case ResourceLocation(address=address, path=path, start_line=start, end_line=end):
            code = CodeLocation(path=path, start_line=start, end_line=end)
            return {"resource": address, **_lines(code)}
        case EndpointLocation(method=method, path=path, parameter=parameter, handler=handler):
            return {
                "method": method,
                "operation": path,
                "parameter": parameter or "",
                **(_lines(handler) if handler else {}),
            }


def _lines(code: CodeLocation) -> dict[str, str]:
    return {"path": code.path, "line": str(code.start_line), "end_line": str(code.end_line)}
