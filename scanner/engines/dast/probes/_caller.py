"""What a probe must leave alone so as not to lock its own caller out."""

from __future__ import annotations

import re

from scanner.engines._endpoint.operation import Operation

_NAMES_THE_CALLER = re.compile(
    r"^(?:user(?:_?name|_?id)?|login|e?_?mail(?:_?address)?|pass(?:word|wd)?|id|sub|uid)$|passw",
    re.IGNORECASE,
)

_DECIDED_BY = re.compile(r"role|group|status|active|enabled|locked|tenant|plan|tier", re.IGNORECASE)


def could_lock_out(operation: Operation, field: str, *, nonsense: bool = False) -> bool:
    """Whether changing this member may end the caller's session or login.

    That is so for a change of something that no path parameter names: the caller's own account.
    With `nonsense` the new value means nothing, which members that the server decides by (a role)
    do not survive either.
    """
    if operation.method not in ("PUT", "PATCH") or operation.path_parameters:
        return False
    if _NAMES_THE_CALLER.search(field):
        return True
    return nonsense and bool(_DECIDED_BY.search(field))
