"""Which modules stand around a resource, and whether their sources are approved and fixed."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch
from pathlib import Path

from _policy import ROOT, Resource, module_calls, module_of

_PINNED = re.compile(r"^(?:[0-9a-f]{40}|v?\d+(?:\.\d+)+(?:[-+.]\w+)*)$")
_EXACT = re.compile(r"^=?\s*v?\d+(?:\.\d+)*(?:[-+]\w+)?$")


def calls_around(resource: Resource) -> list[Resource]:
    """The calls of the modules that a resource is in, the outermost first."""
    path = re.sub(r"\[[^\]]*\]", "", module_of(resource.address)).rstrip(".")
    found: list[Resource] = []
    folder = resource.folder
    for name in reversed(path.split(".")[1::2]):
        made = [call for call in module_calls() if call.address == name]
        made = [call for call in made if folder in call.all("folders")]
        found = [*made, *found]
        folder = made[0].folder if made else ""
    return found


def approved_folder(folder: str, approved: tuple[str, ...]) -> bool:
    """Whether a folder is that of an approved module of this repository."""
    relative = os.path.relpath(folder, ROOT)
    return any(
        fnmatch(relative, entry.removeprefix("./").rstrip("/"))
        for entry in approved
        if entry.startswith("./")
    )


def approved_source(call: Resource, approved: tuple[str, ...]) -> bool:
    """Whether a call's source is on the list, and can't become another by itself."""
    source = str(call.first("source") or "")
    if source.startswith((".", "/")):
        return approved_folder(str(Path(call.folder, source)), approved)
    address, _, query = source.partition("?")
    ref = re.search(r"(?:^|&)ref=([^&]+)", query)
    for entry in approved:
        wanted, _, wanted_query = entry.partition("?")
        if not fnmatch(_plain(address), _plain(wanted)):
            continue
        if wanted_query:
            return query == wanted_query
        if _is_git(address):
            return bool(ref and _PINNED.match(ref[1]))
        return bool(_EXACT.match(str(call.first("version") or "")))
    return False


def listed(source: str, approved: tuple[str, ...]) -> bool:
    """Whether a source is on the list, at whatever version."""
    address = source.partition("?")[0]
    return any(fnmatch(_plain(address), _plain(entry.partition("?")[0])) for entry in approved)


def _plain(source: str) -> str:
    bare = source.removeprefix("registry.terraform.io/").removeprefix("git::")
    return bare.removeprefix("https://").removeprefix("ssh://").removesuffix("/")


def _is_git(source: str) -> bool:
    return source.startswith(("git::", "git@", "github.com/", "bitbucket.org/")) or ".git" in source
