"""Every probe is complete: its id, its metadata, its tests."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from scanner.engines.dast import probes
from scanner.engines.dast.conversation import Probe
from scanner.engines.dast.probes import PROBES
from scanner.model.severity import Stage

HERE = Path(__file__).parent
MODULES = sorted(
    path.stem for path in Path(probes.__file__).parent.glob("*.py") if not path.stem.startswith("_")
)
OWASP = re.compile(r"(?:API(?:10|[1-9]):2023|LLM(?:10|0[1-9]):20\d\d)")
each = pytest.mark.parametrize("probe", PROBES, ids=lambda probe: str(probe.rule.id))


def test_every_module_is_in_the_tuple_once() -> None:
    named = [str(probe.rule.id) for probe in PROBES]
    assert sorted(named) == [f"dast/{name.replace('_', '-')}" for name in MODULES]


@each
def test_file_is_named_for_the_rule(probe: Probe) -> None:
    module = inspect.getmodule(probe.converse)
    assert module is not None
    assert module.__name__.rsplit(".", 1)[-1].replace("_", "-") == probe.rule.id.removeprefix(
        "dast/"
    )


@each
def test_metadata_is_complete(probe: Probe) -> None:
    rule = probe.rule
    assert rule.stage is Stage.DAST
    assert rule.engine == "probes"
    assert rule.cwe
    assert all(re.fullmatch(r"CWE-[1-9]\d{0,3}", one) for one in rule.cwe)
    assert rule.owasp
    assert all(OWASP.fullmatch(one) for one in rule.owasp)
    assert rule.controls
    assert all(re.fullmatch(r"[A-Z]+(?:-[A-Z0-9]+)+", one) for one in rule.controls)
    assert all(one.startswith("https://") for one in rule.references)
    assert len(rule.references) >= 2
    assert not rule.title.endswith(".")
    assert rule.rationale.endswith(".")
    assert probe.max_requests > 0


@each
def test_probe_has_tests_of_its_own(probe: Probe) -> None:
    name = probe.rule.id.removeprefix("dast/").replace("-", "_")
    assert (HERE / f"test_{name}.py").is_file()
