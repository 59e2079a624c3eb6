"""Rows of `result.json`, in the order and with the defaults of the types in `types/`.

A value of those types for each of tens of thousands of findings takes many times the memory and the
time, and the library that declares them is not needed to write. What the types are is read from the
schema that was generated of them; a test holds what is written to the types.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA = "servegate/result/v1"
_FILE = Path(__file__).with_name("schema.json")


class Maker:
    """Makes rows for `result.json`: `maker.Gap(subject=…, reason=…)`, in the order of the types."""

    SCHEMA = SCHEMA

    def __getattr__(self, name: str) -> Callable[..., dict[str, object]]:
        """The maker of one type; kept, for it is called for each finding."""
        properties = _definitions()[name]["properties"]
        blank = {key: _default(value) for key, value in properties.items()}
        needed = frozenset(_definitions()[name].get("required", ()))

        def make(**fields: object) -> dict[str, object]:
            if not needed <= fields.keys() <= blank.keys():
                raise TypeError(f"{name}: {sorted(needed - fields.keys() or fields)}")
            return {**blank, **fields}

        # As the types offer it, for rows whose words a type checker can't know.
        make.model_validate = lambda row: make(**row)  # type: ignore[attr-defined]
        setattr(self, name, make)
        return make


@cache
def _definitions() -> dict[str, Any]:
    document = json.loads(_FILE.read_text("utf-8"))
    return {**document["$defs"], "Result": document}


def _default(schema: dict[str, Any]) -> object:
    held = schema.get("default")
    return tuple(held) if isinstance(held, list) else held
