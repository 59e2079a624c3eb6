"""The OWASP API Top 10 board: what is proven, suspected, tested and held, or not tested.

A category counts as tested only where a probe got an answer from the running endpoint: a static
rule that stayed silent says nothing about how the endpoint behaves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from scanner.model.decision import Status
from scanner.model.outcome import Assessment, Completed, Verdict
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence
from scanner.reporters._text import plural
from scanner.reporters.html.standards import API_TOP_10, page_of

PROVEN = "proven"
SUSPECTED = "suspected"
HELD = "tested and held"
NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One square of the board; `line` says in a few words what the state rests on."""

    id: str
    title: str
    href: str
    state: str
    line: str

    @property
    def key(self) -> str:
        """The state as one word, for a style class."""
        return self.state.replace(" ", "-")


def api_board(scan: ScanResult) -> tuple[Category, ...]:
    """All ten categories, in order."""
    return tuple(_category(scan, name, title) for name, title, _ in API_TOP_10)


def _category(scan: ScanResult, name: str, title: str) -> Category:
    confidences = Counter(
        item.group.confidence
        for item in scan.findings
        if item.status is not Status.SUPPRESSED
        and any(name in scan.catalogue[f.rule_id].owasp for f in item.group.findings)
    )
    tried = [item for item in _assessments(scan) if name in _owasp(scan, item)]
    held = {item.subject for item in tried if item.verdict is Verdict.HELD}
    open_ends = {item.subject for item in tried if item.verdict is Verdict.INCONCLUSIVE}
    state = _state(confidences, held=bool(held))
    return Category(
        id=name,
        title=title,
        href=page_of(name),
        state=state,
        line=_line(confidences, len(held), len(open_ends)),
    )


def _assessments(scan: ScanResult) -> tuple[Assessment, ...]:
    return tuple(
        item
        for run in scan.runs
        if isinstance(run.outcome, Completed)
        for item in run.outcome.assessments
    )


def _owasp(scan: ScanResult, item: Assessment) -> tuple[str, ...]:
    rule = scan.catalogue.get(item.rule_id)
    return rule.owasp if rule else ()


def _state(confidences: Counter[Confidence], *, held: bool) -> str:
    if confidences[Confidence.PROVEN]:
        return PROVEN
    if confidences.total():
        return SUSPECTED
    return HELD if held else NOT_TESTED


def _line(confidences: Counter[Confidence], held: int, open_ends: int) -> str:
    proven = confidences[Confidence.PROVEN]
    suspected = confidences.total() - proven
    parts = (
        f"{proven:,} proven" if proven else "",
        f"{suspected:,} suspected" if suspected else "",
        f"held on {plural(held, 'operation')}" if held else "",
        f"no answer on {plural(open_ends, 'operation')}" if open_ends else "",
    )
    return ", ".join(part for part in parts if part) or "no probe got an answer"
