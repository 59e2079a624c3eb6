"""What a probe must leave alone so as not to lock its own caller out."""

from __future__ import annotations

import re

from scanner.engines._endpoint.operation import Operation

_NAMES_THE_CALLER = re.compile(
    r"^(?:user(?:_?name|_?id)?|login|e?_?mail(?:_?address)?|pass(?:word|wd)?|id|sub|uid)$|passw",
    re.IGNORECASE,
)


def could_lock_out(operation: Operation, field: str) -> bool:
    """Whether changing this member may end the caller's session or login.

    That is so for a change of something that no path parameter names: the caller's own account.
    """
    changes_itself = operation.method in ("PUT", "PATCH") and not operation.path_parameters
    return changes_itself and bool(_NAMES_THE_CALLER.search(field))
