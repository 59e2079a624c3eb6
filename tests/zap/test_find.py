"""The order in which a ZAP is looked for, and what is said on the way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scanner.engines.zap.engine import explain
from scanner.engines.zap.find import Daemon, Installed, search
from scanner.engines.zap.options import ZapOptions


def java(folder: Path, version: str) -> Path:
    """A Java that only tells its version."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.stderr.write('openjdk version \"{version}\"\\n')\n"
    )
    program.chmod(0o755)
    return folder


def zap(folder: Path, version: str = "2.17.0") -> Path:
    """A folder that looks like an installed ZAP."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"zap-{version}.jar").touch()
    (folder / "zap.sh").write_text("#!/bin/sh\n")
    (folder / "zap.sh").chmod(0o755)
    return folder.resolve()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine with Java 17 and nothing else."""
    return {
        "JAVA_HOME": str(java(tmp_path / "java", "17.0.2")),
        "PATH": str(tmp_path / "empty"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


ALONE = ZapOptions(container=False)


def test_a_named_daemon_decides_alone(tmp_path: Path, environ: dict[str, str]) -> None:
    environ["ZAP_HOME"] = str(zap(tmp_path / "zap"))
    found = search(ZapOptions(url="http://127.0.0.1:8090"), tmp_path / "scanned", environ)
    assert found.place == Daemon(url="http://127.0.0.1:8090")
    assert explain(found).place == "running at http://127.0.0.1:8090"


def test_the_configured_home_comes_before_the_environments(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    environ["ZAP_HOME"] = str(zap(tmp_path / "other"))
    mine = zap(tmp_path / "mine", "2.16.1")
    found = search(ZapOptions(home=str(mine)), tmp_path / "scanned", environ)
    assert isinstance(found.place, Installed)
    assert (found.place.home, found.place.version) == (mine, "2.16.1")


def test_a_named_home_without_zap_is_not_replaced(tmp_path: Path, environ: dict[str, str]) -> None:
    """What the user named is not silently swapped for something else."""
    zap(tmp_path / "data" / "servegate" / "zap" / "ZAP_2.17.0")
    environ["ZAP_HOME"] = str(tmp_path / "nowhere")
    found = search(ALONE, tmp_path / "scanned", environ)
    assert found.place is None
    assert f"{tmp_path / 'nowhere'}: no zap-<version>.jar there" in explain(found).mend


def test_zap_sh_on_path_leads_to_its_folder(tmp_path: Path, environ: dict[str, str]) -> None:
    home = zap(tmp_path / "zap")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "zap.sh").symlink_to(home / "zap.sh")
    environ["PATH"] = str(tmp_path / "bin")
    found = search(ALONE, tmp_path / "scanned", environ)
    assert isinstance(found.place, Installed)
    assert found.place.home == home


def test_zap_sh_in_the_scanned_folder_is_not_run(tmp_path: Path, environ: dict[str, str]) -> None:
    environ["PATH"] = str(zap(tmp_path / "scanned" / "tools"))
    assert search(ALONE, tmp_path / "scanned", environ).place is None


def test_the_newest_of_our_own_is_taken(tmp_path: Path, environ: dict[str, str]) -> None:
    root = tmp_path / "data" / "servegate" / "zap"
    zap(root / "ZAP_2.16.1", "2.16.1")
    newest = zap(root / "ZAP_2.17.0")
    found = search(ALONE, tmp_path / "scanned", environ)
    assert isinstance(found.place, Installed)
    assert found.place.home == newest


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("11.0.20", "is Java 11; ZAP needs 17 or newer"),
        ("1.8.0_392", "is Java 8; ZAP needs 17 or newer"),
        ("unknown", "does not say its version"),
    ],
)
def test_an_old_java_is_named(
    tmp_path: Path, environ: dict[str, str], version: str, told: str
) -> None:
    environ["JAVA_HOME"] = str(java(tmp_path / "old", version))
    environ["ZAP_HOME"] = str(zap(tmp_path / "zap"))
    found = search(ALONE, tmp_path / "scanned", environ)
    assert found.place is None
    assert told in explain(found).mend


def test_no_java_is_named(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    del environ["JAVA_HOME"]
    environ["ZAP_HOME"] = str(zap(tmp_path / "zap"))
    found = search(ALONE, tmp_path / "scanned", environ)
    assert found.place is None
    assert "no Java: ZAP needs a Java runtime 17 or newer" in explain(found).mend


def test_an_empty_machine_is_told_everything(tmp_path: Path, environ: dict[str, str]) -> None:
    told = explain(search(ZapOptions(), tmp_path / "scanned", environ))
    assert not told.found
    assert told.mend == (
        "no running ZAP named (--zap-url); no ZAP_HOME, no zap.sh on PATH, none in the usual "
        "places; no container engine; servegate zap install fetches one"
    )
