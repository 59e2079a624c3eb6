"""From what the engines found to a judged scan: correlation, triage, attack paths and the gate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path

from msgspec.structs import replace

from scanner import __version__
from scanner.attacks import attacks
from scanner.cli.older import commit_of
from scanner.cli.output import families, knowledge, second_opinions
from scanner.cli.waivers import today
from scanner.config import Settings
from scanner.correlate import correlate
from scanner.gate import decide
from scanner.model.decision import GatePolicy
from scanner.model.finding import Fingerprint
from scanner.model.history import Past
from scanner.model.outcome import Completed, EngineRun, Failed
from scanner.model.plan import Plan
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.reporters._text import plural
from scanner.seconding import drop_lone_seconds
from scanner.triage import triage_all


def judge(
    path: Path,
    started: datetime,
    plan: Plan,
    runs: tuple[EngineRun, ...],
    settings: Settings,
    past: Past | None = None,
) -> ScanResult:
    """Everything after the last engine ended."""
    return conclude(
        project=path.resolve().name or "root",
        commit=commit_of(plan.root),
        times=(started, None),
        plan=plan,
        runs=runs,
        policy=settings.policy(),
        past=past or Past(today=today()),
    )


def conclude(
    *,
    project: str,
    commit: str,
    times: tuple[datetime, datetime | None],
    plan: Plan,
    runs: tuple[EngineRun, ...],
    policy: GatePolicy,
    past: Past,
) -> ScanResult:
    """The judged scan; `times` are its beginning and end, the latter now if there is none."""
    catalogue = _catalogue(runs)
    told = _with_agreed_seconds(runs, catalogue)
    found = [f for run in told if not isinstance(run.outcome, Failed) for f in run.outcome.findings]
    judged = triage_all(correlate(found, catalogue, families()), policy, past, told)
    seen = attacks(judged.findings, told, knowledge(catalogue))
    return ScanResult(
        project=project,
        version=__version__,
        started=times[0],
        ended=times[1] or datetime.now(timezone.utc),
        plan=plan,
        runs=told,
        findings=judged.findings,
        policy=policy,
        decision=decide(judged.findings, told, plan, policy, judged.notes, seen.paths),
        catalogue=catalogue,
        comparison=judged.comparison,
        commit=commit,
        attacks=seen,
        past=past if plan.shard else None,
    )


def _with_agreed_seconds(
    runs: tuple[EngineRun, ...], catalogue: dict[RuleId, Rule]
) -> tuple[EngineRun, ...]:
    """The runs without second opinions that stand alone where a rule of ours has looked."""
    told = [run.outcome for run in runs if not isinstance(run.outcome, Failed)]
    looked_at = {
        target
        for run in runs
        if run.engine == "semgrep" and not isinstance(run.outcome, Failed)
        for target in run.outcome.targets
    }
    found = [finding for outcome in told for finding in outcome.findings]
    # Where the table is broken Bandit has failed over it, and nothing of it is there to be dropped.
    seconds = second_opinions() if any(one.engine == "bandit" for one in found) else frozenset()
    agreed = drop_lone_seconds(found, seconds, looked_at, catalogue)
    kept = {finding.fingerprint for finding in agreed}
    return tuple(
        run
        if isinstance(run.outcome, Failed)
        else replace(run, outcome=_without(run.outcome, kept))
        for run in runs
    )


def _without(outcome: Completed, kept: set[Fingerprint]) -> Completed:
    """The outcome with the findings that are kept; how many are not stays visible."""
    findings = tuple(f for f in outcome.findings if f.fingerprint in kept)
    dropped = len(outcome.findings) - len(findings)
    if not dropped:
        return outcome
    note = (
        f"{plural(dropped, 'second opinion')} left out: tests that see no guards, in files where "
        "rules of ours that do have looked and found nothing"
    )
    return replace(outcome, findings=findings, notes=(*outcome.notes, note))


def _catalogue(runs: Iterable[EngineRun]) -> dict[RuleId, Rule]:
    """Every rule that ran."""
    ran = [run.outcome for run in runs if not isinstance(run.outcome, Failed)]
    rules = [rule for outcome in ran for rule in outcome.rules]
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}
