"""Lists the files of a scanned root without following it anywhere.

Reads names, sizes and the first kilobytes of YAML and JSON; opens nothing else and runs nothing.
Symbolic links, devices and pipes are never followed.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scanner.kinds import SNIFF_BYTES, is_bundle, kinds_of
from scanner.model.files import FileKind
from scanner.model.outcome import Gap
from scanner.model.plan import BY_CONFIGURATION, SourceFile
from scanner.model.values import Value

# Git never tracks a path below a `.git`, so a repository can hide nothing there.
_SILENT_FOLDERS = frozenset({".git"})
_SKIPPED_FOLDERS = {
    ".hg": "version control",
    ".svn": "version control",
    "node_modules": "installed packages",
    "site-packages": "installed packages",
    ".tox": "test environments",
    ".nox": "test environments",
    ".terraform": "downloaded modules and providers",
}
_MAX_FILES = 200_000
# What a scan writes into its folder of reports: searched for secrets it would only change with each
# one, and this one writes it anew. In any other folder it is a text like others.
_REPORT = re.compile(
    r"(result|unfinished|endpoints|defectdojo|sonarqube|gl-(sast|dast|code-quality)-report)\.json"
    r"|report\.html|junit\.xml|(summary|comment)\.md"
)
BUNDLE = "a bundle made from other files"
_ENGINE_CONFIGS = frozenset(
    {
        ".bandit",
        "bandit.yaml",
        "bandit.yml",
        ".checkov.yaml",
        ".checkov.yml",
        ".semgrepignore",
        ".semgrep.yml",
        ".semgrep.yaml",
        ".semgrepconfig.yml",
        ".checkov.baseline",
        ".zizmor.yaml",
        ".zizmor.yml",
        "zizmor.yaml",
        "zizmor.yml",
    }
)
# Files for many things, in which an engine may be spoken to.
_SPOKEN_TO = {
    "pyproject.toml": re.compile(rb"^[ \t]*\[tool\.(bandit|checkov|semgrep)", re.MULTILINE),
    "setup.cfg": re.compile(rb"^[ \t]*\[(bandit|tool:bandit)", re.MULTILINE),
    "tox.ini": re.compile(rb"^[ \t]*\[(bandit|tool:bandit)", re.MULTILINE),
    ".env": re.compile(
        rb"^[ \t]*(export[ \t]+)?"
        rb"(SEMGREP_|BANDIT_|CHECKOV_|CKV_|BC_|ZIZMOR_|SERVEGATE_|PYTHON)\w*\s*=",
        re.MULTILINE,
    ),
}


class Inventory(Value, kw_only=True):
    """The files by kind, what was passed over with a reason, and engines' configuration found.

    `reports` are folders of this scan's reports, whose text is no text of the repository.
    """

    root: Path
    files: dict[FileKind, tuple[SourceFile, ...]]
    excluded: tuple[Gap, ...]
    unreadable: tuple[Gap, ...]
    engine_configs: tuple[str, ...]
    reports: tuple[str, ...] = ()

    def of(self, *kinds: FileKind) -> tuple[SourceFile, ...]:
        """The files that are of any of these kinds, each once, sorted by path."""
        found = {file for kind in kinds for file in self.files.get(kind, ())}
        return tuple(sorted(found, key=lambda file: file.path))

    def only_text(self) -> frozenset[str]:
        """Paths of prose and settings, in which nothing but a secret can be found."""
        rest = (kind for kind in self.files if kind is not FileKind.TEXT)
        other = {file.path for file in self.of(*rest)}
        return frozenset(file.path for file in self.of(FileKind.TEXT)) - other


def take_inventory(
    root: Path, exclude: tuple[str, ...] = (), outs: tuple[Path, ...] = ()
) -> Inventory:
    """Walk `root` (a folder, or a single file) and sort its files by kind.

    `exclude` holds globs over relative paths (`tests/*`, `**/vendor/**`; a bare folder name means
    all below it). `outs` are the folders that reports will be written to.
    """
    walk = _Walk(root=root, exclude=exclude)
    own = {folder for out in outs if (folder := _below(root, out)) is not None}
    by_kind: dict[FileKind, list[SourceFile]] = {}
    for path, size in walk.files():
        name = path.rsplit("/", 1)[-1]
        spoken = _SPOKEN_TO.get(name)
        if name in _ENGINE_CONFIGS or (spoken and spoken.search(walk.head(path))):
            walk.engine_configs.append(path)
        read = partial(walk.head, path)
        kinds = kinds_of(path, read)
        file = SourceFile(path=path, size=size)
        if kinds == (FileKind.JAVASCRIPT,) and is_bundle(read):
            # Its source is elsewhere, but what it holds is published as it is: keys, above all.
            walk.excluded.append(Gap(subject=path, reason=BUNDLE))
            kinds = (FileKind.TEXT,)
        elif kinds == (FileKind.TEXT,) and own and _REPORT.fullmatch(name):
            folder = path.removesuffix(name)
            if folder in own:
                walk.reports.add(folder or "./")
                continue
        for kind in kinds:
            by_kind.setdefault(kind, []).append(file)
    return Inventory(
        root=root if root.is_dir() else root.parent,
        files={kind: tuple(sorted(found, key=lambda f: f.path)) for kind, found in by_kind.items()},
        excluded=tuple(walk.excluded),
        unreadable=tuple(walk.unreadable),
        engine_configs=tuple(sorted(walk.engine_configs)),
        reports=tuple(sorted(walk.reports)),
    )


class _Walk:
    """One walk over the tree; gathers what it passes over on the way."""

    def __init__(self, root: Path, exclude: tuple[str, ...]) -> None:
        self._root = root
        self._inside = root.is_dir()
        self._prefix = os.path.join(root, "")  # noqa: PTH118 - joined to each path as text
        self._exclude = exclude
        self.excluded: list[Gap] = []
        self.unreadable: list[Gap] = []
        self.engine_configs: list[str] = []
        self.reports: set[str] = set()

    def files(self) -> Iterator[tuple[str, int]]:
        """Yield (relative path, size) of every regular file that is neither excluded nor a link."""
        if not self._inside:
            yield self._root.name, self._root.stat().st_size
            return
        seen = 0
        pending = [""]
        while pending:
            folder = pending.pop()
            try:
                entries = sorted(os.scandir(self._prefix + folder), key=lambda entry: entry.name)
            except OSError as error:
                self.unreadable.append(Gap(subject=folder or ".", reason=_why(error)))
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                size = self._regular(entry, path, pending)
                if size is None:
                    continue
                seen += 1
                if seen > _MAX_FILES:
                    reason = (
                        f"more than {_MAX_FILES:,} files; name a smaller folder or exclude some"
                    )
                    self.unreadable.append(Gap(subject=".", reason=reason))
                    return
                yield path, size

    def _regular(self, entry: os.DirEntry[str], path: str, pending: list[str]) -> int | None:
        """The size of a regular file; None for all else, with folders put on `pending`."""
        if entry.is_symlink():
            self._note_link(path)
            return None
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.unreadable.append(Gap(subject=path, reason=_why(error)))
            return None
        if _matches(path, self._exclude):
            name = f"{path}/" if stat.S_ISDIR(info.st_mode) else path
            self.excluded.append(Gap(subject=name, reason=BY_CONFIGURATION))
            return None
        if stat.S_ISDIR(info.st_mode):
            if entry.name in _SILENT_FOLDERS:
                return None
            reason = _skipped_folder(self._prefix + path, entry.name)
            if reason:
                self.excluded.append(Gap(subject=path + "/", reason=reason))
            else:
                pending.append(path)
            return None
        return info.st_size if stat.S_ISREG(info.st_mode) else None

    def _note_link(self, path: str) -> None:
        """Say which links lead out of the root; links inside it lead to files that are seen."""
        root = self._root.resolve()
        try:
            inside = (self._root / path).resolve().is_relative_to(root)
        except (OSError, RuntimeError):
            inside = True
        if not inside:
            reason = "a symbolic link out of the scanned folder, not followed"
            self.excluded.append(Gap(subject=path, reason=reason))

    def head(self, path: str, size: int = SNIFF_BYTES) -> bytes:
        """The first kilobytes of a file, empty if it can't be read."""
        target = self._prefix + path if self._inside else self._root
        # It was a regular file a moment ago; nothing else is waited for.
        flags = os.O_RDONLY | os.O_NONBLOCK | (os.O_NOFOLLOW if self._inside else 0)
        try:
            with os.fdopen(os.open(target, flags), "rb") as file:
                return file.read(size) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
        except OSError:
            return b""


def _below(root: Path, folder: Path) -> str | None:
    """The folder as paths below the root begin, if it lies there."""
    try:
        inside = folder.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):
        return None
    return "" if inside == "." else f"{inside}/"


def _skipped_folder(path: str, name: str) -> str | None:
    if name in _SKIPPED_FOLDERS:
        return _SKIPPED_FOLDERS[name]
    # The marker file alone would let a repository hide its code behind an empty `pyvenv.cfg`.
    # As text: it is asked of each folder there is.
    marked = os.path.isfile(f"{path}/pyvenv.cfg") and os.path.exists(f"{path}/bin/python")  # noqa: PTH110, PTH113
    return "a virtual environment" if marked else None


def _matches(path: str, globs: tuple[str, ...]) -> bool:
    for glob in globs:
        pattern = glob.rstrip("/")
        if fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, f"{pattern}/*"):
            return True
        if pattern.startswith("**/") and fnmatch.fnmatch(path, pattern[3:]):
            return True
    return False


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
