"""Semgrep as an engine, with our own rules for serving code (`rules/semgrep/`).

Here is what must be known before it runs; `engine.py` runs it, and is loaded only for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from scanner.engines._identity import code_identity, files_identity, tool_identity
from scanner.engines._process import diagnose_tool, find_tool
from scanner.engines._rulefiles import rule_files
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage

# Faults of the scanned text, which are there again; others are of the moment (a timeout, memory).
_LASTING = re.compile(r"semgrep: (PartialParsing|[A-Za-z ]*[Ss]yntax ?[Ee]rror|Lexical error)\b")


class Semgrep:
    """The engine `semgrep`."""

    name = "semgrep"
    stage = Stage.SAST

    def rules(self) -> tuple[Rule, ...]:
        """Our rules, from their own metadata. Raises `AssetError`."""
        from scanner.engines.semgrep.engine import all_rules

        return all_rules()

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether the tool is here, and which."""
        return diagnose_tool(self.name, root)

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """Our rules look at each file by itself: none joins files, and taint stays in one."""
        return tuple((file,) for file in files)

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """As the work can be taken apart."""
        return self.parts(files)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:
        """The tool, our rules and the code that reads its answer."""
        return (
            tool_identity(find_tool(self.name, task.root), self.name, context.cancelled),
            code_identity("semgrep"),
            files_identity(rule_files()),
        )

    def lasting(self, gap: Gap) -> bool:
        """Whether it would be there again."""
        from scanner.engines._static import NOTEBOOK_GAPS

        return bool(_LASTING.match(gap.reason)) or gap.reason.startswith(NOTEBOOK_GAPS)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Run Semgrep on a copy of the planned files. Raises `EngineError`."""
        from scanner.engines.semgrep.engine import run

        if not isinstance(task, StaticTask):
            raise TypeError("semgrep takes files")
        return run(task, context)
