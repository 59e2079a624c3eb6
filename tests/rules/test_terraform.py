"""The pre-approved templates: written out whole, and Checkov finds nothing in them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.iac import template_names
from tests.e2e.command import servegate

NAMES = template_names()
WAF = "AWSManagedRulesKnownBadInputsRuleSet"


def command(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "scanner", "iac", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def written(name: str, tmp_path: Path) -> Path:
    folder = tmp_path / name
    done = command("template", name, str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def checkov(folder: Path, tmp_path: Path) -> dict[str, Any]:
    """All of Checkov's own checks, from an empty folder."""
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    words = ["--framework", "terraform", "--skip-download", "--compact", "--output", "json"]
    script = Path(sys.executable).with_name("checkov")
    argv = [str(script), "--directory", str(folder), *words]
    done = subprocess.run(argv, cwd=empty, capture_output=True, text=True, check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_list_names_them_all() -> None:
    done = command("templates")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(NAMES)


def test_an_unknown_name_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    done = command("template", "container-endpoints", str(tmp_path / "x"))
    assert done.returncode == 2
    assert "did you mean container-endpoint?" in done.stderr
    assert not (tmp_path / "x").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("mine")
    for place in (tmp_path, tmp_path / "main.tf"):
        done = command("template", NAMES[0], str(place))
        assert done.returncode == 2
        assert "exists" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["main.tf"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_whole(name: str, tmp_path: Path) -> None:
    folder = written(name, tmp_path)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files >= {
        "README.md", "variables.tf", "outputs.tf", "main.tf", "gateway.tf", "common.tf",
        "example/main.tf", "function/rotate.py", "function/authorize.py",
    }  # fmt: skip
    text = "\n".join(path.read_text() for path in folder.glob("*.tf"))
    assert "checkov:skip" not in text
    declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
    assert set(re.findall(r"\bvar\.(\w+)", text)) <= declared
    without_default = {
        match[1]
        for match in re.finditer(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
        if not re.search(r"^  default", match[2], re.MULTILINE)
    }
    example = (folder / "example/main.tf").read_text()
    given = set(re.findall(r"^  (\w+)\s+= ", example, re.MULTILINE)) - {"source"}
    assert without_default <= given <= declared


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_leads_to_something(name: str, tmp_path: Path) -> None:
    """What `terraform validate` would say first, for which a provider would have to be fetched."""
    folder = written(name, tmp_path)
    text = "\n".join(path.read_text() for path in folder.glob("*.tf"))
    blocks = re.findall(r'^(resource|data|ephemeral) "(\w+)" "(\w+)"', text, re.MULTILINE)
    assert len(blocks) == len(set(blocks))
    there = {(kind, type_, label) for kind, type_, label in blocks}
    for kind, type_, label in re.findall(
        r"(?<![\w.])(data\.|ephemeral\.)?((?:aws|archive|random|terraform)_\w+)\.(\w+)", text
    ):
        assert ((kind or "resource.")[:-1], type_, label) in there, f"{type_}.{label}"


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_it_is_laid_out_as_terraform_does() -> None:
    home = Path(__file__).parents[2] / "rules/terraform"
    argv = ["terraform", f"-chdir={home}", "fmt", "-check", "-recursive"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.e2e
@pytest.mark.parametrize("name", NAMES)
def test_checkov_finds_nothing_and_skips_nothing(name: str, tmp_path: Path) -> None:
    folder = written(name, tmp_path)
    answer = checkov(folder, tmp_path)
    assert answer["results"]["failed_checks"] == []
    assert answer["results"]["skipped_checks"] == []
    assert answer["results"]["parsing_errors"] == []
    assert answer["summary"]["passed"] > 100
    # The same look finds what is taken away.
    waf = folder / "waf.tf"
    waf.write_text(waf.read_text().replace(WAF, "AWSManagedRulesSQLiRuleSet"))
    common = folder / "common.tf"
    common.write_text(common.read_text().replace("enable_key_rotation     = true", ""))
    failed = {row["check_id"] for row in checkov(folder, tmp_path)["results"]["failed_checks"]}
    assert failed >= {"CKV_AWS_7", "CKV_AWS_192"}


@pytest.mark.e2e
@pytest.mark.parametrize("name", NAMES)
def test_the_gate_with_our_own_policies_passes(name: str, tmp_path: Path) -> None:
    written(name, tmp_path)
    done = servegate(name, "--only", "iac,sast", "--fail-on", "info", cwd=tmp_path)
    assert done.code == 0, done.text
    assert done.result["findings"] == []
