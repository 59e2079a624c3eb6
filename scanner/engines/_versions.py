"""The oldest version of each tool that our rules, tables and readers are made for."""

from __future__ import annotations

import re

# Those that the package itself asks for; a test holds them together.
OLDEST = {"bandit": "1.9.4", "checkov": "3.3.30", "semgrep": "1.185", "zizmor": "1.16"}
_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,5}")


def too_old(tool: str, version: str) -> str:
    """What is wrong with a version that is older than ours; nothing where that can't be told.

    An older tool finds less and says so nowhere, so its silence counts for nothing.
    """
    oldest, given = OLDEST.get(tool, ""), _NUMBERS.match(version)
    if not oldest or not given or _ordered(given[0]) >= _ordered(oldest):
        return ""
    return f"version {given[0]} is older than {oldest}, which our rules are made for; update it"


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
