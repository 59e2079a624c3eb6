"""Model files are examined, and never loaded."""

from __future__ import annotations

import io
import os
import threading
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.engines.models import Models, bounds, formats
from scanner.engines.models.formats import examine
from scanner.engines.models.names import Meaning, meaning
from scanner.engines.models.pickles import Global
from scanner.model.errors import Cancelled
from scanner.model.files import FileKind, kinds_of_name
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import SourceFile, StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage
from tests.e2e.command import servegate
from tests.models.cases import BROKEN, FOUND, INNOCENT, SILENT, TWO_LISTS
from tests.models.make import LFS_POINTER, evil, field, harmless, zipped


def scan(root: Path, *names: str) -> Completed | Partial:
    context = ScanContext(progress=lambda _: None, cancelled=threading.Event())
    return Models().scan(_task(root, *names), context)


def _task(root: Path, *names: str) -> StaticTask:
    return StaticTask(
        engine="models",
        stage=Stage.SAST,
        root=root,
        files=tuple(SourceFile(path=name, size=1) for name in names),
    )


def examined(root: Path, name: str, data: bytes) -> Completed | Partial:
    (root / name).write_bytes(data)
    return scan(root, name)


@pytest.mark.parametrize("name", FOUND)
def test_what_must_be_found(tmp_path: Path, name: str) -> None:
    data, rule = FOUND[name]
    outcome = examined(tmp_path, name, data)
    found = {finding.rule_id for finding in outcome.findings}
    assert found == {f"sast/{rule}"} | (found & {"sast/model-file-in-unsafe-format"})


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_pickles(tmp_path: Path, name: str) -> None:
    outcome = examined(tmp_path, name, INNOCENT[name])
    assert [finding.rule_id for finding in outcome.findings] == ["sast/model-file-in-unsafe-format"]
    assert not isinstance(outcome, Partial)


@pytest.mark.parametrize("name", SILENT)
def test_what_must_not_be_found(tmp_path: Path, name: str) -> None:
    outcome = examined(tmp_path, name, SILENT[name])
    assert outcome.findings == ()
    assert not isinstance(outcome, Partial)


