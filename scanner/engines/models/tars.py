"""Tar files, in which NeMo and others keep a model beside its settings."""

from __future__ import annotations

import tarfile
from typing import BinaryIO

from scanner.engines.models.bounds import MAX_DEPTH, Budget, Exhausted, Unreadable, shown
from scanner.engines.models.kinds import kind_of_content
from scanner.engines.models.paths import leads_out
from scanner.engines.models.seen import Examine, Seen
from scanner.engines.models.window import window
from scanner.model.files import is_model_by_name

_BLOCK = 512
_MAX_NAME = 64 * 1024
# Headers of GNU and of POSIX that say more about the member that follows.
_LONG_NAME = b"L"
_MORE = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)
_NO_DATA = (*_LINKS, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)


def tar_file(
    file: BinaryIO, size: int, seen: Seen, budget: Budget, depth: int, examine: Examine
) -> None:
    """Examine the members that can hold code. Raises `Unreadable` if it is no tar file."""
    seen.format = "tar"
    at, name = 0, ""
    while at + _BLOCK <= size:
        budget.member()
        file.seek(at)
        raw = file.read(_BLOCK)
        if not raw.strip(b"\0"):
            return
        try:
            header = tarfile.TarInfo.frombuf(raw, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise Unreadable(f"a damaged tar file: {shown(str(error))}") from error
        start = at + _BLOCK
        length = 0 if header.type in _NO_DATA else header.size
        if length < 0 or length > size - start:
            raise Unreadable("a damaged tar file: a member is longer than the file")
        at = start + -(-length // _BLOCK) * _BLOCK
        if header.type == _LONG_NAME or header.type in _MORE:
            said = file.read(min(length, _MAX_NAME)).decode("utf-8", "replace")
            name = said.rstrip("\0") if header.type == _LONG_NAME else _path(said, seen) or name
            continue
        name, own = "", name or header.name
        if leads_out(own):
            seen.leads_out(own)
        if header.type in _LINKS and leads_out(header.linkname):
            seen.leads_out(header.linkname)
        if header.type == tarfile.GNUTYPE_SPARSE:
            seen.gap(f"{shown(own)}: a file with holes in a tar file is not examined")
        elif length and header.type != tarfile.XGLTYPE:
            _member(file, start, length, own, seen, budget, depth, examine)


def _path(said: str, seen: Seen) -> str:
    """The name that such lines give the member that follows; another size is not followed."""
    pairs = dict(line.split(" ", 1)[-1].partition("=")[::2] for line in said.splitlines())
    if "size" in pairs or any(key.startswith("GNU.sparse") for key in pairs):
        seen.gap("a tar file whose members have their sizes elsewhere is not examined")
    return pairs.get("path", "")


def _member(
    file: BinaryIO,
    start: int,
    length: int,
    name: str,
    seen: Seen,
    budget: Budget,
    depth: int,
    examine: Examine,
) -> None:
    file.seek(start)
    kind = kind_of_content(file.read(min(length, _BLOCK)))
    inside = name.rsplit("/", 1)[-1].lower()
    if not kind and not is_model_by_name(inside):
        return
    if depth >= MAX_DEPTH:
        raise Unreadable("packed too many times over")
    part = Seen()
    try:
        examine(window(file, start, length), length, inside, part, budget, depth + 1)
    except Exhausted:
        raise
    except Unreadable as fault:
        part.gap(str(fault))
    finally:
        seen.add(part, name)
