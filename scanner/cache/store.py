"""Checked bytes under names, in one SQLite file of the user's cache folder.

Several runs may use it at once, any of them may be killed: a write is there as a whole or not. Each
entry carries a checksum over its name and content, keyed where the user has set a secret; one that
does not fit is no entry. No error of the store is an error of the scan.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import sqlite3
import stat
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from scanner.model.values import Value

NAME = "cache-v1.sqlite"
MAX_BYTES = 256 * 1024 * 1024
# A name is looked at anew when it is used on another day; what is unused longest goes first.
_DAY = 86_400
_BATCH = 500
_WAIT = 2.0
_LARGEST = 64 * 1024 * 1024
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  name TEXT PRIMARY KEY, value BLOB NOT NULL, seal BLOB NOT NULL, day INTEGER NOT NULL
)
"""
T = TypeVar("T")


class Info(Value, kw_only=True):
    """What is kept, and where."""

    path: Path
    entries: int
    bytes: int
    limit: int


class Store:
    """One cache file. `secret` seals entries against who can write the file but lacks it."""

    def __init__(self, folder: Path, secret: str = "", limit: int = MAX_BYTES) -> None:
        self.path = folder / NAME
        self._secret = secret.encode("utf-8", "surrogateescape")
        self._limit = limit

    def get(self, names: Sequence[str]) -> dict[str, bytes]:
        """The entries of these names that are there and whole."""
        if not names or not self._there():
            return {}
        return self._tried(lambda db: self._read(db, names), {})

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep these entries; the oldest are dropped where there is no more room."""
        if entries:
            self._tried(lambda db: self._write(db, entries), None)

    def prune(self, keep: int = 0) -> int:
        """Drop the entries that were unused longest until `keep` bytes are left; how many went."""
        if not self._there():
            return 0
        return self._tried(lambda db: _drop(db, keep), 0)

    def info(self) -> Info:
        """How much there is."""
        there = self._there()
        count = self._tried(_count, 0) if there else 0
        size = self.path.stat().st_size if there else 0
        return Info(path=self.path, entries=count, bytes=size, limit=self._limit)

    def _there(self) -> bool:
        # A name that is too long, a folder that may not be entered: no cache, and no error.
        with contextlib.suppress(OSError):
            return self.path.exists()
        return False

    def _tried(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `work` gives; a file that is none of SQLite's is dropped, all else is let be."""
        try:
            return self._once(work)
        except (sqlite3.OperationalError, OSError):
            return otherwise  # locked, read-only, no room: not today
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                self.path.unlink()
        try:
            return self._once(work)
        except (sqlite3.Error, OSError):
            return otherwise

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._open() as db:
            return work(db)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _ours(self.path.parent)
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        db = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
        try:
            db.execute(_SCHEMA)
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")
        finally:
            db.close()

    def _read(self, db: sqlite3.Connection, names: Sequence[str]) -> dict[str, bytes]:
        today = int(time.time()) // _DAY
        found: dict[str, bytes] = {}
        stale: list[str] = []
        for at in range(0, len(names), _BATCH):
            some = names[at : at + _BATCH]
            marks = ",".join("?" * len(some))
            query = f"SELECT name, value, seal, day FROM entry WHERE name IN ({marks})"  # noqa: S608
            for name, value, seal, day in db.execute(query, some):
                if not isinstance(value, bytes) or not isinstance(seal, bytes):
                    continue
                if hmac.compare_digest(seal, self._seal(name, value)):
                    with contextlib.suppress(zlib.error):
                        found[name] = _unpacked(value)
                        stale += [name] if day != today else []
        if stale:
            # Another run may be writing: then the day is noted another time.
            with contextlib.suppress(sqlite3.OperationalError):
                rows = [(today, name) for name in stale]
                db.executemany("UPDATE entry SET day = ? WHERE name = ?", rows)
        return found

    def _write(self, db: sqlite3.Connection, entries: Mapping[str, bytes]) -> None:
        today = int(time.time()) // _DAY
        rows = []
        for name, content in entries.items():
            value = zlib.compress(content, 1)
            rows.append((name, value, self._seal(name, value), today))
        db.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)
        if _size(db) > self._limit:
            _drop(db, self._limit // 2)

    def _seal(self, name: str, value: bytes) -> bytes:
        whole = name.encode("utf-8", "surrogatepass") + b"\0" + value
        return hmac.digest(self._secret, whole, hashlib.sha256)


def _unpacked(value: bytes) -> bytes:
    """The content of an entry, which is never so large as what a small one could be blown up to."""
    engine = zlib.decompressobj()
    content = engine.decompress(value, _LARGEST)
    if engine.unconsumed_tail or not engine.eof:
        raise zlib.error("larger than any entry")
    return content


def _count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT COUNT(*) FROM entry").fetchone()[0])


def _size(db: sqlite3.Connection) -> int:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    return int(size) * (int(pages) - int(free))


def _drop(db: sqlite3.Connection, keep: int) -> int:
    """Drop the entries that were unused longest until at most `keep` bytes are left."""
    rows = db.execute("SELECT name, LENGTH(value) FROM entry ORDER BY day DESC, name").fetchall()
    room, gone = keep, []
    for name, size in rows:
        room -= size + 200
        if room < 0:
            gone.append((name,))
    db.executemany("DELETE FROM entry WHERE name = ?", gone)
    if gone:
        db.execute("COMMIT")
        db.execute("VACUUM")
        db.execute("BEGIN")
    return len(gone)


def _ours(folder: Path) -> None:
    """Refuse a folder that others can write to: they could say that all is well."""
    info = folder.stat()
    if info.st_uid != os.geteuid() or info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{folder} can be written by others")
