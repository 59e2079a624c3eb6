"""Turns a report that somebody's ZAP wrote into an outcome, as if we had driven that ZAP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scanner.engines._endpoint.spec import Api
from scanner.engines.zap.alerts import convert
from scanner.engines.zap.exchange import read_exchange
from scanner.engines.zap.paths import Paths
from scanner.engines.zap.rows import read_alert, report_rows
from scanner.engines.zap.tables import alert_table
from scanner.model.errors import InputError
from scanner.model.evidence import Exchange
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.values import Value


class ReadReport(Value, kw_only=True):
    """What a report holds: the site that it is about and the outcome that it comes to."""

    site: str
    outcome: Completed | Partial


def read_report(text: str, where: str, api: Api | None) -> ReadReport:
    """Read a `traditional-json` report, or the answer of ZAP's API.

    With `api` its URLs become operations; without, findings are on paths as they were called.
    Raises `InputError` for what is neither.
    """
    try:
        document = json.loads(text)
        rows = list(report_rows(document))
    except RecursionError as error:
        raise InputError(f"{where}: nested too deeply for a report") from error
    except ValueError as error:
        raise InputError(f"{where} is not a ZAP report in JSON: {error}") from error
    # A message is known by its row here: there is no history to ask.
    numbered = [read_alert({**row, "messageId": number}) for number, row in enumerate(rows)]
    alerts = [alert for alert in numbered if alert is not None]
    site = next((one.url for one in alerts), "") or next(_sites(document), "")
    found = convert(
        alerts,
        Paths(api.operations if api else (), (site,), ""),
        alert_table(),
        lambda alert: _exchange(rows[int(alert.message)]),
        any_host=True,
    )
    notes = [f"{count} left out: {why}" for why, count in found.ignored.items()]
    if not rows:
        notes.append("the report holds nothing: it does not say whether anything was tested")
    version = document.get("@version") or document.get("version")
    completed = Completed(
        tool_version=str(version)[:40] if version else "unknown",
        rules=found.rules,
        targets=tuple(sorted({str(one.location).split(" (")[0] for one in found.findings})),
        findings=found.findings,
        notes=tuple(notes),
    )
    unreadable = len(rows) - len(alerts)
    if unreadable:
        gap = Gap(subject=where, reason=f"{unreadable} of its reports could not be read")
        return ReadReport(site=site, outcome=completed.lacking([gap]))
    return ReadReport(site=site, outcome=completed)


def _sites(document: dict[str, Any]) -> Iterator[str]:
    sites = document.get("site")
    for site in sites if isinstance(sites, list) else [sites]:
        if isinstance(site, dict) and isinstance(site.get("@name"), str):
            yield site["@name"]


def _exchange(row: dict[str, Any]) -> Exchange | None:
    """The `traditional-json-plus` report holds the messages."""
    return read_exchange(row, "as recorded in ZAP's report", None)
