"""What the static engines have in common: findings out of rows, gaps, inline comments."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import intern  # snippets overlap, messages repeat: each text is kept once
from typing import TypeVar

from scanner.engines._notebook import NotebookLine
from scanner.engines._reaper import REAPER
from scanner.engines._statements import without_comments
from scanner.engines._versions import too_old
from scanner.engines._workspace import MAX_LINE, Workspace, clip, stage
from scanner.model.errors import ToolCrashed
from scanner.model.evidence import CodeSnippet
from scanner.model.finding import Finding, InlineSuppression, fingerprinted
from scanner.model.location import Cell, CodeLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask
from scanner.model.rule import Rule
from scanner.model.values import Value
from scanner.redact import mask_declared, mask_literals, redact, redacted_lines, redacted_start

_Row = TypeVar("_Row")
_CONTEXT = 3
_MAX_SNIPPET = 40
# Of a flagged line, before secrets are masked; what is shown of it is cut behind that.
_WIDE = 20_000
_PYTHON = (".py", ".pyw", ".ipynb")
_SECRET_CWES = frozenset({"CWE-259", "CWE-312", "CWE-321", "CWE-522", "CWE-798"})
_REASON = re.compile(r"(?:--|—|#|:)\s*(?P<why>[^#]*\w[^#]*)$")


class Answer(Value, kw_only=True):
    """What an engine's parser made of its output, before gaps of the plan are added."""

    tool_version: str
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...] = ()


@contextmanager
def staged(task: StaticTask) -> Iterator[Workspace]:
    """A workspace with the task's files that is gone afterwards. Raises `ToolCrashed`."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="servegate-") as name,
            REAPER.folder(Path(name).resolve()) as folder,
        ):
            yield stage(task.root, task.files, folder)
    except OSError as error:
        raise ToolCrashed(f"no room for a working copy: {error.strerror}") from error


def outcome(task: StaticTask, workspace: Workspace, answer: Answer) -> Completed | Partial:
    """The engine's outcome: partial as soon as anything planned was not looked at."""
    gaps = (*task.gaps, *workspace.gaps, *answer.gaps)
    if fault := too_old(task.engine, answer.tool_version):
        gaps = (*gaps, Gap(subject=task.engine, reason=fault))
    unseen = {gap.subject for gap in gaps}
    whole = Completed(
        tool_version=answer.tool_version,
        rules=answer.rules,
        targets=tuple(sorted(set(workspace.originals.values()) - unseen)),
        findings=fingerprinted(answer.findings),
        notes=(*task.notes, *workspace.notes, *answer.notes),
    )
    return whole.lacking(sorted(gaps, key=lambda gap: (gap.subject, gap.reason)))


def consumed(rows: list[_Row]) -> Iterator[_Row]:
    """Each row in turn, which is then let go: rows and findings of a large answer are not kept
    side by side."""
    rows.reverse()
    while rows:
        yield rows.pop()


def located(
    workspace: Workspace,
    path: str,
    start: int,
    end: int,
    *,
    start_column: int | None = None,
    end_column: int | None = None,
) -> CodeLocation:
    """The place of lines of a staged file; in a notebook the cell, and lines of the notebook."""
    places = workspace.places(path)[start - 1 : end]
    if not places:
        return CodeLocation(
            path=path,
            start_line=start,
            end_line=end,
            start_column=start_column,
            end_column=end_column,
        )
    first = places[0]
    inside = [place for place in places if place.cell == first.cell]
    # Columns of the code mean nothing in the notebook's JSON.
    return CodeLocation(
        path=path,
        start_line=first.file_line,
        end_line=inside[-1].file_line,
        cell=Cell(number=first.cell, start_line=first.number, end_line=inside[-1].number),
    )


def snippet(
    path: str,
    lines: list[str],
    start: int,
    end: int,
    rule: Rule,
    places: tuple[NotebookLine, ...] = (),
) -> CodeSnippet:
    """The flagged lines with some context, without any secret; of a notebook, from one cell."""
    first = max(1, start - _CONTEXT)
    last = min(len(lines), min(end, start + _MAX_SNIPPET) + _CONTEXT)
    if places:
        cell = places[min(start, len(places)) - 1].cell
        inside = [at for at in range(first, last + 1) if places[at - 1].cell == cell]
        first, last = inside[0], inside[-1]
    declared = mask_declared(path, lines, first, last)
    shown = [line.rstrip("\r") for line in declared]
    if _SECRET_CWES & set(rule.cwe):
        low, high = max(start, first) - first, min(end, last) - first + 1
        flagged = "\n".join(line[:_WIDE] for line in shown[low:high])
        cut = any(len(line) > _WIDE for line in shown[low:high])
        shown[low:high] = mask_literals(flagged, cut=cut).split("\n")
    # Redacted as one text, since a key may span lines; masks can join lines, never add any.
    return CodeSnippet(
        path=path,
        start_line=places[first - 1].number if places else first,
        lines=tuple(map(intern, redacted_lines(shown, MAX_LINE))),
    )


def message(text: str, rule: Rule) -> str:
    """An engine's message as one line without secrets."""
    line = " ".join(text.split())
    return intern(redact(mask_literals(line) if _SECRET_CWES & set(rule.cwe) else line))


def anchor(
    workspace: Workspace, path: str, start: int, end: int, rule: Rule, column: int | None = None
) -> str:
    """What makes a flagged place itself when lines move and code is formatted.

    The statement in Python, else the flagged lines; both without comments, with white space folded
    and without secrets, for it is kept: a key that is exchanged is the same weakness still.
    """
    statement = None
    if path.lower().endswith(_PYTHON):
        statement = workspace.statements(path).at(start, column)
    text = statement
    if not text:
        lines = workspace.lines(path)
        flagged = mask_declared(path, lines, start, min(len(lines), end, start + _MAX_SNIPPET))
        text = without_comments("\n".join(line[:_WIDE] for line in flagged))
    text = mask_literals(text) if _SECRET_CWES & set(rule.cwe) else text
    return intern(clip(" ".join(redact(text).split())))


def inline_suppression(
    lines: Iterable[str],
    marker: re.Pattern[str],
    names: frozenset[str],
    rule_words: re.Pattern[str],
) -> InlineSuppression | None:
    """The comment in `lines` that asks for silence on a rule known by one of `names`.

    `marker` finds the comment, with the words after it in group `rest`; `rule_words` finds rule
    names in those. A comment that names other rules does not count; one that names none is blanket.
    """
    for line in lines:
        match = marker.search(line)
        if match is None:
            continue
        rest = match["rest"] or ""
        named = {word.casefold() for word in rule_words.findall(rest)}
        if named and not named & {name.casefold() for name in names}:
            continue
        why = _REASON.search(rest)
        reason = why["why"] if why else rule_words.sub("", rest)
        return InlineSuppression(
            comment=redacted_start(match[0].strip(), MAX_LINE),
            reason=redacted_start(reason.strip(" ,:-]"), MAX_LINE),
            blanket=not named,
        )
    return None


# What staging says of a notebook comes of its content.
NOTEBOOK_GAPS = ("a notebook", "cell ")
