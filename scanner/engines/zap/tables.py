"""Reads our tables for ZAP: `rules/zap/alerts.toml` and `rules/zap/policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from scanner.engines._tables import read_table
from scanner.model.errors import AssetError
from scanner.model.severity import Confidence, Severity

Risk = Literal["High", "Medium", "Low", "Informational"]
Sureness = Literal["Confirmed", "High", "Medium", "Low"]
_Severity = Annotated[
    Severity, BeforeValidator(lambda v: Severity.parse(v) if isinstance(v, str) else v)
]
_Confidence = Annotated[
    Confidence, BeforeValidator(lambda v: Confidence.parse(v) if isinstance(v, str) else v)
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Critical(_Table):
    cwe: frozenset[int]


class _ApiWide(_Table):
    rules: frozenset[int]


class _AlertTable(_Table):
    severity: dict[Risk, dict[Sureness, _Severity]]
    confidence: dict[Sureness, _Confidence]
    critical: _Critical
    owasp: dict[str, frozenset[int]]
    controls: dict[str, frozenset[int]]
    api_wide: _ApiWide
    silent: dict[str, str]


@dataclass(frozen=True, slots=True)
class AlertTable:
    """What ZAP's words mean to us."""

    rows: _AlertTable

    def severity(self, risk: str, sureness: str, cwe: int) -> Severity:
        """How bad it is; an unknown word is taken for the lowest of its scale."""
        risk = risk if risk in self.rows.severity else "Informational"
        sureness = sureness if sureness in self.rows.confidence else "Low"
        if risk == "High" and sureness != "Low" and cwe in self.rows.critical.cwe:
            return Severity.CRITICAL
        return self.rows.severity[risk][sureness]

    def confidence(self, sureness: str) -> Confidence:
        """How sure it is."""
        found = [level for word, level in self.rows.confidence.items() if word == sureness]
        return found[0] if found else Confidence.TENTATIVE

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


class ActiveRule(_Table):
    """A rule of ZAP's that is tried, how hard, and why."""

    id: int
    name: str
    strength: Literal["LOW", "MEDIUM", "HIGH", "INSANE"]
    threshold: Literal["LOW", "MEDIUM", "HIGH"]
    why: str


class PassiveRule(_Table):
    """A rule of ZAP's that reads what passes by."""

    id: int
    name: str


class LeftOutRule(_Table):
    """A rule of ZAP's that is not tried, and why."""

    id: int
    why: str


class Policy(_Table):
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
        table = _AlertTable.model_validate(read_table("zap/alerts.toml"))
    except ValidationError as error:
        raise AssetError(f"rules/zap/alerts.toml: {_fault(error)}") from error
    for risk in ("High", "Medium", "Low", "Informational"):
        for sureness in ("Confirmed", "High", "Medium", "Low"):
            if sureness not in table.severity.get(risk, {}) or sureness not in table.confidence:
                raise AssetError(f"rules/zap/alerts.toml: no severity for {risk}/{sureness}")
    return AlertTable(table)


@cache
def policy() -> Policy:
    """The policy of `rules/zap/policy.toml`. Raises `AssetError`."""
    try:
        return Policy.model_validate(read_table("zap/policy.toml"))
    except ValidationError as error:
        raise AssetError(f"rules/zap/policy.toml: {_fault(error)}") from error


def _fault(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