@pytest.mark.parametrize("name", BROKEN)
def test_what_can_not_be_read_is_a_gap_soon(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_MAX_UNPACKED", 1_000_000)
    began = time.process_time()
    outcome = examined(tmp_path, name, BROKEN[name])
    assert isinstance(outcome, Partial)
    assert {gap.subject for gap in outcome.gaps} == {name}
    assert outcome.targets == ()
    assert outcome.findings == ()
    assert time.process_time() - began < 30


def test_a_pointer_of_lfs_is_noted(tmp_path: Path) -> None:
    pointer = LFS_POINTER
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
        ("datetime", "datetime.fromisoformat", Meaning.DATA),
        ("numpy", "memmap", Meaning.DATA),
        ("joblib.memory", "Memory", Meaning.DATA),
        ("torch.nn.modules.module", "Module.eval", Meaning.DATA),
        ("exceptions", "KeyError", Meaning.DATA),
        ("builtins", "eval", Meaning.RUNS),
        ("builtins", "type.__subclasses__", Meaning.RUNS),
        ("distutils.spawn", "spawn", Meaning.RUNS),
        ("commands", "getoutput", Meaning.RUNS),
        ("annotationlib", "ForwardRef.evaluate", Meaning.RUNS),
        ("itertools", "starmap", Meaning.RUNS),
        ("collections", "_sys.exit", Meaning.RUNS),
        ("collections", "_sys", Meaning.RUNS),
        ("typing", "get_type_hints", Meaning.RUNS),
        ("pathlib", "PosixPath.write_text", Meaning.RUNS),
        ("dill._dill", "loads", Meaning.RUNS),
        ("ray.cloudpickle", "loads", Meaning.RUNS),
        ("numpy", "__dict__", Meaning.RUNS),
        ("torch", "UntypedStorage.from_file", Meaning.RUNS),
        ("shop.tools", "run_command", Meaning.RUNS),
        ("pandas.core.frame", "DataFrame.eval", Meaning.RUNS),
        ("yaml", "unsafe_load", Meaning.RUNS),
        ("dill._dill", "_create_type", Meaning.CODE),
        ("nt", "system", Meaning.RUNS),
        ("operator", "attrgetter", Meaning.RUNS),
        ("numpy", "os.system", Meaning.RUNS),
        ("torch.hub", "load", Meaning.RUNS),
        ("runpy", "_run_code", Meaning.RUNS),
        ("collections", "OrderedDict.__init__.__globals__", Meaning.RUNS),
        ("types", "CodeType", Meaning.CODE),
        ("torch._utils", "_import_dotted_name", Meaning.RUNS),
        ("mlflow.utils.process", "_exec_cmd", Meaning.RUNS),
        ("pandas.compat._optional", "import_optional_dependency", Meaning.RUNS),
        ("transformers.utils.import_utils", "direct_transformers_import", Meaning.RUNS),
        ("transformers.agents.python_interpreter", "evaluate_python_code", Meaning.RUNS),
        ("ultralytics.utils.checks", "check_requirements", Meaning.RUNS),
        ("ultralytics.nn.tasks", "torch_safe_load", Meaning.RUNS),
        ("joblib.disk", "delete_folder", Meaning.RUNS),
        ("skops.io", "load", Meaning.RUNS),
        ("skops.io._persist", "load", Meaning.RUNS),
        ("torch.export", "load", Meaning.RUNS),
        ("torch", "save", Meaning.RUNS),
        ("nltk.lazyimport", "LazyModule", Meaning.RUNS),
        ("sympy", "sympify", Meaning.RUNS),
        ("sympy.core.sympify", "sympify", Meaning.RUNS),
        ("sympy.parsing.sympy_parser", "parse_expr", Meaning.RUNS),
        ("spacy.util", "run_command", Meaning.RUNS),
        ("pytorch_lightning.cli", "instantiate_class", Meaning.RUNS),
        ("sklearn.utils.testing", "_delete_folder", Meaning.RUNS),
        ("scipy.optimize._nonlin", "_nonlin_wrapper", Meaning.RUNS),
        ("numpy.lib._format_impl", "read_array", Meaning.RUNS),
        ("keras.src.saving.serialization_lib", "_retrieve_class_or_fn", Meaning.RUNS),
        ("joblib.logger", "PrintTime", Meaning.RUNS),
        ("joblib._store_backends", "FileSystemStoreBackend.clear_location", Meaning.RUNS),
        ("joblib._store_backends", "FileSystemStoreBackend", Meaning.DATA),
        ("sympy.core.symbol", "Symbol", Meaning.DATA),
        ("skops.card", "Card", Meaning.DATA),
        ("torch.nn.modules.lazy", "LazyLinear", Meaning.DATA),
        ("torch.utils.data.dataloader", "DataLoader", Meaning.DATA),
        ("torchvision.datasets.folder", "default_loader", Meaning.DATA),
        ("scipy.special._ufuncs", "eval_hermite", Meaning.DATA),
        ("gensim.parsing.preprocessing", "remove_stopwords", Meaning.DATA),
        ("torch.nn.utils.weight_norm", "remove_weight_norm", Meaning.DATA),
        ("torch.nn.modules.module", "Module.load_state_dict", Meaning.DATA),
        ("torch.storage", "_load_from_bytes", Meaning.DATA),
        ("numpy", "unpackbits", Meaning.DATA),
        ("sklearn.metrics._scorer", "_passthrough_scorer", Meaning.DATA),
        ("mlflow.utils.process", "ShellCommandException", Meaning.DATA),
        ("shop.text", "load_words", Meaning.OTHER),
    ],
)
def test_what_an_import_means(module: str, name: str, expected: Meaning) -> None:
    assert meaning(Global(module, name)) is expected


def test_names_of_model_files() -> None:
    for name in ("a.pt", "pytorch_model-00001-of-00002.bin", "m/forest.joblib", "x.GGUF"):
        assert kinds_of_name(name) == (FileKind.MODEL,), name
    for name in ("a.pth.tar", "b.pkl.gz", "c.sav", "weights.bin", "d.skops", "e.nemo", "f.PT2"):
        assert kinds_of_name(name) == (FileKind.MODEL,), name
    for name in ("firmware.img", "model.py", "data.gz", "model.json", "a.bin.md"):
        assert kinds_of_name(name) != (FileKind.MODEL,), name


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.pkl", "a.onnx", "a.gguf", "a.safetensors"]))
def test_any_bytes_end_well(data: bytes, name: str) -> None:
    heads = {"a.gguf": b"GGUF\x03\x00\x00\x00", "a.pkl": b"\x80\x04"}
    whole = heads.get(name, b"") + data
    seen = examine(io.BytesIO(whole), len(whole), name)
    assert not any("can't be examined" in gap for gap in seen.gaps)


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


