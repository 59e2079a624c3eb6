"""The attack paths as one picture: from the internet over what exposes it to the line of code.

Geometry only; the template draws. Whoever can't see it has the same paths as a list below it.
"""

from __future__ import annotations

import itertools

from scanner.model.attack import AttackPath, Part, PartRole
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters._text import clipped, one_line, visible

MOST = 5
WIDTH = 1080
_ROW = 62
_BOX = 44
_TOP = 8
# Left edge and width of the four columns.
_COLUMNS = ((0, 96), (160, 250), (474, 270), (808, 272))
_CHAR = 7.3


class Box(Value, kw_only=True):
    """A station; `link` is a finding's fingerprint, empty where there is none."""

    kind: str
    x: int
    y: float
    width: int
    height: float
    title: str
    line: str
    link: str
    severity: str


class Edge(Value, kw_only=True):
    """A line between two stations; `sure` is false where it is only assumed."""

    d: str
    severity: str
    sure: bool


class Picture(Value, kw_only=True):
    """Everything to draw; `told` says the same in words."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    told: str


def picture(scan: ScanResult) -> Picture | None:
    """The worst few paths; None where there are none."""
    paths = scan.attacks.paths[:MOST]
    if not paths:
        return None
    height = _TOP * 2 + _ROW * len(paths) - (_ROW - _BOX)
    middle = height / 2
    boxes = [
        Box(
            kind="internet",
            x=0,
            y=middle - _BOX / 2,
            width=_COLUMNS[0][1],
            height=_BOX,
            title="internet",
            line="any caller",
            link="",
            severity="",
        )
    ]
    edges: list[Edge] = []
    unseen = Box(
        kind="unseen",
        x=_COLUMNS[1][0],
        y=middle - _BOX / 2,
        width=_COLUMNS[1][1],
        height=_BOX,
        title="gateway",
        line="none in what was scanned",
        link="",
        severity="",
    )
    if not all(path.of(PartRole.EXPOSURE) for path in paths):
        boxes.append(unseen)
        edges.append(_edge((_COLUMNS[0][1], middle), unseen, "", sure=False))
    for place, path in enumerate(paths):
        y = _TOP + place * _ROW
        level = path.severity.label
        gates, proofs, codes = (
            path.of(role) for role in (PartRole.EXPOSURE, PartRole.PROOF, PartRole.CODE)
        )
        stations = [_box(1, y, level, gates[0])] if gates else []
        stations.append(_operation(y, path, proofs))
        if codes:
            stations.append(_box(3, y, level, _mended(codes, path)))
        start = (_COLUMNS[0][1], middle) if gates else (unseen.x + unseen.width, middle)
        edges.append(_edge(start, stations[0], level, sure=bool(gates)))
        edges += [
            _edge((one.x + one.width, y + _BOX / 2), other, level, sure=True)
            for one, other in itertools.pairwise(stations)
        ]
        boxes += stations
    told = "; ".join(
        f"{path.severity.label}: {one_line(path.operation)}"
        + (f", code at {one_line(str(path.fix))}" if path.fix else "")
        for path in paths
    )
    return Picture(
        width=WIDTH, height=round(height), boxes=tuple(boxes), edges=tuple(edges), told=told
    )


def _mended(codes: tuple[Part, ...], path: AttackPath) -> Part:
    """The part that is to be mended first, else the first one."""
    return next((part for part in codes if path.fix and part.place == str(path.fix)), codes[0])


def _operation(y: float, path: AttackPath, proofs: tuple[Part, ...]) -> Box:
    x, width = _COLUMNS[2]
    return Box(
        kind="operation",
        x=x,
        y=y,
        width=width,
        height=_BOX,
        title=_fitting(path.operation, width),
        line=_fitting(proofs[0].rule_id if proofs else "", width),
        link=visible(proofs[0].fingerprint) if proofs else "",
        severity=path.severity.label,
    )


def _box(column: int, y: float, severity: str, part: Part) -> Box:
    x, width = _COLUMNS[column]
    return Box(
        kind=part.role.value,
        x=x,
        y=y,
        width=width,
        height=_BOX,
        title=_fitting(part.place, width, tail=True),
        line=_fitting(part.rule_id, width),
        link=visible(part.fingerprint),
        severity=severity,
    )


def _edge(start: tuple[float, float], to: Box, severity: str, *, sure: bool) -> Edge:
    (x, y), end = start, to.y + _BOX / 2
    reach = to.x - 7
    bend = x + min(60, (reach - x) / 2)
    back = reach - min(60, (reach - x) / 2)
    path = f"M{x:g} {y:g}C{bend:g} {y:g} {back:g} {end:g} {reach:g} {end:g}"
    return Edge(d=path, severity=severity, sure=sure)


def _fitting(text: str, width: int, *, tail: bool = False) -> str:
    """As much of a text as a station has room for; of a place the end tells more."""
    room = int((width - 22) / _CHAR)
    folded = one_line(text)
    if tail and len(folded) > room:
        return f"…{folded[-(room - 1) :]}"
    return clipped(folded, room)
