"""A private copy of exactly the files that an engine was planned to see.

The copy is what makes the scanned repository powerless over its scanner: no configuration file of
an engine is in it, no link leads out of it, no name in it can be taken for an option, and no
default ignore list of an engine is met. Names that are plain stay as they are, since some rules
look at them; others get an alias, and every answer is translated back.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scanner.engines._notebook import NotANotebook, Notebook, NotebookLine, read_notebook
from scanner.engines._statements import Statements
from scanner.model.files import alias_suffix, staged_suffix
from scanner.model.outcome import Gap
from scanner.model.plan import SourceFile

_PLAIN = re.compile(r"[A-Za-z0-9_.@+=,][A-Za-z0-9_.@+=,-]{0,120}")
NOTEBOOK_SUFFIX = ".ipynb"
_ALIAS = "servegate_alias_"
MAX_LINE = 400
_TREES = 8
_KEPT_FILES = 16
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The staged tree: `root` is the copy's folder, `scratch` an empty working folder.

    `originals` maps staged names to scanned paths, `staged` the other way. A notebook is staged as
    the Python of its cells; `notebooks` has the way back, by scanned path. `notes` tells of cells
    in another language.
    """

    root: Path
    scratch: Path
    originals: dict[str, str]
    staged: dict[str, str]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...] = ()
    notebooks: dict[str, Notebook] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _parsed: dict[str, Statements] = field(default_factory=dict, repr=False)

    def original(self, reported: str) -> str | None:
        """The scanned path behind a path that an engine reported; None if it is not one of ours."""
        path = Path(reported)
        if not path.is_absolute():
            path = self.root / path
        try:
            return self.originals.get(path.relative_to(self.root).as_posix())
        except ValueError:
            return None

    def lines(self, original: str) -> list[str]:
        """The text lines of a scanned file, empty if it was not staged; not to be changed."""
        staged = self.staged.get(original)
        if staged is None:
            return []
        if original not in self._lines:
            # A file is asked for with each of its findings; a few stay, for they may be large.
            while len(self._lines) >= _KEPT_FILES:
                del self._lines[next(iter(self._lines))]
            # Not `splitlines`: that would break at form feeds, which no engine counts as a line.
            text = (self.root / staged).read_bytes().decode("utf-8", "replace")
            self._lines[original] = text.split("\n")
        return self._lines[original]

    def statements(self, original: str) -> Statements:
        """The statements of a Python file, parsed once while it is spoken of."""
        known = self._parsed.get(original)
        if known is None:
            # Findings come file by file, and a tree takes much more memory than its text.
            if len(self._parsed) >= _TREES:
                self._parsed.clear()
            known = self._parsed[original] = Statements(self.lines(original))
        return known

    def places(self, original: str) -> tuple[NotebookLine, ...]:
        """Where each line of a notebook's Python stands in it; empty for any other file."""
        notebook = self.notebooks.get(original)
        return notebook.places if notebook else ()


def stage(root: Path, files: Iterable[SourceFile], into: Path) -> Workspace:
    """Copy `files` of the scanned `root` below the folder `into`.

    A file that can't be read, or is no regular file any more, becomes a gap.
    """
    tree = into / "tree"
    scratch = into / "scratch"
    tree.mkdir()
    scratch.mkdir()
    aliases: dict[tuple[str, str], str] = {}
    originals: dict[str, str] = {}
    gaps: list[Gap] = []
    notebooks: dict[str, Notebook] = {}
    for file in files:
        staged = _staged_name(file.path, aliases)
        try:
            content = _read_regular(root / file.path)
        except OSError as error:
            reason = (error.strerror or "can't be read").lower()
            gaps.append(Gap(subject=file.path, reason=reason))
            continue
        if file.path.lower().endswith(NOTEBOOK_SUFFIX):
            try:
                notebook = read_notebook(content)
            except NotANotebook as error:
                gaps.append(Gap(subject=file.path, reason=str(error)))
                continue
            gaps += [Gap(subject=file.path, reason=fault) for fault in notebook.unread]
            notebooks[file.path] = notebook
            content = notebook.source.encode("utf-8", "replace")
        target = tree / staged
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        originals[staged] = file.path
    return Workspace(
        root=tree,
        scratch=scratch,
        originals=originals,
        staged={original: staged for staged, original in originals.items()},
        gaps=tuple(gaps),
        notes=tuple(
            f"{path}: cells in other languages were not read ({_some(notebook.foreign)})"
            for path, notebook in notebooks.items()
            if notebook.foreign
        ),
        notebooks=notebooks,
    )


def _some(parts: tuple[str, ...]) -> str:
    more = len(parts) - _NAMED
    return ", ".join(parts[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def clip(line: str) -> str:
    """Cut a source line to a length that a report can carry."""
    return line if len(line) <= MAX_LINE else line[:MAX_LINE] + " …"


def _staged_name(path: str, aliases: dict[tuple[str, str], str]) -> str:
    parts: list[str] = []
    parent = ""
    for part in path.split("/"):
        is_file = len(parts) == path.count("/")
        tells = not is_file or staged_suffix(part) is None
        if _PLAIN.fullmatch(part) and not part.startswith(_ALIAS) and tells:
            parts.append(part)
        else:
            alias = f"{_ALIAS}{len(aliases)}{alias_suffix(part) if is_file else ''}"
            parts.append(aliases.setdefault((parent, part), alias))
        parent = f"{parent}/{part}"
    return "/".join(parts)


def _read_regular(path: Path) -> bytes:
    """Read a file without following a link and without blocking on a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "no regular file")
        return file.read()
