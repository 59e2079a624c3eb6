"""What is newer than Checkov's schema, or stricter there, does not keep it from a workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scanner.engines.checkov.workflows import in_old_words
from tests.e2e.command import servegate

# What GitHub takes and the schema does not.
RUN = """concurrency:
  group: ci
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}
"""
HEAD = "on: pull_request_target\n"
JOBS = """jobs:
  a:
    runs-on: ubuntu-latest
    permissions:{permissions}
    steps:
      - run: echo ${{{{ github.event.pull_request.title }}}}
"""


JOB = "jobs:\n  a:\n    runs-on: x\n"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("permissions:\n  attestations: write\n", "permissions:\n  discussions: write\n"),
        (
            f"{JOB}    permissions:\n      models: read # m\n      contents: read\n",
            f"{JOB}    permissions:\n      discussions: read # m\n      contents: read\n",
        ),
        (
            "permissions: {contents: read, copilot-requests: write, models: none}\n",
            "permissions: {contents: read, discussions: write, discussions: none}\n",
        ),
        (
            f"permissions: &p {{models: read}}\n{JOB}    permissions: *p\n",
            f"permissions: &p {{discussions: read}}\n{JOB}    permissions: *p\n",
        ),
        ("permissions: {'models': none}\r\n", "permissions: {discussions: none}\r\n"),
    ],
)
def test_a_newer_permission_has_an_older_name(text: str, known: str) -> None:
    assert in_old_words(text) == known


@pytest.mark.parametrize(
    "text",
    [
        f"{JOB}    steps:\n      - run: ls models: read\n",
        f"{JOB}    steps:\n      - run: |\n          models: read\n          needs: []\n",
        f"{JOB}    steps:\n      - run: |\n          strategy:\n            x: y\n",
        f"{JOB}    env:\n      models: read\n      needs: x\n",
        f"{JOB}    with: {{needs: a, strategy: b}}\n",
        "env:\n  models: ./models\n",
        "permissions: read-all\n",
        "permissions:\n  attestations-of: a\n",
        "permissions:\n  contents: read\n",
        "concurrency: [\n",
        f"x: &s 1\n{JOB}    env: *t\n    needs: &t []\n",
        "jobs: {a: {needs: [], runs-on: x}}\n",
        "- permissions\n",
        "permissions: {models: {read: write}, ? [a] : read}\n",
        "? [a]\n: b\n? {c: d}\n: e\njobs: {? [a] : b}\n",
        "jobs: [a]\npermissions: [models]\n",
        f"{JOB}    steps: &a [*a]\n",
        f"{JOB}    steps: {{run: a}}\n",
        f"a: b\u2028{JOB}    needs: []\n",
        f"a: b\r{JOB}    needs: []\n",
        "",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert in_old_words(text) == text


@pytest.mark.parametrize("end", ["", "\n", "\n\n# the end", "\n  # a job's end\n"])
@pytest.mark.parametrize(
    "how",
    [
        "needs: []",
        "needs:\n    - b",
        "strategy:\n      fail-fast: false",
        "environment: >-\n      e",
    ],
)
def test_what_stands_last_becomes_comments_too(how: str, end: str) -> None:
    known = in_old_words(f"{JOB}    {how}{end}")
    assert yaml.safe_load(known) == {"jobs": {"a": {"runs-on": "x"}}}


def test_how_a_workflow_is_run_becomes_comments_in_its_place() -> None:
    text = f"""\
on: push
run-name: >-
  a run
  of it
concurrency:
  group: g

  cancel-in-progress: ${{{{ github.event_name == 'push' }}}}
{JOB}    strategy:
      fail-fast: false
    needs:
    - b
    - c
    steps:
      - continue-on-error: true
        run: a
      - run: b
        continue-on-error: ${{{{ matrix.odd }}}}
    environment: {{name: e,
      url: u}}
    outputs: {{}}
"""
    known = in_old_words(text)
    assert [len(line) for line in known.split("\n")] == [len(line) for line in text.split("\n")]
    kept = yaml.safe_load(known)
    assert kept == {
        True: "push",
        "jobs": {
            "a": {
                "runs-on": "x",
                "steps": [{"continue-on-error": True, "run": "a"}, {"run": "b"}],
                "outputs": {},
            }
        },
    }


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


@pytest.mark.e2e
@pytest.mark.parametrize(
    "how",
    [
        "    strategy:\n      fail-fast: false\n",
        "    strategy:\n      matrix:\n        include: []\n",
        "    needs: []\n",
        "",
    ],
)
def test_how_a_workflow_is_run_hides_nothing_of_it(tmp_path: Path, how: str) -> None:
    file = tmp_path / "repo" / ".github/workflows/ci.yml"
    file.parent.mkdir(parents=True)
    jobs = JOBS.format(permissions=" {contents: read}").replace("    steps:", f"{how}    steps:")
    file.write_text(RUN + HEAD + jobs)
    done = servegate("repo", "--only", "checkov", cwd=tmp_path)
    assert done.engine("checkov")["state"] == "completed", done.text
    lines = file.read_text().split("\n")
    (found,) = [
        one["location"]
        for entry in done.result["findings"]
        for one in entry["sources"]
        if one["rule_id"] == "iac/CKV_GHA_2"
    ]
    assert "pull_request.title" in lines[found["start_line"] - 1]
