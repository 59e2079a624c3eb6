"""YAML and JSON text as plain values that know their lines. Pure.

The text is hostile: an alias is built once however often it is named, and one that holds itself is
cut, so that no document grows beyond its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from scanner.engines import _yaml

_MAX_DEPTH = 100
_SEPARATOR = re.compile(r"(^---.*\n)", re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*[\"']?(\w+)", re.MULTILINE)


class Unreadable(Exception):
    """The text is no YAML; says why in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a file. `lines` holds the first and last line of each mapping and list."""

    path: str
    data: Any
    start: int
    end: int
    lines: dict[int, tuple[int, int]] = field(repr=False)

    def place(self, part: object) -> tuple[int, int]:
        """The lines of a mapping or list of this document; those of the document for others."""
        return self.lines.get(id(part), (self.start, self.end))


def read(path: str, text: str) -> list[Document]:
    """The documents of a text. Raises `Unreadable`."""
    try:
        return list(_documents(path, text))
    except _yaml.FAULTS as error:
        raise Unreadable(_yaml.why(error)) from error


def _without_definitions(text: str) -> str:
    """The text with definitions of custom resources blank: huge, and no policy is about them."""
    if "CustomResourceDefinition" not in text:
        return text
    parts = _SEPARATOR.split(text)
    for number, part in enumerate(parts):
        if _KIND.findall(part) == ["CustomResourceDefinition"]:
            parts[number] = "\n" * part.count("\n")
    return "".join(parts)


def _documents(path: str, text: str) -> Iterator[Document]:
    merges = _yaml.Merges()
    for node in yaml.compose_all(_without_definitions(text), Loader=yaml.CSafeLoader):
        lines: dict[int, tuple[int, int]] = {}
        data = _Builder(lines, merges).build(node, 0)
        start, end = _span(node)
        yield Document(path=path, data=data, start=start, end=end, lines=lines)


class _Builder:
    def __init__(self, lines: dict[int, tuple[int, int]], merges: _yaml.Merges) -> None:
        self._lines = lines
        self._merges = merges
        self._built: dict[int, Any] = {}
        self._scalars = yaml.CSafeLoader("")

    def build(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401 - YAML of any shape
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deep")
        if id(node) in self._built:
            return self._built[id(node)]
        # A node that is being built and met again holds itself.
        self._built[id(node)] = None
        value: Any
        match node:
            case yaml.MappingNode():
                value = {}
                for key, entry in node.value:
                    name = key.value if isinstance(key, yaml.ScalarNode) else "?"
                    built = self.build(entry, depth + 1)
                    if name == "<<" and isinstance(built, dict | list):
                        self._merge(value, built)
                    else:
                        value[name] = built
                self._lines[id(value)] = _span(node)
            case yaml.SequenceNode():
                value = [self.build(entry, depth + 1) for entry in node.value]
                self._lines[id(value)] = _span(node)
            case _:
                value = self._scalar(node)
        self._built[id(node)] = value
        return value

    def _merge(self, value: dict[str, Any], named: dict[str, Any] | list[Any]) -> None:
        """Put in what a merge key names: a mapping or several, of which the first counts."""
        for part in named if isinstance(named, list) else (named,):
            if isinstance(part, dict):
                self._merges.take(len(part))
                for merged, inner in part.items():
                    value.setdefault(merged, inner)

    def _scalar(self, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML of any shape
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            return str(node.value)


def _span(node: yaml.Node) -> tuple[int, int]:
    start = node.start_mark.line + 1
    end = node.end_mark.line + (1 if node.end_mark.column else 0)
    return start, max(start, end)
