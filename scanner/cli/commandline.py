"""Commands from the signatures of functions: parsing, help and one-line errors.

Parameters are declared as `Annotated[type, Option("--name", help=…)]` or `Argument(help=…)`, and a
signature is read only when its command is called. A library for this took longer to start than the
commands that judge a result; what servegate needs of one is here.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

EXIT_USAGE = 2
_HELP = ("--help", "-h")
_WIDEST, _NARROWEST, _COLUMN = 100, 50, 30
_NAMES = {str: "TEXT", Path: "PATH", int: "NUMBER", float: "NUMBER"}


class Exit(Exception):
    """Ends the program with a code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class UsageError(Exception):
    """The words on the command line are not what a command takes."""


class Option:
    """A parameter that is named: `names` are its flags, else they come of the parameter's name."""

    def __init__(self, *names: str, help: str = "", min: float | None = None) -> None:  # noqa: A002
        self.names = names
        self.help = help
        self.min = min


class Argument:
    """A parameter that is known by its place; the last one may take several words."""

    def __init__(self, help: str = "", metavar: str = "") -> None:  # noqa: A002
        self.help = help
        self.metavar = metavar


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a command, as its signature declares it."""

    name: str
    kind: type
    many: bool
    required: bool
    default: object
    declared: Option | Argument

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of an option; none of an argument."""
        if isinstance(self.declared, Argument):
            return ()
        return self.declared.names or (f"--{self.name.replace('_', '-')}",)

    @property
    def shown(self) -> str:
        """How help calls it."""
        if isinstance(self.declared, Argument):
            return self.declared.metavar or self.name.upper()
        names = ", ".join(sorted(self.flags, key=len))
        return names if self.kind is bool else f"{names} {_NAMES[self.kind]}"


@dataclass(slots=True)
class App:
    """Commands, and groups of them, under one name."""

    help: str = ""
    version: str = ""
    commands: dict[str, Callable[..., Any]] = field(default_factory=dict)
    groups: dict[str, App] = field(default_factory=dict)

    def command(self, name: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A decorator that makes a function a command."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.commands[name or function.__name__] = function
            return function

        return add

    def add(self, group: App, name: str) -> None:
        """Put a group of commands under a name."""
        self.groups[name] = group

    def __call__(self, words: Sequence[str] | None = None, path: str = "servegate") -> int:
        """Run the command that the words name; the exit code."""
        given = list(sys.argv[1:] if words is None else words)
        try:
            return self._run(given, path)
        except Exit as end:
            return end.code

    def _run(self, words: list[str], path: str) -> int:
        first = words[0] if words else ""
        if first in _HELP or not words:
            sys.stdout.write(group_help(self, path))
            return 0 if words else EXIT_USAGE
        if first == "--version" and self.version:
            sys.stdout.write(f"{self.version}\n")
            return 0
        if first in self.groups:
            return self.groups[first](words[1:], f"{path} {first}")
        try:
            function = self._named(first)
            path = f"{path} {first}"
            own = words[1:]
            if any(word in _HELP for word in own[: own.index("--") if "--" in own else None]):
                sys.stdout.write(command_help(function, path))
                return 0
            values = parse(own, parameters(function))
        except UsageError as error:
            sys.stderr.write(f"servegate: {error}; {path} --help says more\n")
            return EXIT_USAGE
        function(**values)
        return 0

    def _named(self, word: str) -> Callable[..., Any]:
        function = self.commands.get(word)
        if function is None:
            what = "option" if word.startswith("-") else "command"
            raise UsageError(f"no {what} {word}{_near(word, [*self.commands, *self.groups])}")
        return function


def parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """What the signature of a command declares."""
    hints = get_type_hints(function, include_extras=True)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    known = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    return tuple(_parameter(name, hints[name], known) for name in names)


def _parameter(name: str, hint: object, defaults: dict[str, object]) -> Parameter:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{name} is not declared as an option or an argument")
    kind, declared = get_args(hint)[:2]
    if get_origin(kind) in (types.UnionType, Union):
        (kind,) = (one for one in get_args(kind) if one is not type(None))
    many = get_origin(kind) is list
    return Parameter(
        name=name.rstrip("_"),
        kind=get_args(kind)[0] if many else kind,
        many=many,
        required=name not in defaults,
        default=defaults.get(name),
        declared=declared,
    )


def parse(words: Sequence[str], known: Sequence[Parameter]) -> dict[str, object]:
    """The values of the parameters, by their names in the signature. Raises `UsageError`."""
    by_flag = {flag: one for one in known for flag in one.flags}
    values: dict[str, object] = {}
    places: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            places += left
            break
        if not word.startswith("-") or word == "-":
            places.append(word)
            continue
        flag, given, value = word.partition("=")
        one = by_flag.get(flag)
        if one is None:
            raise UsageError(f"no option {flag}{_near(flag, list(by_flag))}")
        if one.kind is bool:
            if given:
                raise UsageError(f"{flag} takes no value")
            values[one.name] = True
            continue
        if not given and not left:
            raise UsageError(f"{flag} needs a value")
        _take(one, value if given else left.pop(0), flag, values)
    _place(places, [one for one in known if not one.flags], values)
    for one in known:
        if one.required and one.name not in values:
            raise UsageError(f"{one.flags[0] if one.flags else one.shown} is needed")
    return {_signature(one): values.get(one.name, one.default) for one in known}


def _signature(one: Parameter) -> str:
    # `try` and the like are no names in Python.
    return f"{one.name}_" if one.name in ("try", "import") else one.name


def _place(words: Sequence[str], known: Sequence[Parameter], values: dict[str, object]) -> None:
    for number, word in enumerate(words):
        one = known[min(number, len(known) - 1)] if known else None
        if one is None or (number >= len(known) and not one.many):
            raise UsageError(f"{word!r} is one word too many")
        _take(one, word, one.shown, values)


def _take(one: Parameter, word: str, said: str, values: dict[str, object]) -> None:
    try:
        value = one.kind(word)
    except ValueError:
        raise UsageError(f"{said}: {word!r} is no {_NAMES[one.kind].lower()}") from None
    least = one.declared.min if isinstance(one.declared, Option) else None
    if least is not None and value < least:
        raise UsageError(f"{said}: {word} is less than {least:g}")
    if one.many:
        held = values.setdefault(one.name, [])
        held.append(value)  # type: ignore[attr-defined]
    else:
        values[one.name] = value


def _near(word: str, known: Sequence[str]) -> str:
    import difflib

    meant = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {meant[0]}?)" if meant else ""


