"""What one engine's run says for all of its rules, gathered once. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from scanner.model.files import FileKind, read_as
from scanner.model.outcome import Assessment, EngineRun, Failed, Gap, Partial, Verdict
from scanner.model.plan import BY_CONFIGURATION, StaticTask
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.model.values import Value

# What a rule may read that does not say it, by its stage.
_INFRASTRUCTURE = (
    FileKind.TERRAFORM,
    FileKind.PLAN,
    FileKind.MANIFEST,
    FileKind.KONG,
    FileKind.DOCKERFILE,
    FileKind.WORKFLOW,
    FileKind.COMPOSE,
)


class Look(Value, kw_only=True):
    """A run, and what each of its rules is asked about it.

    `gap` is the first that is not just another rule's inconclusive answer. `files` counts the
    targets by their likeliest kind; `excluded` are parts of the tree that the configuration took
    out, with the kinds that they can hold (none: any).
    """

    run: EngineRun
    ran: frozenset[RuleId]
    tried: Mapping[RuleId, tuple[Assessment, ...]]
    gap: Gap | None
    files: Mapping[FileKind, int]
    excluded: tuple[tuple[Gap, tuple[FileKind, ...]], ...]

    def left_out(self, rule: Rule) -> Gap | None:
        """The first part that was excluded and may hold files that the rule reads."""
        reads = set(rule.reads or (_INFRASTRUCTURE if rule.stage is Stage.IAC else FileKind))
        return next((gap for gap, kinds in self.excluded if not kinds or reads & set(kinds)), None)


def look_of(scan: ScanResult, run: EngineRun) -> Look:
    """Gather what a run says."""
    outcome = run.outcome
    excluded = tuple(
        (gap, () if gap.subject.endswith("/") else read_as(gap.subject))
        for gap in scan.plan.excluded
        if gap.reason == BY_CONFIGURATION and (gap.subject.endswith("/") or read_as(gap.subject))
    )
    if isinstance(outcome, Failed):
        return Look(run=run, ran=frozenset(), tried={}, gap=None, files={}, excluded=excluded)
    tried: dict[RuleId, list[Assessment]] = defaultdict(list)
    for one in outcome.assessments:
        tried[one.rule_id].append(one)
    return Look(
        run=run,
        ran=frozenset(rule.id for rule in outcome.rules),
        tried={rule_id: tuple(those) for rule_id, those in tried.items()},
        gap=_first_gap(scan, run, outcome.assessments),
        files=Counter(kind for path in outcome.targets for kind in read_as(path)[:1]),
        excluded=excluded,
    )


def _first_gap(scan: ScanResult, run: EngineRun, assessments: tuple[Assessment, ...]) -> Gap | None:
    """The first gap that tells more than that one rule was inconclusive somewhere."""
    told = {
        words
        for one in assessments
        if one.verdict is Verdict.INCONCLUSIVE
        for words in ((one.subject, f"{one.rule_id}: {one.why}"), (one.rule_id, one.why))
    }
    planned = (
        gap
        for task in scan.plan.tasks
        if isinstance(task, StaticTask) and task.engine == run.engine
        for gap in task.gaps
    )
    own = run.outcome.gaps if isinstance(run.outcome, Partial) else ()
    return next((gap for gap in (*own, *planned) if (gap.subject, gap.reason) not in told), None)
