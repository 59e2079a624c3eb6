"""What is looked for: a rule, known whether or not it fires."""

from __future__ import annotations

from typing import NewType

from scanner.model.files import FileKind
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

RuleId = NewType("RuleId", str)


class Rule(Value, kw_only=True):
    """One thing that an engine looks for, with the prose that every report joins in by id.

    `id` is `<stage>/<name>`; another project's rule keeps its own id behind our prefix
    (`iac/CKV_AWS_16`). `cwe` holds `CWE-502`-like ids, `owasp` ids carry their edition
    (`API1:2023`), `controls` are ids of our own control catalogue.
    `reads` are the kinds of file in which a rule of a static engine looks, where it is known.
    """

    id: RuleId
    engine: str
    stage: Stage
    title: str
    severity: Severity
    confidence: Confidence
    rationale: str
    remediation: str
    cwe: tuple[str, ...] = ()
    owasp: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    since: str = "0.1.0"
    aliases: tuple[RuleId, ...] = ()
    deprecated: bool = False
    reads: tuple[FileKind, ...] = ()

    def __post_init__(self) -> None:
        for field in ("title", "rationale", "remediation"):
            if not getattr(self, field).strip():
                raise ValueError(f"rule {self.id} has no {field}")
