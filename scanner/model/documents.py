"""What people, programs and engines write: read strictly, the first fault in one line.

By msgspec, for each command reads some of it at its start (docs/performance.md).
"""

from __future__ import annotations

import re
import sys
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from scanner.model.values import Value

_Shape = TypeVar("_Shape")
_AT = re.compile(r"(?P<told>.*?)(?: - at (?:`key` in )?`\$(?P<place>[^`]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_CHOSEN = re.compile(r"Invalid enum value (.*)", re.DOTALL)
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
    "date": "a day (2026-12-31)",
    "datetime": "a day with a time",
}


class Document(Value, forbid_unknown_fields=True):
    """A file of ours or a part of one: a value in which unknown keys are refused."""


class DocumentFault(ValueError):
    """What is wrong with a document.

    `place` is where, as keys and the numbers of list entries from 0, with `*` for one of keys that
    may be any; `told` is what, without the place. `unknown` and `missing` say that the last part of
    the place is a key that can't be there, or must be.
    """

    def __init__(
        self,
        place: tuple[str | int, ...],
        told: str,
        *,
        unknown: bool = False,
        missing: bool = False,
    ) -> None:
        self.place = place
        self.told = told
        self.unknown = unknown
        self.missing = missing
        super().__init__(f"{self.where}: {told}" if place else told)

    @property
    def where(self) -> str:
        """The place with dots."""
        return ".".join(map(str, self.place))


def read_toml(text: str) -> dict[str, Any]:
    """A TOML document. Raises `ValueError`, one line that says what is wrong with it."""
    # Not before there is one to read: most commands read none.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def read_document(shape: type[_Shape], raw: object) -> _Shape:
    """What JSON or TOML gave, as a value of `shape`. Raises `DocumentFault`."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise _fault(str(error), shape) from None
    except (RecursionError, UnicodeEncodeError) as error:
        raise DocumentFault((), f"can't be read ({type(error).__name__})") from None


def read_json(shape: type[_Shape], text: bytes) -> _Shape:
    """JSON as a value of `shape`. Raises `DocumentFault`."""
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError as error:
        raise _fault(str(error), shape) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DocumentFault((), f"no readable JSON ({error})") from None


def document_schema(shape: type) -> dict[str, Any]:
    """The JSON Schema of a shape, its own part laid open beside `$defs`."""
    (whole,), named = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    own = named.pop(whole["$ref"].rpartition("/")[2])
    portable: dict[str, Any] = _portable({"$defs": dict(sorted(named.items())), **own})
    return portable


def _portable(schema: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    r"""Patterns with `$` for Python's `\Z`: in a schema it is the very end, and `\Z` is nothing."""
    if isinstance(schema, dict):
        return {
            key: value.replace(r"\Z", "$")
            if key == "pattern" and isinstance(value, str)
            else _portable(value)
            for key, value in schema.items()
        }
    return [_portable(one) for one in schema] if isinstance(schema, list) else schema


def _fault(message: str, shape: type) -> DocumentFault:
    match = _AT.fullmatch(message)
    told, path = (match["told"], match["place"] or "") if match else (message, "")
    place: tuple[str | int, ...] = tuple(
        int(part) if part.isdigit() else part
        for part in re.findall(r"[^.\[\]]+", path.replace("[...]", ".*"))
    )
    if unknown := _UNKNOWN.fullmatch(told):
        return DocumentFault((*place, unknown[1]), "is no known key", unknown=True)
    if missing := _MISSING.fullmatch(told):
        return DocumentFault((*place, missing[1]), "is missing", missing=True)
    if chosen := _CHOSEN.fullmatch(told):
        choices = ", ".join(map(str, _choices(inspect.type_info(shape), place)))
        return DocumentFault(place, f"{chosen[1]} is none of {choices}")
    return DocumentFault(place, _readable(told))


def _choices(kind: inspect.Type, place: tuple[str | int, ...]) -> tuple[object, ...]:
    """What may stand at a place of a type, where only some values may."""
    match kind:
        case inspect.Metadata(type=inner):
            return _choices(inner, place)
        case inspect.UnionType(types=types):
            return next((found for one in types if (found := _choices(one, place))), ())
        case inspect.LiteralType(values=values) if not place:
            return tuple(values)
        case inspect.StructType(fields=fields) if place:
            held = next((one.type for one in fields if one.encode_name == place[0]), None)
            return _choices(held, place[1:]) if held else ()
        case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner) if place:
            return _choices(inner, place[1:])
        case inspect.DictType(key_type=key, value_type=inner):
            return _choices(inner, place[1:]) if place else _choices(key, ())
        case _:
            return ()


def _readable(told: str) -> str:
    """A fault in words that say nothing of how it was found."""
    if encoded := re.fullmatch(r"Invalid RFC3339 encoded (date|datetime)", told):
        return f"expected {_WORDS[encoded[1]]}"
    plain = re.sub(r"`([^`]*)`", lambda one: _words(one[1]), told)
    return plain[:1].lower() + plain[1:]


def _words(kinds: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))
