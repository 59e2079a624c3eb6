"""Where a finding is: a piece of source, a declared resource, or an operation of the endpoint."""

from __future__ import annotations

from scanner.model.values import Value


class Cell(Value, kw_only=True):
    """A cell of a notebook, counted from 1 over all its cells, and lines in it."""

    number: int
    start_line: int
    end_line: int


class CodeLocation(Value, kw_only=True):
    """Lines of a file. `path` is relative to the scanned root, with `/`; lines count from 1.

    In a notebook these are lines of its JSON, and `cell` is what a reader wants to know.
    """

    path: str
    start_line: int
    end_line: int
    start_column: int | None = None
    end_column: int | None = None
    cell: Cell | None = None

    def __str__(self) -> str:
        if self.cell is not None:
            return f"{self.path}:cell {self.cell.number}:{self.cell.start_line}"
        return f"{self.path}:{self.start_line}"

    def shown_lines(self) -> tuple[int, int]:
        """First and last line as a snippet counts them: in the cell, where there is one."""
        place = self.cell or self
        return place.start_line, max(place.start_line, place.end_line)


class ResourceLocation(Value, kw_only=True):
    """A declared resource (`aws_s3_bucket.models`, `Pod.ml.predictor`) and its lines."""

    address: str
    path: str
    start_line: int
    end_line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.start_line} ({self.address})"


class EndpointLocation(Value, kw_only=True):
    """An operation of the running API, by path template (`/v1/jobs/{job_id}`).

    `parameter` is the input that was attacked, if one was. `handler` is the code that serves the
    operation, where the source could be mapped.
    """

    method: str
    path: str
    parameter: str | None = None
    handler: CodeLocation | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" ({self.parameter})" if self.parameter else "")


Location = CodeLocation | ResourceLocation | EndpointLocation
