"""The trouble cases, each driven through the real command with the real engines.

`tests/cases/<name>/case.json` says what each stands for and what is expected.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import case, processes_in, servegate

pytestmark = pytest.mark.e2e
ENDPOINT = ("--only", "probes", "--command", f"{sys.executable} server.py {{port}}")


def test_gate_scanner_killed(tmp_path: Path) -> None:
    folder = case("gate-scanner-killed", tmp_path)
    done = servegate("repo", cwd=folder, env={"PATH": f"{folder}/bin:/usr/bin:/bin"})
    assert done.code == 3
    for engine in ("bandit", "semgrep"):
        assert done.engine(engine)["state"] == "failed"
        assert f"{engine} was killed by signal 9" in done.text
    assert done.result["verdict"] == "inconclusive"


def test_gate_one_scanner_killed_keeps_the_others_findings(tmp_path: Path) -> None:
    folder = case("gate-scanner-killed", tmp_path)
    (folder / "bin/bandit").unlink()
    done = servegate("repo", cwd=folder, env={"PATH": f"{folder}/bin:/usr/bin:/bin"})
    assert done.code == 1, "what the other engine found fails the gate"
    assert done.engine("semgrep")["state"] == "failed"
    assert "sast/B307" in done.rules()
    assert "killed by signal 9" in done.text


def test_gate_scanner_missing(tmp_path: Path) -> None:
    folder = case("gate-scanner-missing", tmp_path)
    env = {"SERVEGATE_SEMGREP": "/nowhere/semgrep", "SERVEGATE_CHECKOV": "/nowhere/checkov"}
    done = servegate("repo", cwd=folder, env=env)
    assert done.code == 3
    for engine in ("semgrep", "checkov"):
        assert done.engine(engine)["state"] == "failed"
        assert done.engine(engine)["kind"] == "missing"
    assert done.engine("bandit")["state"] == "completed"
    allowed = servegate("repo", "--allow-missing", "semgrep,checkov", cwd=folder, env=env)
    assert allowed.code == 0
    assert allowed.text.count("accepted by allow_missing") == 2
    assert "accepted by allow" in (allowed.out / "summary.md").read_text()


@pytest.mark.parametrize("kind", ["readme", "empty", "settings"])
def test_gate_empty_repo(tmp_path: Path, kind: str) -> None:
    folder = case("gate-empty-repo", tmp_path) / "made"
    (folder / "settings").mkdir()
    for name, text in {"package.json": '{"name": "a"}\n', "Makefile": "all:\n\ttrue\n"}.items():
        (folder / "settings" / name).write_text(text)
    done = servegate(kind, cwd=folder)
    assert done.code == 3
    assert "nothing was scanned" in done.text
    for engine in ("bandit", "semgrep", "checkov"):
        assert done.engine(engine)["state"] == "left out"
        assert done.engine(engine)["reason"].startswith("no ")
    assert json.loads((done.out / "results.sarif").read_text())["version"] == "2.1.0"
    assert ET.parse(done.out / "junit.xml").getroot().tag == "testsuites"
    assert "nothing was scanned" in (done.out / "summary.md").read_text()
    assert "nothing was scanned" in (done.out / "report.html").read_text()


def test_iac_severity_null(tmp_path: Path) -> None:
    folder = case("iac-severity-null", tmp_path)
    repo = folder / "repo"
    seen = set()
    for cwd, path in ((repo, "."), (folder, "repo"), (tmp_path, str(repo))):
        done = servegate(path, "--fail-on", "high", cwd=cwd, out=tmp_path / "out")
        assert done.code == 1
        (entry,) = [e for e in done.result["findings"] if e["rule_id"] == "iac/CKV_K8S_16"]
        assert entry["severity"] in ("high", "critical")
        seen.add((entry["fingerprint"], entry["location"]["path"]))
    assert len(seen) == 1
    assert seen.pop()[1] == "deploy/k8s/pod.yaml"
    severities = {entry["severity"] for entry in done.result["findings"]}
    assert severities <= {"critical", "high", "medium", "low", "info"}


def test_iac_tf_syntax_error(tmp_path: Path) -> None:
    folder = case("iac-tf-syntax-error", tmp_path)
    done = servegate("repo", cwd=folder)
    assert done.code in (1, 3)
    assert done.engine("checkov")["state"] == "partial"
    assert "iac/CKV_AWS_3" in done.rules()
    for report in ("result.json", "results.sarif", "junit.xml", "summary.md", "report.html"):
        assert "broken.tf" in (done.out / report).read_text(), report


def test_iac_checkov_skip(tmp_path: Path) -> None:
    folder = case("iac-checkov-skip", tmp_path)
    done = servegate("repo", "--only", "iac", cwd=folder)
    rows = [e for e in done.result["findings"] if e["rule_id"] == "iac/CKV_AWS_3"]
    status = {row["location"]["address"].rsplit(".", 1)[-1]: row for row in rows}
    assert {name for name, row in status.items() if row["status"] == "new"} == {"a", "d"}
    assert "scratch disk, wiped on every boot" in status["b"]["reason"]
    assert "gives no reason" in status["c"]["reason"]
    (folder / "servegate.toml").write_text("[gate]\nforbid_inline_suppressions = true\n")
    strict = servegate("repo", "--only", "iac", "--config", "servegate.toml", cwd=folder)
    rows = [e for e in strict.result["findings"] if e["rule_id"] == "iac/CKV_AWS_3"]
    assert [row["status"] for row in rows] == ["new"] * 4


def test_iac_plan_one_line(tmp_path: Path) -> None:
    folder = case("iac-plan-one-line", tmp_path)
    (folder / "repo/tfplan.json").rename(folder / "repo/out.json")
    done = servegate("repo", cwd=folder)
    assert done.code == 1
    (entry,) = [e for e in done.result["findings"] if e["rule_id"] == "iac/CKV_AWS_17"]
    assert entry["location"]["address"] == "aws_db_instance.meta"
    assert entry["location"]["path"] == "out.json"
    secrets = ("hunter2-EXAMPLE", "wJalrXUtnFEMI", "AKIAIOSFODNN7EXAMPLE")
    for report in done.out.iterdir():
        text = report.read_text()
        assert not [word for word in secrets if word in text], report.name
        assert "planned_values" not in text, "no snippet holds the plan"
    assert not [word for word in secrets if word in done.text]
    sarif = json.loads((done.out / "results.sarif").read_text())
    for result in (result for run in sarif["runs"] for result in run["results"]):
        for place in result["locations"]:
            assert place["physicalLocation"]["region"]["startLine"] >= 1


def test_iac_tf_module_dynamic(tmp_path: Path) -> None:
    folder = case("iac-tf-module-dynamic", tmp_path)
    done = servegate("repo", cwd=folder)
    found = {(e["rule_id"], e["location"]["address"]): e for e in done.result["findings"]}
    entry = found["iac/CKV_AWS_21", "aws_s3_bucket.this"]
    assert entry["location"]["path"] == "modules/bucket/main.tf"
    for name in ("features", "models", "logs"):
        assert f'module.store["{name}"].aws_s3_bucket.this' in entry["message"]
    assert len([e for e in done.result["findings"] if e["rule_id"] == "iac/CKV_AWS_21"]) == 1
    assert ("iac/CKV_AWS_24", "aws_security_group.objects") in found
    skipped = found["iac/CKV_AWS_18", "aws_s3_bucket.this"]
    assert skipped["status"] == "suppressed"
    assert "access logs are kept by the central account" in skipped["reason"]
    (gap,) = done.engine("checkov")["gaps"]
    assert gap["subject"] == "main.tf (aws_security_group.list)"
    assert "plain list" in gap["reason"]


def test_iac_every_kind_of_file(tmp_path: Path) -> None:
    """Dockerfiles, workflows, JSON syntax, and what of each could not be read, by name."""
    flows = tmp_path / ".github/workflows"
    flows.mkdir(parents=True)
    (flows / "ci.yml").write_text(
        "on: push\npermissions: write-all\njobs:\n  build:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - run: echo ${{ github.event.issue.title }}\n"
    )
    (flows / "broken.yml").write_text("name: [")
    (tmp_path / "serve.Dockerfile").write_text("FROM python:latest\nUSER root\n")
    (tmp_path / "Containerfile").write_text("FROM python:latest\n")
    volume = {"aws_ebs_volume": {"disk": {"availability_zone": "eu-central-1a", "size": 1}}}
    (tmp_path / "disk.tf.json").write_text(json.dumps({"resource": volume}))
    (tmp_path / "broken.tf.json").write_text('{"resource": {')
    (tmp_path / "main.tf").write_text(
        'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
        'module "lost" {\n  source = "../nowhere"\n}\n'
    )
    done = servegate(".", "--only", "iac", cwd=tmp_path, out=tmp_path / "out")
    found = {(e["rule_id"], e["location"]["address"]) for e in done.result["findings"]}
    assert ("iac/CKV_GHA_2", "jobs(build).steps[1]") in found
    assert ("iac/CKV_DOCKER_8", "USER") in found
    assert "Containerfile" in {e["location"]["path"] for e in done.result["findings"]}
    assert ("iac/CKV_AWS_3", "aws_ebs_volume.disk") in found
    gaps = {gap["subject"]: gap["reason"] for gap in done.engine("checkov")["gaps"]}
    assert set(gaps) == {
        ".github/workflows/broken.yml",
        "broken.tf.json",
        "main.tf (module.vpc)",
        "main.tf (module.lost)",
    }
    assert "terraform-aws-modules/vpc/aws is not here" in gaps["main.tf (module.vpc)"]


def test_sast_scanner_config_in_repo(tmp_path: Path) -> None:
    folder = case("sast-scanner-config-in-repo", tmp_path)
    done = servegate("repo", cwd=folder)
    assert done.code == 1
    assert {"sast/unsafe-model-load", "sast/B307", "iac/CKV_K8S_16"} <= done.rules()
    for name in (".bandit", ".checkov.yaml", ".semgrepignore", "pyproject.toml"):
        assert f"{name}: an engine's configuration in the scanned folder, ignored" in done.text


def test_a_checkov_configuration_of_the_repo_never_runs_its_code(tmp_path: Path) -> None:
    repo = case("iac-severity-null", tmp_path) / "repo"
    (repo / "checks").mkdir()
    marker = tmp_path / "ran"
    (repo / "checks/__init__.py").write_text("")
    (repo / "checks/evil.py").write_text(f"open({str(marker)!r}, 'w')\n")
    (repo / ".checkov.yaml").write_text("external-checks-dir:\n  - checks\n")
    for cwd, path in ((repo, "."), (tmp_path, str(repo))):
        assert servegate(path, cwd=cwd, out=tmp_path / "out").code == 1
    assert not marker.exists()


def test_dast_exits_at_once(tmp_path: Path) -> None:
    folder = case("dast-exits-at-once", tmp_path)
    done = servegate(".", *ENDPOINT, "--start-timeout", "60", cwd=folder)
    assert done.code == 3
    assert done.seconds < 10
    assert "exit code 3" in done.text
    assert "CUDA out of memory" in done.text
    assert done.engine("probes")["state"] == "failed"


def test_dast_never_ready(tmp_path: Path) -> None:
    folder = case("dast-never-ready", tmp_path)
    spec = ("--spec", "/openapi.json", "--start-timeout", "4")
    done = servegate(".", *ENDPOINT, *spec, cwd=folder)
    assert done.code == 3
    assert done.seconds < 30
    assert "endpoint not ready after 4 s: last answer 503" in done.text
    assert "still loading shard" in done.text
    assert not processes_in(folder)


@pytest.fixture
def stale(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A left-over process that owns the port and answers everything."""
    folder = case("dast-port-in-use", tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([sys.executable, "stale.py", str(port)], cwd=folder)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield folder, port
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("placeholder", [True, False])
def test_dast_port_in_use(stale: tuple[Path, int], placeholder: bool) -> None:
    folder, port = stale
    word = "{port}" if placeholder else str(port)
    command = ("--command", f"{sys.executable} server.py {word}", "--port", str(port))
    done = servegate(".", "--only", "probes", *command, cwd=folder)
    assert done.code == 3
    assert "address in use" in done.text
    log = folder / "requests.log"
    sent = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    assert len(sent) <= 3
    assert not [row for row in sent if row["m"] != "GET"]


def test_dast_stdout_flood(tmp_path: Path) -> None:
    folder = case("dast-stdout-flood", tmp_path)
    done = servegate(".", *ENDPOINT, "--spec", "/openapi.json", cwd=folder)
    assert done.engine("probes")["state"] in ("completed", "partial")
    assert done.engine("probes")["targets"] == ["POST /predict"]
    assert not processes_in(folder)
    for path in done.out.iterdir():
        assert path.stat().st_size < 10_000_000


@pytest.mark.parametrize("document", ["empty_paths.json", "not_openapi.json"])
def test_dast_zero_operations(tmp_path: Path, document: str) -> None:
    folder = case("dast-zero-operations", tmp_path)
    done = servegate(".", *ENDPOINT, "--spec", document, cwd=folder)
    assert done.code == 3
    assert "no operations to test" in done.text
    assert done.engine("probes")["state"] == "failed"
