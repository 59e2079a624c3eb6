"""Checkov as an engine: Terraform, its plans, manifests, Dockerfiles and workflows.

Here is what must be known before it runs; `engine.py` runs it, and is loaded only for that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner import assets
from scanner.engines._identity import code_identity, files_identity, tool_identity
from scanner.engines._process import find_tool
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage

if TYPE_CHECKING:
    from scanner.engines.checkov.engine import Runner

_OF_THE_MOMENT = re.compile(r"gave no answer|left out after|crash|could not load|killed")


class Checkov:
    """The engine `checkov`."""

    name = "checkov"
    stage = Stage.IAC

    def __init__(
        self, allowed_regions: tuple[str, ...] = (), approved_modules: tuple[str, ...] = ()
    ) -> None:
        """What our policies about regions and modules allow; where none is named, they are off."""
        self._options = (allowed_regions, approved_modules)

    def _runner(self) -> Runner:
        from scanner.engines.checkov.engine import Runner

        return Runner(*self._options)

    def rules(self) -> tuple[Rule, ...]:
        """Our policies and the rules of our table; others become known when they run."""
        return self._runner().rules()

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether the tool is here, and which."""
        return self._runner().diagnose(root)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Run Checkov on a copy of the planned files. Raises `EngineError`."""
        return self._runner().scan(task, context)

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """All Terraform with its plans, all manifests, and each other file by itself.

        Root modules are not apart: our policies look for a log, a limit or a subnet in whichever
        folder declares it, and a plan is laid over the source that it was made from. JSON may be
        for either, so that it holds the two together.
        """
        groups: dict[str, list[SourceFile]] = {}
        kinds = {file.path: _kind(file.path) for file in files}
        json_ties = "json" in kinds.values()
        for file in files:
            kind = kinds[file.path]
            if kind in ("terraform", "json") or (json_ties and kind == "yaml"):
                kind = "terraform"
            groups.setdefault(kind or file.path, []).append(file)
        return tuple(tuple(group) for group in groups.values())

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """All as one: which rules ran is told of the whole, and most of the time is the start."""
        return (tuple(files),)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:
        """The tool, our policies and table, what they allow, and the code that reads its answer."""
        rules = assets.rules_dir()
        policy_files = [p for p in (rules / "checkov").iterdir() if p.suffix in (".py", ".yaml")]
        return (
            tool_identity(find_tool(self.name, task.root), self.name, context.cancelled),
            code_identity("checkov"),
            files_identity([rules / "checkov.toml", *sorted(policy_files)]),
            json.dumps([*self._options]),
        )

    def lasting(self, gap: Gap) -> bool:
        """Whether it would be there again; what a crash or a kill has cost may not be."""
        return not _OF_THE_MOMENT.search(gap.reason)


def _kind(path: str) -> str:
    """What holds files together; nothing for one that stands alone."""
    lower = path.lower()
    if lower.endswith((".tf", ".tfvars", ".tf.json")):
        return "terraform"
    if lower.endswith(".json"):
        return "json"
    folder = path.rpartition("/")[0]
    if lower.endswith((".yaml", ".yml")):
        return "" if folder.endswith(".github/workflows") else "yaml"
    return ""
