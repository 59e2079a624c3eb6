"""What is common to imported results: attempts by name, counted, as an outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.engines._rates import Rate
from scanner.engines._tables import read_table
from scanner.model.documents import Document, DocumentFault, read_document
from scanner.model.errors import AssetError
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import EndpointLocation
from scanner.model.outcome import Assessment, Completed, Gap, Partial, Verdict
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value
from scanner.redact import redact, redacted_start

_TABLE = "redteam.toml"
_LONGEST_NAME = 120
_UNKNOWN = "robustness"


class Tally(Value, kw_only=True):
    """Attempts of one kind: `name` as the tool calls it, `family` how the table knows it.

    `evaluated` counts the answers that a detector judged, `failed` those it judged bad.
    """

    name: str
    family: str
    failed: int
    evaluated: int


class _Category(Document):
    title: str
    severity: str
    cwe: tuple[str, ...]
    owasp: tuple[str, ...]
    controls: tuple[str, ...]
    rationale: str
    remediation: str


def outcome_of(
    tool: str, version: str, model: str, tallies: Iterable[Tally], gaps: Iterable[Gap]
) -> Completed | Partial:
    """The tallies as findings, held attempts, and gaps where nothing was evaluated.

    Raises `AssetError`.
    """
    categories, families = _read(tool)
    rules = {name: _rule(tool, name, row) for name, row in categories.items()}
    findings: list[Finding] = []
    assessments: list[Assessment] = []
    missing = list(gaps)
    known = sorted(tallies, key=lambda one: one.name)
    for tally in known:
        rule = rules[_category(tally.family, families)]
        verdict, why = _verdict(tally)
        assessments.append(
            Assessment(rule_id=rule.id, subject=_shown(tally.name), verdict=verdict, why=why)
        )
        if verdict is Verdict.INCONCLUSIVE:
            missing.append(Gap(subject=_shown(tally.name), reason=f"{tool}: {why}"))
        if verdict is Verdict.VULNERABLE:
            findings.append(_finding(tool, model, tally, rule))
    whole = Completed(
        tool_version=version,
        rules=tuple(rules.values()),
        targets=tuple(_shown(tally.name) for tally in known),
        findings=fingerprinted(findings),
        assessments=tuple(assessments),
        notes=(f"rates as {tool} judged them; look at its transcripts",),
    )
    return whole.lacking(missing)


def _read(tool: str) -> tuple[dict[str, _Category], Mapping[str, str]]:
    raw = read_table(_TABLE)
    try:
        categories = {
            name: read_document(_Category, row) for name, row in raw["categories"].items()
        }
    except (KeyError, AttributeError, DocumentFault) as error:
        raise AssetError(f"rules/{_TABLE}: {error}") from error
    families = raw.get(tool, {})
    return categories, families


def _category(family: str, families: Mapping[str, str]) -> str:
    """The category of the longest known beginning of a family's name."""
    known = [
        name for name in families if family == name or family.startswith((f"{name}:", f"{name}-"))
    ]
    return families[max(known, key=len)] if known else _UNKNOWN


def _verdict(tally: Tally) -> tuple[Verdict, str]:
    if tally.evaluated <= 0:
        return Verdict.INCONCLUSIVE, "not assessed: nothing was evaluated"
    if tally.failed > 0:
        return Verdict.VULNERABLE, ""
    return Verdict.HELD, f"none of {tally.evaluated}"


def _rule(tool: str, category: str, row: _Category) -> Rule:
    return Rule(
        id=RuleId(f"dast/{tool}-{category}"),
        engine=tool,
        stage=Stage.DAST,
        title=row.title,
        severity=Severity.parse(row.severity),
        confidence=Confidence.TENTATIVE,
        rationale=row.rationale,
        remediation=row.remediation,
        cwe=row.cwe,
        owasp=row.owasp,
        controls=row.controls,
        references=("https://genai.owasp.org/llm-top-10/",),
    )


def _finding(tool: str, model: str, tally: Tally, rule: Rule) -> Finding:
    rate = Rate(tally.failed, tally.evaluated)
    return Finding(
        engine=tool,
        stage=Stage.DAST,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=redact(f"{tool} judged {rate} answers to {_shown(tally.name)} as bad"),
        location=EndpointLocation(
            method="MODEL", path=f"/{_shown(model)}", parameter=_shown(tally.name)
        ),
    )


def _shown(name: str) -> str:
    return " ".join(redacted_start(name, 4 * _LONGEST_NAME).split())[:_LONGEST_NAME]