def group_help(app: App, path: str) -> str:
    """What a group of commands says of itself."""
    options = [("-h, --help", "Show this message.")]
    if app.version:
        options.append(("--version", "Show the version."))
    commands = [(name, _first_line(function)) for name, function in app.commands.items()]
    commands += [(name, group.help) for name, group in app.groups.items()]
    head = f"Usage: {path} COMMAND [OPTIONS] [ARGUMENTS]\n\n  {app.help}\n"
    return f"{head}{_table('Options', options)}{_table('Commands', commands)}"


def command_help(function: Callable[..., Any], path: str) -> str:
    """What a command says of itself."""
    known = parameters(function)
    arguments = [one for one in known if not one.flags]
    said = [one.shown if one.required else f"[{one.shown}]" for one in arguments]
    text = textwrap.fill(
        " ".join((function.__doc__ or "").split()),
        _width(),
        initial_indent="  ",
        subsequent_indent="  ",
    )
    rows = [(one.shown, _told(one)) for one in known if one.flags]
    return (
        f"Usage: {' '.join((path, '[OPTIONS]', *said))}\n\n{text}\n"
        + _table("Arguments", [(one.shown, _told(one)) for one in arguments])
        + _table("Options", [*rows, ("-h, --help", "Show this message.")])
    )


def _told(one: Parameter) -> str:
    text = one.declared.help
    if one.required:
        return f"{text} (needed)" if one.flags else text
    plain = one.default not in (None, False, 0, "") and "default" not in text
    return f"{text} (default: {one.default})" if plain else text


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().split("\n")[0]


def _table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    column = min(_COLUMN, max(len(name) for name, _ in rows) + 4)
    lines = []
    for name, text in rows:
        told = textwrap.wrap(text, max(20, _width() - column)) or [""]
        head = f"  {name}"
        if len(head) + 2 > column:
            lines.append(head)
        else:
            lines.append(f"{head:<{column}}{told.pop(0)}")
        lines += [" " * column + line for line in told]
    return f"\n{title}:\n" + "".join(f"{line.rstrip()}\n" for line in lines)


def _width() -> int:
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((80, 24)).columns))
