"""The engine `models`: part of servegate, in its own process, for nothing is loaded or run."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.engines.models.bounds import Unreadable, shown
from scanner.engines.models.formats import Seen, examine
from scanner.engines.models.names import Meaning, meaning
from scanner.engines.models.pickles import Global, Reading
from scanner.engines.models.rules import (
    ENGINE,
    HOLDS_CODE,
    OUTSIDE,
    RULES,
    RUNS_CODE,
    TEMPLATE,
    UNSAFE_FORMAT,
)
from scanner.model.errors import Cancelled
from scanner.model.evidence import CodeSnippet
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import CodeLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage
from scanner.redact import redact, redacted_start

_VERSION = "1"
_NAMED = 5
_LISTED = 30
_LONGEST = 200


class Models:
    """The engine `models`."""

    name = ENGINE
    stage = Stage.SAST

    def rules(self) -> tuple[Rule, ...]:
        """What is looked for."""
        return RULES

    def diagnose(self, root: Path) -> Diagnosis:  # noqa: ARG002 - no tool to look for
        """It is part of servegate, so it is always here."""
        return Diagnosis(engine=ENGINE, found=True, version=_VERSION, place="part of servegate")

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """Each file is examined by itself."""
        return tuple((file,) for file in files)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Examine the planned files. Raises `EngineError`."""
        if not isinstance(task, StaticTask):
            raise TypeError("models takes files")
        context.progress(f"{len(task.files)} model files")
        findings: list[Finding] = []
        gaps = [*task.gaps]
        notes = [*task.notes]
        for file in task.files:
            try:
                seen = _seen(task.root, file.path, context)
            except Unreadable as fault:
                gaps.append(Gap(subject=file.path, reason=f"as a model file: {fault}"))
                continue
            except OSError as error:
                reason = (error.strerror or "can't be read").lower()
                gaps.append(Gap(subject=file.path, reason=reason))
                continue
            findings += _findings(file.path, seen)
            gaps += [
                Gap(subject=file.path, reason=f"as a model file: {gap}") for gap in _gaps(seen)
            ]
            notes += [f"{file.path}: {note}" for note in seen.notes[:_NAMED]]
        whole = Completed(
            tool_version=_VERSION,
            rules=RULES,
            targets=tuple(sorted({file.path for file in task.files} - {g.subject for g in gaps})),
            findings=fingerprinted(findings),
            notes=tuple(notes),
        )
        return whole.lacking(gaps)


def _seen(root: Path, path: str, context: ScanContext) -> Seen:
    """Examine a file without following a link and without blocking on a pipe."""

    def interrupted() -> None:
        if context.cancelled.is_set():
            raise Cancelled("models was interrupted")

    interrupted()
    descriptor = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            raise Unreadable("no regular file")
        return examine(file, info.st_size, path.rsplit("/", 1)[-1], interrupted)


def _gaps(seen: Seen) -> list[str]:
    stopped = [
        f"{shown(place) or 'its pickle'}: {reading.stopped}"
        for place, reading in seen.pickles.items()
        if reading.stopped
    ]
    more = [f"{len(stopped) - _LISTED:,} more"] if len(stopped) > _LISTED else []
    return [*seen.gaps, *stopped[:_LISTED], *more]


def _findings(path: str, seen: Seen) -> Iterator[Finding]:
    harmless: list[Reading] = []
    told = 0
    for place, reading in seen.pickles.items():
        by_meaning: dict[Meaning, list[Global]] = {}
        for found in reading.imports:
            by_meaning.setdefault(meaning(found), []).append(found)
        runs = [str(found) for found in by_meaning.get(Meaning.RUNS, [])]
        if reading.hidden:
            runs.append("a name that is made only while it loads")
        code = [str(found) for found in by_meaning.get(Meaning.CODE, [])]
        if not runs and not code:
            if reading.imports or not reading.stopped:
                harmless.append(reading)
            continue
        told += 1
        if told > _LISTED:
            # Each is as bad as the ones before; a file of thousands of them is no other file.
            continue
        where = f" ({shown(place)} in it)" if place else ""
        if runs:
            yield _finding(RUNS_CODE, path, f"It imports {_some(runs)}{where}.", runs, place)
        if code:
            yield _finding(HOLDS_CODE, path, f"It imports {_some(code)}{where}.", code, place)
    if harmless and len(harmless) == len(seen.pickles):
        yield _unsafe(path, harmless)
    if seen.lambdas:
        unique = sorted(set(seen.lambdas))
        yield _finding(HOLDS_CODE, path, f"It holds {_some(unique)}.", unique)
    if seen.outside:
        yield _finding(OUTSIDE, path, f"It names {_some(seen.outside)}.", seen.outside)
    if seen.templates:
        yield _finding(TEMPLATE, path, f"Its {seen.templates[0]}.", seen.templates)


def _unsafe(path: str, readings: list[Reading]) -> Finding:
    imports = [found for reading in readings for found in reading.imports]
    other = sorted({str(found) for found in imports if meaning(found) is Meaning.OTHER})
    said = f"It is a pickle; besides known libraries it imports {_some(other)}." if other else ""
    named = other or sorted({str(found) for found in imports})
    return _finding(UNSAFE_FORMAT, path, said or "It is a pickle.", named)


def _some(names: list[str]) -> str:
    told = ", ".join(shown(redacted_start(name, _LONGEST + 1)) for name in names[:_NAMED])
    return f"{told} and {len(names) - _NAMED} more" if len(names) > _NAMED else told


def _finding(rule: Rule, path: str, said: str, named: list[str], place: str = "") -> Finding:
    lines = tuple(shown(redacted_start(name, _LONGEST + 1), _LONGEST) for name in named[:_LISTED])
    return Finding(
        engine=ENGINE,
        stage=Stage.SAST,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=redact(said),
        location=CodeLocation(path=path, start_line=1, end_line=1),
        anchor=f"{shown(place, _LONGEST)} {' '.join(sorted(lines))}".strip(),
        evidence=(CodeSnippet(path=path, start_line=1, lines=lines),) if lines else (),
    )
