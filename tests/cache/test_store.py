"""The store: checked, shared, bounded, and never an error."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sqlite3
import zlib
from pathlib import Path

import pytest

from scanner.cache.hashes import Hashes
from scanner.cache.store import Store
from scanner.contents import digest_of
from scanner.model.plan import SourceFile


def write_many(folder: Path, start: int) -> None:
    store = Store(folder)
    for n in range(start, start + 30):
        store.put({f"n{n}": f"value {n}".encode()})


def test_what_was_put_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder")
    assert store.get(["a"]) == {}
    store.put({"a": b"1", "b": b"" * 5, "c": os.urandom(5000)})
    assert Store(tmp_path / "new" / "folder").get(["a", "x"]) == {"a": b"1"}
    assert store.info().entries == 3
    assert (store.path.stat().st_mode & 0o777, store.path.parent.stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )
    names = [f"n{n}" for n in range(3000)]
    store.put({name: name.encode() for name in names})
    assert len(store.get(names)) == 3000


def change(store: Store, statement: str, *values: object) -> None:
    with sqlite3.connect(store.path) as db:
        db.execute(statement, values)


def test_a_changed_entry_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put({"a": b"one", "b": b"two"})
    change(store, "UPDATE entry SET value = ? WHERE name = 'a'", zlib.compress(b"ONE"))
    assert store.get(["a", "b"]) == {"b": b"two"}
    # An entry of another name is none of this one either.
    change(store, "DELETE FROM entry WHERE name = 'a'")
    change(store, "UPDATE entry SET name = 'a' WHERE name = 'b'")
    assert store.get(["a"]) == {}
    store.put({"a": b"again"})
    assert store.get(["a"]) == {"a": b"again"}


@pytest.mark.parametrize("name", ["n" * 300, "a/" + "n" * 5000])
def test_a_folder_that_cannot_be_is_no_cache(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / name)
    store.put({"a": b"1"})
    assert (store.get(["a"]), store.prune(), store.info().entries) == ({}, 0, 0)


@pytest.mark.parametrize(
    "kept",
    [
        b"[" * 100_000,
        b'{"a.py": [1, 2, 3, 4]}',
        b'{"a.py": []}',
        b'{"a.py": {"0": 1}}',
        b'{"a.py": [1, 2, 3, 4, 5]}',
        b"[1]",
        b"\xff",
    ],
)
def test_what_is_no_table_of_hashes_is_read_anew(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    store = Store(tmp_path / "cache")
    where = hashlib.sha256(os.fsencode(tmp_path.resolve())).hexdigest()
    store.put({f"stat:{where}": kept})
    known = Hashes(tmp_path, store)
    assert known([SourceFile(path="a.py", size=6)])["a.py"] == digest_of(tmp_path / "a.py")
    known.save()


def test_with_a_secret_nobody_else_can_make_entries(tmp_path: Path) -> None:
    Store(tmp_path).put({"a": b"poison"})
    assert Store(tmp_path, "secret").get(["a"]) == {}
    Store(tmp_path, "secret").put({"a": b"good"})
    assert Store(tmp_path, "secret").get(["a"]) == {"a": b"good"}
    assert Store(tmp_path, "other").get(["a"]) == {}


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_none_of_ours_is_replaced(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    store.path.write_bytes(content)
    assert store.get(["a"]) == {}
    store.put({"a": b"1"})
    assert store.get(["a"]) == {"a": b"1"}


def test_a_torn_file_is_no_error(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put({f"n{n}": os.urandom(500) for n in range(300)})
    whole = store.path.read_bytes()
    for length in range(0, len(whole), 9001):
        torn = bytearray(whole)
        torn[length : length + 600] = b"\0" * 600
        store.path.write_bytes(torn[: max(length, 100)])
        store.get([f"n{n}" for n in range(300)])
        store.put({"later": b"x"})
    store.path.unlink(missing_ok=True)
    store.put({"a": b"1"})
    assert store.get(["a"]) == {"a": b"1"}


def test_several_runs_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=write_many, args=(tmp_path, at)) for at in (0, 15, 30)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    found = Store(tmp_path).get([f"n{n}" for n in range(60)])
    # Who found it locked for long may have let it be; what is there is whole.
    assert len(found) > 30
    assert all(content == f"value {name[1:]}".encode() for name, content in found.items())


def test_it_stays_within_its_limit(tmp_path: Path) -> None:
    store = Store(tmp_path, limit=400_000)
    for n in range(40):
        store.put({f"n{n}-{k}": os.urandom(1000) for k in range(20)})
    assert store.path.stat().st_size < 600_000
    store.put({"last": b"1"})
    assert store.get(["last"]) == {"last": b"1"}


def test_what_was_unused_longest_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put({"old": os.urandom(900), "used": os.urandom(900)})
    change(store, "UPDATE entry SET day = day - 9")
    assert store.get(["used"])
    assert store.prune(keep=1500) == 1
    assert set(store.get(["old", "used"])) == {"used"}
    assert store.prune() == 1
    assert store.info().entries == 0


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    store = Store(folder)
    store.put({"a": b"1"})
    assert store.get(["a"]) == {}
    assert list(folder.iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store = Store(tmp_path / "file" / "below")
    store.put({"a": b"1"})
    assert store.get(["a"]) == {}
    (tmp_path / "link").mkdir()
    link = Store(tmp_path / "link")
    link.path.symlink_to(tmp_path / "elsewhere")
    link.put({"a": b"1"})
    assert not (tmp_path / "elsewhere").exists()


def test_a_small_entry_does_not_become_a_large_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put({"a": b"\0" * 80_000_000})
    assert store.get(["a"]) == {}
