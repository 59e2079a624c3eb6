"""Says whether a pack is as it was made: files changed, missing or added, and its manifest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from scanner.evidence.pack import FILES, MANIFEST
from scanner.evidence.sign import SIGNATURES
from scanner.model.documents import Document, DocumentFault, read_document
from scanner.model.errors import InputError

_CHUNK = 1 << 20


class _File(Document):
    path: str
    bytes: int
    sha256: str


class Manifest(Document, forbid_unknown_fields=False):
    """The parts of a manifest that checking needs."""

    schema_: Literal["servegate/evidence/v1"] = msgspec.field(name="schema")
    commit: str
    project: str
    signed_with: str
    files: list[_File]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a pack. Raises `InputError` where there is none that can be read."""
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: no evidence pack: {(error.strerror or '').lower()}") from error
    try:
        return read_document(Manifest, json.loads(text))
    except DocumentFault as fault:
        raise InputError(f"{path}: no manifest of a pack: {fault}") from fault
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no manifest of a pack: no readable JSON") from error


def problems(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Every way in which the folder differs from its manifest, one line each."""
    return tuple(_problems(folder, manifest))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            total.update(piece)
    return total.hexdigest()


def _problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    named: set[str] = set()
    for entry in manifest.files:
        if not _plain(entry.path):
            yield f"{entry.path!r}: the manifest names a place outside the pack"
            continue
        if entry.path in named:
            yield f"{entry.path}: the manifest names it twice"
        named.add(entry.path)
        path = folder / entry.path
        if path.is_symlink():
            yield f"{entry.path}: is a link"
        elif not path.is_file():
            yield f"{entry.path}: is missing"
        elif path.stat().st_size != entry.bytes or sha256_of(path) != entry.sha256:
            yield f"{entry.path}: was changed"
    for name in FILES:
        if name not in named:
            yield f"{name}: the manifest does not name it, and every pack has it"
    signature = SIGNATURES.get(manifest.signed_with, "")
    if manifest.signed_with and not signature:
        yield f"{MANIFEST}: signed with {manifest.signed_with!r}, which servegate does not know"
    if signature and not (folder / signature).is_file():
        yield f"{signature}: is missing, though the manifest says that it is signed"
    for name in _present(folder):
        if name not in named and name not in (MANIFEST, signature):
            yield f"{name}: was added"


def _present(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        here = Path(parent)
        for name in sorted(files):
            yield (here / name).relative_to(folder).as_posix()
        for name in folders:
            path = here / name
            if path.is_symlink() or not any(path.iterdir()):
                yield path.relative_to(folder).as_posix()


def _plain(name: str) -> bool:
    return bool(name) and "/" not in name and "\\" not in name and name not in (".", "..")
