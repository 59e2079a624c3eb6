"""The command line: what is taken, what is refused in one line, what help says, what is loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli.app import app
from scanner.cli.commandline import (
    App,
    Argument,
    Exit,
    Option,
    UsageError,
    command_help,
    group_help,
    parameters,
    parse,
)

# Together more than a second: no command that only prints or judges may load them at its start.
HEAVY = {
    "pydantic",
    "jinja2",
    "yaml",
    "requests",
    "referencing",
    "sqlite3",
    "rich",
    "boto3",
    "hvac",
}


def one(
    paths: Annotated[list[Path], Argument(metavar="RESULT...", help="Results.")],
    words: Annotated[list[str] | None, Option("--word", "-w", help="Words.")] = None,
    many: Annotated[int, Option(min=1, help="How many.")] = 3,
    half: Annotated[float | None, Option(help="Half.")] = None,
    try_: Annotated[str | None, Option("--try", help="What to try.")] = None,
    fast: Annotated[bool, Option("--fast", help="Be fast.")] = False,
) -> None:
    """Do one thing.

    With care.
    """
    del words, many, half, try_, fast
    raise Exit(len(paths))


def two(
    path: Annotated[Path, Argument(help="Where.")] = Path(),
    name: Annotated[str | None, Argument(help="What.")] = None,
) -> None:
    """Do two things."""


def read(*words: str) -> dict[str, object]:
    return parse(words, parameters(one))


def test_values_and_defaults() -> None:
    assert read("a", "b") == {
        "paths": [Path("a"), Path("b")],
        "words": None,
        "many": 3,
        "half": None,
        "try_": None,
        "fast": False,
    }
    got = read(
        "-w", "x", "a", "--word=y=z", "--many", "5", "--fast", "--half", "-0.5", "--try", "T"
    )
    assert got["words"] == ["x", "y=z"]
    assert (got["many"], got["half"], got["fast"], got["try_"]) == (5, -0.5, True, "T")
    assert read("--", "-a", "--word")["paths"] == [Path("-a"), Path("--word")]
    assert read("a", "-")["paths"] == [Path("a"), Path("-")]
    assert parse(["x", "y"], parameters(two)) == {"path": Path("x"), "name": "y"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "RESULT... is needed"),
        (["a", "--wrod", "x"], "no option --wrod (did you mean --word?)"),
        (["a", "--word"], "--word needs a value"),
        (["a", "--many", "x"], "--many: 'x' is no number"),
        (["a", "--many", "0"], "--many: 0 is less than 1"),
        (["a", "--fast=yes"], "--fast takes no value"),
        (["a", "-x"], "no option -x"),
    ],
)
def test_what_is_not_taken(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(*words)
    assert said in str(raised.value)


def test_a_word_too_many() -> None:
    with pytest.raises(UsageError, match="'z' is one word too many"):
        parse(["x", "y", "z"], parameters(two))


@given(st.lists(st.text(max_size=6) | st.sampled_from(["--word", "-w", "--many", "--", "--fast"])))
def test_any_words_are_values_or_one_error(words: list[str]) -> None:
    try:
        values = parse(words, parameters(one))
    except UsageError:
        return
    assert set(values) == {"paths", "words", "many", "half", "try_", "fast"}


def test_codes(capsys: pytest.CaptureFixture[str]) -> None:
    made, below = App(help="All.", version="v 1"), App(help="Below.")
    made.command()(one)
    below.command("deux")(two)
    made.add(below, "group")
    assert made(["one", "a", "b"]) == 2
    assert made(["group", "deux"]) == 0
    assert made(["--version"]) == 0
    assert made([]) == 2
    assert made(["--help"]) == made(["one", "-h"]) == made(["group", "deux", "--help"]) == 0
    capsys.readouterr()
    for words in (["on", "a"], ["--oen"], ["group"], ["one"], ["group", "two"]):
        assert made(words) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "servegate: no command on (did you mean one?); servegate --help says more"
    assert all(line.startswith("servegate: ") for line in said)


def test_help_names_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = command_help(one, "servegate one")
    assert text.startswith(
        "Usage: servegate one [OPTIONS] RESULT...\n\n  Do one thing. With care.\n"
    )
    for word in ("-w, --word TEXT", "--many NUMBER", "How many. (default: 3)", "--fast ", "--try"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 60


def commands(group: App, path: str = "servegate") -> list[tuple[str, object]]:
    found = [(f"{path} {name}", function) for name, function in group.commands.items()]
    below = [commands(one, f"{path} {name}") for name, one in group.groups.items()]
    return found + [entry for some in below for entry in some]


def test_every_command_declares_all_that_it_takes() -> None:
    assert len(commands(app)) > 20
    for path, function in commands(app):
        text = command_help(function, path)  # type: ignore[arg-type]
        known = parameters(function)  # type: ignore[arg-type]
        assert all(one.declared.help for one in known), path
        assert all(one.shown in text for one in known), path
    assert all(name in group_help(app, "servegate") for name in (*app.commands, *app.groups))


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


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["scan", "--help"], ["completion", "bash"]]
)
def test_what_only_prints_loads_nothing_heavy(words: list[str]) -> None:
    assert not loaded(*words) & HEAVY


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "completion", "bash"], capture_output=True, check=True
    )
    script.write_bytes(done.stdout)

    def complete(*words: str) -> set[str]:
        line = " ".join(f"'{word}'" for word in ("servegate", *words))
        code = (
            f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _servegate; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        ran = subprocess.run(
            ["bash", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        return set(ran.stdout.split())

    assert complete("sc") == {"scan"}
    assert "--changed-since" in complete("scan", "--")
    assert complete("cache", "pr") == {"prune"}
    assert "completion.bash" in complete("scan", "compl")
    for shell in ("zsh", "fish"):
        argv = [sys.executable, "-m", "scanner", "completion", shell]
        text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        assert "prune" in text
        if shutil.which(shell):
            subprocess.run([shell, "-n"], input=text, text=True, check=True)
    argv = [sys.executable, "-m", "scanner", "completion", "tcsh"]
    refused = subprocess.run(
        argv, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert refused.returncode == 2
    assert "none of bash, zsh, fish" in refused.stderr
