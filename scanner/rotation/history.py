"""How old a value is, whatever was stored since. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scanner.rotation.ports import History

# A value, None where the manager does not give it out, and when it was stored.
Dated = tuple[str | None, datetime]


def since_when(current: Dated, others: Iterable[Dated], *, whole: bool = True) -> History:
    """From the current value back through the older ones, as long as they are the same.

    `whole` is false where there were still older ones, of which nothing is known.
    """
    value, made = current
    since, copies = made, 0
    unread = False
    for older, moment in sorted(others, key=lambda one: one[1], reverse=True):
        if moment > made:
            continue
        if older is None:
            unread = True
        elif older == value:
            since, copies, unread = moment, copies + 1, False
        else:
            return History(made=made, since=since, copies=copies, at_least=unread)
    return History(made=made, since=since, copies=copies, at_least=unread or not whole)
