"""What files hold, without reading again those that were not touched."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.contents import UNREADABLE, digest_of
from scanner.model.plan import SourceFile

if TYPE_CHECKING:
    from scanner.cache.store import Store

# A file that changed this short a time ago could change again within one tick of its clock.
_FRESH_NS = 2_000_000_000


class Hashes:
    """The content of files below `root`, read again only where size, times or inode are others."""

    def __init__(self, root: Path, store: Store | None) -> None:
        self._store = store
        where = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()
        self._name = f"stat:{where}"
        self._lock = threading.Lock()
        self._kept: dict[str, list[object]] | None = None
        self._now: dict[str, list[object]] = {}
        self._before: dict[str, str] = {}
        self._prefix = os.path.join(root, "")  # noqa: PTH118 - a path per file and engine is slow

    def __call__(self, files: Sequence[SourceFile]) -> Mapping[str, str]:
        """The hash of each file by its path, as it was when one was first asked for it.

        Nothing for one that can't be read.
        """
        with self._lock:
            before = self._before
            for file in files:
                if file.path not in before:
                    before[file.path] = self._of(file.path)
            return before

    def again(self, files: Sequence[SourceFile]) -> Mapping[str, str]:
        """The same as it is now: an engine may have read something else than was asked about."""
        with self._lock:
            return {file.path: self._of(file.path) for file in files}

    def save(self) -> None:
        """Keep what is known of the files that were asked for."""
        with self._lock:
            if self._store is not None and self._now != self._kept:
                content = json.dumps(self._now, separators=(",", ":")).encode("ascii")
                self._store.put({self._name: content})

    def _load(self) -> dict[str, list[object]]:
        if self._store is None:
            return {}
        try:
            kept = json.loads(self._store.get([self._name])[self._name])
        except (KeyError, ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _of(self, path: str) -> str:
        if self._kept is None:
            self._kept = self._load()
        try:
            info = os.lstat(self._prefix + path)
        except OSError:
            return ""
        state: list[object] = [info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino]
        for known in (self._now.get(path), self._kept.get(path)):
            match known:
                case [*before, str(content)] if before == state:
                    self._now[path] = known
                    return content
        content = digest_of(Path(self._prefix + path))
        if content == UNREADABLE:
            return ""
        if max(info.st_mtime_ns, info.st_ctime_ns) < time.time_ns() - _FRESH_NS:
            self._now[path] = [*state, content]
        return content
