"""What model files of each format say: what they hold, taken apart within bounds, never loaded.

Who loads a file goes by a choice of his own, not by how it begins. So a file is read as what it
begins as, as what its name says, and as what else a loader could find in it.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import re
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

from scanner.engines.models.archives import DAMAGED, may_be_zip, zip_file
from scanner.engines.models.arrays import numpy_arrays
from scanner.engines.models.bounds import MAX_DEPTH, Budget, Exhausted, Unreadable, shown
from scanner.engines.models.gguf import gguf_header
from scanner.engines.models.keras import begins_hdf5, hdf5_file
from scanner.engines.models.kinds import Kind, kind_of_content, kinds_of_suffix
from scanner.engines.models.onnx import onnx_model
from scanner.engines.models.pickles import read_pickles, suspected_pickles
from scanner.engines.models.seen import Seen
from scanner.engines.models.symbols import Broken, Reading, Stretch, Written, content
from scanner.engines.models.tars import tar_file
from scanner.engines.models.texts import looks_like_text
from scanner.engines.models.window import window
from scanner.model.errors import EngineError
from scanner.model.files import is_model_by_name
from scanner.model.values import Value

__all__ = ["Seen", "examine"]
_PART = 1024 * 1024
_MAX_HEADER = 32 * 1024 * 1024
_MAX_POINTER = 1024
_POINTERS = b"version https://git-lfs"
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(ext-\d-[\w.-]+ [\w.:-]+\n)*"
    rb"oid sha256:[0-9a-f]{64}\nsize \d+\n?"
)


def examine(
    file: BinaryIO, size: int, name: str, interrupted: Callable[[], None] = lambda: None
) -> Seen:
    """What the file of this name and size holds; what could not be examined is a gap of it."""
    seen = Seen()
    try:
        _examine(file, size, name.lower(), seen, Budget(interrupted), 0)
    except Unreadable as fault:
        seen.gap(str(fault))
    except EngineError:
        raise
    except DAMAGED as error:
        seen.gap(f"it is damaged: {shown(str(error))}")
    except Exception as error:  # noqa: BLE001 - made to break us: it costs no other file's findings
        seen.gap(f"it can't be examined: {type(error).__name__}")
    return seen


def _examine(file: BinaryIO, size: int, name: str, seen: Seen, budget: Budget, depth: int) -> None:
    head = file.read(_MAX_POINTER)
    if not head:
        if not is_model_by_name(name):
            return
        raise Unreadable("it is empty")
    if size < _MAX_POINTER and _POINTER.fullmatch(head):
        seen.format = "pointer"
        seen.notes.append("a pointer of Git LFS: the model itself is not here")
        return
    this = _File(file, size, name, kinds_of_suffix(name), budget, depth)
    begun = _begun(head, this)
    if begun and this.named and begun not in this.named:
        seen.notes.append(f"its content is {begun.value}, which its name does not say")
    text = begun is None and looks_like_text(file, size)
    certain = is_model_by_name(name)
    sure = certain and not text
    main = begun or (_expected(this.named) if sure else None)
    if main is Kind.PICKLE and not certain and not depth:
        # Of a file that may be anything two bytes tell too little.
        main = None
    try:
        if main is Kind.PACKED and not certain:
            _if_a_model(main, this, seen)
        elif main:
            _try(main, this, seen)
        for other in _suspected(main, this):
            part = Seen()
            _try(other, this, part)
            if other in _HARD_TO_MISTAKE or part.pickles:
                seen.add(part, "")
        # A zip file begins with the opcode of a persistent id, which only torch knows how to load,
        # and torch takes it for the zip file that it is.
        if main is not Kind.PICKLE and begun is not Kind.ZIP:
            file.seek(0)
            reading = suspected_pickles(file, size, budget)
            if reading and (sure or main or begun or _would_load(reading, this)):
                seen.read(reading)
    finally:
        _handed(this, seen)
    if text and not seen.pickles:
        if head.startswith(_POINTERS):
            raise Unreadable("a damaged pointer of Git LFS")
        if certain:
            seen.notes.append("it is text and no model")
    elif sure and not main and depth == 0 and not seen.pickles:
        raise Unreadable("no format that is known for a file of this name")


def _would_load(reading: Reading, this: _File) -> bool:
    """Whether what may be text or anything is a pickle: words name things, but call none."""
    if reading.imports or reading.hidden:
        return bool(reading.calls or reading.count or reading.stopped)
    this.file.seek(max(0, this.size - 1))
    return this.file.read(1) == b"."


def _if_a_model(kind: Kind, this: _File, seen: Seen) -> None:
    """Read what may be anything; that it can't be unpacked tells nothing if it holds no model."""
    part = Seen()
    with contextlib.suppress(Exhausted):
        _try(kind, this, part)
    if part.pickles or part.lambdas or part.outside or part.templates:
        seen.add(part, "")


class _File(Value):
    file: BinaryIO
    size: int
    name: str
    named: frozenset[Kind]
    budget: Budget
    depth: int


# Numbers that stand first in a file of one certain format begin by chance as these do.
_EASY_TO_MISTAKE = frozenset({Kind.PICKLE, Kind.PACKED})
_HARD_TO_MISTAKE = frozenset({Kind.ZIP, Kind.HDF5})


def _begun(head: bytes, this: _File) -> Kind | None:
    """What a file begins as, or what its name says if that stands behind another beginning."""
    begun = kind_of_content(head)
    if len(this.named) == 1 and begun in _EASY_TO_MISTAKE:
        return None
    if begun is None and Kind.PICKLE not in this.named:
        if Kind.HDF5 in this.named and begins_hdf5(this.file):
            return Kind.HDF5
        if Kind.ZIP in this.named and may_be_zip(this.file, this.size):
            return Kind.ZIP
    return begun


