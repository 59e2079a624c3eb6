"""The page's templates are compiled once, and a page comes out whatever became of the copies."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType

import pytest
from jinja2 import DictLoader, Environment

from scanner.reporters.html.compiled import Compiled


class Counting(Environment):
    """Counts what it compiles."""

    compiled = 0

    def _compile(self, source: str, filename: str) -> CodeType:
        self.compiled += 1
        return super()._compile(source, filename)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder = Path(Compiled().directory)
    assert folder.is_relative_to(tmp_path)
    folder.mkdir(parents=True)
    return folder


def made(text: str = "{{ 6 * 7 }}") -> tuple[str, int]:
    """What a template says, and how many were compiled for that."""
    environment = Counting(loader=DictLoader({"page": text}), bytecode_cache=Compiled())
    return environment.get_template("page").render(), environment.compiled


def test_it_is_compiled_once(folder: Path) -> None:
    assert [made(), made()] == [("42", 1), ("42", 0)]
    assert [path.suffix for path in folder.iterdir()] == [".pyc"]


@pytest.mark.usefixtures("folder")
def test_another_source_is_compiled_anew() -> None:
    assert [made("a"), made("b"), made("b")] == [("a", 1), ("b", 1), ("b", 0)]


@pytest.mark.parametrize("kept", [b"", b"j2", b"\x80\x04", "half"])
def test_a_broken_copy_is_made_anew(folder: Path, kept: bytes | str) -> None:
    made()
    (copy,) = folder.iterdir()
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2] if isinstance(kept, str) else kept)
    assert [made(), made()] == [("42", 1), ("42", 0)]


def test_nothing_is_written_where_python_writes_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert made() == ("42", 1)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["absent", "a file"])
def test_it_does_without_a_folder(folder: Path, place: str) -> None:
    folder.rmdir()
    if place == "a file":
        folder.touch()
    assert [made(), made()] == [("42", 1), ("42", 1)]
