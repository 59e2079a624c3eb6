"""`servegate rotate` that ends itself by SIGKILL around one of its calls to the outside.

`KILL_AT` is `before:N` or `after:N`; with `KILL_ALL` every call counts, else only those that change
the secret manager. Without `KILL_AT` the number of calls is written to stderr at the end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import scanner.cli.rotate as command
from scanner.cli.app import main

CHANGES = ("create_pending", "promote", "note", "clear_pending", "revoke")
LOOKS = ("observe", "read", "try_key")

when, _, at = os.environ.get("KILL_AT", ":0").partition(":")
counted = (*CHANGES, *LOOKS) if os.environ.get("KILL_ALL") else CHANGES
calls: list[str] = []


class Watched:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return _around(name, found) if name in counted else found


def _around(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def around(*words: Any) -> Any:
        calls.append(name)
        mine = len(calls) == int(at)
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = call(*words)
        if mine and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return around


if __name__ == "__main__":
    open_store, door = command.open_store, command.HttpDoor
    command.open_store = lambda place: Watched(open_store(place))  # type: ignore[assignment]
    command.HttpDoor = lambda operation: Watched(door(operation))  # type: ignore[assignment,misc]
    try:
        main()
    finally:
        sys.stderr.write(f"calls: {' '.join(calls)}\n")
