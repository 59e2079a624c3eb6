"""Properties that a caller would like to have, and values that a server would not give."""

from __future__ import annotations

import re

WORTH_HAVING: dict[str, object] = {
    "role": "admin",
    "admin": True,
    "is_admin": True,
    "isAdmin": True,
    "is_staff": True,
    "is_superuser": True,
    "verified": True,
    "is_verified": True,
    "permissions": ["admin"],
    "credits": 1337,
    "balance": 1337,
    "quota": 1337,
    "tier": "enterprise",
    "plan": "enterprise",
}

_YES = re.compile(
    r"^(?:is|has)?(?:admin|administrator|staff|superuser|root|verified|emailverified|approved|"
    r"trusted|premium|internal|unlimited|moderator)$"
)
_AMOUNT = re.compile(
    r"^(?:account|wallet|free|remaining|max|monthly|daily)?(?:credits?|balance|quota|points|"
    r"tokens|ratelimit|requestlimit|limit)$"
)
_ROLE = re.compile(r"^(?:user|account)?(?:role|type|group|accesslevel|privilege)$")
_PLAN = re.compile(r"^(?:tier|plan|subscription|pricingplan)$")
_LISTED = re.compile(r"^(?:roles|permissions|scopes|groups|privileges|entitlements)$")
_OWNER = re.compile(r"^(?:owner|ownername|createdby|tenant|user|username)$")
_MORE = 1337


def better(name: str, value: object, other: str) -> object:
    """A value worth having in place of `value`, of the same type; None where there is none.

    `other` is the name of another caller, for properties that say whose an object is.
    """
    plain = re.sub(r"[^a-z]", "", name.lower())
    if isinstance(value, bool):
        return True if _YES.match(plain) and not value else None
    if isinstance(value, (int, float)):
        return value + _MORE if _AMOUNT.match(plain) else None
    if isinstance(value, list):
        return [*value, "admin"] if _LISTED.match(plain) and "admin" not in value else None
    if not isinstance(value, str):
        return None
    for pattern, wanted in ((_ROLE, "admin"), (_PLAN, "enterprise"), (_OWNER, other)):
        if pattern.match(plain):
            return wanted if value != wanted else None
    return None
