"""`gl-sast-report.json` and `gl-dast-report.json`: GitLab's security reports, version 15.

GitLab knows code and the running application as two reports: what points at an operation goes into
the second, all else into the first. It has no place for suppressed findings; their number is told
in the scan's messages, beside what was not looked at. A report that breaks its schema is refused as
a whole, so every field is cut to the length that is allowed. Names and descriptions are shown as
Markdown: what came from the scanned side is escaped.
https://docs.gitlab.com/development/integrations/secure/
"""

from __future__ import annotations

import uuid
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from scanner.model.decision import Status, Triaged
from scanner.model.evidence import CodeSnippet, Exchange, Proof
from scanner.model.location import EndpointLocation
from scanner.model.plan import DynamicTask
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._json import lines
from scanner.reporters._places import code_of, lines_of
from scanner.reporters._text import clipped, one_line, plain, plural, public_url, visible, web_link

Json = dict[str, object]

SCHEMA_VERSION = "15.0.4"
MAX_NAME = 255
MAX_SOLUTION = 7_000
MAX_DESCRIPTION = 20_000  # 1 MiB is allowed; nobody reads that
MAX_IDENTIFIERS = 20
MAX_MESSAGES = 100
_ID_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "servegate:finding")


class GitlabSast(Value):
    """Renders the findings in code and infrastructure."""

    name: str = "gitlab-sast"
    filename: str = "gl-sast-report.json"

    def render(self, scan: ScanResult) -> str:
        """The report, valid against `sast-report-format.json`."""
        return _report(scan, dynamic=False)


class GitlabDast(Value):
    """Renders the findings on operations of the running endpoint."""

    name: str = "gitlab-dast"
    filename: str = "gl-dast-report.json"

    def render(self, scan: ScanResult) -> str:
        """The report, valid against `dast-report-format.json`."""
        return _report(scan, dynamic=True)


def _report(scan: ScanResult, *, dynamic: bool) -> str:
    mine = [
        item
        for item in facts.ordered(scan)
        if isinstance(item.group.lead.location, EndpointLocation) is dynamic
    ]
    told = [item for item in mine if item.status is not Status.SUPPRESSED]
    host = _host(scan)
    return lines(
        {
            "version": SCHEMA_VERSION,
            "scan": _scan(scan, dynamic=dynamic, suppressed=len(mine) - len(told)),
            "vulnerabilities": [
                _vulnerability(item, scan.catalogue[item.group.lead.rule_id], host) for item in told
            ],
        }
    )


def _scan(scan: ScanResult, *, dynamic: bool, suppressed: int) -> Json:
    rows = [row for row in facts.coverage(scan) if (row.stage is Stage.DAST) is dynamic]
    tool: Json = {
        "id": "servegate",
        "name": "servegate",
        "version": scan.version or "0",
        "vendor": {"name": "servegate"},
    }
    described: Json = {
        "type": "dast" if dynamic else "sast",
        "start_time": _utc(scan.started),
        "end_time": _utc(scan.ended),
        # Where nothing looked, an empty list of findings says nothing.
        "status": "success" if _looked(rows) else "failure",
        "analyzer": tool,
        "scanner": tool,
        "messages": _messages(rows, suppressed),
    }
    if dynamic:
        described["scanned_resources"] = _resources(scan)
    return described


def _looked(rows: list[facts.Coverage]) -> bool:
    return any(row.looked for row in rows) and all(row.state != facts.FAILED for row in rows)


def _messages(rows: list[facts.Coverage], suppressed: int) -> list[Json]:
    texts: list[tuple[str, str]] = []
    if suppressed:
        texts.append(("info", f"{plural(suppressed, 'suppressed finding')} left out here."))
    for row in rows:
        if row.state == facts.FAILED:
            texts.append(("fatal", f"{row.engine} failed: {row.reason}"))
        elif row.state == facts.LEFT_OUT:
            texts.append(("info", f"{row.engine} left out: {row.reason}"))
        texts += [
            ("warn", f"{row.engine} did not look at {gap.subject}: {gap.reason}")
            for gap in row.gaps
        ]
    more = len(texts) - MAX_MESSAGES
    if more > 0:
        texts = [*texts[:MAX_MESSAGES], ("warn", f"and {plural(more, 'further message')}")]
    return [{"level": level, "value": clipped(one_line(text), 2_000)} for level, text in texts]


