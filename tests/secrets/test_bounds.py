"""What was not looked at is a gap; a value is hashed once; hostile texts take no long."""

from __future__ import annotations

import random
import string
import threading
import time
from pathlib import Path

import pytest

from scanner.engines.secrets import engine
from scanner.engines.secrets.engine import Secrets, found_in
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import SourceFile, StaticTask
from scanner.model.protocols import ScanContext

DRAW = random.Random(41)
KEY = "gh" + "p_" + "".join(DRAW.choice(string.ascii_letters + string.digits) for _ in range(36))


def scanned(root: Path, **files: bytes) -> Completed | Partial:
    listed = []
    for name, data in files.items():
        (root / f"{name}.txt").write_bytes(data)
        listed.append(SourceFile(path=f"{name}.txt", size=len(data)))
    task = StaticTask(engine="secrets", stage=Secrets.stage, root=root, files=tuple(listed))
    return Secrets().scan(task, ScanContext(progress=lambda _: None, cancelled=threading.Event()))


@pytest.mark.parametrize("line", ["a line\n", "é\n", "a\r\n", "漢字\n", "\n"])
def test_a_file_of_more_than_is_read_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(engine, "_MOST", 1_000)
    unit = line.encode()
    whole = (unit * 1_000)[:1_000]
    seen = scanned(tmp_path, whole=whole, more=whole + f"K={KEY}\n".encode())
    assert isinstance(seen, Partial)
    assert [(gap.subject, gap.reason) for gap in seen.gaps] == [
        ("more.txt", "only the first 1,000 bytes were looked at")
    ]
    assert seen.targets == ("whole.txt",)


def test_more_keys_than_are_reported_are_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_MOST_IN_A_FILE", 3)
    seen = scanned(tmp_path, three=f"{KEY}\n".encode() * 3, four=f"{KEY}\n".encode() * 4)
    assert isinstance(seen, Partial)
    assert [gap.subject for gap in seen.gaps] == ["four.txt"]
    assert len(seen.findings) == 6


def test_a_value_is_hashed_once_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(value: str) -> str:
        made.append(value)
        return "0" * 12

    monkeypatch.setattr(engine, "salted", counted)
    for _ in range(2):
        seen = scanned(tmp_path, a=f"{KEY}\n".encode() * 50, b=f"{KEY} {KEY}\n".encode())
        assert len(seen.findings) == 52
    assert made == [KEY, KEY], "once a run, and forgotten with it"


def test_a_key_in_a_line_without_end_is_shown_with_what_is_next_to_it() -> None:
    before, after = "b" * 50_000, "a" * 50_000
    (finding,) = found_in("a.json", f'{{"x": "{before}", "key": "{KEY}", "y": "{after}"}}')
    (line,) = finding.evidence[0].lines  # type: ignore[union-attr]
    assert '"key": "[redacted]", "y": "aaa' in line
    assert len(line) < 400


def test_what_stands_beside_a_key_in_a_long_line_is_masked_too() -> None:
    other = KEY[:-4] + "Zq7X"
    packed = " ".join([other, KEY] * 2_000)
    for finding in found_in("a.txt", packed):
        (line,) = finding.evidence[0].lines  # type: ignore[union-attr]
        assert KEY[4:16] not in line
    text = f"{'x' * 5_000} password=hunter2hunter2 {KEY} password=hunter2hunter2 {'x' * 5_000}"
    (finding,) = found_in("a.env", text)
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    "unit",
    ["sk-", "AKIA", f"{KEY} ", "-----BEGIN PRIVATE KEY-----", "eyJ", "sk-proj-", "hf_a", "\n"],
)
def test_no_text_takes_long(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    list(found_in("a.yaml", text))
    assert time.process_time() - began < 60
