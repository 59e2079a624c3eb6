"""The wordings of `rules/llm/`: what is said to a model, as data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanner import assets
from scanner.engines.dast.llm.dialect import Turn
from scanner.engines.dast.llm.encodings import ENCODERS
from scanner.model.errors import AssetError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str = Field(pattern=r"^(system|user|assistant|tool)$")
    text: str = Field(min_length=1)
    encode: str = ""


class _Technique(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    what: str = Field(min_length=1)
    turns: tuple[_Turn, ...] = Field(min_length=1)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    technique: tuple[_Technique, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Technique:
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
        raw = tomllib.loads((assets.rules_dir() / "llm" / f"{name}.toml").read_text("utf-8"))
        rows = _Document.model_validate(raw).technique
        unknown = {turn.encode for row in rows for turn in row.turns if turn.encode} - set(ENCODERS)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
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
