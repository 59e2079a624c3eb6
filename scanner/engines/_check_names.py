"""What the name of a function says of checking data: for functions that are defined elsewhere.

A name counts only if each of its words is known: `verify_signature` checks one, `log_signature`,
`verify_signature_length` and `skip_verify` are something else.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+")
_PROOFS = frozenset(
    [
        "signature",
        "signatures",
        "sig",
        "sigs",
        "signed",
        "hash",
        "hashes",
        "checksum",
        "checksums",
        "digest",
        "digests",
        "hmac",
        "mac",
        "integrity",
        "md5",
        "sha",
        "sha1",
        "sha2",
        "sha3",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "blake2",
        "blake2b",
        "blake2s",
        "blake3",
        "provenance",
        "authenticity",
        "authentic",
        "attestation",
        "attestations",
        "cosign",
        "sigstore",
        "gpg",
        "pgp",
        "ed25519",
        "rsa",
        "ecdsa",
        "minisign",
    ]
)
_OBJECTS = frozenset(
    [
        "file",
        "files",
        "model",
        "models",
        "artifact",
        "artifacts",
        "blob",
        "blobs",
        "data",
        "bytes",
        "payload",
        "message",
        "msg",
        "content",
        "contents",
        "body",
        "package",
        "bundle",
        "archive",
        "download",
        "downloaded",
        "checkpoint",
        "checkpoints",
        "weights",
        "tensor",
        "object",
        "pickle",
        "snapshot",
        "shard",
        "shards",
        "request",
        "webhook",
        "release",
        "path",
        "it",
        "frame",
    ]
)
_FILLERS = frozenset(
    [
        "of",
        "with",
        "against",
        "by",
        "from",
        "the",
        "a",
        "or",
        "raise",
        "and",
        "fail",
        "for",
        "sync",
        "async",
        "detached",
        "pinned",
        "known",
        "expected",
        "strict",
        "manifest",
        "hex",
        "sum",
        "s",
        "b",
        "equals",
        "trusted",
    ]
)
_STRONG = frozenset({"verify", "authenticate"})
_WEAK = frozenset(["check", "assert", "ensure", "require", "validate", "enforce", "confirm"])
_JUDGING = frozenset(
    [
        "is",
        "valid",
        "matches",
        "match",
        "ok",
        "good",
        "correct",
        "same",
        "equal",
        "verified",
        "verifies",
        "compare",
        "verification",
    ]
)
_BAD = frozenset(
    [
        "tampered",
        "mismatch",
        "mismatches",
        "mismatched",
        "invalid",
        "bad",
        "unverified",
        "unsigned",
        "corrupt",
        "corrupted",
        "forged",
        "differs",
        "wrong",
    ]
)
_HASHING = _PROOFS - frozenset({"integrity", "provenance", "authenticity", "authentic", "signed"})
_KEYED = frozenset(["hmac", "mac", "sign", "signature", "sig", "sigs", "signatures"])
_EVIDENCE = _PROOFS | frozenset(
    [
        "key",
        "pubkey",
        "expected",
        "pinned",
        "known",
        "cert",
        "certificate",
        "tag",
        "bundle",
        "manifest",
        "identity",
        "want",
    ]
)


def words(name: str) -> frozenset[str]:
    """The words of a name in snake or camel case."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def _proves(name: str, evident: bool) -> bool:
    found = words(name)
    if evident and found & _STRONG:
        return True
    return bool(found & _PROOFS)


def raises_unless_genuine(name: str, evident: bool) -> bool:
    """Whether a function of this name, called for its effect, lets only genuine data pass.

    `evident` where it is given a key, a signature or a digest as well.
    """
    first = _WORD.findall(name)[:1]
    known = _STRONG | _WEAK | _PROOFS | _OBJECTS | _FILLERS
    return (
        bool(first)
        and first[0].lower() in _STRONG | _WEAK
        and words(name) <= known
        and _proves(name, evident)
    )


def true_if_genuine(name: str, evident: bool) -> bool:
    """Whether what a function of this name gives is true for genuine data alone."""
    found = words(name)
    judging = _STRONG | _WEAK | _JUDGING
    return (
        bool(found & judging)
        and found <= judging | _PROOFS | _OBJECTS | _FILLERS | {"has"}
        and _proves(name, evident)
        and (evident or not found <= {"is", "signed"} | _OBJECTS)
    )


def true_if_bad(name: str, evident: bool) -> bool:
    """Whether what a function of this name gives is true for all data that are not genuine."""
    found = words(name)
    return (
        bool(found & _BAD)
        and found <= _BAD | _PROOFS | _OBJECTS | _FILLERS | {"is", "has"}
        and (evident or bool(found & _PROOFS))
    )


def hashes(name: str) -> bool:
    """Whether a function of this name gives a digest or a signature of what it is given."""
    found = words(name)
    made = frozenset(
        [
            "get",
            "compute",
            "calculate",
            "calc",
            "make",
            "create",
            "of",
            "file",
            "files",
            "hex",
            "hexdigest",
            "sum",
            "for",
            "path",
            "data",
            "bytes",
            "content",
            "contents",
            "body",
            "payload",
            "message",
            "blob",
            "stream",
            "read",
            "model",
            "the",
            "digest",
            "generate",
            "from",
            "s",
            "b",
            "insecure",
            "hashlib",
            "sign",
            "new",
            "checkpoint",
            "weights",
            "artifact",
            "async",
            "raw",
        ]
    )
    return bool(found & (_HASHING | {"sign"})) and found <= made | _HASHING


def keyed(name: str) -> bool:
    """Whether a digest made by a function of this name needs a secret."""
    return bool(words(name) & _KEYED)


def is_evidence(source: str) -> bool:
    """Whether the text of an argument speaks of a key, a signature or a digest."""
    return bool(words(source) & _EVIDENCE)
