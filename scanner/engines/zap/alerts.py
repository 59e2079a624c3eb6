"""Turns ZAP's alerts into rules and findings of ours.

Pure. What ZAP says is text of others: it is cut, stripped of markup and redacted, never obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from scanner.engines._endpoint.replay import replay_command
from scanner.engines.zap.paths import Paths, Spot
from scanner.engines.zap.rows import Alert
from scanner.engines.zap.tables import AlertTable
from scanner.model.evidence import Exchange, Proof
from scanner.model.finding import Finding, RelatedLocation, fingerprinted
from scanner.model.location import EndpointLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value
from scanner.redact import redacted_start

ENGINE = "zap"
_MAX_RELATED = 20
_REFERENCE = re.compile(r"https?://[^\s<>\"'`]{4,300}")
_API_TAG = re.compile(r"OWASP_(\d{4})_API(\d{1,2})|API_(\d{4})_API(\d{1,2})")
_ZAP_DOCS = "https://www.zaproxy.org/docs/alerts/"
Exchanges = Callable[[Alert], Exchange | None]


class Findings(Value, kw_only=True):
    """What came of a set of alerts; `ignored` counts those that are no findings, by reason."""

    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    ignored: Mapping[str, int]


class _Placed(Value):
    """An alert at its place."""

    alert: Alert
    rule_id: RuleId
    spot: Spot
    parameter: str | None


def convert(
    alerts: Iterable[Alert],
    paths: Paths,
    table: AlertTable,
    exchanges: Exchanges,
    secrets: Iterable[str] = (),
    *,
    any_host: bool = False,
) -> Findings:
    """Rules and findings of alerts; equal ones at one place become one finding.

    `exchanges` gives the request and answer of an alert, where they can still be had. With
    `any_host`, alerts of other origins count too: a report names its own.
    """
    clean = _Cleaner(tuple(secrets))
    ignored: dict[str, int] = {}
    kept: list[_Placed] = []
    for alert in alerts:
        reason = _ignored(alert, paths, table, any_host=any_host)
        if reason:
            ignored[reason] = ignored.get(reason, 0) + 1
            continue
        spot = paths.spot(alert.method, alert.url, alert.node)
        kept.append(_Placed(alert, rule_id(alert), spot, spot.parameter(alert.parameter)))
    rules, findings = _grouped(kept, paths, table, exchanges, clean)
    return Findings(
        rules=tuple(rules), findings=fingerprinted(findings), ignored=dict(sorted(ignored.items()))
    )


def _grouped(
    kept: list[_Placed],
    paths: Paths,
    table: AlertTable,
    exchanges: Exchanges,
    clean: _Cleaner,
) -> tuple[list[Rule], list[Finding]]:
    rules: list[Rule] = []
    findings: list[Finding] = []
    ordered = sorted(kept, key=lambda one: (one.rule_id, *_order(one)))
    for _, group in groupby(ordered, key=lambda one: one.rule_id):
        members = list(group)
        rules.append(_rule([one.alert for one in members], table, clean))
        if table.api_wide(members[0].alert.plugin):
            findings.append(_api_wide(members, paths, table, exchanges, clean))
        else:
            findings += _by_place(members, table, exchanges, clean)
    return rules, findings


def rule_id(alert: Alert) -> RuleId:
    """`dast/zap-40018`; where one rule of ZAP's has several forms, the form; else the name."""
    if re.fullmatch(r"[0-9]{1,9}-[0-9]{1,4}", alert.reference_id):
        return RuleId(f"dast/zap-{alert.reference_id}")
    if re.fullmatch(r"[0-9]{1,9}", alert.plugin):
        return RuleId(f"dast/zap-{alert.plugin}")
    words = re.sub(r"[^a-z0-9]+", "-", alert.name.lower()).strip("-")[:60].strip("-")
    return RuleId(f"dast/zap-{words or 'unnamed'}")


