"""The API's surface as a heat map: every operation against every OWASP category that was met."""

from __future__ import annotations

from collections import defaultdict

from scanner.model.decision import Status, Triaged
from scanner.model.location import CodeLocation, EndpointLocation
from scanner.model.outcome import Completed, Verdict
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence
from scanner.model.values import Value
from scanner.reporters._text import clipped, one_line, visible
from scanner.reporters.html.board import assessments
from scanner.reporters.html.standards import API_TOP_10, LLM_TOP_10

MAX_LINES = 80
_NAME = 90
_RANK = ("", "open", "held", "suspected", "proven")
_WORDS = {
    "": "not tested",
    "open": "tried, no answer",
    "held": "tested and held",
    "suspected": "suspected",
    "proven": "proven",
}
_CATEGORIES = {name: title for name, title, _ in (*API_TOP_10, *LLM_TOP_10)}


class Cell(Value, kw_only=True):
    """What is known of one category on one operation; `findings` counts what it leads to."""

    category: str
    state: str
    words: str
    findings: int


class Line(Value, kw_only=True):
    """One operation with its cells, in the order of the columns."""

    operation: str
    shown: str
    cells: tuple[Cell, ...]


class Column(Value, kw_only=True):
    """One category: its id without the edition, and its name."""

    id: str
    short: str
    title: str


class Surface(Value, kw_only=True):
    """The whole map; `more` counts operations that it has no room for."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    more: int


class Operations:
    """Which operations a finding speaks of: the one that it names, or those its lines serve."""

    def __init__(self, scan: ScanResult) -> None:
        served = [
            one
            for run in scan.runs
            if isinstance(run.outcome, Completed)
            for one in run.outcome.served
        ]
        self._places = {one.operation: one.place for one in served}
        self._code: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for one in served:
            for code in one.code:
                self._code[code.path].append((code.start_line, code.end_line, one.place))

    def place(self, operation: str) -> str:
        """An operation's name in findings, by the one that it has in assessments."""
        return self._places.get(operation, operation)

    def of(self, item: Triaged) -> tuple[str, ...]:
        """The operations of a finding, in no order that means anything."""
        found: dict[str, None] = {}
        for finding in item.group.findings:
            match finding.location:
                case EndpointLocation(method=method, path=path):
                    found[f"{method} {path}"] = None
                case CodeLocation(path=path, start_line=line):
                    for first, last, place in self._code.get(path, ()):
                        if first <= line <= last:
                            found[place] = None
                case _:
                    pass
        return tuple(found)


def surface(scan: ScanResult, operations: Operations) -> Surface | None:
    """The map, the worst operations first; None where no operation was met."""
    states: defaultdict[tuple[str, str], str] = defaultdict(str)
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    met: dict[str, None] = {}

    def note(operation: str, category: str, state: str) -> None:
        at = operation, category
        states[at] = max(states[at], state, key=_RANK.index)

    for run in scan.runs:
        if isinstance(run.outcome, Completed) and run.outcome.assessments:
            met.update(dict.fromkeys(map(operations.place, run.outcome.targets)))
    for one in assessments(scan):
        rule = scan.catalogue.get(one.rule_id)
        place = operations.place(one.subject)
        met[place] = None
        for name in rule.owasp if rule else ():
            if one.verdict is Verdict.HELD:
                note(place, name, "held")
            elif one.verdict is Verdict.INCONCLUSIVE:
                note(place, name, "open")
    for item in scan.findings:
        if item.status is Status.SUPPRESSED:
            continue
        state = "proven" if item.group.confidence is Confidence.PROVEN else "suspected"
        names = {name for f in item.group.findings for name in scan.catalogue[f.rule_id].owasp}
        for place in operations.of(item):
            met[place] = None
            for name in names:
                note(place, name, state)
                counts[place, name] += 1
    columns = [name for name in _CATEGORIES if any(states[place, name] for place in met)]
    if not met or not columns:
        return None
    lines = sorted(
        # What is no operation (`endpoint`, a target as a whole) has nothing to show here.
        (place for place in met if " " in place or any(states[place, name] for name in columns)),
        key=lambda place: (
            [-sum(states[place, name] == state for name in columns) for state in _RANK[:0:-1]],
            place,
        ),
    )
    return Surface(
        columns=tuple(
            Column(id=name, short=name.split(":")[0], title=_CATEGORIES[name]) for name in columns
        ),
        lines=tuple(
            Line(
                operation=visible(place),
                shown=clipped(one_line(place), _NAME),
                cells=tuple(
                    Cell(
                        category=name,
                        state=states[place, name],
                        words=_WORDS[states[place, name]],
                        findings=counts[place, name],
                    )
                    for name in columns
                ),
            )
            for place in lines[:MAX_LINES]
        ),
        more=max(len(lines) - MAX_LINES, 0),
    )
