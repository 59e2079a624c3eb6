"""Commands whose words and paths are taken as they are given.

typer converts each value, given or not, with pydantic, which takes longer to load than most of our
commands take to run. What is not given needs no conversion, nor does text, and a path is made of
its text; all else, and all of a typer that keeps its parameters otherwise, is left to typer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import ParameterInfo

_MADE_OF: dict[object, Callable[[Any], object]] = {str: str, Path: Path}


class PlainCommand(TyperCommand):
    """A command that loads no library of types for its words and paths."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own
        """As `TyperCommand.get_params`."""
        return list(map(_simplified, super().get_params(ctx)))


class PlainGroup(TyperGroup):
    """A group that loads no such library for its own flags."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own
        """As `TyperGroup.get_params`."""
        return list(map(_simplified, super().get_params(ctx)))


def make_plain(app: typer.Typer) -> None:
    """Make the commands of an application, and of its groups, such commands."""
    app.info.cls = PlainGroup
    for command in app.registered_commands:
        command.cls = PlainCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            make_plain(group.typer_instance)


def _simplified(parameter: Any) -> Any:  # noqa: ANN401 - of a class that typer does not publish
    """The parameter, with its values read here where that is all there is to it."""
    described = getattr(parameter, "type_descriptor", None)
    if described is None or _is_checked(described.parameter_info):
        return parameter
    if "process_value" in vars(parameter):
        return parameter
    annotation = described.annotation
    several = getattr(annotation, "__origin__", None) is list
    made_of = _MADE_OF.get(annotation.__args__[0] if several else annotation)
    by_typer = parameter.process_value

    def process_value(context: Any, value: Any) -> Any:  # noqa: ANN401 - as typer has it
        if value is None and not parameter.required:
            read: object = () if several else None
        elif made_of and not several and isinstance(value, (str, Path)):
            read = made_of(value)
        elif made_of and several and isinstance(value, (list, tuple)) and value:
            read = [made_of(one) for one in value]
        else:
            return by_typer(context, value)
        return parameter.callback(context, parameter, read) if parameter.callback else read

    parameter.process_value = process_value
    return parameter


def _is_checked(info: ParameterInfo) -> bool:
    """Whether typer is asked for more than the value itself."""
    asked = (info.parser, info.exists, info.writable, info.resolve_path, info.allow_dash)
    return any((*asked, info.path_type)) or not (info.file_okay and info.dir_okay)