def _expected(named: frozenset[Kind]) -> Kind | None:
    """As what a file of unknown beginning must be read."""
    if len(named) == 1:
        return next(iter(named))
    return next((kind for kind in (Kind.PICKLE, Kind.HDF5, Kind.ZIP) if kind in named), None)


def _suspected(main: Kind | None, this: _File) -> list[Kind]:
    """What else than a pickle a loader could take the file for."""
    others = {Kind.ONNX, Kind.SAFETENSORS, Kind.GGUF} & this.named
    if may_be_zip(this.file, this.size):
        others.add(Kind.ZIP)
    if begins_hdf5(this.file):
        others.add(Kind.HDF5)
    return sorted(others - {main}, key=lambda kind: kind.value)


def _try(kind: Kind, this: _File, seen: Seen) -> None:
    """Read the file as this; a fault is a gap. Raises `Exhausted`."""
    this.file.seek(0)
    try:
        _read(kind, this, seen)
    except Exhausted:
        raise
    except Unreadable as fault:
        seen.gap(str(fault))
    except DAMAGED as error:
        seen.gap(f"it is damaged: {shown(str(error))}")


def _read(kind: Kind, this: _File, seen: Seen) -> None:
    file, size, budget = this.file, this.size, this.budget
    seen.format = seen.format or kind.value
    match kind:
        case Kind.PICKLE:
            seen.read(read_pickles(file, size, budget))
        case Kind.ZIP:
            zip_file(file, size, this.name, seen, budget, this.depth, _examine)
        case Kind.TAR:
            tar_file(file, size, seen, budget, this.depth, _examine)
        case Kind.PACKED:
            _packed(this, seen)
        case Kind.NUMPY:
            numpy_arrays(file, size, seen, budget)
        case Kind.HDF5:
            hdf5_file(file, size, seen, budget)
        case Kind.GGUF:
            gguf_header(file, seen, budget)
        case Kind.ONNX:
            onnx_model(file, size, seen, budget)
        case Kind.SAFETENSORS:
            _safetensors(file, size, seen)


def _handed(this: _File, seen: Seen) -> None:
    """Examine the bytes that pickles of this file hand to torch, which loads them too."""
    for place, reading in list(seen.pickles.items()):
        handed, reading.handed = reading.handed, []
        for number, data in enumerate(handed, 1):
            this.budget.member()
            if this.depth >= MAX_DEPTH:
                seen.gap("pickles are nested too deep")
                return
            try:
                inner, size = _opened_stretch(data, this)
            except Broken:
                reading.hidden += 1
                continue
            part = Seen()
            try:
                _examine(inner, size, "bytes.pt", part, this.budget, this.depth + 1)
            except Exhausted:
                raise
            except Unreadable as fault:
                part.gap(str(fault))
            finally:
                seen.add(part, f"{place}{'!' if place else ''}bytes {number}")


def _opened_stretch(data: bytes | Stretch, this: _File) -> tuple[BinaryIO, int]:
    if isinstance(data, Stretch) and data.written is Written.BYTES:
        return window(this.file, data.start, data.length), data.length
    if isinstance(data, Stretch):
        this.budget.unpack(data.length)
    raw = content(data, this.file)
    return io.BytesIO(raw), len(raw)


def _packed(this: _File, seen: Seen) -> None:
    if this.depth >= MAX_DEPTH:
        raise Unreadable("compressed too many times over")
    head = this.file.read(8)
    this.file.seek(0)
    unpacked, fault = _unpacked(_opened(this.file, head), this.budget)
    seen.format = "compressed"
    if unpacked:
        name = re.sub(r"\.(gz|bz2|xz|z|lzma|zlib)$", "", this.name)
        name = re.sub(r"\.tgz$", ".tar", name)
        _examine(io.BytesIO(unpacked), len(unpacked), name, seen, this.budget, this.depth + 1)
    if fault:
        raise Unreadable(fault)


class _Readable(Protocol):
    def read1(self, size: int = -1, /) -> bytes: ...


def _opened(file: BinaryIO, head: bytes) -> _Readable:
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return _Inflated(file) if head.startswith(b"x") else lzma.LZMAFile(file)


class _Inflated:
    """The content of a zlib stream."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._engine = zlib.decompressobj()

    def read1(self, size: int = -1, /) -> bytes:
        data = b""
        while not data and not self._engine.eof:
            more = self._engine.unconsumed_tail or self._file.read(_PART)
            if not more:
                raise EOFError("it ends in the middle")
            data = self._engine.decompress(more, _PART if size < 0 else size)
        return data


def _unpacked(file: _Readable, budget: Budget) -> tuple[bytes, str]:
    """What can be unpacked, which is what a loader gets to see, and why there is no more."""
    parts: list[bytes] = []
    try:
        # What comes before a damage is read, as a loader reads it.
        while part := file.read1(_PART):
            parts.append(part)
            budget.unpack(len(part))
    except Exhausted as fault:
        return b"".join(parts), str(fault)
    except DAMAGED as error:
        return b"".join(parts), f"it is damaged: {shown(str(error))}"
    return b"".join(parts), ""


def _safetensors(file: BinaryIO, size: int, seen: Seen) -> None:
    seen.format = "safetensors"
    length = int.from_bytes(file.read(8), "little")
    if length > size - 8:
        raise Unreadable("its header is longer than the file")
    if length > _MAX_HEADER:
        raise Unreadable(f"its header has more than {_MAX_HEADER:,} bytes")
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError) as error:
        raise Unreadable("its header is not JSON") from error
    if not isinstance(header, dict):
        raise Unreadable("its header is not an object")
