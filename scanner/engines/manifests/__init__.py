"""The engine `manifests`: our own policies over Kubernetes manifests, meshes and gateways at once.

Here is what must be known before it judges; `engine.py` judges, and is loaded only for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner.engines._identity import code_identity
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage

ENGINE = "manifests"
VERSION = "1"


class Manifests:
    """The engine `manifests`."""

    name = ENGINE
    stage = Stage.IAC

    def rules(self) -> tuple[Rule, ...]:
        """The rules of all policies."""
        from scanner.engines.manifests.catalogue import POLICIES

        return tuple(policy.rule for policy in POLICIES)

    def diagnose(self, root: Path) -> Diagnosis:  # noqa: ARG002 - no tool to look for
        """It is part of servegate, so it is always here."""
        return Diagnosis(engine=ENGINE, found=True, version=VERSION, place="part of servegate")

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """They are judged as one world."""
        return (tuple(files),)

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """They are judged as one world."""
        return (tuple(files),)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:  # noqa: ARG002
        """Our own code."""
        return (code_identity("manifests"),)

    def lasting(self, gap: Gap) -> bool:
        """Every gap comes of a file's content."""
        return bool(gap.reason)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Read the planned files and judge them as one world. Raises `EngineError`."""
        from scanner.engines.manifests.engine import run

        if not isinstance(task, StaticTask):
            raise TypeError("manifests takes files")
        return run(task, context)
