"""An engine behind the cache: it is given only what it has not seen as it is now."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import field
from msgspec.structs import replace

from scanner.cache.codec import Unfit, decode, encode
from scanner.cache.turns import InTurn, in_turn
from scanner.model.finding import Finding, fingerprinted, path_of
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Repeatable, ScanContext
from scanner.model.rule import Rule
from scanner.model.values import Value

if TYPE_CHECKING:
    from scanner.cache.hashes import Hashes
    from scanner.cache.store import Store

# Files whose answers are remembered as one, and several of those that are also kept together.
_Files = tuple[SourceFile, ...]
_Bundle = tuple[_Files, ...]


class Head(Value, kw_only=True):
    """What all pieces of a run share; `notes` are those that speak of no file."""

    tool_version: str
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]


class Piece(Value, kw_only=True):
    """What was found in files that are looked at together; `head` names the run's `Head`.

    `notes` are those that begin with one of the files.
    """

    head: str
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    targets: tuple[str, ...]
    notes: tuple[str, ...] = ()


class _Known(Value, kw_only=True):
    """What was in the store: pieces of whole bundles, and of single groups of the others.

    A group is named by its first file.
    """

    head: Head | None = None
    groups: frozenset[str] = frozenset()
    whole: dict[_Bundle, Piece] = field(default_factory=dict)
    single: dict[str, Piece] = field(default_factory=dict)

    def pieces(self) -> tuple[Piece, ...]:
        return (*self.whole.values(), *self.single.values())


class Cached(InTurn):
    """An engine whose answers are remembered; `hashes` says what files hold ("" is not known)."""

    def __init__(
        self, engine: Repeatable, store: Store, hashes: Hashes, turn: threading.Lock | None = None
    ) -> None:
        super().__init__(engine, turn or threading.Lock())
        self._store = store
        self._hashes = hashes

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Answer from the cache what can be, and let the engine look at the rest."""
        if not isinstance(task, StaticTask) or not task.files:
            return self._engine.scan(task, context)
        known_by = self._engine.known_by(task, context)
        with in_turn(self._turn, context) as own:
            return self._scan(task, context, own, known_by)

    def _scan(
        self, task: StaticTask, context: ScanContext, own: ScanContext, known_by: tuple[str, ...]
    ) -> Completed | Partial:
        names = _Names(self.name, known_by, self._hashes(task.files))
        groups = self._engine.repeated(task.files)
        bundles = _bundles(groups)
        known = self._remembered(groups, bundles, names)
        left = [files for files in groups if files[0].path not in known.groups]
        if not left and known.head is not None:
            self._bundle(bundles, known, names)
            return _joined(task, None, known.head, known.pieces())
        asked = replace(task, files=tuple(chain.from_iterable(left)), gaps=(), notes=())
        if known.groups:
            rest, every = len(asked.files), len(task.files)
            context.progress(f"{every - rest} of {every} files known, {rest} to look at")
        fresh = self._engine.scan(asked, own)
        paths = {file.path for file in task.files}
        head = Head(
            tool_version=fresh.tool_version,
            rules=fresh.rules,
            notes=tuple(note for note in fresh.notes if _spoken_of(note) not in paths),
        )
        if known.head is not None and head != known.head:
            # Another tool than a moment ago: nothing remembered counts beside it.
            return self._engine.scan(task, own)
        made = self._remember(fresh, head, left, len(groups), names)
        self._bundle(bundles, replace(known, single=known.single | made), names)
        return _joined(task, fresh, head, known.pieces())

    def _remembered(
        self, groups: Sequence[_Files], bundles: Sequence[_Bundle], names: _Names
    ) -> _Known:
        """What is known, all of one head; that is None where nothing is."""
        wanted = {name: bundle for bundle in bundles if (name := names.of_bundle(bundle))}
        whole = {
            bundle: piece
            for name, piece in self._pieces(wanted).items()
            if _fits(piece, chain.from_iterable(bundle := wanted[name]))
        }
        there = {files[0].path for bundle in whole for files in bundle}
        rest = [files for files in groups if files[0].path not in there]
        asked = {name: files for files in rest if (name := names.of(files))}
        single = {
            files[0].path: piece
            for name, piece in self._pieces(asked).items()
            # Where all is one piece, it may hold what is said of no file.
            if _fits(piece, files := asked[name]) or len(groups) == 1
        }
        heads = {piece.head for piece in (*whole.values(), *single.values())}
        if len(heads) != 1:
            return _Known()
        (name,) = heads
        try:
            head = decode(self._store.get([name])[name], Head)
        except (KeyError, Unfit):
            return _Known()
        return _Known(
            head=head, groups=frozenset(there | single.keys()), whole=whole, single=single
        )

    def _pieces(self, names: Collection[str]) -> dict[str, Piece]:
        """The pieces that are kept under these names."""
        pieces = {}
        for name, content in self._store.get(tuple(names)).items():
            with contextlib.suppress(Unfit):
                pieces[name] = decode(content, Piece)
        return pieces

    def _remember(
        self, fresh: Completed, head: Head, left: Sequence[_Files], of: int, names: _Names
    ) -> dict[str, Piece]:
        """Keep what the files alone have decided, if they are still what they were."""
        gaps = fresh.gaps if isinstance(fresh, Partial) else ()
        whole = {file.path for files in left for file in files}
        said = {path_of(one.location) for one in fresh.findings} | {gap.subject for gap in gaps}
        if of > 1 and not said <= whole:
            # Said of no file: it may be about any of them.
            return {}
        now = self._hashes.again([file for files in left for file in files])
        content = encode(head)
        head_name = f"head:{hashlib.sha256(content).hexdigest()}"
        entries, pieces = {head_name: content}, {}
        for files in left:
            paths = {file.path for file in files}
            # Where all is one piece, it holds what is said of no file too.
            about = paths if of > 1 else said | whole | set(fresh.targets)
            piece = _piece(fresh, gaps, about, head_name)
            name = names.of(files)
            if name and names.still(files, now) and all(map(self._engine.lasting, piece.gaps)):
                pieces[files[0].path] = piece
                entries[name] = encode(piece)
        if pieces:
            self._store.put(entries)
        return pieces

    def _bundle(self, bundles: Sequence[_Bundle], known: _Known, names: _Names) -> None:
        """Keep as one what is known of all files of a bundle."""
        entries = {}
        for bundle in bundles:
            pieces = [p for files in bundle if (p := known.single.get(files[0].path))]
            if len(pieces) == len(bundle) and len({piece.head for piece in pieces}) == 1:
                joined = Piece(
                    head=pieces[0].head,
                    findings=tuple(chain.from_iterable(one.findings for one in pieces)),
                    gaps=tuple(chain.from_iterable(one.gaps for one in pieces)),
                    targets=tuple(chain.from_iterable(one.targets for one in pieces)),
                    notes=tuple(chain.from_iterable(one.notes for one in pieces)),
                )
                entries[names.of_bundle(bundle)] = encode(joined)
        self._store.put(entries)


