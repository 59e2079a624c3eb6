"""Permissions that are newer than Checkov's schema do not keep it from a workflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.engines.checkov.workflows import in_old_words
from tests.e2e.command import servegate

HEAD = "on: pull_request_target\n"
JOBS = """jobs:
  a:
    runs-on: ubuntu-latest
    permissions:{permissions}
    steps:
      - run: echo ${{{{ github.event.pull_request.title }}}}
"""


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("permissions:\n  attestations: write\n", "permissions:\n  discussions: write\n"),
        ("    models: read # m\n", "    discussions: read # m\n"),
        (
            "permissions: {contents: read, artifact-metadata: write}\n",
            "permissions: {contents: read, discussions: write}\n",
        ),
        ("permissions: {models: none}\r\n", "permissions: {discussions: none}\r\n"),
    ],
)
def test_a_newer_permission_has_an_older_name(text: str, known: str) -> None:
    assert in_old_words(text) == known


@pytest.mark.parametrize(
    "text",
    [
        "      - run: ls models: read\n",
        "env:\n  models: ./models\n",
        "  models: readme\n",
        "models: read\n",
        "  attestations-of: write\n",
        "  my-models: read\n",
        "permissions:\n  contents: read\n",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert in_old_words(text) == text


@pytest.mark.e2e
@pytest.mark.parametrize(
    "permissions",
    [
        "\n      attestations: write\n      contents: read",
        " {models: read, artifact-metadata: write}",
    ],
)
def test_checkov_looks_at_such_a_workflow(tmp_path: Path, permissions: str) -> None:
    file = tmp_path / "repo" / ".github/workflows/ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(HEAD + JOBS.format(permissions=permissions))
    done = servegate("repo", "--only", "checkov", cwd=tmp_path)
    assert done.engine("checkov")["state"] == "completed", done.text
    assert done.engine("checkov")["findings"] > 0
    assert done.result["findings"]
    # What is shown is the file's own.
    assert "discussions" not in (done.out / "result.json").read_text()
