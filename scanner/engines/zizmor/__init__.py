"""zizmor as an engine, over GitHub Actions workflows, weighed by `rules/zizmor.toml`.

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

TABLE = "zizmor.toml"
PREFIX = "sast/workflow-"


class Zizmor:
    """The engine `zizmor`."""

    name = "zizmor"
    stage = Stage.SAST

    def rules(self) -> tuple[Rule, ...]:
        """zizmor's audits that are switched on in our table."""
        return rules()

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether the tool is here, and which."""
        return diagnose_tool(self.name, root)

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """Workflows may call each other: they stay together."""
        return (tuple(files),)

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """As the work can be taken apart."""
        return self.parts(files)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:
        """The tool, our rules and the code that reads its answer."""
        return (
            tool_identity(find_tool(self.name, task.root), self.name, context.cancelled),
            code_identity("zizmor"),
            files_identity([assets.rules_dir() / TABLE]),
            *sorted(task.enabled),
        )

    def lasting(self, gap: Gap) -> bool:
        """Whether it would be there again."""
        return bool(gap.reason)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Run zizmor on a copy of the planned files. Raises `EngineError`."""
        from scanner.engines.zizmor.engine import run

        if not isinstance(task, StaticTask):
            raise TypeError("zizmor takes files")
        return run(task, context)


def rules(enabled: frozenset[RuleId] = frozenset()) -> tuple[Rule, ...]:
    """The rules of our table that are on, by default or because they are `enabled`."""
    from scanner.engines._tables import curated_rules

    return curated_rules(TABLE, Zizmor.name, Zizmor.stage, PREFIX, (FileKind.WORKFLOW,), enabled)
