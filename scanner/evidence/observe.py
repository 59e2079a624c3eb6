"""From a scan to one observation for each rule. Pure.

Silence is no observation: a rule whose engine failed, was left out or did not look everywhere is
open, and one that nothing shows to have had an object is quiet. Only `HELD` can support anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import to_builtins
from msgspec.structs import replace

from scanner.evidence.look import Look, look_of
from scanner.evidence.model import Effect, Observation, Place
from scanner.model.decision import GateVerdict, Status, Triaged
from scanner.model.finding import Finding
from scanner.model.outcome import Assessment, Completed, EngineRun, Failed, Partial, Verdict
from scanner.model.plan import LeftOutKind
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.reporters._text import plural

# Its rules judge a world of manifests and do not say whether there was an object to judge.
_UNTOLD = frozenset({"manifests"})
# Its outcome names only the rules that had an object, so an absent rule had none.
_NAMES_APPLIED = frozenset({"checkov"})
# Without a secret manager there is no key whose rotation could be wrong.
_OPTIONAL = frozenset({"rotation"})
_CALLERS = frozenset({Stage.DAST, Stage.SECRETS})
_Found = tuple[tuple[Finding, Triaged], ...]
_WORST = (Effect.FOUND, Effect.OPEN, Effect.HELD, Effect.QUIET)


def observe(scan: ScanResult, rules: Iterable[Rule]) -> tuple[Observation, ...]:
    """One observation for every rule of `rules` and of the scan, sorted by rule id."""
    given = tuple(rules)
    reads = {rule.id: rule.reads for rule in given}
    known = {rule.id: rule for rule in given if not rule.deprecated}
    # A result does not carry the kinds of file that its rules read; the installed rules do.
    known.update(
        (rule_id, replace(rule, reads=rule.reads or reads.get(rule_id, ())))
        for rule_id, rule in scan.catalogue.items()
    )
    found = _found(scan)
    looks: dict[str, list[Look]] = {}
    for run in scan.runs:
        looks.setdefault(run.engine, []).append(look_of(scan, run))
    return tuple(
        _observation(scan, known[rule_id], looks.get(known[rule_id].engine, []), found)
        for rule_id in sorted(known)
    )


def unnamed(scan: ScanResult, rules: Iterable[Rule]) -> tuple[Observation, ...]:
    """Engines whose rules are known only once they fire, where they failed or left gaps.

    What they would have looked for can't be told apart, so each of them leaves its stage open.
    """
    named = {rule.engine for rule in rules}
    open_ends: list[Observation] = []
    for run in scan.runs:
        if run.engine in named:
            continue
        match run.outcome:
            case Failed(reason=reason):
                why = f"{run.engine} failed: {reason}"
            case Partial(gaps=gaps):
                why = f"{run.engine} did not look at {gaps[0].subject}: {gaps[0].reason}"
            case Completed():
                continue
        open_ends.append(
            Observation(
                rule_id=RuleId(f"{run.stage.value}/{run.engine}"),
                engine=run.engine,
                stage=run.stage.value,
                effect=Effect.OPEN,
                why=why,
                digest=digest(why),
            )
        )
    return tuple(open_ends)


def of_record(scan: ScanResult) -> Observation:
    """`pack/run-record`: whether the record of this scan tells what was run on what."""
    failed = [run.engine for run in scan.runs if isinstance(run.outcome, Failed)]
    versions = {run.engine: _version([run]) for run in scan.runs}
    nameless = sorted(engine for engine, version in versions.items() if version in ("", "unknown"))
    if not scan.runs:
        effect, why = Effect.OPEN, "no engine ran"
    elif failed:
        effect, why = Effect.OPEN, f"{', '.join(failed)} failed"
    elif scan.decision.verdict is GateVerdict.INCONCLUSIVE:
        effect, why = Effect.OPEN, "the scan had no verdict"
    elif nameless:
        effect, why = Effect.OPEN, f"the version of {', '.join(nameless)} is not known"
    elif not scan.commit:
        effect, why = Effect.OPEN, "the commit that was scanned is not known"
    else:
        effect, why = Effect.HELD, f"commit {scan.commit}, verdict {scan.decision.verdict.value}"
    return _of_pack("run-record", effect, why)


def of_signature(signed_with: str) -> Observation:
    """`pack/signed-manifest`: whether a change of the pack can be told by anybody."""
    if signed_with:
        return _of_pack("signed-manifest", Effect.HELD, f"signed with {signed_with}")
    why = "the pack is not signed; its manifest's SHA-256 must be kept elsewhere"
    return _of_pack("signed-manifest", Effect.OPEN, why)


def _of_pack(name: str, effect: Effect, why: str) -> Observation:
    return Observation(
        rule_id=RuleId(f"pack/{name}"),
        engine="pack",
        stage="pack",
        effect=effect,
        why=why,
        digest=digest([name, effect.value, why]),
    )


def digest(record: object) -> str:
    """SHA-256 over a record's canonical JSON."""
    plain = to_builtins(record, enc_hook=str)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _found(scan: ScanResult) -> dict[RuleId, _Found]:
    by_rule: dict[RuleId, list[tuple[Finding, Triaged]]] = {}
    for item in scan.findings:
        for finding in item.group.findings:
            by_rule.setdefault(finding.rule_id, []).append((finding, item))
    return {rule_id: tuple(found) for rule_id, found in by_rule.items()}


