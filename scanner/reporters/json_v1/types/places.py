"""Where a finding is."""

from __future__ import annotations

from scanner.model.documents import Document


class Cell(Document):
    """A cell of a notebook, counted from 1 over all its cells, and lines in it."""

    number: int
    start_line: int
    end_line: int


class CodeLocation(Document, tag_field="kind", tag="code"):
    """Lines of a file; lines and columns count from 1. In a notebook they are lines of its JSON."""

    path: str
    start_line: int
    end_line: int
    start_column: int | None
    end_column: int | None
    cell: Cell | None = None


class ResourceLocation(Document, tag_field="kind", tag="resource"):
    """A declared resource."""

    address: str
    path: str
    start_line: int
    end_line: int


class EndpointLocation(Document, tag_field="kind", tag="endpoint"):
    """An operation of the running API, with the code that serves it where that is known."""

    method: str
    path: str
    parameter: str | None
    handler: CodeLocation | None


Location = CodeLocation | ResourceLocation | EndpointLocation


class Related(Document):
    """A second place, with a note."""

    location: Location
    note: str
