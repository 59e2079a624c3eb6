"""What an engine's answer depends on beside the files: the tool, its rules, and our own code.

Content decides, not times or places, so that an answer can travel from one machine to another.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from scanner.engines._process import tool_version

_SCANNER = Path(__file__).resolve().parents[1]
# The parts of servegate that every static engine's findings pass through.
_SHARED = ("model", "redact", "assets.py")
_SMALL = 1_000_000


def installed_version(tool: Path, name: str) -> tuple[str, str] | None:
    """The version of a Python package's command, and what is installed beside it.

    None where that can't be told from the folders around the command: then it must be asked.
    """
    around = tool.parent.parent
    beside = _installed(around)
    if beside is None:
        return None
    versions = [one for one in beside[0] if one.lower().startswith(f"{name}-")]
    if len(versions) != 1:
        return None
    return versions[0].removesuffix(".dist-info").split("-", 1)[1], beside[1]


@cache
def _installed(around: Path) -> tuple[tuple[str, ...], str] | None:
    """What is installed in an environment, and one hash of that and of its Python."""
    places = [
        place
        for name_of_it in ("site-packages", "dist-packages")
        for place in around.glob(f"lib/python3*/{name_of_it}")
    ]
    if len(places) != 1:
        return None
    (place,) = places
    here = tuple(sorted(name for name in os.listdir(place) if name.endswith(".dist-info")))  # noqa: PTH208
    config = around / "pyvenv.cfg"
    python = place.parent.name + (_version_line(config) if config.is_file() else "")
    return here, digest([python, *here])


def version_of(tool: Path, name: str, cancelled: threading.Event) -> str:
    """The version of a tool, asked for only where it can't be read: that takes a start of it."""
    known = installed_version(tool, name)
    return known[0] if known else tool_version(tool, cancelled)


def tool_identity(tool: Path, name: str, cancelled: threading.Event) -> str:
    """The tool by its version and what is installed with it; else by its own content."""
    known = installed_version(tool, name)
    if known:
        return f"{name} {known[0]} {known[1]}"
    size = tool.stat().st_size
    content = hashlib.sha256(tool.read_bytes()).hexdigest() if size < _SMALL else str(size)
    return f"{name} {tool_version(tool, cancelled)} {content}"


@cache
def code_identity(*own: str) -> str:
    """The code of ours that makes the findings: the shared parts and the engine's `own` modules."""
    mine = files_identity(_there(_SCANNER / "engines" / name) for name in own)
    return digest([str(sys.version_info[:3]), _shared(), mine])


@cache
def _shared() -> str:
    paths = [_there(_SCANNER / name) for name in _SHARED]
    return files_identity([*paths, *sorted((_SCANNER / "engines").glob("_*.py"))])


def _there(path: Path) -> Path:
    """A path of ours that must not go missing: no change of what lies there would be noticed."""
    path.stat()
    return path


def files_identity(paths: Iterable[Path]) -> str:
    """The content of files and of all files in folders, without compiled ones."""
    held = []
    for path in paths:
        for file in sorted(_inside(path)):
            with open(file, "rb") as content:  # noqa: PTH123
                held.append(
                    f"{file.rpartition(os.sep)[2]} {hashlib.sha256(content.read()).hexdigest()}"
                )
    return digest(held)


def _inside(path: str | Path) -> Iterator[str]:
    # Not by `Path.rglob`, which takes ten times as long: every scan begins with this.
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        yield from _inside(entry.path)
                elif entry.is_file():
                    yield entry.path
    except NotADirectoryError:
        yield os.fspath(path)
    except FileNotFoundError:
        return


def digest(words: Iterable[str]) -> str:
    """One hash of several words."""
    text = "\0".join(words)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _version_line(config: Path) -> str:
    lines = config.read_text("utf-8", "replace").splitlines()
    return "".join(line for line in lines if line.startswith("version"))
