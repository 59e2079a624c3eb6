"""Reads our tables of other projects' rules (`rules/bandit.toml`, `rules/checkov.toml`)."""

from __future__ import annotations

from typing import Any

from scanner import assets
from scanner.engines._kept import kept
from scanner.model.documents import Document, read_document, read_toml
from scanner.model.errors import AssetError
from scanner.model.files import FileKind
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage


class RuleMetadata(Document, kw_only=True, forbid_unknown_fields=False):
    """What a rule says of itself, in our tables and in `metadata:` of a Semgrep rule alike."""

    title: str
    severity: str
    confidence: str = "firm"
    rationale: str
    remediation: str
    cwe: tuple[str, ...] = ()
    owasp: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    since: str = "0.1.0"

    def rule(
        self, rule_id: RuleId, engine: str, stage: Stage, reads: tuple[FileKind, ...] = ()
    ) -> Rule:
        """The rule with this metadata. Raises `ValueError` on a word that is none of ours."""
        return Rule(
            id=rule_id,
            engine=engine,
            stage=stage,
            title=self.title,
            severity=Severity.parse(self.severity),
            confidence=Confidence.parse(self.confidence),
            rationale=self.rationale.strip(),
            remediation=self.remediation.strip(),
            cwe=self.cwe,
            owasp=self.owasp,
            controls=self.controls,
            references=self.references,
            since=self.since,
            reads=reads,
        )


def read_table(name: str) -> dict[str, Any]:
    """A table of `rules/` as TOML. Raises `AssetError`."""
    path = assets.rules_dir() / name

    def read() -> object:
        return read_toml(path.read_text("utf-8"))

    try:
        table: dict[str, Any] = kept(f"table-{name.replace('/', '-')}", [path], __file__, read)
    except (OSError, ValueError) as error:
        raise AssetError(f"rules/{name} can't be read: {error}") from error
    return table


def curated_rules(
    table: str,
    engine: str,
    stage: Stage,
    prefix: str,
    reads: tuple[FileKind, ...],
    enabled: frozenset[RuleId] = frozenset(),
) -> tuple[Rule, ...]:
    """The rules of a table that are on, by default or because the user has them `enabled`.

    Raises `AssetError`.
    """
    return tuple(
        rule_from(row, rule_id, engine, stage, f"rules/{table}", reads)
        for name, row in read_table(table).items()
        if (rule_id := RuleId(f"{prefix}{name}")) in enabled or row.get("enabled", True)
    )


def rule_from(
    raw: object,
    rule_id: RuleId,
    engine: str,
    stage: Stage,
    where: str,
    reads: tuple[FileKind, ...] = (),
) -> Rule:
    """Check one row of metadata. Raises `AssetError` that names the row."""
    try:
        return read_document(RuleMetadata, raw).rule(rule_id, engine, stage, reads)
    except ValueError as error:
        raise AssetError(f"{where}: {rule_id}: {error}") from error
