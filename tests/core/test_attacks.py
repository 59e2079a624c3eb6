"""Findings of several stages that speak of one attack become one path, and stay findings."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from scanner.attacks import Knowledge, attacks
from scanner.cli.output import exposing
from scanner.correlate import Families, correlate
from scanner.gate import decide
from scanner.model.attack import Attacks, PartRole
from scanner.model.decision import GatePolicy, GateVerdict, Status, Triaged
from scanner.model.finding import Finding, InlineSuppression
from scanner.model.location import CodeLocation, EndpointLocation, ResourceLocation
from scanner.model.outcome import Assessment, EngineRun, Served, Verdict
from scanner.model.rule import RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.triage import triage
from tests.core import factory

EVAL = factory.rule("sast/eval", cwe=("CWE-95",))
PROBE = factory.rule("dast/code-evaluation", cwe=("CWE-94",), engine="probes")
OPEN = factory.rule("iac/open", cwe=("CWE-668",), engine="checkov")
OTHER = factory.rule("dast/other", cwe=("CWE-639",), engine="probes")
CATALOGUE = {one.id: one for one in (EVAL, PROBE, OPEN, OTHER)}
KNOWLEDGE = Knowledge(
    catalogue=CATALOGUE,
    families=Families({"CWE-94": "code", "CWE-95": "code"}),
    exposing=frozenset({OPEN.id}),
)
POLICY = GatePolicy(fail_on=Severity.HIGH)
HANDLER = CodeLocation(path="app.py", start_line=10, end_line=11)


def code(line: int = 14, severity: Severity = Severity.MEDIUM, **more: object) -> Finding:
    return replace(factory.finding("sast/eval", line=line, severity=severity), **more)  # type: ignore[arg-type]


def proof(rule: str = "dast/code-evaluation", path: str = "/api/score", **more: object) -> Finding:
    where = EndpointLocation(method="POST", path=path, parameter="expr", handler=HANDLER)
    made = factory.finding(rule, "probes", location=where, severity=Severity.MEDIUM)
    return replace(made, **{"confidence": Confidence.PROVEN, **more})  # type: ignore[arg-type]


def exposure() -> Finding:
    where = ResourceLocation(address="aws_x.y", path="main.tf", start_line=1, end_line=2)
    made = factory.finding("iac/open", "checkov", location=where, severity=Severity.MEDIUM)
    return replace(made, stage=Stage.IAC)


def probes(*assessments: Assessment) -> EngineRun:
    served = Served(
        operation="POST /score",
        place="POST /api/score",
        code=(
            CodeLocation(path="app.py", start_line=9, end_line=20),
            CodeLocation(path="helpers.py", start_line=1, end_line=5),
        ),
    )
    done = replace(factory.completed(), served=(served,), assessments=assessments)
    return factory.run(done, "probes", Stage.DAST)


def tied(*found: Finding, runs: tuple[EngineRun, ...] = ()) -> tuple[tuple[Triaged, ...], Attacks]:
    entries = triage(correlate(found, CATALOGUE, KNOWLEDGE.families), POLICY)
    return entries, attacks(entries, runs or (probes(),), KNOWLEDGE)


def test_code_proof_and_exposure_make_one_path_that_is_worse_than_its_parts() -> None:
    entries, seen = tied(code(), proof(), exposure())
    (path,) = seen.paths
    assert [part.role for part in path.parts] == [
        PartRole.CODE,
        PartRole.PROOF,
        PartRole.EXPOSURE,
    ]
    assert path.raised
    assert path.severity is Severity.HIGH
    assert str(path.fix) == "app.py:14"
    assert len(entries) == 3, "a path takes no finding away"
    assert {part.fingerprint for part in path.parts} == {e.group.fingerprint for e in entries}
    runs = [factory.run(factory.completed())]
    alone = decide(entries, runs, factory.plan(), POLICY)
    assert alone.verdict is GateVerdict.PASSED
    decision = decide(entries, runs, factory.plan(), POLICY, (), seen.paths)
    assert decision.verdict is GateVerdict.FAILED
    assert decision.reasons[0].subject == path.name
    assert "app.py:14" in decision.reasons[0].mend


def test_a_path_that_was_known_before_does_not_block() -> None:
    entries, seen = tied(code(), proof(), exposure())
    known = tuple(replace(entry, status=Status.KNOWN) for entry in entries)
    runs = [factory.run(factory.completed())]
    assert decide(known, runs, factory.plan(), POLICY, (), seen.paths).verdict is GateVerdict.PASSED


def test_without_exposure_a_path_is_as_bad_as_its_worst_part() -> None:
    _, seen = tied(code(), proof())
    assert not seen.paths[0].raised
    assert seen.paths[0].severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "found",
    [
        (code(line=30), proof()),  # of another function
        (code(), proof("dast/other")),  # of another kind
        (code(), proof(path="/api/other")),
        (code(), exposure()),  # no proof
        (proof(), exposure()),  # a proof below high alone
        (code(), proof(confidence=Confidence.FIRM)),  # a guess
    ],
)
def test_what_is_not_of_one_attack_is_not_tied(found: tuple[Finding, ...]) -> None:
    assert tied(*found)[1].paths == ()


def test_a_grave_proof_and_an_exposure_meet_at_the_handler() -> None:
    (path,) = tied(proof(severity=Severity.CRITICAL), exposure())[1].paths
    assert not path.raised
    assert path.fix == HANDLER


def test_a_function_that_the_handler_calls_counts() -> None:
    where = CodeLocation(path="helpers.py", start_line=3, end_line=3)
    (path,) = tied(code(location=where), proof())[1].paths
    assert str(path.fix) == "helpers.py:3"


def test_a_suppressed_finding_has_no_part() -> None:
    comment = InlineSuppression(comment="# nosec", reason="r", blanket=True)
    assert tied(code(suppression=comment), proof())[1] == Attacks()


def held(verdict: Verdict, rule: str = "dast/code-evaluation") -> Assessment:
    return Assessment(rule_id=RuleId(rule), subject="POST /score", verdict=verdict)


def test_weak_code_that_held_is_told() -> None:
    _, seen = tied(code(), runs=(probes(held(Verdict.HELD)),))
    assert [(one.operation, one.rules) for one in seen.held] == [("POST /score", (PROBE.id,))]


@pytest.mark.parametrize(
    "assessments",
    [
        (),
        (held(Verdict.INCONCLUSIVE),),
        (held(Verdict.HELD, "dast/other"),),
        (held(Verdict.HELD), held(Verdict.VULNERABLE)),
        (held(Verdict.HELD), held(Verdict.INCONCLUSIVE)),
    ],
)
def test_weak_code_that_was_not_attacked_for_it_did_not_hold(
    assessments: tuple[Assessment, ...],
) -> None:
    assert tied(code(), runs=(probes(*assessments),))[1].held == ()


def test_a_path_keeps_its_name_when_object_ids_and_order_change() -> None:
    def name(place: str, *order: Finding) -> str:
        path = place.partition(" ")[2]
        found = [
            replace(f, location=replace(f.location, path=path)) if f.engine == "probes" else f
            for f in order
        ]
        made = probes()
        served = replace(made.outcome.served[0], place=place)
        run = replace(made, outcome=replace(made.outcome, served=(served,)))
        (only,) = tied(*found, runs=(run,))[1].paths
        return only.name

    first = name("POST /jobs/{job_id}", code(), proof(), exposure())
    assert name("POST /jobs/{id}", exposure(), code(), proof()) == first
    assert name("POST /jobs/17", proof(), exposure(), code()) == first
    assert name("POST /tasks/{id}", proof(), exposure(), code()) != first


def test_rules_that_mean_exposure_exist() -> None:
    from scanner.cli.wiring import make_engines

    engines = make_engines(names=("checkov", "manifests")).values()
    known = {rule.id for engine in engines for rule in engine.rules()}
    assert exposing() - known == frozenset()
