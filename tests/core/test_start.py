"""What commands load at their start: nothing that only another command needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scanner.reporters import reporter
from tests.reporters import factory

# What typer would bring along for the values of its parameters, were they not taken as they are.
TYPERS = {"pydantic", "pydantic_core"}
PARSERS = {"jinja2", "yaml", "requests", "referencing", "sqlite3", "boto3", "hvac", "zapv2"}


def loaded(*words: str) -> set[str]:
    """The libraries that a command has loaded when it ends."""
    code = (
        "import sys\nfrom scanner.cli.app import main\n"
        f"sys.argv = {['servegate', *words]!r}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\nloaded', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_what_only_prints(words: list[str]) -> None:
    assert not loaded(*words) & {*TYPERS, *PARSERS, "rich", "msgspec"}


def test_a_result_is_judged_without_what_scans_and_renders(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    result.write_text(reporter("json").render(factory.few()))
    assert not loaded("gate", str(result)) & {*TYPERS, *PARSERS}


def test_a_scan_loads_nothing_for_its_flags_and_settings(tmp_path: Path) -> None:
    (tmp_path / "servegate.toml").write_text('[gate]\nfail_on = "low"\n')
    (tmp_path / "a.sh").write_text("true\n")
    words = ("scan", str(tmp_path), "--only", "secrets", "--config", f"{tmp_path}/servegate.toml")
    assert not loaded(*words, "--out", str(tmp_path / "out"), "--no-cache") & TYPERS


def test_engines_are_loaded_without_what_runs_them() -> None:
    """As where all answers are known from before: no workspace, no notebooks, no masks of keys."""
    names = ("bandit", "checkov", "manifests", "secrets", "semgrep", "zizmor")
    code = (
        "import sys, scanner.cli.wiring as w\n"
        f"w.make_engines(names={names!r})\n"
        "print(*(name for name in sys.modules if name.startswith('scanner.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {f"scanner.engines.{name}.engine" for name in names}
    heavy |= {f"scanner.engines.{name}" for name in ("_answers", "_static", "_verified")}
    assert not (heavy | {"scanner.redact"}) & set(done.stdout.split())


def test_a_command_is_made_without_the_others() -> None:
    """And without one that it knows, all are there for help, completion and what was meant."""
    from typer.main import get_command

    from scanner.cli.app import app, narrowed

    whole = get_command(app).commands  # type: ignore[attr-defined]
    for words in (["scan", "--help"], ["gate"], ["baseline", "write"], ["import", "zap"]):
        part = get_command(narrowed(app, words)).commands  # type: ignore[attr-defined]
        assert list(part) == words[:1]
        made, meant = part[words[0]], whole[words[0]]
        assert [one.name for one in made.params] == [one.name for one in meant.params]
        assert getattr(made, "commands", {}).keys() == getattr(meant, "commands", {}).keys()
    for words in ([], ["--version"], ["scna"], ["-h"]):
        assert narrowed(app, words) is app
