"""What Bandit, Semgrep and zizmor print: just the fields that are used."""

from __future__ import annotations

import re

from scanner.model.documents import read_json
from scanner.model.values import Value


class BanditRow(Value):
    """One hit of Bandit's."""

    filename: str
    test_id: str
    test_name: str
    issue_text: str
    line_number: int
    line_range: tuple[int, ...] = ()
    col_offset: int = 0


class _BanditFault(Value):
    filename: str
    reason: str


class _Bandit(Value):
    errors: tuple[_BanditFault, ...]
    results: list[BanditRow]
    metrics: dict[str, object]


class _Position(Value):
    line: int
    col: int


class _Extra(Value):
    message: str


class SemgrepRow(Value):
    """One hit of Semgrep's."""

    check_id: str
    path: str
    start: _Position
    end: _Position
    extra: _Extra

    def name(self) -> str:
        """The rule's own id; the engine puts the path of its file in front."""
        return self.check_id.rsplit(".", 1)[-1]


class SemgrepFault(Value):
    """What Semgrep could not do."""

    level: str = "error"
    message: str = ""
    path: str | None = None
    rule_id: str | None = None
    type: object = None

    def kind(self) -> str:
        """The fault's name; Semgrep gives a word, or a list that starts with one."""
        return str(self.type[0] if isinstance(self.type, list) and self.type else self.type)


class _Paths(Value):
    scanned: tuple[str, ...] = ()


class SemgrepDocument(Value):
    version: str
    results: list[SemgrepRow]
    errors: tuple[SemgrepFault, ...]
    paths: _Paths = _Paths()


class _Point(Value):
    row: int


class _Span(Value):
    start_point: _Point
    end_point: _Point


class _Local(Value):
    verbatim_path: str


class _Key(Value):
    Local: _Local


class _Symbolic(Value):
    key: _Key
    annotation: str
    kind: str


class _Concrete(Value):
    location: _Span


class ZizmorPlace(Value):
    """One of its places."""

    symbolic: _Symbolic
    concrete: _Concrete


class ZizmorRow(Value):
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


def read_bandit(stdout: bytes) -> _Bandit:
    """Bandit's JSON. Raises `ValueError`."""
    return read_json(_Bandit, _readable(stdout))


def read_semgrep(stdout: bytes) -> SemgrepDocument:
    """Semgrep's JSON. Raises `ValueError`."""
    return read_json(SemgrepDocument, _readable(stdout))


def read_zizmor(stdout: bytes) -> tuple[ZizmorRow, ...]:
    """zizmor's JSON. Raises `ValueError`."""
    return read_json(tuple[ZizmorRow, ...], _readable(stdout))


def _readable(stdout: bytes) -> bytes:
    """The answer without what no JSON may hold: halves of characters, out of files that quote them.

    One odd byte in one file would else cost the answer about all of them. Paths hold none.
    """
    if _SURROGATE.search(stdout) is None:
        return stdout
    text = stdout.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda one: rb"\ufffd" if one["lone"] else one[0], text)
