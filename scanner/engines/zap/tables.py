"""Reads our tables for ZAP: `rules/zap/alerts.toml` and `rules/zap/policy.toml`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from scanner.engines._tables import read_table
from scanner.model.documents import Document, DocumentFault, read_document
from scanner.model.errors import AssetError
from scanner.model.severity import Confidence, ConfidenceLabel, Severity, SeverityLabel
from scanner.model.values import Value

Risk = Literal["High", "Medium", "Low", "Informational"]
Sureness = Literal["Confirmed", "High", "Medium", "Low"]


class _Critical(Document):
    cwe: frozenset[int]


class _ApiWide(Document):
    rules: frozenset[int]


class _AlertTable(Document):
    severity: dict[Risk, dict[Sureness, SeverityLabel]]
    confidence: dict[Sureness, ConfidenceLabel]
    critical: _Critical
    owasp: dict[str, frozenset[int]]
    controls: dict[str, frozenset[int]]
    api_wide: _ApiWide
    silent: dict[str, str]


class AlertTable(Value):
    """What ZAP's words mean to us."""

    rows: _AlertTable

    def severity(self, risk: str, sureness: str, cwe: int) -> Severity:
        """How bad it is; an unknown word is taken for the lowest of its scale."""
        risk = risk if risk in self.rows.severity else "Informational"
        sureness = sureness if sureness in self.rows.confidence else "Low"
        if risk == "High" and sureness != "Low" and cwe in self.rows.critical.cwe:
            return Severity.CRITICAL
        return Severity.parse(self.rows.severity[risk][sureness])

    def confidence(self, sureness: str) -> Confidence:
        """How sure it is."""
        found = [level for word, level in self.rows.confidence.items() if word == sureness]
        return Confidence.parse(found[0]) if found else Confidence.TENTATIVE

    def owasp(self, cwe: int) -> tuple[str, ...]:
        """The standard ids that a CWE belongs to."""
        return tuple(name for name, members in self.rows.owasp.items() if cwe in members)

    def controls(self, cwe: int) -> tuple[str, ...]:
        """Our controls that a CWE belongs to."""
        return tuple(name for name, members in self.rows.controls.items() if cwe in members)

    def silent(self, plugin: str) -> bool:
        """Whether this rule says nothing about an API's safety."""
        return plugin in self.rows.silent

    def api_wide(self, plugin: str) -> bool:
        """Whether this rule is about a property of the whole API."""
        return plugin.isascii() and plugin.isdigit() and int(plugin) in self.rows.api_wide.rules


class ActiveRule(Document):
    """A rule of ZAP's that is tried, how hard, and why."""

    id: int
    name: str
    strength: Literal["LOW", "MEDIUM", "HIGH", "INSANE"]
    threshold: Literal["LOW", "MEDIUM", "HIGH"]
    why: str


class PassiveRule(Document):
    """A rule of ZAP's that reads what passes by."""

    id: int
    name: str


class LeftOutRule(Document):
    """A rule of ZAP's that is not tried, and why."""

    id: int
    why: str


class Policy(Document):
    """Which rules of ZAP's are tried; `injectable` is ZAP's sum of the places attacked."""

    name: str
    injectable: int
    active: tuple[ActiveRule, ...]
    passive: tuple[PassiveRule, ...]
    left_out: tuple[LeftOutRule, ...]


@cache
def alert_table() -> AlertTable:
    """The table of `rules/zap/alerts.toml`. Raises `AssetError`."""
    try:
        table = read_document(_AlertTable, read_table("zap/alerts.toml"))
    except DocumentFault as fault:
        raise AssetError(f"rules/zap/alerts.toml: {fault}") from fault
    for risk in ("High", "Medium", "Low", "Informational"):
        for sureness in ("Confirmed", "High", "Medium", "Low"):
            if sureness not in table.severity.get(risk, {}) or sureness not in table.confidence:
                raise AssetError(f"rules/zap/alerts.toml: no severity for {risk}/{sureness}")
    return AlertTable(table)


@cache
def policy() -> Policy:
    """The policy of `rules/zap/policy.toml`. Raises `AssetError`."""
    try:
        return read_document(Policy, read_table("zap/policy.toml"))
    except DocumentFault as fault:
        raise AssetError(f"rules/zap/policy.toml: {fault}") from fault
