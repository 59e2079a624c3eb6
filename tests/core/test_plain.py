"""What is given on the command line arrives as typer itself would have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand
from typer.main import get_command

from scanner.cli.app import app
from scanner.cli.plain import PlainCommand, PlainGroup, make_plain

GIVEN = (
    [],
    ["x"],
    ["x", "y", "z"],
    [""],
    ["--help-me"],
    ["x", "--out", "o"],
    ["x", "--out"],
    ["x", "--out", ""],
    ["--format", "html,sarif", "--format", "json", "x"],
    ["--earlier", "a", "--earlier", "b"],
    ["--only", "sast", "--skip", "a b"],
    ["--port", "8000", "--budget", "1.5"],
    ["--port", "many"],
    ["--budget", "nan"],
    ["--quiet", "--debug", "--dry-run"],
    ["--keep", "-1"],
    ["--keep", "3"],
    ["--reason", "r", "--owner", "o", "--until", "2026-01-01", "x"],
    ["--result", "r.json", "x"],
    ["--", "--out"],
)


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command below a group by its words."""
    for word, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, f"{name}{word} ")
        else:
            yield f"{name}{word}", one


WHOLE = get_command(app)
COMMANDS = dict(commands(WHOLE))


def read(command: Any, words: list[str]) -> object:
    """The values of the parameters, or how they were refused."""
    try:
        context = command.make_context("it", list(words), resilient_parsing=False)
    except (typer.Exit, typer.Abort) as stopped:
        return type(stopped)
    except Exception as error:
        with suppress(AttributeError):
            return type(error), error.format_message()  # type: ignore[attr-defined]
        raise
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in context.params.items()
    }


def by_typer(command: Any) -> Any:
    """The same command, as typer makes it by itself."""
    for parameter in command.params:
        vars(parameter).pop("process_value", None)
    return TyperCommand(
        name=command.name, params=command.params, callback=command.callback, help=command.help
    )


def test_all_commands_are_plain() -> None:
    assert isinstance(WHOLE, PlainGroup)
    assert len(COMMANDS) > 20
    assert all(isinstance(one, PlainCommand) for one in COMMANDS.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_reads_what_typer_reads(name: str) -> None:
    plain = [repr(read(COMMANDS[name], words)) for words in GIVEN]
    assert plain == [repr(read(by_typer(COMMANDS[name]), words)) for words in GIVEN]


@pytest.mark.parametrize(
    "options",
    [
        {"exists": True},
        {"dir_okay": False},
        {"file_okay": False, "exists": True},
        {"resolve_path": True},
        {"allow_dash": True},
        {"parser": Path},
    ],
)
def test_what_typer_is_to_check_it_checks(options: dict[str, Any], tmp_path: Path) -> None:
    def main(path: Path) -> None: ...

    main.__annotations__["path"] = Annotated[Path, typer.Argument(**options)]
    one = typer.Typer(add_completion=False)
    one.command()(main)
    make_plain(one)
    command = get_command(one)
    for word in (str(tmp_path), __file__, "nowhere", "-", "."):
        given = read(command, [word])
        assert not any("process_value" in vars(parameter) for parameter in command.params)
        assert repr(given) == repr(read(by_typer(command), [word]))


TOLD: list[object] = []


def hear(value: str | None) -> str | None:
    TOLD.append(value)
    return value and value * 2


def told(
    word: Annotated[str | None, typer.Option(callback=hear)] = None,
    many: Annotated[list[str] | None, typer.Option()] = None,
) -> None:
    TOLD.append((word, many))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [None, (None, None)]),
        (["--word", "a"], ["a", ("aa", None)]),
        (["--many", "b"], [None, (None, ["b"])]),
    ],
)
def test_a_callback_hears_the_value(words: list[str], expected: list[object]) -> None:
    one = typer.Typer(add_completion=False)
    one.command()(told)
    make_plain(one)
    TOLD.clear()
    get_command(one).main(words, standalone_mode=False)
    assert expected == TOLD
