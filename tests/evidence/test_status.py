"""Each input is flipped, over the whole catalogue, and the status of the controls follows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.evidence.judge import judge
from scanner.evidence.model import ControlStatus, Effect, Observation, Strength
from scanner.evidence.observe import observe
from scanner.model.decision import Decision, GateVerdict, Status
from scanner.model.files import read_as
from scanner.model.finding import InlineSuppression
from scanner.model.outcome import Assessment, Completed, Failed, FailureKind, Gap, Partial, Verdict
from scanner.model.plan import BY_CONFIGURATION, LeftOutKind
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from tests.evidence import ideal

SUPPORTED, CONTRADICTED = ControlStatus.SUPPORTED, ControlStatus.CONTRADICTED
NOT_ASSESSED = ControlStatus.NOT_ASSESSED
IDEAL = ideal.judged(ideal.scan())
REPEATABLE = {one for one, entry in IDEAL.items() if entry.status is SUPPORTED}
FAILED = Failed(kind=FailureKind.CRASHED, reason="ended by signal 9")


def bearing_on(engine: str) -> set[str]:
    """The controls that a rule of the engine names."""
    return {word for rule in ideal.rules_of(engine) for word in rule.controls}


def supported(made: ScanResult) -> set[str]:
    return {one for one, entry in ideal.judged(made).items() if entry.status is SUPPORTED}


def partial(engine: str, *gaps: Gap, **more: object) -> Partial:
    base = ideal.held(engine)
    fields = {name: getattr(base, name) for name in Completed.__slots__}
    return Partial(**{**fields, "gaps": gaps, **more})


def test_what_holds_supports_every_control_that_can_be() -> None:
    assert {one.control.id for one in IDEAL.values() if one.control.needs} == REPEATABLE
    assert not [one for one in IDEAL.values() if one.status is CONTRADICTED]


@pytest.mark.parametrize("engine", [e for e in ideal.ENGINES if e != "zap"])
@pytest.mark.parametrize("how", ["failed", "partial", "not asked", "no record"])
def test_an_engine_that_did_not_look_leaves_its_controls_open(engine: str, how: str) -> None:
    match how:
        case "failed":
            made = ideal.scan(**{engine: FAILED})
        case "partial":
            gap = Gap(subject="app/broken.py", reason="syntax error")
            made = ideal.scan(**{engine: partial(engine, gap)})
        case "not asked":
            made = ideal.without(ideal.scan(), engine, LeftOutKind.NOT_ASKED)
        case _:
            made = ideal.without(ideal.scan(), engine, None)
    left = supported(made)
    assert not left & bearing_on(engine)
    assert left >= REPEATABLE - bearing_on(engine) - {"GATE-1"}


@pytest.mark.parametrize("outcome", [FAILED, None])
def test_zap_without_an_answer_leaves_its_stage_open(outcome: Failed | None) -> None:
    bad = outcome or partial("zap", Gap(subject="GET /", reason="not attacked"))
    left = supported(ideal.scan(zap=bad))
    assert not left & bearing_on("probes")
    assert "NET-1" in left


def test_zap_that_is_not_here_takes_nothing_away() -> None:
    made = ideal.without(ideal.scan(), "zap", LeftOutKind.NOT_FOUND)
    assert supported(made) == REPEATABLE


def test_nothing_to_scan_is_no_support_and_no_obstacle() -> None:
    made = ideal.scan()
    for engine in ("checkov", "manifests"):
        made = ideal.without(made, engine, LeftOutKind.NOTHING_TO_SCAN)
    left = supported(made)
    assert {"AUTHN-1", "INJ-1"} <= left
    assert not left & {"NET-1", "CRYPT-1", "IAM-1", "LOG-1"}


def test_no_endpoint_leaves_every_live_control_open() -> None:
    made = ideal.without(ideal.scan(), "probes", LeftOutKind.NOT_CONFIGURED)
    assert not supported(made) & bearing_on("probes")


def _one_of_each() -> list[Rule]:
    """A rule of each engine for each control."""
    chosen = {(word, rule.engine): rule for rule in ideal.RULES for word in rule.controls}
    return sorted(set(chosen.values()), key=lambda rule: rule.id)


@pytest.mark.parametrize("rule", _one_of_each(), ids=lambda rule: rule.id)
def test_a_finding_contradicts_the_controls_of_its_rule(rule: Rule) -> None:
    after = ideal.judged(ideal.with_findings(ideal.scan(), rule))
    for word in rule.controls:
        assert after[word].status is CONTRADICTED
        assert rule.id in after[word].reasons[0]
    for word in set(after) - set(rule.controls):
        assert after[word].status is IDEAL[word].status


def test_findings_of_all_rules_contradict_every_control_that_is_named() -> None:
    after = ideal.judged(ideal.with_findings(ideal.scan(), *ideal.RULES))
    named = {word for rule in ideal.RULES for word in rule.controls}
    assert {one for one, entry in after.items() if entry.status is CONTRADICTED} == named


def test_an_accepted_finding_still_contradicts_and_says_so() -> None:
    rule = next(rule for rule in ideal.RULES if rule.id == "sast/unsafe-model-load")
    made = ideal.with_findings(ideal.scan(), rule, status=Status.SUPPRESSED)
    after = ideal.judged(made)["DESERIAL-1"]
    assert (after.status, after.accepted) == (CONTRADICTED, True)


@pytest.mark.parametrize(
    "verdict", [Verdict.INCONCLUSIVE, Verdict.VULNERABLE, Verdict.NOT_APPLICABLE]
)
def test_a_probe_that_did_not_hold_supports_nothing(verdict: Verdict) -> None:
    base = ideal.held("probes")
    changed = tuple(
        replace(one, verdict=verdict, why="why")
        if one.rule_id == "dast/missing-authentication"
        else one
        for one in base.assessments
    )
    after = ideal.judged(ideal.scan(probes=replace(base, assessments=changed)))
    wanted = CONTRADICTED if verdict is Verdict.VULNERABLE else NOT_ASSESSED
    assert after["AUTHN-1"].status is wanted
    assert after["AUTHZ-1"].status is SUPPORTED


def test_one_inconclusive_probe_leaves_only_its_own_controls_open() -> None:
    base = ideal.held("probes")
    unsure = Assessment(
        rule_id=RuleId("dast/prompt-injection"),
        subject=ideal.OPERATION,
        verdict=Verdict.INCONCLUSIVE,
        why="rate limited",
    )
    gap = Gap(subject=ideal.OPERATION, reason="dast/prompt-injection: rate limited")
    made = ideal.scan(probes=partial("probes", gap, assessments=(*base.assessments, unsure)))
    assert REPEATABLE - supported(made) == {"LLM-INJ-1"}


def test_a_rule_that_did_not_run_leaves_its_controls_open() -> None:
    base = ideal.held("semgrep")
    made = ideal.scan(semgrep=replace(base, rules=base.rules[1:]))
    assert not supported(made) & set(base.rules[0].controls)


def test_a_check_without_a_resource_supports_nothing() -> None:
    made = ideal.scan(checkov=replace(ideal.held("checkov"), rules=()))
    assert not supported(made) & {"NET-1", "CRYPT-1", "IAM-1", "LOG-1"}


def test_a_scan_of_what_changed_supports_nothing_static() -> None:
    made = ideal.scan()
    made = replace(made, plan=replace(made.plan, limited="files changed since main"))
    assert not supported(made) & (bearing_on("semgrep") | bearing_on("bandit"))


@pytest.mark.parametrize("gone", ideal.FILES["semgrep"])
def test_a_rule_holds_only_where_a_file_of_its_kind_was_seen(gone: str) -> None:
    kept = tuple(path for path in ideal.FILES["semgrep"] if path != gone)
    made = ideal.scan(semgrep=replace(ideal.held("semgrep"), targets=kept))
    seen = {kind for path in kept for kind in read_as(path)}
    effects = {one.rule_id: one for one in observe(made, ideal.RULES)}
    for rule in ideal.rules_of("semgrep"):
        wanted = Effect.HELD if seen & set(rule.reads) else Effect.QUIET
        assert effects[rule.id].effect is wanted, rule.id


def test_code_that_nobody_looked_at_supports_no_pattern() -> None:
    made = ideal.scan(semgrep=replace(ideal.held("semgrep"), targets=("Dockerfile",)))
    for engine in ("bandit", "checkov", "manifests", "models", "zizmor"):
        made = ideal.without(made, engine, LeftOutKind.NOTHING_TO_SCAN)
    assert "DESERIAL-1" not in supported(made)


def test_the_files_behind_a_rule_are_counted_by_its_kind() -> None:
    targets = ("Dockerfile", "a.py", "b.ipynb", "run.sh")
    made = ideal.scan(semgrep=replace(ideal.held("semgrep"), targets=targets))
    (told,) = [one for one in observe(made, ideal.RULES) if one.rule_id == "sast/unsafe-model-load"]
    assert told.why == "nothing found in 2 files of its kind"


def test_every_static_rule_of_code_says_what_it_reads() -> None:
    silent = [
        rule.id
        for engine in ("bandit", "semgrep", "models", "secrets", "zizmor")
        for rule in ideal.rules_of(engine)
        if not rule.reads
    ]
    assert not silent


@pytest.mark.parametrize(
    ("subject", "opened"),
    [
        ("app/", {"bandit", "semgrep", "models", "secrets", "zizmor", "checkov", "manifests"}),
        ("app/main.py", {"bandit", "semgrep", "secrets"}),
        ("deploy/api.yaml", {"checkov", "manifests", "secrets"}),
        ("README.md", {"secrets"}),
        ("logo.png", set()),
    ],
)
def test_what_the_configuration_excludes_opens_the_rules_that_would_read_it(
    subject: str, opened: set[str]
) -> None:
    made = ideal.scan()
    gap = Gap(subject=subject, reason=BY_CONFIGURATION)
    made = replace(made, plan=replace(made.plan, excluded=(gap,)))
    found = {one.engine for one in observe(made, ideal.RULES) if one.effect is Effect.OPEN}
    assert found == opened
    if "bandit" in opened:
        assert "DESERIAL-1" not in supported(made)


def test_installed_packages_open_nothing() -> None:
    made = ideal.scan()
    gap = Gap(subject="node_modules/", reason="installed packages")
    made = replace(made, plan=replace(made.plan, excluded=(gap,)))
    assert supported(made) == REPEATABLE


@pytest.mark.parametrize(
    ("reason", "blanket", "accepted"),
    [("ours, see ADR 3", False, True), ("", False, False), ("ours", True, False)],
)
def test_a_comment_is_a_written_exception_only_with_a_reason_for_a_rule(
    reason: str, blanket: bool, accepted: bool
) -> None:
    rule = next(rule for rule in ideal.RULES if rule.id == "sast/unsafe-model-load")
    comment = InlineSuppression(comment="# nosemgrep", reason=reason, blanket=blanket)
    made = ideal.with_findings(ideal.scan(), rule, status=Status.SUPPRESSED, comment=comment)
    after = ideal.judged(made)["DESERIAL-1"]
    assert (after.status, after.accepted) == (CONTRADICTED, accepted)


def test_a_large_scan_is_observed_in_seconds() -> None:
    operations = [f"GET /v1/op{number}" for number in range(300)]
    rules = ideal.rules_of("probes")
    told = tuple(
        Assessment(
            rule_id=rule.id,
            subject=name,
            verdict=Verdict.HELD if place % 2 or number % 10 else Verdict.INCONCLUSIVE,
            why="w",
        )
        for number, name in enumerate(operations)
        for place, rule in enumerate(rules)
    )
    gaps = tuple(
        Gap(subject=one.subject, reason=f"{one.rule_id}: w")
        for one in told
        if one.verdict is Verdict.INCONCLUSIVE
    )
    made = ideal.scan(probes=partial("probes", *gaps, assessments=told, targets=tuple(operations)))
    began = time.process_time()
    found = {one.rule_id: one.effect for one in observe(made, ideal.RULES)}
    assert time.process_time() - began < 20
    assert (found[rules[0].id], found[rules[1].id]) == (Effect.OPEN, Effect.HELD)


def test_the_run_record_needs_commit_and_verdict() -> None:
    made = ideal.scan()
    assert ideal.judged(replace(made, commit=""))["GATE-1"].status is NOT_ASSESSED
    unsure = Decision(verdict=GateVerdict.INCONCLUSIVE, reasons=())
    assert ideal.judged(replace(made, decision=unsure))["GATE-1"].status is NOT_ASSESSED
    assert ideal.judged(made, signed_with="")["EVID-1"].status is NOT_ASSESSED


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[ScanResult, ScanResult]:
    """A scan, and the same with something taken away that was said in it."""
    base = ideal.held("probes")
    verdicts = st.sampled_from(
        (Verdict.HELD, Verdict.HELD, Verdict.HELD, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE)
    )
    assessments = tuple(replace(one, verdict=draw(verdicts), why="why") for one in base.assessments)
    gaps = tuple(
        Gap(subject=one.subject, reason=f"{one.rule_id}: why")
        for one in assessments
        if one.verdict is Verdict.INCONCLUSIVE
    )
    probes = partial("probes", *gaps, assessments=assessments) if gaps else base
    before = ideal.scan(probes=probes)
    engine = draw(st.sampled_from(ideal.ENGINES))
    part = draw(st.sampled_from(["run", "rules", "assessments", "targets"]))
    if part == "run":
        return before, ideal.without(before, engine, None)
    outcome = probes if engine == "probes" else ideal.held(engine)
    known = getattr(outcome, part)
    cut = draw(st.sets(st.integers(0, max(len(known) - 1, 0)), max_size=3))
    left = tuple(one for place, one in enumerate(known) if place not in cut)
    outcomes = {"probes": probes, engine: replace(outcome, **{part: left})}
    return before, ideal.scan(**outcomes)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(worlds=_worlds())
def test_taking_something_away_supports_nothing_new(
    worlds: tuple[ScanResult, ScanResult],
) -> None:
    before, after = worlds
    assert supported(after) <= supported(before)


_EFFECTS = st.sampled_from(Effect)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data())
def test_removing_an_observation_never_supports(data: st.DataObject) -> None:
    control = data.draw(st.sampled_from(ideal.CONTROLS))
    named = [rule for rule in ideal.RULES if control.id in rule.controls]
    expected = {rule.id for rule in named}
    expected |= {RuleId(need[0]) for need in control.needs if "/" in need[0] and len(need) == 1}
    ledger = {
        rule_id: Observation(
            rule_id=rule_id,
            engine=next((rule.engine for rule in named if rule.id == rule_id), "pack"),
            stage="",
            effect=data.draw(_EFFECTS if data.draw(st.booleans()) else st.just(Effect.HELD)),
            why="why",
        )
        for rule_id in sorted(expected)
    }
    if not ledger:
        assert judge(control, expected, ledger).status is NOT_ASSESSED
        return
    gone = data.draw(st.sampled_from(sorted(ledger)))
    left = {rule_id: one for rule_id, one in ledger.items() if rule_id != gone}
    assert judge(control, expected, left).status is not SUPPORTED
    if control.strength in (Strength.DECLARED, Strength.JUDGED):
        assert judge(control, expected, ledger).status is not SUPPORTED


def test_every_rule_has_one_observation() -> None:
    seen = [one.rule_id for one in observe(ideal.scan(), ideal.RULES)]
    assert seen == sorted({rule.id for rule in ideal.RULES})
    assert Stage.DAST.value in {one.stage for one in observe(ideal.scan(), ideal.RULES)}
