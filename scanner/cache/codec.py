"""Frozen values to JSON and back, by their own types. Pure.

The bytes may have been written by anybody: nothing of them is run or imported, and what does not
fit the type is an error, so that the entry counts as lost.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Hashable
from enum import Enum
from functools import cache
from typing import Any, NewType, TypeVar, Union, cast, get_args, get_origin

import msgspec

from scanner.model.values import Value

T = TypeVar("T")
_Read = Callable[[Any], Any]
_KIND = "~"


class Unfit(ValueError):
    """The bytes do not hold a value of the type."""


def encode(value: object) -> bytes:
    """A value made of values, tuples, enums and plain values, as JSON."""
    return json.dumps(_plain(value), separators=(",", ":")).encode("ascii")


def decode(data: bytes, kind: type[T]) -> T:
    """The value of this type that the bytes hold. Raises `Unfit`."""
    try:
        return cast("T", _reader(cast("Hashable", kind))(json.loads(data)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unfit(f"no {kind.__name__}: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Value):
        row: dict[str, object] = {_KIND: type(value).__name__}
        for name, default in _defaults(type(value)):
            held = getattr(value, name)
            # What is as it would be anyway is left out: most of a finding is.
            if held != default:
                row[name] = _plain(held)
        return row
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} can't be kept")


@cache
def _reader(kind: Hashable) -> _Read:
    """What makes a value of this type out of JSON."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    if kind in (type(None), str, int, float, bool):
        return _exactly(cast("type", kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if _made_of_fields(kind):
        return _of_value(cast("type", kind))
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        read = _reader(inner[0])
        return lambda data: tuple(map(read, _is(data, list)))
    if origin is tuple:
        reads = [_reader(part) for part in inner]
        return lambda data: tuple(read(part) for read, part in zip(reads, data, strict=True))
    if origin in (types.UnionType, Union):
        return _of_union(inner)
    raise TypeError(f"{kind} can't be read")


def _is(data: object, kind: type[T]) -> T:
    if type(data) is not kind:
        raise Unfit(f"{type(data).__name__} instead of {kind.__name__}")
    return data


def _exactly(kind: type) -> _Read:
    if kind is float:
        return lambda data: float(data) if type(data) in (int, float) else _is(data, float)
    return lambda data: _is(data, kind)


@cache
def _defaults(kind: type[Value]) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, field.default) for field in msgspec.structs.fields(kind))


def _of_value(kind: type[Value]) -> _Read:
    reads = {field.name: _reader(field.type) for field in msgspec.structs.fields(kind)}

    def read(data: object) -> object:
        row = _is(data, dict)
        if row.get(_KIND) != kind.__name__:
            raise Unfit(f"{row.get(_KIND)!r} instead of {kind.__name__}")
        return kind(**{name: reads[name](held) for name, held in row.items() if name != _KIND})

    return read


def _of_union(kinds: tuple[Any, ...]) -> _Read:
    """Of several kinds of values the name tells which; of plain types the type itself."""
    named = {kind.__name__: _reader(kind) for kind in kinds if _made_of_fields(kind)}
    plain = tuple(kind for kind in kinds if not _made_of_fields(kind))

    def read(data: object) -> object:
        if isinstance(data, dict):
            return named[data[_KIND]](data)
        if type(data) not in plain:
            raise Unfit(f"{type(data).__name__} is of none of the types")
        return data

    return read


def _made_of_fields(kind: Any) -> bool:  # noqa: ANN401 - as `get_args` gives it
    return isinstance(kind, type) and issubclass(kind, Value)
