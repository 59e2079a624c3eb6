"""Takes secrets out of text before it is stored anywhere.

Pure. Every snippet, message and exchange passes through here when its record is built; what is
never stored can't leak from a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "[redacted]"

# Shapes that are credentials whatever stands around them.
_SHAPES = re.compile(
    r"""
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    | \b(?:AKIA|ASIA)[A-Z0-9]{12,}
    | \b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16,}
    | \b(?:gh[opusr]|github_pat|glpat|hf|gsk|nvapi|xox[abprs]|r8|pplx|AIza)[-_A-Za-z0-9]{16,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
    """,
    re.VERBOSE | re.DOTALL,
)
# A name that says "secret", an assignment sign, and a quoted value.
_ASSIGNED = re.compile(
    r"""(?P<name>\b[\w-]*(?:passw(?:or)?d|passwd|secret|token|api[_-]?key|apikey|access[_-]?key
         |private[_-]?key|credential|auth[_-]?key|account[_-]?key)[\w-]*["']?\s*(?::\s*\w+\s*)?[:=]=?\s*)
        (?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote)).)+)(?P=quote)""",
    re.VERBOSE | re.IGNORECASE,
)
_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_QUOTED = re.compile(r"""(?P<quote>["'])(?:\\.|(?!(?P=quote)).)*(?P=quote)""")


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Mask what looks like a credential, and every one of the `known` secret values."""
    for secret in sorted({value for value in known if len(value) >= 4}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _SHAPES.sub(MASK, text)
    text = _ASSIGNED.sub(_mask_value, text)
    return _USERINFO.sub(rf"\g<scheme>{MASK}@", text)


def mask_literals(text: str) -> str:
    """Mask every quoted string: for the lines of a finding that is itself about a secret."""
    return _QUOTED.sub(lambda match: f"{match['quote']}{MASK}{match['quote']}", text)


def _mask_value(match: re.Match[str]) -> str:
    return f"{match['name']}{match['quote']}{MASK}{match['quote']}"
