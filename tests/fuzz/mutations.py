"""Documents that are nearly right, the same ones every time."""

from __future__ import annotations

import json
import random
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    2**70,
    "",
    "\x00",
    "\ud800",
    "\u202e",
    "a" * 3000,
    [],
    {},
    [[]],
    {"a": None},
    "v1:0",
    "../../etc/passwd",
    "http://[",
)


def mutated(document: Any, dice: random.Random) -> Any:
    """A copy with one place in it changed, dropped, doubled or moved."""
    if isinstance(document, dict) and document and dice.random() < 0.85:
        key = dice.choice(list(document))
        made = dict(document)
        match dice.randrange(6):
            case 0:
                del made[key]
            case 1:
                made[key] = dice.choice(ODD)
            case 2:
                made[str(dice.choice(ODD))[:50]] = made[key]
            case _:
                made[key] = mutated(made[key], dice)
        return made
    if isinstance(document, list) and document and dice.random() < 0.85:
        at = dice.randrange(len(document))
        rows = list(document)
        match dice.randrange(5):
            case 0:
                del rows[at]
            case 1:
                rows[at] = dice.choice(ODD)
            case 2:
                rows += [rows[at]] * dice.randrange(1, 4)
            case _:
                rows[at] = mutated(rows[at], dice)
        return rows
    return dice.choice(ODD)


def broken(text: bytes, dice: random.Random) -> bytes:
    """Bytes with a few of them changed, cut out or repeated."""
    made = bytearray(text)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(made) + 1)
        match dice.randrange(4):
            case 0:
                made[at : at + dice.randrange(1, 40)] = b""
            case 1:
                made[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 6)))
            case 2:
                made[at:at] = made[max(0, at - 30) : at] * dice.randrange(1, 4)
            case _:
                made[at:at] = dice.choice((b"{", b"[", b'"', b"\n", b"&a ", b"*a", b"!!x ", b"- "))
    return bytes(made)


def nearly(seed: Any, dice: random.Random) -> bytes:
    """A document like `seed` (bytes, text, or what JSON holds), with something wrong in it."""
    if isinstance(seed, bytes):
        return broken(seed, dice)
    if isinstance(seed, str):
        return broken(seed.encode(), dice)
    document = seed
    for _ in range(dice.randrange(1, 4)):
        document = mutated(document, dice)
    made = json.dumps(document).encode("utf-8", "surrogatepass")
    return broken(made, dice) if dice.random() < 0.2 else made
