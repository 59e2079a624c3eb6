"""The schema of servegate.toml takes what the command takes, and refuses what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.cli.init import Found, render
from scanner.cli.schema import config_schema_text
from scanner.config import load_settings
from scanner.model.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads(config_schema_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert "$defs" in SCHEMA
    described = [d for d in SCHEMA["$defs"].values() if d.get("type") == "object"]
    assert all(entry.get("description") for entry in described)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("sample_endpoint/*/servegate.toml")), ids=lambda p: p.parent.name
)
def test_it_takes_the_files_that_we_have(path: Path) -> None:
    VALIDATOR.validate(tomllib.loads(path.read_text()))


def test_it_takes_what_init_writes() -> None:
    VALIDATOR.validate(tomllib.loads(render(Found(command="uvicorn app:app --port {port}"))))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ('[gate]\nfail_on = "low"\nwaiver_severity = "none"', True),
        ('[gate]\nfail_on = "lwo"', False),
        ("[gate]\nfail_no = 'low'", False),
        ("[scan]\nmax_file_bytes = 0", False),
        ('[endpoint]\ncommand = ["a", "b"]', True),
        ("[endpoint]\nport = 70000", False),
        ('[[endpoint]]\nname = "a"\npath = "a"', True),
        ('[[endpoint]]\nname = "a"', False),
        ("[rotation]\nmanager = 'aws'\nsecret = 's'\nurl = 'https://m'\ntry = 'GET /me'", True),
        ("[rotation]\nmanager = 'none'\nsecret = 's'\nurl = 'https://m'", False),
        ('[[endpoint.identities]]\nname = "a"\nvalue_env = "A"', True),
        ("[endpoints]", False),
        ("[unknown]", False),
    ],
)
def test_it_says_what_the_command_says(tmp_path: Path, text: str, good: bool) -> None:
    path = tmp_path / "servegate.toml"
    path.write_text(text)
    assert VALIDATOR.is_valid(tomllib.loads(text)) is good
    if good:
        load_settings(path, {})
    else:
        with pytest.raises(ConfigError):
            load_settings(path, {})


def test_the_command_prints_both() -> None:
    for name, word in (("config", "servegate.toml"), ("result", "servegate/result/v1")):
        argv = [sys.executable, "-m", "scanner", "schema", name]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert word in done.stdout
        json.loads(done.stdout)
    argv = [sys.executable, "-m", "scanner", "schema", "confg"]
    wrong = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "none of config, result" in wrong.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_flags(shell: str) -> None:
    """Asked as the installed completion asks."""
    variables = {
        "bash": {"COMP_WORDS": "servegate sc", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "servegate sc"},
        "fish": {
            "_TYPER_COMPLETE_ARGS": "servegate sc",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
    }
    command = str(Path(sys.executable).with_name("servegate"))
    env = {"_SERVEGATE_COMPLETE": f"complete_{shell}", "PATH": "/usr/bin:/bin", **variables[shell]}
    done = subprocess.run([command], env=env, capture_output=True, text=True, check=False)
    assert "scan" in done.stdout, done.stdout + done.stderr
    assert "schema" in done.stdout
