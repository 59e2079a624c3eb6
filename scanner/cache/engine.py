"""An engine behind the cache: it is given only what it has not seen as it is now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cache.codec import Unfit, decode, encode
from scanner.model.finding import Finding, fingerprinted, path_of
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, Repeatable, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage

if TYPE_CHECKING:
    from scanner.cache.store import Store

Hashes = Callable[[Sequence[SourceFile]], Mapping[str, str]]
_Files = tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What all pieces of a run share."""

    tool_version: str
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What was found in files that are looked at together; `head` names the run's `Head`."""

    head: str
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    targets: tuple[str, ...]


class Cached:
    """An engine whose answers are remembered; `hashes` says what files hold ("" is not known)."""

    def __init__(self, engine: Repeatable, store: Store, hashes: Hashes) -> None:
        self._engine = engine
        self._store = store
        self._hashes = hashes

    @property
    def name(self) -> str:
        """The engine's own."""
        return self._engine.name

    @property
    def stage(self) -> Stage:
        """The engine's own."""
        return self._engine.stage

    def rules(self) -> tuple[Rule, ...]:
        """The engine's own."""
        return self._engine.rules()

    def diagnose(self, root: Path) -> Diagnosis:
        """The engine's own."""
        return self._engine.diagnose(root)

    def parts(self, files: Sequence[SourceFile]) -> tuple[_Files, ...]:
        """The engine's own."""
        return self._engine.parts(files)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Answer from the cache what can be, and let the engine look at the rest."""
        if not isinstance(task, StaticTask) or not task.files:
            return self._engine.scan(task, context)
        known_by = self._engine.known_by(task, context)
        hashes = self._hashes(task.files)
        names = {
            files: _name(self.name, known_by, files, hashes)
            for files in self._engine.repeated(task.files)
        }
        head, pieces = self._remembered(names)
        left = [file for files in names if files not in pieces for file in files]
        if not left and head is not None:
            return _joined(task, None, head, pieces.values())
        if pieces:
            count = sum(map(len, pieces))
            context.progress(f"{count} of {len(task.files)} files known, {len(left)} to look at")
        rest = replace(task, files=tuple(left), gaps=(), notes=())
        fresh = self._engine.scan(rest, context)
        own = Head(tool_version=fresh.tool_version, rules=fresh.rules, notes=fresh.notes)
        if head is not None and own != head:
            # Another tool than a moment ago: nothing remembered counts beside it.
            return self._engine.scan(task, context)
        self._remember(fresh, own, {f: n for f, n in names.items() if f not in pieces}, hashes)
        return _joined(task, fresh, own, pieces.values())

    def _remembered(self, names: Mapping[_Files, str]) -> tuple[Head | None, dict[_Files, Piece]]:
        """The pieces that are known, all of one head; that is None where nothing is."""
        found = self._store.get([name for name in names.values() if name])
        pieces: dict[_Files, Piece] = {}
        for files, name in names.items():
            if name in found:
                try:
                    piece = decode(found[name], Piece)
                except Unfit:
                    continue
                if len(names) == 1 or _fits(piece, files):
                    pieces[files] = piece
        heads = {piece.head for piece in pieces.values()}
        if len(heads) != 1:
            return None, {}
        (name,) = heads
        try:
            return decode(self._store.get([name])[name], Head), pieces
        except (KeyError, Unfit):
            return None, {}

    def _remember(
        self, fresh: Completed, head: Head, names: Mapping[_Files, str], hashes: Mapping[str, str]
    ) -> None:
        """Keep what the files alone have decided, if they are still what they were."""
        gaps = fresh.gaps if isinstance(fresh, Partial) else ()
        whole = {file.path for files in names for file in files}
        said = {path_of(one.location) for one in fresh.findings} | {gap.subject for gap in gaps}
        if len(names) > 1 and not said <= whole:
            # Said of no file: it may be about any of them.
            return
        now = self._hashes([file for files in names for file in files])
        content = encode(head)
        head_name = f"head:{hashlib.sha256(content).hexdigest()}"
        entries = {}
        for files, name in names.items():
            paths = {file.path for file in files}
            same = all(now[path] == hashes[path] for path in paths)
            # Where all is one piece, it holds what is said of no file too.
            about = paths if len(names) > 1 else said | whole | set(fresh.targets)
            piece = _piece(fresh, gaps, about, head_name)
            if name and same and all(map(self._engine.lasting, piece.gaps)):
                entries[name] = encode(piece)
        if entries:
            self._store.put({head_name: content, **entries})


def _piece(fresh: Completed, gaps: Iterable[Gap], paths: set[str], head: str) -> Piece:
    return Piece(
        head=head,
        findings=tuple(f for f in fresh.findings if path_of(f.location) in paths),
        gaps=tuple(gap for gap in gaps if gap.subject in paths),
        targets=tuple(target for target in fresh.targets if target in paths),
    )


def _fits(piece: Piece, files: _Files) -> bool:
    """Whether a piece speaks of these files and no other."""
    paths = {file.path for file in files}
    said = {path_of(finding.location) for finding in piece.findings}
    return paths >= said | {gap.subject for gap in piece.gaps} | set(piece.targets)


def _name(engine: str, known_by: Sequence[str], files: _Files, hashes: Mapping[str, str]) -> str:
    """What an answer about these files is kept under; nothing where a file can't be read."""
    held = [(file.path, hashes.get(file.path, "")) for file in files]
    if not all(content for _, content in held):
        return ""
    text = json.dumps([engine, list(known_by), held])
    return f"{engine}:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def _joined(
    task: StaticTask, fresh: Completed | None, head: Head, pieces: Iterable[Piece]
) -> Completed | Partial:
    """The outcome over all files, as the engine alone would have given it, and what was known."""
    pieces = tuple(pieces)
    gaps = {*task.gaps, *(gap for piece in pieces for gap in piece.gaps)}
    gaps |= set(fresh.gaps) if isinstance(fresh, Partial) else set()
    targets = {target for piece in pieces for target in piece.targets}
    known = len(targets)
    targets |= set(fresh.targets) if fresh else set()
    findings = [finding for piece in pieces for finding in piece.findings]
    findings += fresh.findings if fresh else ()
    told = (f"{known} of {len(targets)} files unchanged: answered from the cache",) if known else ()
    parts = {
        "tool_version": head.tool_version,
        "rules": head.rules,
        "targets": tuple(sorted(targets)),
        "findings": fingerprinted(findings),
        "notes": (*task.notes, *head.notes, *told),
    }
    if gaps:
        ordered = tuple(sorted(gaps, key=lambda gap: (gap.subject, gap.reason)))
        return Partial(**parts, gaps=ordered)  # type: ignore[arg-type]
    return Completed(**parts)  # type: ignore[arg-type]