class _Cleaner:
    """Makes text of others fit to be kept."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    def line(self, text: str, limit: int) -> str:
        """One line without control characters."""
        plain = "".join(c if c.isprintable() else " " for c in text)
        return _cut(" ".join(redacted_start(plain, 4 * limit, self._secrets).split()), limit)

    def prose(self, text: str, limit: int) -> str:
        """Paragraphs."""
        plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
        return _cut(redacted_start(plain, 4 * limit, self._secrets).strip(), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _ignored(alert: Alert, paths: Paths, table: AlertTable, *, any_host: bool) -> str:
    if alert.false_positive:
        return "marked as false positive in ZAP"
    if not any_host and not paths.ours(alert.url):
        return "of another host"
    if table.silent(alert.plugin):
        return "of rules that say nothing about an API"
    return ""


def _order(one: _Placed) -> tuple[str, ...]:
    alert = one.alert
    place = (one.spot.template, one.spot.method, one.parameter or "")
    return (*place, alert.url, alert.attack, alert.evidence, alert.name, alert.id.zfill(12))


def _rule(alerts: list[Alert], table: AlertTable, clean: _Cleaner) -> Rule:
    first = alerts[0]
    cwe = next((one.cwe for one in alerts if one.cwe), 0)
    name = clean.line(first.name, 120) or f"ZAP rule {first.plugin or 'without a name'}"
    references = tuple(dict.fromkeys(_REFERENCE.findall(first.references)))[:5]
    documented = (f"{_ZAP_DOCS}{first.plugin}/",) if first.plugin.isdigit() else ()
    return Rule(
        id=rule_id(first),
        engine=ENGINE,
        stage=Stage.DAST,
        title=name,
        severity=max(table.severity(one.risk, one.confidence, one.cwe) for one in alerts),
        confidence=max(table.confidence(one.confidence) for one in alerts),
        rationale=clean.prose(first.description, 2_000) or f"ZAP reports: {name}.",
        remediation=clean.prose(first.solution, 1_500)
        or "ZAP gives no advice; see the exchange of the finding.",
        cwe=(f"CWE-{cwe}",) if cwe else (),
        owasp=table.owasp(cwe) or _tagged(first),
        controls=table.controls(cwe),
        references=references or documented,
    )


def _tagged(alert: Alert) -> tuple[str, ...]:
    """Ids that ZAP's own tags name."""
    found = [_API_TAG.fullmatch(tag) for tag in sorted(alert.tags)]
    ids = [f"API{m[2] or m[4]}:{m[1] or m[3]}" for m in found if m]
    return tuple(one for one in ids if one.endswith(":2023"))[:2]


def _by_place(
    members: list[_Placed], table: AlertTable, exchanges: Exchanges, clean: _Cleaner
) -> list[Finding]:
    """One finding for each operation and parameter."""

    def place(one: _Placed) -> tuple[str, str, str]:
        return (one.spot.template, one.spot.method, one.parameter or "")

    return [
        _finding(list(group), table, exchanges, clean) for _, group in groupby(members, key=place)
    ]


def _api_wide(
    members: list[_Placed],
    paths: Paths,
    table: AlertTable,
    exchanges: Exchanges,
    clean: _Cleaner,
) -> Finding:
    """One finding on the plainest operation, with the others beside it."""
    shown = paths.plainest(one.spot for one in members)
    ordered = sorted(members, key=lambda one: one.spot != shown)
    others = sorted(
        {(one.spot.template, one.spot.method) for one in members if one.spot != shown}
        - {(shown.template, shown.method)}
    )
    related = tuple(
        RelatedLocation(location=EndpointLocation(method=method, path=path), note="the same here")
        for path, method in others[:_MAX_RELATED]
    )
    return _finding(
        ordered, table, exchanges, clean, related=related, count=len(others) + 1, whole=True
    )


def _finding(
    members: list[_Placed],
    table: AlertTable,
    exchanges: Exchanges,
    clean: _Cleaner,
    *,
    related: tuple[RelatedLocation, ...] = (),
    count: int = 1,
    whole: bool = False,
) -> Finding:
    """A finding of equal alerts at one place; the worst and surest of them is shown."""
    shown = members[0] if whole else max(members, key=lambda one: _weight(one.alert, table))
    alert, spot = shown.alert, shown.spot
    name = clean.line(alert.name, 120) or f"ZAP rule {alert.plugin}"
    where = f" in parameter {shown.parameter}" if shown.parameter and not whole else ""
    spread = f", and {count - 1} more operations" if count > 1 else ""
    return Finding(
        engine=ENGINE,
        stage=Stage.DAST,
        rule_id=shown.rule_id,
        severity=max(_weight(one.alert, table)[0] for one in members),
        confidence=max(_weight(one.alert, table)[1] for one in members),
        message=f"{name}{where} (seen on {spot.method} {clean.line(spot.template, 200)}{spread})",
        location=EndpointLocation(
            method=spot.method,
            path=clean.line(spot.template, 200),
            parameter=None if whole else clean.line(shown.parameter or "", 80) or None,
        ),
        related=related,
        evidence=(_proof(alert, exchanges, clean),),
    )


def _weight(alert: Alert, table: AlertTable) -> tuple[Severity, Confidence]:
    return (
        table.severity(alert.risk, alert.confidence, alert.cwe),
        table.confidence(alert.confidence),
    )


def _proof(alert: Alert, exchanges: Exchanges, clean: _Cleaner) -> Proof:
    """ZAP decides by rules of its own and sends no controls; the sentence says so."""
    said = [f"ZAP's rule {alert.plugin or alert.name} reported this"]
    if alert.attack:
        said.append(f"it sent {clean.line(alert.attack, 200)!r}")
    if alert.evidence:
        said.append(f"the answer held {clean.line(alert.evidence, 200)!r}")
    if alert.other:
        said.append(clean.line(alert.other, 300))
    exchange = exchanges(alert)
    return Proof(
        oracle="; ".join(said) + ".",
        exchanges=(exchange,) if exchange else (),
        controls=(),
        replay=replay_command(exchange) if exchange else "",
    )
