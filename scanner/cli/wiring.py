"""Names the concrete engines: the one list of what servegate is made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.model.files import FileKind
from scanner.model.protocols import Engine
from scanner.model.rule import RuleId
from scanner.model.severity import Stage
from scanner.plan import EngineSpec
from scanner.sections import IacSection, ZapSection

if TYPE_CHECKING:
    from scanner.engines._endpoint.relay import Relay
    from scanner.engines.rotation import RotationOptions
    from scanner.engines.zap.options import ZapOptions

# Slowest first: its start-up then hides behind nothing.
SPECS = (
    EngineSpec(
        name="checkov",
        stage=Stage.IAC,
        reads=(
            FileKind.TERRAFORM,
            FileKind.PLAN,
            FileKind.MANIFEST,
            FileKind.DOCKERFILE,
            FileKind.WORKFLOW,
        ),
    ),
    EngineSpec(name="manifests", stage=Stage.IAC, reads=(FileKind.MANIFEST, FileKind.KONG)),
    EngineSpec(name="bandit", stage=Stage.SAST, reads=(FileKind.PYTHON, FileKind.NOTEBOOK)),
    EngineSpec(
        name="semgrep",
        stage=Stage.SAST,
        reads=(
            FileKind.PYTHON,
            FileKind.NOTEBOOK,
            FileKind.JAVASCRIPT,
            FileKind.SHELL,
            FileKind.DOCKERFILE,
            FileKind.COMPOSE,
        ),
    ),
    EngineSpec(name="models", stage=Stage.SAST, reads=(FileKind.MODEL,)),
    EngineSpec(
        name="secrets",
        stage=Stage.SAST,
        reads=(
            *(FileKind.PYTHON, FileKind.NOTEBOOK, FileKind.JAVASCRIPT, FileKind.SHELL),
            *(FileKind.DOCKERFILE, FileKind.COMPOSE, FileKind.TERRAFORM, FileKind.PLAN),
            *(FileKind.MANIFEST, FileKind.KONG, FileKind.WORKFLOW, FileKind.TEXT),
        ),
    ),
    EngineSpec(name="zizmor", stage=Stage.SAST, reads=(FileKind.WORKFLOW,)),
    EngineSpec(name="probes", stage=Stage.DAST),
    EngineSpec(name="zap", stage=Stage.DAST),
    EngineSpec(name="rotation", stage=Stage.SECRETS, asks_manager=True),
)


def make_engines(
    zap: ZapSection | None = None,
    relay: Relay | None = None,
    names: Collection[str] | None = None,
    rotation: RotationOptions | None = None,
    iac: IacSection | None = None,
) -> dict[str, Engine]:
    """The engines of these names (all of them by default); no other is even imported.

    `zap`, `rotation` and `iac` are the configuration of those; by the `relay` the probes' traffic
    passes through ZAP.
    """
    makers: dict[str, Callable[[], Engine]] = {
        "checkov": lambda: _checkov(iac or IacSection()),
        "manifests": _manifests,
        "bandit": _bandit,
        "semgrep": _semgrep,
        "models": _models,
        "secrets": _secrets,
        "zizmor": _zizmor,
        "probes": lambda: _probes(relay),
        "zap": lambda: _zap(zap or ZapSection(), relay),
        "rotation": lambda: _rotation(rotation),
    }
    return {name: make() for name, make in makers.items() if names is None or name in names}


def _checkov(section: IacSection) -> Engine:
    from scanner.engines.checkov import Checkov

    return Checkov(section.allowed_regions, section.approved_modules)


def _manifests() -> Engine:
    from scanner.engines.manifests import Manifests

    return Manifests()


def _bandit() -> Engine:
    from scanner.engines.bandit import Bandit

    return Bandit()


def _semgrep() -> Engine:
    from scanner.engines.semgrep import Semgrep

    return Semgrep()


def _models() -> Engine:
    from scanner.engines.models import Models

    return Models()


def _secrets() -> Engine:
    from scanner.engines.secrets import Secrets

    return Secrets()


def _zizmor() -> Engine:
    from scanner.engines.zizmor import Zizmor

    return Zizmor()


def _probes(relay: Relay | None) -> Engine:
    from scanner.engines.dast.engine import Probes

    return Probes(relay)


def _zap(section: ZapSection, relay: Relay | None) -> Engine:
    from scanner.engines.zap import Zap

    return Zap(zap_options(section, os.environ), relay)


def _rotation(options: RotationOptions | None) -> Engine:
    from scanner.engines.rotation import Rotation

    return Rotation(options)


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


def specs(zap: ZapSection, root: Path, *, attacked: bool) -> tuple[EngineSpec, ...]:
    """What the plan must know; an optional engine that can't be had is marked as absent.

    ZAP is only looked for where an endpoint is `attacked`.
    """
    if not attacked:
        return SPECS
    found = make_engines(zap, names=("zap",))["zap"].diagnose(root)
    absent = "" if found.found else found.mend
    return tuple(replace(spec, absent=absent) if spec.name == "zap" else spec for spec in SPECS)


def unknown_rules(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Which of the rules that the user wants switched on no table knows. Raises `AssetError`."""
    if not wanted:
        return ()
    from scanner.engines import bandit, zizmor

    enabled = frozenset(map(RuleId, wanted))
    known = {rule.id for rule in (*bandit.rules(enabled), *zizmor.rules(enabled))}
    return tuple(sorted(enabled - known))


def known_words() -> tuple[str, ...]:
    """What `--only`, `--skip`, `required` and `allow_missing` may name."""
    names = (word for spec in SPECS for word in (spec.stage.value, spec.name))
    return tuple(dict.fromkeys(names))