def _resources(scan: ScanResult) -> list[Json]:
    host = _host(scan)
    seen: dict[str, None] = {}
    for job in facts.jobs(scan):
        if job.stage is Stage.DAST and job.run is not None:
            seen.update(dict.fromkeys(getattr(job.run.outcome, "targets", ())))
    split = [operation.partition(" ") for operation in seen]
    return [
        {"method": one_line(method) or "GET", "url": visible(host + path) or "/", "type": "url"}
        for method, _, path in split
    ]


def _host(scan: ScanResult) -> str:
    """Scheme and authority of the endpoint, as far as they are known."""
    for task in scan.plan.tasks:
        if isinstance(task, DynamicTask):
            try:
                parts = urlsplit(public_url(task.target.url))
            except ValueError:
                return ""
            return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return ""


def _vulnerability(item: Triaged, rule: Rule, host: str) -> Json:
    lead = item.group.lead
    described: Json = {
        "id": str(uuid.uuid5(_ID_SPACE, visible(item.group.fingerprint))),
        "name": clipped(one_line(rule.title), MAX_NAME),
        "description": clipped(_description(item, rule), MAX_DESCRIPTION),
        "severity": item.group.severity.label.capitalize(),
        "solution": clipped(visible(rule.remediation), MAX_SOLUTION),
        "identifiers": _identifiers(rule),
        "links": [{"url": link} for link in map(web_link, rule.references) if link],
    }
    if isinstance(lead.location, EndpointLocation):
        place = lead.location
        described["location"] = {
            "hostname": host,
            "method": visible(place.method),
            "path": visible(place.path),
            **({} if place.parameter is None else {"param": visible(place.parameter)}),
        }
        proofs = [record for record in lead.evidence if isinstance(record, Proof)]
        if proofs:
            described["evidence"] = _evidence(proofs[0])
        return described
    code = code_of(lead.location)
    first, last = lines_of(code)
    where: Json = {"file": visible(code.path), "start_line": first, "end_line": last}
    described["location"] = where
    described["tracking"] = {
        "type": "source",
        "items": [
            {
                **where,
                "signatures": [{"algorithm": "hash", "value": visible(item.group.fingerprint)}],
            }
        ],
    }
    for record in lead.evidence:
        if isinstance(record, CodeSnippet):
            source = clipped(visible("\n".join(record.lines)), MAX_DESCRIPTION)
            described["details"] = {"source": {"type": "code", "name": "Source", "value": source}}
            break
    return described


def _description(item: Triaged, rule: Rule) -> str:
    lead = item.group.lead
    parts = [
        plain(lead.message, 2_000),
        f"At {plain(str(lead.location), 1_000)}, seen by {plain(', '.join(item.group.engines))}; "
        f"confidence {item.group.confidence.label}, {item.status.value}.",
        visible(rule.rationale),
    ]
    return "\n\n".join(parts)


def _identifiers(rule: Rule) -> list[Json]:
    own: Json = {"type": "servegate_rule", "name": visible(rule.id), "value": visible(rule.id)}
    cwes: list[Json] = [
        {
            "type": "cwe",
            "name": cwe,
            "value": cwe.removeprefix("CWE-"),
            "url": f"https://cwe.mitre.org/data/definitions/{cwe.removeprefix('CWE-')}.html",
        }
        for cwe in rule.cwe
    ]
    owasp: list[Json] = [{"type": "owasp", "name": word, "value": word} for word in rule.owasp]
    return [own, *cwes, *owasp][:MAX_IDENTIFIERS]


def _evidence(proof: Proof) -> Json:
    shown = [*proof.exchanges, *proof.controls]
    described: Json = {
        "summary": visible(proof.oracle),
        "supporting_messages": [
            {"name": one_line(exchange.label) or "exchange", **_messages_of(exchange)}
            for exchange in shown[1:20]
        ],
    }
    return {**described, **_messages_of(shown[0])} if shown else described


def _messages_of(exchange: Exchange) -> Json:
    request = exchange.request
    told: Json = {
        "request": {
            "method": visible(request.method) or "GET",
            "url": visible(request.url) or "/",
            "headers": _headers(request.headers),
            "body": visible(request.body),
        }
    }
    if exchange.response is not None:
        told["response"] = {
            "status_code": exchange.response.status,
            "reason_phrase": _phrase(exchange.response.status),
            "headers": _headers(exchange.response.headers),
            "body": visible(exchange.response.body),
        }
    return told


def _headers(headers: tuple[tuple[str, str], ...]) -> list[Json]:
    return [{"name": visible(name), "value": visible(value)} for name, value in headers if name]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