def test_two_lists_of_members_are_a_gap(tmp_path: Path) -> None:
    outcome = examined(tmp_path, "two.pt", TWO_LISTS)
    assert isinstance(outcome, Partial)
    assert "two lists" in outcome.gaps[0].reason


def test_another_format_than_the_name_says_is_noted(tmp_path: Path) -> None:
    outcome = examined(tmp_path, "model.onnx", SILENT["chat.gguf"])
    assert outcome.notes == ("model.onnx: its content is GGUF, which its name does not say",)


def test_foreign_operators_are_noted(tmp_path: Path) -> None:
    node = field(7, field(1, field(4, b"Attend"), field(7, b"shop.ops")))
    assert "shop.ops" in examined(tmp_path, "model.onnx", node).notes[0]
    own = field(25, field(10, b"shop.ops"))
    assert examined(tmp_path, "model.onnx", node + own).notes == ()


def test_classes_outside_of_keras_are_noted(tmp_path: Path) -> None:
    outcome = examined(tmp_path, "custom.keras", SILENT["custom.keras"])
    assert "shop.layers.Attention" in outcome.notes[0]


def test_a_fault_of_ours_costs_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise TypeError("unhashable")

    monkeypatch.setattr(formats, "numpy_arrays", broken)
    (tmp_path / "a.npy").write_bytes(SILENT["plain.npy"])
    (tmp_path / "b.pkl").write_bytes(evil())
    outcome = scan(tmp_path, "a.npy", "b.pkl")
    assert isinstance(outcome, Partial)
    assert [gap.subject for gap in outcome.gaps] == ["a.npy"]
    assert "TypeError" in outcome.gaps[0].reason
    assert [finding.evidence[0].path for finding in outcome.findings] == ["b.pkl"]


def test_what_is_found_before_a_file_breaks_is_kept(tmp_path: Path) -> None:
    cut = zlib.compress(evil() + os.urandom(500_000))[:-200_000]
    outcome = examined(tmp_path, "cut.joblib", cut)
    assert isinstance(outcome, Partial)
    assert [finding.rule_id for finding in outcome.findings] == ["sast/model-file-runs-code"]


def test_it_ends_within_a_long_file(tmp_path: Path) -> None:
    (tmp_path / "long.pkl").write_bytes(b"\x80\x02" + b"N0" * 2_000_000 + b"N.")
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    context = ScanContext(progress=lambda _: None, cancelled=cancelled)
    with pytest.raises(Cancelled):
        Models().scan(_task(tmp_path, "long.pkl"), context)


def test_archives_in_archives_share_one_budget(tmp_path: Path) -> None:
    inner = zipped({"a.pkl": b"\x80\x02" + b"N0" * 1_000_000 + b"N."}, packed=True)
    outer = zipped({f"{n}.pt": inner for n in range(50)}, packed=True)
    began = time.process_time()
    outcome = examined(tmp_path, "outer.pt", outer)
    assert isinstance(outcome, Partial)
    assert time.process_time() - began < 30


def test_long_and_strange_names_are_cut(tmp_path: Path) -> None:
    name = "\x1b[31m" + "a" * 60_000
    outcome = examined(tmp_path, "long.pt", zipped({f"{name}.pkl": evil(), f"../{name}": b"x"}))
    for finding in outcome.findings:
        text = f"{finding.message}{finding.anchor}{finding.evidence}"
        assert len(text) < 2_000
        assert "\x1b" not in text


def test_a_chain_of_attributes_stays_small() -> None:
    chain = b"".join(b"h\x02h\x03h\x01\x86Rq\x03" for _ in range(20_000))
    data = (
        b"\x80\x02V"
        + b"a" * 250
        + b"\nq\x01cbuiltins\ngetattr\nq\x02cshop\nx\nq\x03"
        + chain
        + b"."
    )
    tracemalloc.start()
    examine(io.BytesIO(data), len(data), "chain.pkl")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000
