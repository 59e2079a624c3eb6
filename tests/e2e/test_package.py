"""The wheel carries all that the command needs, away from the checkout."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout and unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("servegate-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def build(tree: Path, into: Path, *targets: str) -> dict[str, bytes]:
    words = [word for target in targets for word in ("-t", target)]
    argv = [sys.executable, "-m", "hatchling", "build", *words, "-d", str(into)]
    subprocess.run(argv, cwd=tree, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in into.iterdir()}


def test_the_same_sources_build_to_the_same_bytes(tmp_path: Path) -> None:
    """Wherever they lie, however old they are, and out of the source archive too."""
    first = build(ROOT, tmp_path / "first")
    copy = tmp_path / "elsewhere"
    listed = ["pyproject.toml", ".gitignore", "README.md", "LICENSE", "CHANGELOG.md"]
    for name in (*listed, "scanner", "rules", "reports", "sample_endpoint"):
        left = shutil.ignore_patterns("__pycache__")
        path = ROOT / name
        copy.mkdir(exist_ok=True)
        shutil.copytree(path, copy / name, ignore=left) if path.is_dir() else shutil.copy(
            path, copy
        )
    for path in copy.rglob("*.py"):
        path.touch()
        path.chmod(0o600)
    assert build(copy, tmp_path / "second") == first
    (archive,) = (tmp_path / "first").glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    (tree,) = (tmp_path / "unpacked").iterdir()
    (wheel,) = build(tree, tmp_path / "third", "wheel").items()
    assert wheel in first.items()


def python(installed: Path, code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_scans_and_reports_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("import pickle\npickle.load(open('m', 'rb'))\n")
    code = (
        "import sys, scanner, scanner.cli\n"
        f"assert scanner.__file__.startswith({str(installed)!r}), scanner.__file__\n"
        "sys.argv = ['servegate', 'scan', '.', '--only', 'sast']\n"
        "scanner.cli.main()"
    )
    done = python(installed, code, tmp_path)
    assert done.returncode == 1, done.stderr
    out = tmp_path / "servegate-report"
    result = json.loads((out / "result.json").read_text())
    states = {row["name"]: row["state"] for row in result["engines"] if row["stage"] == "sast"}
    ran = dict.fromkeys(("bandit", "semgrep", "secrets"), "completed")
    assert states == {**ran, "models": "left out", "zizmor": "left out"}
    assert "<html" in (out / "report.html").read_text()


def test_the_bundled_endpoint_is_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = python(
        installed, "import sample_endpoint.hardened.app as a; print(a.__file__)", tmp_path
    )
    assert done.stdout.startswith(str(installed)), done.stderr
    assert list((installed / "sample_endpoint").glob("*/terraform/*.tf"))


def test_the_templates_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys, scanner.cli\n"
        "sys.argv = ['servegate', 'iac', 'template', 'container-endpoint', 'out']\n"
        "scanner.cli.main()"
    )
    done = python(installed, code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/gateway.tf").is_file()
    assert (tmp_path / "out/function/rotate.py").is_file()


def test_a_release_lists_what_is_in_it(tmp_path: Path) -> None:
    """Checksums of all, and an SBOM of what a user gets: no tool of ours, nothing left out."""
    out = tmp_path / "dist"
    environ = {**os.environ, "PYTHON": sys.executable, "TMPDIR": str(tmp_path)}
    subprocess.run(["bash", ".ci/dist", str(out)], cwd=ROOT, env=environ, check=True)
    sums = dict(line.split("  ")[::-1] for line in (out / "SHA256SUMS").read_text().splitlines())
    files = {path.name for path in out.iterdir()} - {"SHA256SUMS"}
    assert sums.keys() == files
    assert {Path(name).suffix for name in files} == {".whl", ".gz", ".json"}
    for name, digest in sums.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    text = (out / "servegate.cdx.json").read_text()
    sbom = json.loads(text)
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    assert sbom["metadata"]["component"]["name"] == "servegate"
    listed = {row["name"].lower().replace("_", "-"): row["version"] for row in sbom["components"]}
    pinned = {
        name: rest.split(" ;")[0]
        for name, _, rest in (line.partition("==") for line in CONSTRAINTS.read_text().splitlines())
    }
    own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    direct = {re.split(r"[>=;\[ ]", row)[0] for row in own if ";" not in row}
    assert direct <= listed.keys()
    assert {name: pinned[name] for name in direct} == {name: listed[name] for name in direct}
    assert not {"pytest", "cyclonedx-bom", "pip", "mypy"} & listed.keys()
    assert all(row["purl"].startswith("pkg:pypi/") for row in sbom["components"])
    assert str(tmp_path) not in text
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]
