"""Whether the endpoint still does what it did before a probe spoke to it.

An endpoint that broke answers 500 to everything, and each probe after that would take the ruin for
a defence.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from scanner.engines.dast.conversation import Call, Reply, World

_PATIENCE = 6.0
_PAUSE = 0.5


class Health:
    """Knows one call that worked, and asks it again when there is reason to."""

    def __init__(self, world: World, send: Callable[[Call], Reply]) -> None:
        """`send` carries out a call; it may raise what stops the attack."""
        working = [
            (operation, reply)
            for operation in world.operations
            if operation.reads_only and (reply := world.baseline(operation))
        ]
        # What needs a credential runs through more of the server than a health check does.
        best = min(
            working,
            key=lambda one: (one[0].meant_public, one[0].secured is not True, one[1].seconds),
            default=None,
        )
        self._known_good = best[1].call if best else None
        self._send = send

    def fault_after(self, reply: Reply) -> str | None:
        """What to say if the endpoint is broken after such an answer; None while it is well.

        A restart is waited for, some seconds long.
        """
        if self._known_good is None or (0 < reply.status < 500):
            return None
        end = time.monotonic() + _PATIENCE
        while True:
            again = self._send(self._known_good)
            if 0 < again.status < 500:
                return None
            if time.monotonic() > end:
                break
            time.sleep(_PAUSE)
        what = again.status or again.fault
        return f"{again.call.method} {again.call.path} worked before and gives {what}"
