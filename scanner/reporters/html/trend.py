"""Findings over several scans, as bars; geometry only, the template draws."""

from __future__ import annotations

from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters import _facts as facts

HEIGHT = 150
_STEP = 64
_BAR = 40
_MOST = 20


class Piece(Value, kw_only=True):
    """The part of a bar that one severity takes."""

    severity: str
    count: int
    y: float
    height: float


class Bar(Value, kw_only=True):
    """One scan: when, which verdict, how many findings."""

    x: int
    day: str
    time: str
    commit: str
    verdict: str
    total: int
    top: float
    pieces: tuple[Piece, ...]


class Trend(Value, kw_only=True):
    """All bars, the oldest first, the present scan last."""

    width: int
    height: int
    bar: int
    bars: tuple[Bar, ...]
    sentence: str


def trend(scan: ScanResult) -> Trend | None:
    """The present scan beside earlier ones; None where none was given."""
    if not scan.earlier:
        return None
    now = tuple(facts.severity_counts(scan).items())
    points = [
        *((one.started, one.commit, one.verdict, one.severities) for one in scan.earlier),
        (scan.started, scan.commit, scan.decision.verdict.value, now),
    ][-_MOST:]
    totals = [sum(count for _, count in counts) for *_, counts in points]
    most = max(*totals, 1)
    bars = []
    for place, ((when, commit, verdict, counts), total) in enumerate(
        zip(points, totals, strict=True)
    ):
        pieces: list[Piece] = []
        y = float(HEIGHT)
        # The worst stand at the foot, where bars can be compared.
        for level, count in counts:
            height = round(count * HEIGHT / most, 1)
            y = round(y - height, 1)
            if count:
                pieces.append(Piece(severity=level.label, count=count, y=y, height=height))
        bars.append(
            Bar(
                x=place * _STEP,
                day=when.strftime("%Y-%m-%d"),
                time=when.strftime("%H:%M"),
                commit=commit[:8],
                verdict=verdict,
                total=total,
                top=y,
                pieces=tuple(pieces),
            )
        )
    first, last = totals[0], totals[-1]
    change = "as many as" if first == last else f"{abs(last - first):,} "
    change += "" if first == last else "fewer than" if last < first else "more than"
    return Trend(
        width=len(bars) * _STEP,
        height=HEIGHT,
        bar=_BAR,
        bars=tuple(bars),
        sentence=f"{last:,} findings now, {change} on {bars[0].day} ({first:,}).",
    )
