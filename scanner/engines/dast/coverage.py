"""Says what the attack covered and what it did not: gaps and notes of the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Reply, World
from scanner.model.outcome import Assessment, Gap, Verdict
from scanner.model.rule import RuleId
from scanner.model.values import Value


@dataclass(slots=True)
class Share:
    """What one operation has cost so far: seconds, answers, and calls without one."""

    seconds: float = 0.0
    answered: int = 0
    unanswered: int = 0

    def add(self, reply: Reply) -> None:
        """Count one reply."""
        self.seconds += reply.seconds
        self.answered += bool(reply.status)
        self.unanswered += not reply.status

    def spent(self) -> str:
        """What to say once the share is used up."""
        return (
            f"its share of the time is used up ({self.seconds:.0f} s: {self.answered} calls "
            f"answered, {self.unanswered} not)"
        )


class Coverage(Value, kw_only=True):
    """The material: the survey, the assessments, and what was not tried since it `stopped`."""

    world: World
    assessments: tuple[Assessment, ...]
    untried: tuple[tuple[RuleId, Operation], ...]
    stopped: str

    def gaps(self) -> Iterator[Gap]:
        """Everything that should have been tested and was not."""
        yield from self._cut_off()
        for one in self.assessments:
            if one.verdict is Verdict.INCONCLUSIVE:
                yield Gap(subject=one.subject, reason=f"{one.rule_id}: {one.why}")
        for name, reply in self.world.baselines.items():
            if reply.status == 0:
                yield Gap(subject=name, reason=f"partly tested: {reply.fault}")
            elif reply.status == 429:
                yield Gap(subject=name, reason="rate limited (429), not tested")
        tried = self.world.baselines
        if tried and not any(reply.ok for reply in tried.values()):
            reason = f"none of {len(tried)} operations answered a valid call with success"
            yield Gap(subject="endpoint", reason=reason)

    def notes(self) -> Iterator[str]:
        """What takes nothing away, and should be known."""
        skipped = [
            str(operation)
            for operation in self.world.operations
            if not self.world.may_call(operation)
        ]
        if skipped:
            yield f"skipped: destructive (not called): {', '.join(skipped)}"
        refused = [
            f"{name} ({reply.status})"
            for name, reply in self.world.baselines.items()
            if reply.status and not reply.ok and reply.status != 429
        ]
        if refused:
            yield f"never answered with success: {', '.join(refused)}"
        made = [f"{one.operation} {one.object_id}" for one in self.world.objects.values()]
        if made:
            yield f"objects that the scan created: {', '.join(made)}"
        if self.world.spared:
            yield (
                f"models tried through {', '.join(self.world.chats)} only, not also through "
                f"{', '.join(self.world.spared)}"
            )
        if not self.world.users:
            yield "no identities are configured: nothing behind a credential was tested"
        elif self.world.other is None:
            yield "one user only: authorisation between users was not tested"

    def _cut_off(self) -> Iterator[Gap]:
        """What the attack did not come to, by operation."""
        if not self.stopped:
            return
        yield Gap(subject="endpoint", reason=f"the attack was cut short: {self.stopped}")
        missing = Counter(str(operation) for _, operation in self.untried)
        for operation in self.world.operations:
            name = str(operation)
            if self.world.may_call(operation) and name not in self.world.baselines:
                yield Gap(subject=name, reason=f"{self.stopped}: not called")
            elif missing[name]:
                reason = f"{self.stopped}: {missing[name]} probes not tried"
                yield Gap(subject=name, reason=reason)
