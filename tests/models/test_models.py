"""Model files are examined, and never loaded."""

from __future__ import annotations

import contextlib
import io
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.engines.models import Models, formats
from scanner.engines.models.formats import Unreadable, examine
from scanner.engines.models.names import Meaning, meaning
from scanner.engines.models.pickles import Global
from scanner.model.files import FileKind, kinds_of_name
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import SourceFile, StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage
from tests.e2e.command import servegate
from tests.models.make import BROKEN, FOUND, SILENT, evil, harmless


def scan(root: Path, *names: str) -> Completed | Partial:
    task = StaticTask(
        engine="models",
        stage=Stage.SAST,
        root=root,
        files=tuple(SourceFile(path=name, size=1) for name in names),
    )
    context = ScanContext(progress=lambda _: None, cancelled=threading.Event())
    return Models().scan(task, context)


def examined(root: Path, name: str, data: bytes) -> Completed | Partial:
    (root / name).write_bytes(data)
    return scan(root, name)


@pytest.mark.parametrize("name", FOUND)
def test_what_must_be_found(tmp_path: Path, name: str) -> None:
    data, rule = FOUND[name]
    outcome = examined(tmp_path, name, data)
    assert [finding.rule_id for finding in outcome.findings] == [f"sast/{rule}"]


@pytest.mark.parametrize("name", SILENT)
def test_what_must_not_be_found(tmp_path: Path, name: str) -> None:
    outcome = examined(tmp_path, name, SILENT[name])
    assert outcome.findings == ()
    assert not isinstance(outcome, Partial)


@pytest.mark.parametrize("name", BROKEN)
def test_what_can_not_be_read_is_a_gap_soon(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "_MAX_UNPACKED", 1_000_000)
    began = time.monotonic()
    outcome = examined(tmp_path, name, BROKEN[name])
    assert isinstance(outcome, Partial)
    assert [gap.subject for gap in outcome.gaps] == [name]
    assert outcome.targets == ()
    assert outcome.findings == ()
    assert time.monotonic() - began < 30


def test_a_pointer_of_lfs_is_noted(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n"
    outcome = examined(tmp_path, "model.pt", pointer)
    assert outcome.findings == ()
    assert "Git LFS" in outcome.notes[0]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real.pkl").write_bytes(evil())
    (tmp_path / "link.pkl").symlink_to("real.pkl")
    outcome = scan(tmp_path, "link.pkl")
    assert isinstance(outcome, Partial)
    assert outcome.findings == ()


def test_a_pipe_does_not_hold_it_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    assert isinstance(scan(tmp_path, "pipe.pkl"), Partial)


@pytest.mark.parametrize(
    ("module", "name", "expected"),
    [
        ("collections", "OrderedDict", Meaning.DATA),
        ("torch._utils", "_rebuild_tensor_v2", Meaning.DATA),
        ("numpy._core.multiarray", "scalar", Meaning.DATA),
        ("builtins", "getattr", Meaning.DATA),
        ("builtins", "ValueError", Meaning.DATA),
        ("pathlib", "PosixPath", Meaning.DATA),
        ("__main__", "Net", Meaning.OTHER),
        ("shop.models", "Net", Meaning.OTHER),
        ("builtins", "eval", Meaning.RUNS),
        ("nt", "system", Meaning.RUNS),
        ("operator", "attrgetter", Meaning.RUNS),
        ("numpy", "os.system", Meaning.RUNS),
        ("torch.hub", "load", Meaning.RUNS),
        ("runpy", "_run_code", Meaning.RUNS),
        ("collections", "OrderedDict.__init__.__globals__", Meaning.RUNS),
        ("types", "CodeType", Meaning.CODE),
    ],
)
def test_what_an_import_means(module: str, name: str, expected: Meaning) -> None:
    assert meaning(Global(module, name)) is expected


def test_names_of_model_files() -> None:
    for name in ("a.pt", "pytorch_model-00001-of-00002.bin", "m/forest.joblib", "x.GGUF"):
        assert kinds_of_name(name) == (FileKind.MODEL,), name
    for name in ("firmware.bin", "model.py", "data.bin"):
        assert kinds_of_name(name) != (FileKind.MODEL,), name


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.pkl", "a.onnx", "a.gguf", "a.safetensors"]))
def test_any_bytes_end_well(data: bytes, name: str) -> None:
    heads = {"a.gguf": b"GGUF\x03\x00\x00\x00", "a.pkl": b"\x80\x04"}
    whole = heads.get(name, b"") + data
    with contextlib.suppress(Unreadable):
        examine(io.BytesIO(whole), len(whole), name)


@pytest.mark.e2e
def test_through_the_command(tmp_path: Path) -> None:
    (tmp_path / "evil.pkl").write_bytes(evil())
    (tmp_path / "fine.pkl").write_bytes(harmless())
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.write(SILENT["model.safetensors"])
        file.truncate(3_000_000_000)
    done = servegate(".", "--only", "sast", cwd=tmp_path, out=tmp_path / "out")
    assert done.code == 1
    assert done.engine("models")["state"] == "completed"
    found = {
        (source["location"]["path"], source["rule_id"])
        for entry in done.result["findings"]
        for source in entry["sources"]
    }
    assert found == {
        ("evil.pkl", "sast/model-file-runs-code"),
        ("fine.pkl", "sast/model-file-in-unsafe-format"),
    }
