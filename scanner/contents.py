"""What files hold, as hashes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from scanner.model.plan import SourceFile

UNREADABLE = "unreadable"
_BLOCK = 1 << 20


def digests(root: Path, files: Iterable[SourceFile]) -> dict[str, str]:
    """The SHA-256 of each file below `root`, by its path; a word for one that can't be read."""
    return {file.path: digest_of(root / file.path) for file in files}


def digest_of(path: Path) -> str:
    """The SHA-256 of a regular file; a word where it can not be read or is none."""
    try:
        # Neither a link is followed nor a pipe waited on.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return UNREADABLE
            content = hashlib.sha256()
            while block := file.read(_BLOCK):
                content.update(block)
            return content.hexdigest()
    except OSError:
        return UNREADABLE
