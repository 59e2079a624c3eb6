"""`junit.xml`: findings as test cases, for build servers that show nothing else.

A blocking finding is a failure, a suppressed one is skipped, any other passes with its text as
output. What kept the scan from a verdict (a failed engine, a gap) is an error.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from scanner.model.decision import ReasonKind, Status, Triaged
from scanner.model.evidence import CodeSnippet, Evidence, Proof
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._text import clipped, one_line, visible

# Build servers keep all of it in memory: a case is cut, and a large file goes on without evidence.
MAX_CASE = 8_000
MAX_TEXT = 4_000_000
_PIECE = 1_000_000


class Junit(Value):
    """Renders one suite of findings for each engine, and one of errors where there are any."""

    name: str = "junit"
    filename: str = "junit.xml"

    def render(self, scan: ScanResult) -> str:
        """XML 1.0; characters that it forbids are written out."""
        return "".join(self.pieces(scan))

    def pieces(self, scan: ScanResult) -> Iterator[str]:
        """The same in pieces, so that no copy of the whole is made to write it."""
        blocking = facts.blocking(scan)
        findings = facts.ordered(scan)
        seconds = (scan.ended - scan.started).total_seconds()
        root = ET.Element("testsuites", name="servegate", time=f"{seconds:.3f}")
        spent = 0
        looked = (row.engine for row in facts.coverage(scan) if row.looked)
        for engine in dict.fromkeys((*looked, *(item.group.lead.engine for item in findings))):
            suite = ET.SubElement(root, "testsuite", name=visible(engine))
            for item in findings:
                if item.group.lead.engine == engine:
                    text = _text(item, scan, short=spent > MAX_TEXT)
                    spent += len(text)
                    blocks = item.group.fingerprint in blocking
                    _finding(suite, item, scan, text, blocks=blocks)
        _errors(root, scan)
        _fixed(root, scan)
        _count(root)
        ET.indent(root, " ")
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        body = ET.tostring(root, encoding="unicode")
        root.clear()
        yield from (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))
        yield "\n"


def _finding(
    suite: ET.Element, item: Triaged, scan: ScanResult, text: str, *, blocks: bool
) -> None:
    lead = item.group.lead
    rule = scan.catalogue[lead.rule_id]
    case = ET.SubElement(
        suite,
        "testcase",
        classname=one_line(lead.rule_id),
        name=one_line(f"{lead.location}: {rule.title}"),
    )
    if item.status is Status.SUPPRESSED:
        ET.SubElement(case, "skipped", message=one_line(item.reason or "suppressed"))
    elif blocks:
        attributes = {"type": item.group.severity.label, "message": one_line(lead.message)}
        ET.SubElement(case, "failure", attributes).text = text
        return
    ET.SubElement(case, "system-out").text = text


def _text(item: Triaged, scan: ScanResult, *, short: bool) -> str:
    """What there is to read; without evidence and advice once the file is large."""
    lead = item.group.lead
    evidence = [] if short else [line for record in lead.evidence for line in _evidence(record)]
    advice = [] if short else [f"What to do: {scan.catalogue[lead.rule_id].remediation}"]
    lines = [
        f"{item.group.severity.label}, {item.group.confidence.label}, {item.status.value}",
        lead.message,
        f"at {lead.location}",
        f"seen by {', '.join(item.group.engines)}",
        *evidence,
        *advice,
        str(item.group.fingerprint),
    ]
    return clipped(visible("\n".join(lines)), MAX_CASE)


def _evidence(record: Evidence) -> list[str]:
    match record:
        case CodeSnippet():
            first = record.start_line
            return [f"{first + place:6} | {line}" for place, line in enumerate(record.lines)]
        case Proof():
            return [record.oracle, f"Replay: {record.replay}"]


def _errors(root: ET.Element, scan: ScanResult) -> None:
    rows = facts.coverage(scan)
    failed = [(row.engine, row.reason) for row in rows if row.state == facts.FAILED]
    named = {engine for engine, _ in failed}
    uncertain = [
        (reason.subject, reason.text)
        for reason in scan.decision.reasons
        if reason.kind is ReasonKind.UNCERTAIN and reason.subject not in named
    ]
    if not failed and not uncertain:
        return
    suite = ET.SubElement(root, "testsuite", name="coverage")
    for subject, text in (*failed, *uncertain):
        case = ET.SubElement(
            suite, "testcase", classname="servegate/coverage", name=one_line(subject or "scan")
        )
        ET.SubElement(case, "error", message=one_line(text)).text = visible(text)


def _fixed(root: ET.Element, scan: ScanResult) -> None:
    """What is gone from the baseline, as cases that pass; what nobody looked for as skipped."""
    past = scan.comparison
    if past is None or not (past.fixed or past.unjudged):
        return
    suite = ET.SubElement(root, "testsuite", name="baseline")
    judged = ((past.fixed, True), (past.unjudged, False))
    for known, looked in ((one, looked) for many, looked in judged for one in many):
        name = one_line(f"{known.place}: {known.message}")
        case = ET.SubElement(suite, "testcase", classname=one_line(known.rule_id), name=name)
        if not looked:
            ET.SubElement(case, "skipped", message="not looked for in this scan")


def _count(root: ET.Element) -> None:
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        counts = {
            "tests": len(suite),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
    # Jenkins' schema has no number of skipped cases here.
    for name in ("tests", "failures", "errors"):
        root.set(name, str(totals[name]))
