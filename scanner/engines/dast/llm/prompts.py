"""The wordings of `rules/llm/`: what is said to a model, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from scanner import assets
from scanner.engines.dast.llm.dialect import Turn
from scanner.engines.dast.llm.encodings import ENCODERS
from scanner.model.documents import Document, read_document, read_toml
from scanner.model.errors import AssetError
from scanner.model.values import Value

_Words = Annotated[str, Meta(min_length=1)]


class _Turn(Document):
    role: Literal["system", "user", "assistant", "tool"]
    text: _Words
    encode: str = ""


class _Technique(Document):
    id: Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z")]
    what: _Words
    turns: Annotated[tuple[_Turn, ...], Meta(min_length=1)]


class _Document(Document):
    technique: Annotated[tuple[_Technique, ...], Meta(min_length=1)]


class Technique(Value):
    """A way to talk a model over: `what` says it in a few words."""

    id: str
    what: str
    turns: tuple[tuple[str, str, str], ...]

    def filled(self, values: Mapping[str, str]) -> tuple[Turn, ...]:
        """The turns with `{name}` replaced by each value, and encoded where one says so."""
        return tuple(
            Turn(role, ENCODERS[encode](_fill(text, values)) if encode else _fill(text, values))
            for role, text, encode in self.turns
        )


def techniques(name: str) -> tuple[Technique, ...]:
    """The techniques of `rules/llm/<name>.toml`. Raises `AssetError`."""
    where = f"rules/llm/{name}.toml"
    try:
        raw = read_toml((assets.rules_dir() / "llm" / f"{name}.toml").read_text("utf-8"))
        rows = read_document(_Document, raw).technique
        unknown = {turn.encode for row in rows for turn in row.turns if turn.encode} - set(ENCODERS)
    except (OSError, ValueError) as error:
        raise AssetError(f"{where} can't be read: {error}") from error
    if unknown:
        raise AssetError(f"{where}: no encoding {min(unknown)!r}")
    return tuple(
        Technique(row.id, row.what, tuple((t.role, t.text, t.encode) for t in row.turns))
        for row in rows
    )


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
