"""What the parts of `redact` have in common: the mask, and whether a text looks drawn. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

MASK = "[redacted]"

_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_RUN_OF_DIGITS = re.compile(r"\d+")
# A text of less tells nothing.
_LEAST = 10
_LEAST_APART = 18
_MOST_TURNS_APART = 0.3
_MOST_DIGITS = 4
# In names of many words a letter in two or three is another case; of drawn letters, every second.
_MOST_TURNS = 0.36
# Two letters that stand side by side in names and words: of those there, seven in eight are these.
_PAIRS = (
    "abacadagaialamanaparasatauaybabebiblbobucacechcickclcocrctcudadddedidodsdueaeced"
    "eeefegelemeneperesetevewexfafefffiflfofrfugegigngrgshahehihohtiaibicidieifigilim"
    "inioipirisitivizkelaldlelilllolsltlulymamemimompmsnancndnenfngninnnonsntnunvoboc"
    "odogolomonoooporosotouovowpapepiplpoppprpsptpyqurarcrdrergrirmrnrorrrsrtrurysasc"
    "seshsisospssstsutatctethtitltotptrtstttutyubueulumunupurusutvaveviwawewixpxtypze"
)
_COMMON = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
_LEAST_COMMON = 0.45
_PLAINLY_COMMON = 0.7
_MOST_TURNS_OF_WORDS = 0.5
_PLACEHOLDER = re.compile(
    r"""\$\w+$|\$\{\w+\}$|\$\(\w+\)$|\$?\{\{.*\}\}$|%?\{[\w.\[\]"'()]*\}$|<[^<>]*>$|\[[^\[\]]*\]$
    |%\w*%$|%[sdr]$|(?:[*.•…]|x|X)+$|-+$""",
    re.VERBOSE,
)
_NO_VALUE = re.compile(r"(?:none|null|nil|undefined|true|false|yes|no|on|off)$", re.IGNORECASE)


def drawn(text: str, least: int = _LEAST) -> bool:
    """Whether a part of a text is made of characters in no order, as keys are and names are not."""
    segments = _SEGMENT.findall(text)
    if any(len(segment) >= least and not _of_words(segment) for segment in segments):
        return True
    # Signs may have taken a key apart into short ones.
    short = [segment for segment in segments if len(segment) < least]
    length = sum(map(len, short))
    turns = sum(_kind(one) != _kind(other) for segment in short for one, other in pairwise(segment))
    titles = sum(segment.istitle() and len(segment) > 1 for segment in short)
    return length >= _LEAST_APART and turns - titles > _MOST_TURNS_APART * length


def _kind(char: str) -> int:
    return 0 if char.isdigit() else 1 if char.isupper() else 2


def stands_for_one(value: str) -> bool:
    """Whether a value is where another will be put: `$TOKEN`, `{{ token }}`, `<token>`, `***`."""
    return bool(_PLACEHOLDER.match(value) or _NO_VALUE.match(value))


def _of_words(segment: str) -> bool:
    """Whether it reads as words put together: `downloadAndInstall`, `sha256sum`, `MODEL`."""
    words = [word for word in _RUN_OF_DIGITS.split(segment) if word]
    if not words:
        return True
    letters = sum(map(len, words))
    digits = len(segment) - letters
    pairs = [pair for word in words for pair in pairwise(word)]
    turns = sum(one.isupper() != other.isupper() for one, other in pairs)
    # Where a capital begins a word the two letters are of two words.
    inside = [(one + other).lower() for one, other in pairs if one.isupper() or other.islower()]
    common = sum(pair in _COMMON for pair in inside)
    if digits > _MOST_DIGITS:
        return False
    if common >= _PLAINLY_COMMON * len(inside):
        return digits * 5 <= letters and turns <= _MOST_TURNS_OF_WORDS * letters
    if len(_RUN_OF_DIGITS.findall(segment)) > 1:
        return False
    return turns <= _MOST_TURNS * letters and common >= _LEAST_COMMON * len(inside)
