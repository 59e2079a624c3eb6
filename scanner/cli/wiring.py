"""Names the concrete engines: the one list of what servegate is made of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.config import ZapSection
from scanner.inventory import FileKind
from scanner.model.protocols import Engine
from scanner.model.severity import Stage
from scanner.plan import EngineSpec

if TYPE_CHECKING:
    from scanner.engines._endpoint.relay import Relay
    from scanner.engines.zap.options import ZapOptions

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


def make_engines(zap: ZapSection | None = None, relay: Relay | None = None) -> dict[str, Engine]:
    """Every engine by name; `zap` is the configuration of that one.

    By the `relay` the probes' traffic passes through ZAP.
    """
    from scanner.engines.bandit import Bandit
    from scanner.engines.checkov import Checkov
    from scanner.engines.dast.engine import Probes
    from scanner.engines.semgrep import Semgrep
    from scanner.engines.zap import Zap

    engines: tuple[Engine, ...] = (
        Checkov(),
        Bandit(),
        Semgrep(),
        Probes(relay),
        Zap(zap_options(zap or ZapSection(), os.environ), relay),
    )
    return {engine.name: engine for engine in engines}


def zap_options(section: ZapSection, environ: Mapping[str, str]) -> ZapOptions:
    """The section with its key from the environment."""
    from scanner.engines.zap.options import ZapOptions

    return ZapOptions(
        url=section.url,
        api_key=environ.get(section.api_key_env, ""),
        api_key_env=section.api_key_env,
        home=section.home,
        container=section.container,
        image=section.image,
        memory_mb=section.memory_mb,
        start_timeout=section.start_timeout,
        call_timeout=section.call_timeout,
        max_seconds=section.max_minutes * 60,
        attack=section.attack,
    )


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
