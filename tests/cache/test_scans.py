"""With the real engines: an answer from the cache is the one that a fresh scan gives."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.cache.store import Store
from scanner.cli.caching import behind
from scanner.cli.wiring import SPECS, make_engines
from scanner.config import Settings
from scanner.inventory import take_inventory
from scanner.model.outcome import EngineRun, Failed
from scanner.plan import Selection, make_plan
from scanner.run import carry_out
from tests.e2e.command import servegate

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
SECRET = "hunter2-" + "correct-horse"
TOKEN = "hf_" + "aB3dE6gH9jK2mN5pQ8rT1vW4yZ7cF0xX1y"
NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "source": ["import pickle\\n", "pickle.loads(b)"]}],'
    ' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
)
PIECES = {
    ".py": (
        "import pickle\n\n\ndef f(body):\n    return pickle.loads(body)\n",
        "import pickle\nx = pickle.loads(b)  # nosec B301 - ours\n",
        "import yaml\nyaml.load(x)\nyaml.load(x)\n",
        f'password = "{SECRET}"\n',
        "def broken(:\n",
        "x = 1\n",
        "\x00",
        "from fastapi import FastAPI\napp = FastAPI()\n\n\n@app.post('/e')\n"
        "def e(q: str):\n    return eval(q)\n",
    ),
    ".yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n"
        "    image: x:latest\n    securityContext: {privileged: true}\n",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress]}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.x }}}\n",
    ),
    ".ipynb": (NOTEBOOK, "{", "x", NOTEBOOK.replace("import pickle", "!ls")),
    ".sh": ("#!/bin/sh\ncurl http://x | sh\n", "vllm serve m --trust-remote-code\n"),
    ".env": (f"HF_TOKEN={TOKEN}\n", f"A=1\n\nHF_TOKEN={TOKEN}\n", "A=1\n"),
    "Dockerfile": ("FROM python:latest\nENV API_KEY=abcdef\n", "USER root\n"),
    ".github/workflows/ci.yml": (
        "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        "    - uses: actions/checkout@v4\n",
    ),
}
NAMES = (
    "a.py",
    "b/c.py",
    "ünï code.py",
    "d.yaml",
    "e.yaml",
    "f.ipynb",
    "g.sh",
    "Dockerfile",
    ".env",
)
FILES = st.dictionaries(
    st.sampled_from([*NAMES, ".github/workflows/ci.yml"]), st.integers(0, 7), max_size=9
)


def write(root: Path, files: dict[str, int]) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, number in files.items():
        kind = next(kind for kind in PIECES if name.endswith(kind))
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PIECES[kind][number % len(PIECES[kind])])


def outcomes(root: Path, store: Store | None, *, without: tuple[str, ...]) -> list[EngineRun]:
    """Every static engine's run, without times and the remark that some of it was known."""
    plan = make_plan(
        take_inventory(root), SPECS, Settings(), Selection(skip=("dast", *without)), None
    )
    engines, hashes = behind(make_engines(names=[t.engine for t in plan.tasks]), store, root)
    runs = carry_out(plan, engines, lambda _: None, threading.Event())
    hashes.save()
    bare = []
    for run in runs:
        outcome = run.outcome
        assert not isinstance(outcome, Failed), outcome
        notes = tuple(note for note in outcome.notes if "from the cache" not in note)
        told = replace(outcome, notes=notes)
        bare.append(replace(run, started=0.0, seconds=0.0, outcome=told))
    return bare


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(FILES, min_size=2, max_size=3))
def test_after_any_edits_the_answer_is_that_of_a_fresh_scan(states: list[dict[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, store = Path(name) / "tree", Store(Path(name) / "cache")
        for files in states:
            write(root, files)
            known = outcomes(root, store, without=("checkov",))
            assert known == outcomes(root, None, without=("checkov",))


def test_infrastructure_and_back(tmp_path: Path) -> None:
    """Checkov too, through an edit and its reversal."""
    root, store = tmp_path / "tree", Store(tmp_path / "cache")
    shutil.copytree(ROOT / "sample_endpoint" / "vulnerable" / "terraform", root)
    (root / "call.tf").write_text('module "gone" {\n  source = "example/gone/aws"\n}\n')
    fresh = outcomes(root, None, without=())
    assert outcomes(root, store, without=()) == fresh
    assert outcomes(root, store, without=()) == fresh
    more = root / "more.tf"
    more.write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    edited = outcomes(root, store, without=())
    assert edited != fresh
    assert edited == outcomes(root, None, without=())
    more.unlink()
    assert outcomes(root, store, without=()) == fresh


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "repo"
    write(made, {"a.py": 0, "b/c.py": 3, "ünï code.py": 4, "g.sh": 1, ".env": 0})
    return made


def scan(folder: Path, out: str, *flags: str, secret: str = "") -> dict[str, object]:
    """The result of a scan with a cache beside the folder, without times and remarks."""
    done = servegate(
        *(".", "--only", "bandit,semgrep,secrets", *flags),
        cwd=folder,
        out=folder.parent / out,
        env={"SERVEGATE_CACHE": str(folder.parent / "cache"), "SERVEGATE_CACHE_KEY": secret},
    )
    assert done.code in (0, 1, 3), done.text
    result = done.result
    for name in ("started", "ended"):
        result.pop(name)
    for row in result["engines"]:
        row["started"] = row["seconds"] = 0
        row["known"] = [note for note in row["notes"] if "from the cache" in note]
        row["notes"] = []
    return result


def known(result: dict[str, object]) -> list[str]:
    return [note for row in result.pop("engines") for note in row.pop("known")]  # type: ignore[attr-defined]


def test_the_command_says_what_it_knew_and_what_it_keeps_has_no_secret(folder: Path) -> None:
    first = scan(folder, "one")
    assert known(first) == []
    again = scan(folder, "two")
    assert len(known(again)) == 3
    assert first == again
    # A comment that asks for silence and a waiver are judged after the cache.
    waivers = folder / "servegate-waivers.toml"
    waivers.write_text(
        '[[waiver]]\nrule = "sast/*"\npath = "a.py"\nreason = "r"\nowner = "o"\n'
        "until = 2099-01-01\n"
    )
    waived = scan(folder, "three")
    assert len(known(waived)) == 3
    assert any(entry["waiver"] for entry in waived["findings"])  # type: ignore[attr-defined]
    store = folder.parent / "cache" / "cache-v1.sqlite"
    with sqlite3.connect(store) as db:
        values = [zlib.decompress(row[0]) for row in db.execute("SELECT value FROM entry")]
    assert any(b"sast/" in value for value in values)
    assert any(b"provider-key-in-text" in value for value in values)
    for secret in (SECRET.encode(), TOKEN.encode()):
        assert not any(secret in value for value in values)
        assert secret not in store.read_bytes()


def test_what_others_wrote_counts_only_where_there_is_no_secret(folder: Path) -> None:
    scan(folder, "one", secret="ours")
    assert len(known(scan(folder, "two", secret="ours"))) == 3
    assert known(scan(folder, "three", secret="theirs")) == []


def test_no_cache_neither_uses_nor_keeps(folder: Path) -> None:
    assert known(scan(folder, "one", "--no-cache")) == []
    assert not (folder.parent / "cache").exists()
    scan(folder, "two")
    assert known(scan(folder, "three", "--no-cache")) == []


def test_a_scan_of_changes_uses_what_the_whole_one_knew(folder: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    (folder / "a.py").write_text(PIECES[".py"][2])
    scan(folder, "one")
    result = scan(folder, "two", "--changed-since", "HEAD")
    assert len(known(result)) == 3
    assert {entry["location"]["path"] for entry in result["findings"]} == {"a.py"}  # type: ignore[attr-defined]