def _observation(
    scan: ScanResult, rule: Rule, looks: list[Look], by_rule: Mapping[RuleId, _Found]
) -> Observation:
    found = by_rule.get(rule.id, ())
    runs = [look.run for look in looks]
    parts = [_of_run(scan, rule, look) for look in looks] or [_without_run(scan, rule)]
    effect, why = min(parts, key=lambda part: _WORST.index(part[0]))
    places = [_place_of(finding, item) for finding, item in found]
    places += [_place_tried(one) for look in looks for one in look.tried.get(rule.id, ())]
    if found:
        effect, why = Effect.FOUND, f"found in {len(found)} places" if len(found) > 1 else "found"
    told = {
        "rule_id": rule.id,
        "engine": rule.engine,
        "stage": rule.stage.value,
        "effect": effect,
        "why": why,
        "version": _version(runs),
        "started": _moment(scan, runs[0].started) if runs else "",
        "ended": _moment(scan, runs[-1].started + runs[-1].seconds) if runs else "",
        "places": tuple(places),
    }
    record = {**told, "places": [to_builtins(place) for place in places]}
    return Observation(**told, digest=digest(record))  # type: ignore[arg-type]


def _without_run(scan: ScanResult, rule: Rule) -> tuple[Effect, str]:
    """An engine that has no run: left out with a reason, or no record of it at all."""
    for out in scan.plan.left_out:
        if out.engine == rule.engine:
            unneeded = rule.engine in _OPTIONAL and out.kind is LeftOutKind.NOT_CONFIGURED
            if unneeded or out.kind is LeftOutKind.NOTHING_TO_SCAN:
                return Effect.QUIET, f"{rule.engine}: {out.reason}"
            return Effect.OPEN, f"{rule.engine} was left out: {out.reason}"
    return Effect.OPEN, f"there is no record that {rule.engine} ran"


def _of_run(scan: ScanResult, rule: Rule, look: Look) -> tuple[Effect, str]:
    run, outcome = look.run, look.run.outcome
    if isinstance(outcome, Failed):
        return Effect.OPEN, f"{run.engine} failed: {outcome.reason}"
    tried = look.tried.get(rule.id, ())
    if any(one.verdict is Verdict.VULNERABLE for one in tried):
        return Effect.FOUND, "found"
    unsure = next((one for one in tried if one.verdict is Verdict.INCONCLUSIVE), None)
    if unsure:
        return Effect.OPEN, f"inconclusive on {unsure.subject}: {unsure.why}"
    if look.gap:
        return Effect.OPEN, f"{run.engine} did not look at {look.gap.subject}: {look.gap.reason}"
    if run.stage not in _CALLERS:
        if scan.plan.limited:
            return Effect.OPEN, f"only a part of the files was looked at: {scan.plan.limited}"
        if left := look.left_out(rule):
            return Effect.OPEN, f"{left.subject} was {left.reason}"
    if rule.id not in look.ran:
        if run.engine in _NAMES_APPLIED:
            return Effect.QUIET, "no resource that it judges"
        return Effect.OPEN, "the rule did not run"
    return _silence(rule, look, outcome, tried)


def _silence(
    rule: Rule, look: Look, outcome: Completed, tried: tuple[Assessment, ...]
) -> tuple[Effect, str]:
    """What it means that the rule ran everywhere and found nothing."""
    engine = look.run.engine
    if not outcome.targets:
        return Effect.QUIET, f"{engine} had nothing to look at"
    if rule.stage in _CALLERS:
        held = sum(one.verdict is Verdict.HELD for one in tried)
        if held:
            return Effect.HELD, f"held on {held} of {len(outcome.targets)} operations"
        if tried:
            return Effect.QUIET, f"not applicable: {tried[0].why}"
        return Effect.OPEN, "there is no record that it was tried"
    if engine in _UNTOLD:
        return Effect.QUIET, f"nothing found in {plural(len(outcome.targets), 'file')}"
    if engine in _NAMES_APPLIED:
        return Effect.HELD, "every resource that it judges passed"
    seen = sum(look.files.get(kind, 0) for kind in rule.reads)
    if not seen:
        kinds = " or ".join(kind.value for kind in rule.reads) or "known kind of"
        return Effect.QUIET, f"no {kinds} file was looked at"
    return Effect.HELD, f"nothing found in {plural(seen, 'file')} of its kind"


def _place_of(finding: Finding, item: Triaged) -> Place:
    return Place(
        subject=str(finding.location),
        verdict="found",
        note=finding.message if not item.reason else f"{finding.message} ({item.reason})",
        fingerprint=str(item.group.fingerprint),
        accepted=_excepted(item),
        digest=digest(finding),
    )


def _excepted(item: Triaged) -> bool:
    """Whether somebody wrote down why: in a waiver, or in comments that name rule and reason."""
    if item.status is not Status.SUPPRESSED or item.waiver is not None:
        return item.waiver is not None
    comments = [finding.suppression for finding in item.group.findings]
    return all(one is not None and one.reason and not one.blanket for one in comments)


def _place_tried(one: Assessment) -> Place:
    return Place(
        subject=one.subject,
        verdict=one.verdict.value,
        note=one.why,
        digest=digest(one),
    )


def _version(runs: list[EngineRun]) -> str:
    versions = [run.outcome.tool_version for run in runs if isinstance(run.outcome, Completed)]
    return ", ".join(dict.fromkeys(versions))


def _moment(scan: ScanResult, seconds: float) -> str:
    moment = scan.started + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
