"""Whether two answers say the same kind of thing, and what kind of answer is no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.engines.dast.conversation import Reply

_ERROR_KEYS = ("error", "errors", "detail", "message", "msg")
_MAX_DEPTH = 8
_MAX_ITEMS = 200
_DENIED = re.compile(
    r"unauthori[sz]ed|not authori[sz]ed|forbidden|access denied|permission denied|log ?in required|"
    r"authentication required|(?:invalid|missing) (?:api )?(?:key|token|credential)|"
    r"please (?:log|sign) ?in",
    re.IGNORECASE,
)


def same_kind(one: Reply, other: Reply) -> bool:
    """Whether two successes have the same form: media type, and for JSON the same keys."""
    if not (one.ok and other.ok) or _media(one) != _media(other):
        return False
    first, second = one.json(), other.json()
    if isinstance(first, dict) and isinstance(second, dict):
        return set(first) == set(second) or (
            bool(first) and len(set(first) & set(second)) * 2 > len(first)
        )
    if first is None and second is None:
        # Not JSON: an answer that differs a lot in length is another page.
        low, high = sorted((len(one.body), len(other.body)))
        return high == 0 or low * 2 >= high
    return type(first) is type(second)


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every scalar in a JSON value with the keys that lead to it; places in a list are `[n]`."""
    if len(path) > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for place, inner in enumerate(value[:_MAX_ITEMS]):
            yield from leaves(inner, (*path, f"[{place}]"))
    else:
        yield path, value


def shared(one: Reply, other: Reply) -> float:
    """The part of `one`'s content that `other` holds too, from 0 to 1; 0 where there is none."""
    first, second = _content(one), _content(other)
    return len(first & second) / len(first) if first else 0.0


def emptier(reply: Reply, other: Reply) -> bool:
    """Whether `reply` has the form of `other` but says nothing: no value, or only empty ones."""
    return not _content(reply) and bool(_content(other))


def _content(reply: Reply) -> set[tuple[str, object]]:
    """What an answer says: its scalars by key, or its lines where it is not JSON."""
    value = reply.json()
    if value is None:
        return {("", line.strip()) for line in reply.text.splitlines() if line.strip()}
    # The key keeps `true` and `1` apart, which are equal in Python.
    return {
        (f"{path[-1] if path else ''}:{type(leaf).__name__}", leaf)
        for path, leaf in leaves(value)
        if leaf not in (None, "", False)
    }


def nothing_there(lost: Reply, reply: Reply) -> bool:
    """Whether the answer at a made-up path shows that `reply` came from something that is there.

    A server that answers made-up paths with a success is only understood where that success says
    so itself, or is of another medium (the one page of a web application).
    """
    if not lost.ok or denies(lost) or _media(lost) != _media(reply):
        return True
    value = lost.json()
    told = isinstance(value, dict) and len(value) <= 4 and any(key in value for key in _ERROR_KEYS)
    return told and not same_kind(reply, lost)


def denies(reply: Reply) -> bool:
    """Whether an answer refuses, also one that hides the refusal behind a success."""
    if reply.status in (401, 403, 407):
        return True
    if not reply.ok:
        return False
    if "text/html" in _media(reply) and re.search(r"type=[\"']?password", reply.text):
        return True
    value = reply.json()
    small = isinstance(value, dict) and len(value) <= 4 and len(reply.body) < 600
    if not small or not isinstance(value, dict):
        return False
    if value.get("success") is False or value.get("ok") is False:
        return True
    told = " ".join(
        str(value[key]) for key in ("error", "message", "detail", "msg") if key in value
    )
    return bool(_DENIED.search(told))


def _media(reply: Reply) -> str:
    return (reply.header("content-type") or "").split(";")[0].strip().lower()
