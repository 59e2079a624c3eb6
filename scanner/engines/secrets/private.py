"""Whether a private key in a text is one: whole enough to be used, and in the clear. Pure."""

from __future__ import annotations

import base64
import binascii
import re

from scanner.redact import PrivateKey

# The base64 of the shortest private key, an elliptic one of 256 bits, and of what is none.
_LEAST = 60
_LEAST_JWK = 42
_NO_KEY = re.compile(
    r"example|placeholder|redacted|dummy|(.)\1{19}|abcdefghij|0123456789", re.IGNORECASE
)
_PROTECTED = re.compile(r"Proc-Type: ?4,ENCRYPTED|Encryption: (?!none)\w", re.IGNORECASE)
_SEQUENCE = 0x30
_OPENSSH = b"openssh-key-v1\0"
_SECRET_KEY_TAGS = (5, 7)
# Numbers of the public half, by PGP's ids of algorithms; in front of a curve stands its name.
_PGP_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 20: 3}
_PGP_CURVES = {18: 1, 19: 1, 22: 1}
_PGP_ECDH = 18
_PGP_NEW_CURVES = {25: 32, 26: 56, 27: 32, 28: 57}


def is_whole(key: PrivateKey) -> bool:
    """Whether so much of it is there that it is a key, and not what stands for one."""
    material = key.material.replace("\\", "")
    if key.kind == "JSON WEB KEY":
        return len(material) >= _LEAST_JWK
    if len(material) < _LEAST or _NO_KEY.search(material[:200]) or len(set(material)) < 16:
        return False
    declared = _declared_bytes(_decoded(material))
    return declared is None or declared * 4 // 3 <= 2 * len(material)


def is_protected(key: PrivateKey) -> bool:
    """Whether a passphrase protects it, by its marker, its headers or its first bytes."""
    if "ENCRYPTED" in key.kind or _PROTECTED.search(key.headers):
        return True
    data = _decoded(key.material)
    if data.startswith(_OPENSSH):
        return data[len(_OPENSSH) : len(_OPENSSH) + 8] != b"\0\0\0\4none"
    return "PGP" in key.kind and _is_protected_pgp(data)


def _decoded(material: str) -> bytes:
    plain = re.sub(r"[^A-Za-z0-9+/]", "", material)
    try:
        return base64.b64decode(plain[: len(plain) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""


def _declared_bytes(data: bytes) -> int | None:
    """How long a key of DER says that it is."""
    if len(data) < 4 or data[0] != _SEQUENCE:
        return None
    if data[1] < 0x80:
        return data[1] + 2
    count = data[1] & 0x7F
    return int.from_bytes(data[2 : 2 + count], "big") if count in (1, 2) else None


def _is_protected_pgp(data: bytes) -> bool:
    """Whether the first secret key of a block is encrypted; no, where that can't be read."""
    try:
        body = _pgp_body(data)
        version, algorithm = body[0], body[5]
        at = 6 + (4 if version > 4 else 0)
        if algorithm in _PGP_NEW_CURVES:
            at += _PGP_NEW_CURVES[algorithm]
        if algorithm in _PGP_CURVES:
            at += 1 + body[at]
        for _ in range(_PGP_NUMBERS.get(algorithm, _PGP_CURVES.get(algorithm, 0))):
            at += 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8
        if algorithm == _PGP_ECDH:
            at += 1 + body[at]
        return version >= 4 and body[at] != 0
    except IndexError:
        return False


def _pgp_body(data: bytes) -> bytes:
    """What is in the first packet, if that is a secret key. Raises `IndexError`."""
    tag, length = data[0], data[1]
    if tag & 0x40:
        kind, at = tag & 0x3F, 2 if length < 192 else 3 if length < 224 else 6
    else:
        kind, at = (tag >> 2) & 0xF, 1 + (1, 2, 4, 0)[tag & 3]
    if kind not in _SECRET_KEY_TAGS:
        raise IndexError(kind)
    return data[at:]
