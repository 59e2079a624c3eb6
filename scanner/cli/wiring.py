"""Names the concrete engines: the one list of what servegate is made of."""

from __future__ import annotations

from pathlib import Path

from scanner.inventory import FileKind
from scanner.model.protocols import Engine
from scanner.model.severity import Stage
from scanner.plan import EngineSpec

# Slowest first: its start-up then hides behind nothing.
SPECS = (
    EngineSpec(name="checkov", stage=Stage.IAC, reads=(FileKind.TERRAFORM, FileKind.MANIFEST)),
    EngineSpec(
        name="bandit", stage=Stage.SAST, reads=(FileKind.PYTHON,), unread=(FileKind.NOTEBOOK,)
    ),
    EngineSpec(
        name="semgrep", stage=Stage.SAST, reads=(FileKind.PYTHON,), unread=(FileKind.NOTEBOOK,)
    ),
    EngineSpec(name="probes", stage=Stage.DAST),
    EngineSpec(name="zap", stage=Stage.DAST),
)


def make_engines() -> dict[str, Engine]:
    """Every engine by name."""
    from scanner.engines.bandit import Bandit
    from scanner.engines.checkov import Checkov
    from scanner.engines.dast.engine import Probes
    from scanner.engines.semgrep import Semgrep
    from scanner.engines.zap import Zap

    engines: tuple[Engine, ...] = (Checkov(), Bandit(), Semgrep(), Probes(), Zap())
    return {engine.name: engine for engine in engines}


def specs(engines: dict[str, Engine], root: Path) -> tuple[EngineSpec, ...]:
    """What the plan must know; an optional engine that can't be had is marked as absent."""
    zap = engines["zap"].diagnose(root)
    return tuple(
        EngineSpec(name=spec.name, stage=spec.stage, absent=zap.mend)
        if spec.name == "zap" and not zap.found
        else spec
        for spec in SPECS
    )


def known_words() -> tuple[str, ...]:
    """What `--only`, `--skip`, `required` and `allow_missing` may name."""
    names = (word for spec in SPECS for word in (spec.stage.value, spec.name))
    return tuple(dict.fromkeys(names))
