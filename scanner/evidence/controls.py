"""Reads the control catalogue, and says how it and the rules fit together."""

from __future__ import annotations

import yaml

from scanner import assets
from scanner.evidence.model import Control, Strength
from scanner.model.documents import Document, DocumentFault, read_document
from scanner.model.errors import AssetError

FILE = "controls.yaml"


class _Entry(Document):
    id: str
    title: str
    strength: Strength
    passes: str
    limits: str
    needs: list[str | list[str]]
    maps: dict[str, list[str]]


class _Catalogue(Document):
    version: int
    controls: list[_Entry]


def catalogue_text() -> str:
    """The catalogue as it is shipped. Raises `AssetError`."""
    try:
        return (assets.rules_dir() / FILE).read_text("utf-8")
    except OSError as error:
        raise AssetError(f"rules/{FILE} can't be read: {error}") from error


def read_controls() -> tuple[Control, ...]:
    """The controls in the order of the file. Raises `AssetError`."""
    try:
        parsed = read_document(_Catalogue, yaml.safe_load(catalogue_text()))
    except (yaml.YAMLError, DocumentFault) as error:
        raise AssetError(f"rules/{FILE} is no control catalogue: {error}") from error
    return tuple(map(_control, parsed.controls))


def _control(entry: _Entry) -> Control:
    needs = tuple((need,) if isinstance(need, str) else tuple(need) for need in entry.needs)
    return Control(
        id=entry.id,
        title=entry.title,
        strength=entry.strength,
        passes=entry.passes,
        limits=entry.limits,
        needs=needs,
        maps=tuple((standard, tuple(ids)) for standard, ids in entry.maps.items()),
    )
