"""Reads what the operator declares: documents that no scan can find."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanner.evidence.model import Declaration
from scanner.model.documents import Document, DocumentFault, read_document, read_toml
from scanner.model.errors import ConfigError, InputError

_Words = Annotated[str, Meta(min_length=1)]


class _Entry(Document):
    control: str
    statement: _Words
    owner: _Words
    reviewed: date
    review_by: date
    document: str = ""


class _File(Document):
    declaration: tuple[_Entry, ...] = ()


def read_declarations(path: Path, known: Collection[str], day: date) -> tuple[Declaration, ...]:
    """The declarations of a TOML file, as they stand on `day`.

    A document is named relative to the file and is hashed, never copied. Raises `InputError` where
    the file can't be read and `ConfigError` where it says something that can't be.
    """
    try:
        parsed = read_document(_File, read_toml(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {(error.strerror or '').lower()}") from error
    except UnicodeDecodeError:
        raise InputError(f"{path}: can't be read: not UTF-8 text") from None
    except DocumentFault as fault:
        raise ConfigError(f"{path}: {fault}") from fault
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    for entry in parsed.declaration:
        if entry.control not in known:
            raise ConfigError(f"{path}: {entry.control!r} is no control; rules/controls.yaml")
        if entry.review_by < entry.reviewed:
            raise ConfigError(f"{path}: {entry.control}: review_by is before reviewed")
    return tuple(_declaration(entry, path.parent, day) for entry in parsed.declaration)


def _declaration(entry: _Entry, folder: Path, day: date) -> Declaration:
    sha256 = _hash(folder / entry.document) if entry.document else ""
    if entry.document and not sha256:
        state = "document missing"
    elif entry.review_by < day:
        state = "overdue"
    elif entry.reviewed > day:
        state = "reviewed after the scan"
    else:
        state = "current"
    return Declaration(
        control=entry.control,
        statement=entry.statement,
        owner=entry.owner,
        reviewed=entry.reviewed,
        review_by=entry.review_by,
        document=entry.document,
        sha256=sha256,
        state=state,
    )


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
