"""Where a finding is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from scanner.reporters.json_v1.types.base import V1, Text


class Cell(V1):
    """A cell of a notebook, counted from 1 over all its cells, and lines in it."""

    number: StrictInt
    start_line: StrictInt
    end_line: StrictInt


class CodeLocation(V1):
    """Lines of a file; lines and columns count from 1. In a notebook they are lines of its JSON."""

    kind: Literal["code"]
    path: Text
    start_line: StrictInt
    end_line: StrictInt
    start_column: StrictInt | None
    end_column: StrictInt | None
    cell: Cell | None = None


class ResourceLocation(V1):
    """A declared resource."""

    kind: Literal["resource"]
    address: Text
    path: Text
    start_line: StrictInt
    end_line: StrictInt


class EndpointLocation(V1):
    """An operation of the running API, with the code that serves it where that is known."""

    kind: Literal["endpoint"]
    method: Text
    path: Text
    parameter: Text | None
    handler: CodeLocation | None


Location = Annotated[
    CodeLocation | ResourceLocation | EndpointLocation, Field(discriminator="kind")
]


class Related(V1):
    """A second place, with a note."""

    location: Location
    note: Text
