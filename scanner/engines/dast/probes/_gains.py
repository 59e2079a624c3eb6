"""Numbers that a caller would like to grow, and whether they did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from scanner.engines.dast.conversation import Reply
from scanner.engines.dast.probes._shape import leaves

_GAIN = re.compile(
    r"credit|balance|point|coin|wallet|quota|vote|reward|bonus|discount|fund|allowance|minutes",
    re.IGNORECASE,
)
_METERED = re.compile(
    r"used|spent|consumed|usage|debt|owed|(?:_at|_id|time|number)$", re.IGNORECASE
)

Numbers = Mapping[tuple[str, ...], float]


def gains(reply: Reply) -> Numbers:
    """The numbers in an answer that a caller would like to grow."""
    if not reply.ok:
        return {}
    return {
        path: float(value)
        for path, value in leaves(reply.json())
        if isinstance(value, (int, float))
        and not isinstance(value, bool)
        and path
        and _GAIN.search(path[-1])
        and not _METERED.search(path[-1])
    }


def moved(seen: list[Numbers], sign: int) -> tuple[str, ...] | None:
    """A number that grew (or with sign -1 fell) by the same amount each time."""
    for path in seen[0]:
        values = [one[path] for one in seen if path in one]
        steps = [sign * (later - earlier) for earlier, later in pairwise(values)]
        if len(values) == len(seen) and steps[0] > 0 and max(steps) - min(steps) < 1e-6:
            return path
    return None
