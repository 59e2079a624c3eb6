"""Bandit as an engine, with its rules curated by `rules/bandit.toml`.

Here is what must be known before it runs; `engine.py` runs it, and is loaded only for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner import assets
from scanner.engines._identity import code_identity, files_identity, tool_identity
from scanner.engines._process import diagnose_tool, find_tool
from scanner.model.files import FileKind
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Stage

_TABLE = "bandit.toml"
_READS = (FileKind.PYTHON, FileKind.NOTEBOOK)


class Bandit:
    """The engine `bandit`."""

    name = "bandit"
    stage = Stage.SAST

    def rules(self) -> tuple[Rule, ...]:
        """Bandit's rules that are switched on in our table."""
        return rules()

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether the tool is here, and which."""
        return diagnose_tool(self.name, root)

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """Bandit looks at each file by itself."""
        return tuple((file,) for file in files)

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """As the work can be taken apart."""
        return self.parts(files)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:
        """The tool, our rules and the code that reads its answer."""
        return (
            tool_identity(find_tool(self.name, task.root), self.name, context.cancelled),
            code_identity("bandit"),
            files_identity([assets.rules_dir() / _TABLE]),
            *sorted(task.enabled),
        )

    def lasting(self, gap: Gap) -> bool:
        """Whether it would be there again."""
        from scanner.engines._static import NOTEBOOK_GAPS

        return gap.reason.startswith(("bandit: syntax error", *NOTEBOOK_GAPS))

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Run Bandit on a copy of the planned files. Raises `EngineError`."""
        from scanner.engines.bandit.engine import run

        if not isinstance(task, StaticTask):
            raise TypeError("bandit takes files")
        return run(task, context)


def rules(enabled: frozenset[RuleId] = frozenset()) -> tuple[Rule, ...]:
    """The rules of our table that are on, by default or because they are `enabled`."""
    from scanner.engines._tables import curated_rules

    return curated_rules(_TABLE, Bandit.name, Bandit.stage, "sast/", _READS, enabled)
