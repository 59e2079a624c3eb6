"""Policies: presets, files of one's own, and which of file and flag outweighs which."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.config import load_settings, policy_names
from scanner.correlate import Families, correlate
from scanner.gate import decide
from scanner.model.decision import GatePolicy, GateVerdict, ReasonKind
from scanner.model.errors import ConfigError
from scanner.model.severity import Severity
from scanner.triage import triage
from tests.core import factory


def policy(flags: dict[str, object], config: Path | None = None) -> GatePolicy:
    return load_settings(config, {"gate": flags}).policy()


def test_every_preset_says_each_thing() -> None:
    assert policy_names() == ("audit", "pr", "strict")
    strict, pr, audit = (policy({"policy": name}) for name in ("strict", "pr", "audit"))
    assert strict.block_known
    assert not pr.block_known
    assert strict.fail_on < pr.fail_on
    assert strict.forbid_inline
    assert strict.required == ("sast", "dast")
    assert audit.observe
    assert {one.name for one in (strict, pr, audit)} == {"strict", "pr", "audit"}


def test_a_file_softens_the_policy_that_it_names_not_that_of_a_flag(tmp_path: Path) -> None:
    config = tmp_path / "servegate.toml"
    config.write_text('[gate]\npolicy = "strict"\nfail_on = "critical"\nallow_gaps = true\n')
    assert policy({}, config).fail_on is Severity.CRITICAL
    assert policy({}, config).block_known
    by_flag = policy({"policy": "pr"}, config)
    assert by_flag.fail_on is Severity.HIGH
    assert not by_flag.allow_gaps
    assert policy({"policy": "pr", "fail_on": "low"}, config).fail_on is Severity.LOW


def test_a_policy_of_ones_own_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    config = tmp_path / "servegate.toml"
    config.write_text('[gate]\npolicy = "ours.toml"\n')
    (tmp_path / "ours.toml").write_text('title = "Ours"\n[gate]\nwaiver_severity = "none"\n')
    assert policy({}, config).waiver_severity is None
    assert policy({}, config).name == "ours.toml"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[gate]\nfail_at = 1\n", "gate.fail_at .did you mean gate?|unknown key gate.fail_at"),
        ("[gate]\nfail_on = 'bad'\n", "gate.fail_on: 'bad' is none of"),
        ("[gate]\nwaivers = 'x'\n", "belongs into servegate.toml"),
        ("[scan]\nexclude = []\n", "a policy has title and"),
        ("[gate", "not valid TOML"),
    ],
)
def test_a_bad_policy_is_one_clear_error(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "p.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=fault):
        policy({"policy": str(file)})


def test_an_unknown_policy_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'strickt' is none of audit, pr, strict.*mean strict"):
        policy({"policy": "strickt"})
    with pytest.raises(ConfigError, match="no such file"):
        policy({"policy": "./strict.toml"})


def test_a_verdict_names_clause_and_mend() -> None:
    findings = triage(correlate([factory.finding()], {}, Families({})), policy({}))
    runs = [factory.run(factory.completed())]
    (reason,) = decide(findings, runs, factory.plan(), policy({})).reasons
    assert reason.clause == 'fail_on = "high"'
    assert f"servegate waive {findings[0].group.fingerprint}" in reason.mend
    hard = policy({"policy": "strict", "required": ()})
    (reason,) = decide(findings, runs, factory.plan(), hard).reasons
    assert "waive" not in reason.mend, "the policy lets nothing this bad be waived"


def test_observing_blocks_nothing_and_says_what_would_have() -> None:
    audit = policy({"policy": "audit"})
    findings = triage(correlate([factory.finding()], {}, Families({})), audit)
    decision = decide(findings, [factory.run(factory.completed())], factory.plan(), audit)
    assert decision.verdict is GateVerdict.PASSED
    assert decision.reasons[0].kind is ReasonKind.NOTE
    assert decision.reasons[0].text.startswith("would block: high")
    assert decide(findings, [], factory.plan(), audit).verdict is GateVerdict.INCONCLUSIVE
