"""What Bandit, Semgrep and zizmor print: just the fields that are used.

Apart from the engines, for the library that reads them is loaded only when there is an answer.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class BanditRow(BaseModel):
    """One hit of Bandit's."""

    filename: str
    test_id: str
    test_name: str
    issue_text: str
    line_number: int
    line_range: tuple[int, ...] = ()
    col_offset: int = 0


class _BanditFault(BaseModel):
    filename: str
    reason: str


class _Bandit(BaseModel):
    errors: tuple[_BanditFault, ...]
    results: list[BanditRow]
    metrics: dict[str, object]


class _Position(BaseModel):
    line: int
    col: int


class _Extra(BaseModel):
    message: str


class SemgrepRow(BaseModel):
    """One hit of Semgrep's."""

    check_id: str
    path: str
    start: _Position
    end: _Position
    extra: _Extra

    def name(self) -> str:
        """The rule's own id; the engine puts the path of its file in front."""
        return self.check_id.rsplit(".", 1)[-1]


class SemgrepFault(BaseModel):
    """What Semgrep could not do."""

    model_config = ConfigDict(extra="ignore")

    level: str = "error"
    message: str = ""
    path: str | None = None
    rule_id: str | None = None
    type: object = None

    def kind(self) -> str:
        """The fault's name; Semgrep gives a word, or a list that starts with one."""
        return str(self.type[0] if isinstance(self.type, list) and self.type else self.type)


class _Paths(BaseModel):
    scanned: tuple[str, ...] = ()


class SemgrepDocument(BaseModel):
    version: str
    results: list[SemgrepRow]
    errors: tuple[SemgrepFault, ...]
    paths: _Paths = Field(default_factory=_Paths)


class _Point(BaseModel):
    row: int


class _Span(BaseModel):
    start_point: _Point
    end_point: _Point


class _Local(BaseModel):
    verbatim_path: str


class _Key(BaseModel):
    Local: _Local


class _Symbolic(BaseModel):
    key: _Key
    annotation: str
    kind: str


class _Concrete(BaseModel):
    location: _Span


class ZizmorPlace(BaseModel):
    """One of its places."""

    symbolic: _Symbolic
    concrete: _Concrete


class ZizmorRow(BaseModel):
    """One hit of zizmor's."""

    ident: str
    desc: str
    locations: tuple[ZizmorPlace, ...]

    def primary(self) -> ZizmorPlace | None:
        """The one place that zizmor calls the finding's own."""
        return next((p for p in self.locations if p.symbolic.kind == "Primary"), None)


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|[\x80-\xff]")
_ESCAPE = re.compile(
    rb"\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_ZIZMOR = TypeAdapter(tuple[ZizmorRow, ...])


def read_bandit(stdout: bytes) -> _Bandit:
    """Bandit's JSON. Raises `ValueError`."""
    return _Bandit.model_validate_json(_readable(stdout))


def read_semgrep(stdout: bytes) -> SemgrepDocument:
    """Semgrep's JSON. Raises `ValueError`."""
    return SemgrepDocument.model_validate_json(_readable(stdout))


def read_zizmor(stdout: bytes) -> tuple[ZizmorRow, ...]:
    """zizmor's JSON. Raises `ValueError`."""
    return _ZIZMOR.validate_json(_readable(stdout))


def _readable(stdout: bytes) -> bytes:
    """The answer without what no JSON may hold: halves of characters, out of files that quote them.

    One odd byte in one file would else cost the answer about all of them. Paths hold none.
    """
    if _SURROGATE.search(stdout) is None:
        return stdout
    text = stdout.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda one: rb"\ufffd" if one["lone"] else one[0], text)
