"""How old a value is, whatever was stored since. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scanner.rotation.ports import History

Dated = tuple[str | None, datetime]


def since_when(current: Dated, others: Iterable[Dated]) -> History:
    """From the current value back through the older ones, as long as they are the same."""
    value, made = current
    since, copies = made, 0
    for older, moment in sorted(others, key=lambda one: one[1], reverse=True):
        if moment > made:
            continue
        if older != value:
            break
        since, copies = moment, copies + 1
    return History(made=made, since=since, copies=copies)
