"""OWASP ZAP as an engine; where none is found the plan leaves it out and says so."""

from __future__ import annotations

from pathlib import Path

from scanner.engines._process import diagnose_tool
from scanner.model.errors import ToolMissing
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage


class Zap:
    """The engine `zap`."""

    name = "zap"
    stage = Stage.DAST

    def rules(self) -> tuple[Rule, ...]:
        """ZAP's rules become known when they fire."""
        return ()

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether a ZAP is here."""
        return diagnose_tool(self.name, root)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:  # noqa: ARG002
        """Drive it."""
        raise ToolMissing("zap")
