"""The OWASP boards: what is proven, suspected, tested and held, or not tested.

A category counts as tested only where a probe got an answer from the running endpoint: a static
rule that stayed silent says nothing about how the endpoint behaves.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from scanner.model.decision import Status
from scanner.model.outcome import Assessment, Completed, Verdict
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence
from scanner.model.values import Value
from scanner.reporters._text import plural
from scanner.reporters.html.standards import API_TOP_10, LLM_TOP_10, Standard

PROVEN = "proven"
SUSPECTED = "suspected"
HELD = "tested and held"
NOT_TESTED = "not tested"


class Category(Value, kw_only=True):
    """One square of a board; `line` says in a few words what the state rests on.

    `findings` counts what a click on it leads to.
    """

    id: str
    title: str
    href: str
    state: str
    line: str
    findings: int

    @property
    def key(self) -> str:
        """The state as one word, for a style class."""
        return self.state.replace(" ", "-")


class Board(Value, kw_only=True):
    """One list of ten; `summary` tells its states in a sentence."""

    key: str
    title: str
    summary: str
    categories: tuple[Category, ...]


def boards(scan: ScanResult) -> tuple[Board, ...]:
    """OWASP's list for APIs, and the one for models where anything at all bears on it."""
    api = _board(scan, "api", "OWASP API Security Top 10 (2023)", API_TOP_10)
    llm = _board(scan, "llm", "OWASP Top 10 for LLM applications (2025)", LLM_TOP_10)
    speaks = any(item.state != NOT_TESTED for item in llm.categories)
    return (api, llm) if speaks else (api,)


def assessments(scan: ScanResult) -> tuple[Assessment, ...]:
    """What the engines tried on operations."""
    return tuple(
        item
        for run in scan.runs
        if isinstance(run.outcome, Completed)
        for item in run.outcome.assessments
    )


def _board(scan: ScanResult, key: str, title: str, standard: Standard) -> Board:
    confidences: defaultdict[str, Counter[Confidence]] = defaultdict(Counter)
    for item in scan.findings:
        if item.status is not Status.SUPPRESSED:
            for name in {n for f in item.group.findings for n in scan.catalogue[f.rule_id].owasp}:
                confidences[name][item.group.confidence] += 1
    tried: defaultdict[tuple[str, Verdict], set[str]] = defaultdict(set)
    for one in assessments(scan):
        rule = scan.catalogue.get(one.rule_id)
        for name in rule.owasp if rule else ():
            tried[name, one.verdict].add(one.subject)
    categories = tuple(
        _category(
            (name, words, page),
            confidences[name],
            len(tried[name, Verdict.HELD]),
            len(tried[name, Verdict.INCONCLUSIVE]),
        )
        for name, words, page in standard
    )
    states = Counter(item.state for item in categories)
    summary = ", ".join(
        f"{states[state]} {state}"
        for state in (PROVEN, SUSPECTED, HELD, NOT_TESTED)
        if states[state]
    )
    return Board(key=key, title=title, summary=summary, categories=categories)


def _category(
    named: tuple[str, str, str], confidences: Counter[Confidence], held: int, open_ends: int
) -> Category:
    return Category(
        id=named[0],
        title=named[1],
        href=named[2],
        state=_state(confidences, held=bool(held)),
        line=_line(confidences, held, open_ends),
        findings=confidences.total(),
    )


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
