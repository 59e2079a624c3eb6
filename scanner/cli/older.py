"""What an older state in git tells of this one: its findings, and which files changed since."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from scanner.cli.baseline import baseline_entries
from scanner.config import Settings
from scanner.engines._git import Blob, Repository, blob_name, open_repository
from scanner.engines._reaper import REAPER
from scanner.inventory import Inventory, take_inventory
from scanner.model.decision import Triaged
from scanner.model.errors import InputError
from scanner.model.history import Baseline
from scanner.model.outcome import EngineRun, Failed, Partial
from scanner.model.values import Value
from scanner.plan import Changes

_MAX_BLOB = 32 * 1024 * 1024
Scanned = tuple[tuple[EngineRun, ...], tuple[Triaged, ...]]


class Older(Value, kw_only=True):
    """A state in git: the commit where `ref` and HEAD parted, and its files."""

    ref: str
    repository: Repository
    commit: str
    blobs: tuple[Blob, ...] | None

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"git:{self.ref}"


def older_state(folder: Path, ref: str) -> Older:
    """Look the state up. Raises `InputError` that says what to fetch."""
    repository = open_repository(folder)
    commit = repository.base(ref)
    return Older(ref=ref, repository=repository, commit=commit, blobs=repository.files(commit))


def commit_of(folder: Path) -> str:
    """The commit that a folder is at; empty where there is none."""
    try:
        return open_repository(folder).head()
    except InputError:
        return ""


def baseline_of(
    older: Older, settings: Settings, only: str, scan: Callable[[Path], Scanned]
) -> Baseline:
    """The findings of the static engines in an older state, which is written to a private folder.

    `only` names the one file that is scanned, if it is one. Raises `InputError`.
    """
    notes = []
    blobs = older.blobs or ()
    if older.blobs is None:
        notes.append("the scanned folder did not exist there: all findings count as new")
    if only:
        blobs = tuple(blob for blob in blobs if blob.path == only)
    limit = max(settings.scan.max_file_bytes, _MAX_BLOB)
    with (
        tempfile.TemporaryDirectory(prefix="servegate-older-") as name,
        REAPER.folder(Path(name).resolve()),
    ):
        folder = Path(name).resolve() / "tree"
        folder.mkdir()
        older.repository.write((blob for blob in blobs if blob.size <= limit), folder)
        runs, findings = scan(folder / only if only and blobs else folder)
    notes += [note for run in runs for note in _untold(run)]
    return Baseline(
        source=older.name,
        commit=older.commit,
        weaknesses=baseline_entries(findings),
        moved=tuple(sorted(moved(older).items())),
        notes=tuple(sorted(notes)),
    )


def _untold(run: EngineRun) -> list[str]:
    match run.outcome:
        case Failed(reason=reason):
            return [f"there {run.engine} gave no answer ({reason}): its findings count as new"]
        case Partial(gaps=gaps):
            # One for each, so that shards together say what one run does.
            subjects = dict.fromkeys(gap.subject for gap in gaps)
            return [f"there {run.engine} did not look at {subject}" for subject in subjects]
        case _:
            return []


def moved(older: Older) -> dict[str, str]:
    """Files that are called otherwise now: renamed in a commit, or moved as they are since."""
    names = older.repository.moved(older.commit)
    blobs = older.blobs or ()
    folder = older.repository.folder
    gone = {
        blob.name: blob.path
        for blob in blobs
        if blob.size and blob.path not in names and not (folder / blob.path).is_file()
    }
    if not gone:
        return names
    known = {blob.path for blob in blobs}
    sizes = {blob.size for blob in blobs if blob.path in gone.values()}
    for path in _plain_files(folder):
        at = folder / path
        if path not in known and at.stat().st_size in sizes:
            name = _named(at, next(iter(gone)))
            if name in gone:
                names[gone[name]] = path
    return names


def _plain_files(folder: Path) -> list[str]:
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if not path.is_symlink() and path.is_file() and ".git" not in path.relative_to(folder).parts
    ]


def _named(path: Path, like: str) -> str:
    try:
        return blob_name(path.read_bytes(), like)
    except OSError:
        return ""


def changes_since(older: Older, inventory: Inventory) -> Changes:
    """Which files of the inventory differ from the older state, by content."""
    then = {blob.path: blob for blob in older.blobs or ()}
    changed: set[str] = set()
    here: set[str] = set()
    for files in inventory.files.values():
        for file in files:
            here.add(file.path)
            blob = then.get(file.path)
            # A line ending that git converts counts as a change: rather too much than too little.
            if (
                blob is None
                or blob.size != file.size
                or _named(inventory.root / file.path, blob.name) != blob.name
            ):
                changed.add(file.path)
    removed = {path for path in then if not (inventory.root / path).is_file()}
    return Changes(
        since=f"{older.ref} ({older.commit[:12]})",
        paths=frozenset(changed),
        removed=frozenset(removed),
    )


def touched(
    older: Older,
    root: Path,
    paths: tuple[str, ...],
    without: tuple[str, ...] = (),
    outs: tuple[Path, ...] = (),
) -> bool:
    """Whether anything below `paths`, and not below `without`, differs from the older state.

    Of what git does not know, only files that an engine reads count: the rest may be anything.
    Reports that are written anew (into `outs`) are no change.
    """

    def asked(path: str) -> bool:
        return _below(path, paths) and not _below(path, without)

    then = {blob.path: blob for blob in older.blobs or ()}
    for path, blob in then.items():
        if asked(path):
            file = root / path
            if not file.is_file() or file.is_symlink():
                return True
            if file.stat().st_size != blob.size or _named(file, blob.name) != blob.name:
                return True
    found = take_inventory(root, (), outs).files.values()
    return any(file.path not in then and asked(file.path) for files in found for file in files)


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(not one or path == one or path.startswith(f"{one}/") for one in folders)


def placed(baseline: Baseline, folder: Path) -> Baseline:
    """A baseline that knows which of its files exist, and what they are called now."""
    paths = {known.path for known in baseline.weaknesses if known.path}
    present = frozenset(path for path in paths if (folder / path).is_file())
    if baseline.moved or not paths - present or not baseline.commit:
        return replace(baseline, present=present)
    try:
        repository = open_repository(folder)
        if not repository.has(baseline.commit):
            return replace(baseline, present=present)
        older = Older(
            ref=baseline.commit[:12],
            repository=repository,
            commit=baseline.commit,
            blobs=repository.files(baseline.commit),
        )
        return replace(baseline, present=present, moved=tuple(sorted(moved(older).items())))
    except InputError:
        return replace(baseline, present=present)
