"""What a Checkov id weighs on a model endpoint: `rules/checkov.toml`."""

from __future__ import annotations

from scanner.engines._tables import read_table, rule_from
from scanner.model.documents import Document, read_document
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.redact import redact

ENGINE = "checkov"
STAGE = Stage.IAC
_TABLE = "checkov.toml"
_DEFAULTS = "defaults"
_RATIONALE = "A policy of Checkov's: what it names is missing from the declared resource."


class Table(Document):
    """Rows by check id, and what an unlisted check is worth."""

    rows: dict[str, dict[str, object]]
    defaults: dict[str, str]

    @classmethod
    def read(cls) -> Table:
        """The table as it is shipped. Raises `AssetError`."""
        raw = read_table(_TABLE)
        return read_document(cls, {"defaults": raw.pop(_DEFAULTS, {}), "rows": raw})

    def rule(self, check: str, title: str, framework: str = "") -> Rule:
        """The rule of a check. One that the table does not list gets its framework's default."""
        rule_id = RuleId(f"iac/{check}")
        row = self.rows.get(check)
        if row is not None:
            row = {"title": title, "rationale": _RATIONALE, **row}
            return rule_from(row, rule_id, ENGINE, STAGE, f"rules/{_TABLE}")
        level = self.defaults.get(framework, self.defaults.get("severity", "medium"))
        return Rule(
            id=rule_id,
            engine=ENGINE,
            stage=STAGE,
            title=redact(title) or check,
            severity=Severity.parse(level),
            confidence=Confidence.FIRM,
            rationale=_RATIONALE,
            remediation=f"Change the resource so that this holds: {redact(title) or check}.",
        )
