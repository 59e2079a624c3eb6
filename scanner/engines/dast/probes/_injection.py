"""What the probes for injected text share: where to try, and a sum that only whoever runs knows."""

from __future__ import annotations

import re
import secrets

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import NotApplicable, Reply, World
from scanner.engines.dast.probes._inputs import Input, inputs
from scanner.model.values import Value

_SECRET = re.compile(r"pass(?:word|wd|phrase)|pwd|secret|token|api_?key", re.IGNORECASE)


class Sum(Value):
    """A product of two random numbers: its text is no part of what is sent."""

    first: int
    second: int

    @property
    def asked(self) -> str:
        """The sum as it is asked."""
        return f"{self.first}*{self.second}"

    @property
    def value(self) -> str:
        """The product."""
        return str(self.first * self.second)

    def answered(self, reply: Reply) -> bool:
        """Whether an answer shows the product, with or without marks between the thousands."""
        grouped = f"{self.first * self.second:,}"
        spelled = (self.value, grouped, grouped.replace(",", "."), grouped.replace(",", " "))
        return any(re.search(rf"(?<!\d){re.escape(one)}(?!\d)", reply.text) for one in spelled)


def new_sum() -> Sum:
    """A sum of two random numbers of four digits."""
    return Sum(secrets.randbelow(8_000) + 1_001, secrets.randbelow(8_000) + 1_001)


def answered_call(operation: Operation, world: World) -> Reply | NotApplicable:
    """The survey's call of an operation, if it was understood or nearly so; else why not."""
    if operation.destructive:
        return NotApplicable("not called, since it may destroy")
    valid = world.baselines.get(str(operation))
    if valid is None or valid.refused or valid.status in (0, 405, 429):
        return NotApplicable("no valid call was answered")
    return valid


def text_inputs(
    operation: Operation, world: World, names: re.Pattern[str] | None = None, limit: int = 4
) -> tuple[Input, ...]:
    """The inputs of an operation that take text and whose name fits; never a password."""
    return tuple(
        one
        for one in inputs(operation, world)
        if one.place != "filename"
        and not _SECRET.search(one.name)
        and (names is None or names.search(one.name))
    )[:limit]
