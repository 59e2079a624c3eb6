"""Zip files: of torch, Keras, NumPy, or anything under such a name."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from typing import BinaryIO, cast

from scanner.engines.models.arrays import MAGIC, item_width, read_header
from scanner.engines.models.bounds import MAX_DEPTH, Budget, Exhausted, Unreadable, shown
from scanner.engines.models.keras import keras_config
from scanner.engines.models.kinds import Kind, kind_of_content
from scanner.engines.models.paths import leads_out
from scanner.engines.models.pickles import suspected_pickles
from scanner.engines.models.seen import Examine, Seen
from scanner.engines.models.window import window
from scanner.model.files import is_model_by_name
from scanner.model.values import Value

DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, struct.error, ValueError)
# `zipfile` raises a `RuntimeError` for what it can't read: a password, a later version, a packing.
_NO_ARCHIVE = (zipfile.BadZipFile, RuntimeError, *DAMAGED)
_MAX_LISTED = 1_000_000
_MAX_DIRECTORY = 128 * 1024 * 1024
_MAX_SUSPECTED = 1024 * 1024
_HEAD = 512
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = 20


def zip_file(
    file: BinaryIO, size: int, name: str, seen: Seen, budget: Budget, depth: int, examine: Examine
) -> None:
    """Examine the members that can hold code. Raises `Unreadable` if it is no zip file."""
    found = _list(file, size)
    if not found:
        raise Unreadable("a damaged zip file: it has no end")
    if found.count > _MAX_LISTED or found.length > _MAX_DIRECTORY:
        raise Unreadable(f"its list of {found.count:,} members is too long")
    disagreed = found.from_end != found.from_start and _begins(file, found.from_start)
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except _NO_ARCHIVE as error:
        raise Unreadable(f"a damaged zip file: {shown(str(error))}") from error
    seen.format = "zip"
    if disagreed:
        seen.gap("it has two lists of members, and readers disagree which of them counts")
    models = {member.filename for member in members if member.filename.endswith("data.pkl")}
    for member in members:
        if leads_out(member.filename):
            seen.leads_out(member.filename)
        if member.is_dir():
            continue
        try:
            if _is_tensor(archive, member, models, budget):
                # A file may have more of them than members that are worth a look.
                budget.look()
                continue
            budget.member()
            _member(archive, member, name, seen, budget, depth, examine, len(members) == 1)
        except Exhausted:
            raise
        except Unreadable as fault:
            seen.gap(f"{shown(member.filename)}: {fault}")
        except _NO_ARCHIVE as error:
            seen.gap(f"{shown(member.filename)}: can't be unpacked: {shown(str(error))}")


_TENSOR = re.compile(r"(|.*/)data/\d+")


def _is_tensor(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, models: set[str], budget: Budget
) -> bool:
    """Whether a member holds the raw numbers of a tensor, as torch stores them beside a pickle.

    NumPy looks into a zip file of any making, at members of any name. Numbers begin as a pickle
    or a compressed file does by chance: they are no pickle if nothing in them can be loaded.
    """
    found = _TENSOR.fullmatch(member.filename)
    if not found or f"{found[1]}data.pkl" not in models:
        return False
    member.flag_bits &= ~0x1
    kind = kind_of_content(_begin(archive, member, _HEAD))
    if kind is Kind.PICKLE:
        return not suspected_pickles(*_opened(archive, member, budget), budget)
    return kind in (None, Kind.PACKED)


class _List(Value):
    """Where the list of members is: for who counts from its end, or from the file's start."""

    count: int
    length: int
    from_end: int
    from_start: int


def _list(file: BinaryIO, size: int) -> _List | None:
    reach = min(size, 65_535 + _END.size)
    file.seek(size - reach)
    tail = file.read(reach)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        return None
    count, length, offset = (int(part) for part in _END.unpack_from(tail, at)[4:7])
    end = size - reach + at
    place = end - _LOCATOR_64 - _END_64.size
    if place >= 0:
        file.seek(place)
        record = file.read(_END_64.size + 4)
        if record.startswith(b"PK\x06\x06") and record.endswith(b"PK\x06\x07"):
            count, length, offset = (int(n) for n in _END_64.unpack(record[: _END_64.size])[-3:])
            end = place
    return _List(count, length, max(0, end - length), min(offset, size))


def may_be_zip(file: BinaryIO, size: int) -> bool:
    """Whether a reader would find a list of members in the file."""
    found = _list(file, size)
    return found is not None and (_begins(file, found.from_end) or _begins(file, found.from_start))


def _begins(file: BinaryIO, place: int) -> bool:
    file.seek(place)
    return file.read(4) == b"PK\x01\x02"


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    seen: Seen,
    budget: Budget,
    depth: int,
    examine: Examine,
    alone: bool,
) -> None:
    # The flag of encryption may be a lie that other readers do not mind.
    member.flag_bits &= ~0x1
    head = _begin(archive, member, _HEAD)
    inside = member.filename.rsplit("/", 1)[-1].lower()
    if inside == "config.json":
        _config(_whole(archive, member, budget), name, seen)
        return
    kind = kind_of_content(head)
    if not head or not (kind or is_model_by_name(inside) or alone):
        return
    if kind is Kind.NUMPY and _numbers_only(archive, member):
        return
    if not kind and not is_model_by_name(inside) and member.file_size > _MAX_SUSPECTED:
        return
    if depth >= MAX_DEPTH:
        raise Unreadable("packed too many times over")
    opened, size = _opened(archive, member, budget)
    part = Seen()
    try:
        examine(opened, size, inside, part, budget, depth + 1)
    except Exhausted:
        raise
    except Unreadable as fault:
        if kind or is_model_by_name(inside):
            part.gap(str(fault))
    finally:
        seen.add(part, member.filename)


def _config(data: bytes, name: str, seen: Seen) -> None:
    """Keras's description of a model, or somebody else's file of that name."""
    if name.endswith(".keras") or b"class_name" in data or b"\\u00" in data or b"\0" in data:
        keras_config(data, seen)


def _numbers_only(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether an array's header names no objects; who unpacks it reads one array of a member."""
    head = _begin(archive, member, 64 * 1024 + 12)
    if not head.startswith(MAGIC):
        return False
    return item_width(read_header(io.BytesIO(head)).get("descr")) is not None


def _begin(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(member) as opened:
        # Neither does torch compare checksums.
        opened._expected_crc = None  # type: ignore[attr-defined] # noqa: SLF001
        return opened.read(most)


def _opened(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget
) -> tuple[BinaryIO, int]:
    """A member as a file: where it is not packed a part of the archive's own."""
    file = archive.fp
    if member.compress_type == zipfile.ZIP_STORED and file is not None:
        file.seek(member.header_offset)
        head = file.read(30)
        if len(head) == 30 and member.file_size == member.compress_size:
            start = member.header_offset + 30 + sum(struct.unpack_from("<HH", head, 26))
            return window(cast("BinaryIO", file), start, member.file_size), member.file_size
    data = _whole(archive, member, budget)
    return io.BytesIO(data), len(data)


def _whole(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes:
    if member.file_size > max(0, budget.unpacked):
        raise Unreadable(f"unpacked it has {member.file_size:,} bytes, more than are left to it")
    data = _begin(archive, member, member.file_size)
    budget.unpack(len(data))
    return data