class _Names:
    """What answers are kept under: all that decides them. Nothing where a file can't be read."""

    def __init__(self, engine: str, known_by: Sequence[str], hashes: Mapping[str, str]) -> None:
        self._engine = engine
        self._known_by = json.dumps(known_by)
        self._hashes = hashes

    def of(self, files: _Files) -> str:
        """The name of an answer about a group."""
        return self._of("piece", files)

    def of_bundle(self, bundle: _Bundle) -> str:
        """The name of the answers about several groups, kept as one."""
        return self._of("bundle", tuple(chain.from_iterable(bundle)))

    def still(self, files: _Files, now: Mapping[str, str]) -> bool:
        """Whether these files hold what their name says."""
        return all(now[file.path] == self._hashes[file.path] for file in files)

    def _of(self, what: str, files: _Files) -> str:
        held = [(file.path, self._hashes[file.path]) for file in files]
        if not all(content for _, content in held):
            return ""
        text = json.dumps([what, self._known_by, held])
        return f"{self._engine}:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def _bundles(groups: Sequence[_Files]) -> tuple[_Bundle, ...]:
    """About sixteen groups each, by their paths alone: an edit leaves all but one as they were."""
    count = 1 << max(0, (len(groups) // 16).bit_length() - 1)
    sorted_in: dict[int, list[_Files]] = {}
    for files in groups:
        path = files[0].path.encode("utf-8", "surrogatepass")
        sorted_in.setdefault(zlib.crc32(path) % count, []).append(files)
    return tuple(tuple(several) for several in sorted_in.values() if len(several) > 1)


def _piece(fresh: Completed, gaps: Iterable[Gap], paths: set[str], head: str) -> Piece:
    return Piece(
        head=head,
        findings=tuple(f for f in fresh.findings if path_of(f.location) in paths),
        gaps=tuple(gap for gap in gaps if gap.subject in paths),
        targets=tuple(target for target in fresh.targets if target in paths),
        notes=tuple(note for note in fresh.notes if _spoken_of(note) in paths),
    )


def _spoken_of(note: str) -> str:
    """The file that a note begins with, if it does."""
    return note.partition(": ")[0]


def _fits(piece: Piece, files: Iterable[SourceFile]) -> bool:
    """Whether a piece speaks of these files and no other."""
    paths = {file.path for file in files}
    said = {path_of(finding.location) for finding in piece.findings}
    said |= {gap.subject for gap in piece.gaps} | set(map(_spoken_of, piece.notes))
    return paths >= said | set(piece.targets)


def _joined(
    task: StaticTask, fresh: Completed | None, head: Head, pieces: Sequence[Piece]
) -> Completed | Partial:
    """The outcome over all files, as the engine alone would have given it, and what was known."""
    gaps = {*task.gaps, *(gap for piece in pieces for gap in piece.gaps)}
    gaps |= set(fresh.gaps) if isinstance(fresh, Partial) else set()
    targets = {target for piece in pieces for target in piece.targets}
    known = len(targets)
    targets |= set(fresh.targets) if fresh else set()
    findings = [finding for piece in pieces for finding in piece.findings]
    findings += fresh.findings if fresh else ()
    order = {file.path: number for number, file in enumerate(task.files)}
    notes = [note for piece in pieces for note in piece.notes]
    notes += [note for note in fresh.notes if _spoken_of(note) in order] if fresh else []
    notes.sort(key=lambda note: order.get(_spoken_of(note), 0))
    told = (f"{known} of {len(targets)} files unchanged: answered from the cache",) if known else ()
    whole = Completed(
        tool_version=head.tool_version,
        rules=head.rules,
        targets=tuple(sorted(targets)),
        findings=fingerprinted(findings),
        notes=(*task.notes, *notes, *head.notes, *told),
    )
    return whole.lacking(sorted(gaps, key=lambda gap: (gap.subject, gap.reason)))
