"""Keys that are known by their form, or by their form and the name that they are given. Pure.

What a person would type to show where a key goes is none: a form without randomness, or with a word
such as `example` in it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.engines.secrets.private import is_protected, is_whole
from scanner.redact import HEAD, UNNAMED, Form, drawn, forms_in, private_keys


@dataclass(frozen=True, slots=True)
class Hit:
    """A key in a text: whose it is, and where its value stands."""

    provider: str
    start: int
    end: int
    # What makes it the same key however it is written down, where that is not the text itself.
    material: str = field(default="", repr=False)


_NO_KEY = re.compile(
    r"example|your|placeholder|dummy|fake|sample|change.?me|redacted|insert|replace|notreal|invalid"
    r"|x{4,}|\*{3,}|\.{3,}|0{6,}|12345|abcdef|deadbeef|foobar|test(?:ing|key|token)|mock|secret.?key",
    re.IGNORECASE,
)
# The configuration of a web or mobile app that uses Firebase: the key in it tells whose app it is.
_WEB_CONFIG = re.compile(
    r"authDomain|messagingSenderId|MESSAGING_SENDER_ID|mobilesdk_app_id|GOOGLE_APP_ID|AUTH_DOMAIN"
)
_NEAR = 800
# Only a prefix and an MD5: that it is a key is told by what stands before.
_KEY_BESIDE = re.compile(
    r"key|token|secret|bearer|authori[sz]ation|deepseek|dashscope|qwen|openai|llm", re.IGNORECASE
)
_BESIDE = 80
_AWS_ID = 20
_LEAST_BITS = 3.0
_HEX_BITS = 2.6


def keys_in(text: str) -> Iterator[Hit]:
    """The keys of providers in a text, each place once."""
    taken: set[int] = set()
    for form in forms_in(text):
        for match in form.pattern.finditer(text):
            start, end = match.span("value")
            if start in taken or _is_of_another(form, text, start):
                continue
            if is_random(match["value"]) and _is_drawn(form, match):
                taken.add(start)
                yield Hit(form.provider, start, end)


def private_keys_in(text: str) -> Iterator[Hit]:
    """The private keys in a text that no passphrase protects."""
    for key in private_keys(text):
        if key.kind and is_whole(key) and not is_protected(key):
            yield Hit("private key", key.start, key.end, key.material)


def _is_of_another(form: Form, text: str, start: int) -> bool:
    """Whether what stands around says that it is a digest, or a key that is meant to be public."""
    if form.provider == UNNAMED:
        return not _KEY_BESIDE.search(text[max(0, start - _BESIDE) : start])
    if form.provider == "Google":
        return _WEB_CONFIG.search(text[max(0, start - _NEAR) : start + _NEAR]) is not None
    return False


def _is_drawn(form: Form, match: re.Match[str]) -> bool:
    """Whether what follows the provider's word is in no order, unlike names that begin alike."""
    value = match["value"]
    if form.provider == "AWS" and len(value) == _AWS_ID:
        # Too short to tell, but nobody writes a name in sixteen capitals behind that word.
        return True
    return drawn(HEAD.sub("", value, count=1))


def is_random(value: str) -> bool:
    """Whether a value looks drawn, not typed to stand for one."""
    if _NO_KEY.search(value):
        return False
    body = re.sub(r"^[a-zA-Z0-9]{1,6}[-_](?:[a-z0-9]{2,7}[-_])?", "", value) or value
    counts = Counter(body)
    bits = -sum(n / len(body) * math.log2(n / len(body)) for n in counts.values())
    return bits >= (_HEX_BITS if re.fullmatch(r"[a-f0-9_-]+", body) else _LEAST_BITS)
