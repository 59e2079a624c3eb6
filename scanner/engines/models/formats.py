"""What model files of each format say: what they hold, taken apart within bounds, never loaded."""

from __future__ import annotations

import ast
import bz2
import gzip
import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from scanner.engines.models.pickles import Reading, read_pickles

_MAX_MEMBERS = 5_000
_MAX_UNPACKED = 128 * 1024 * 1024
_MAX_HEADER = 32 * 1024 * 1024
_MAX_SEARCHED = 256 * 1024 * 1024
_PART = 1024 * 1024
_MAX_DEPTH = 3
_LFS = b"version https://git-lfs.github.com/spec/"
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"x\x01", b"x\x9c", b"x\xda", b"x\x5e")
_LAMBDA = re.compile(rb'"class_name"\s*:\s*"(Lambda|__lambda__)"')
# Jinja that reaches for what no template of a conversation needs.
_TEMPLATE = re.compile(
    r"__\w+__|\|\s*attr\b|\b(cycler|joiner|lipsum|self|namespace|url_for|get_flashed_messages)\s*\."
    r"\s*_|\b(os|subprocess|sys|builtins|importlib)\s*\.\s*\w+|\b(import_module|popen|eval|exec)\s*\("
)
_TEMPLATE_KEY = re.compile(r"tokenizer\.chat_template(\..+)?")


class Unreadable(Exception):
    """Why a file could not be examined, or not to its end."""


@dataclass(slots=True)
class Seen:
    """What a file holds, and what of it could not be examined."""

    format: str = ""
    pickles: dict[str, Reading] = field(default_factory=dict)
    lambdas: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def examine(file: BinaryIO, size: int, name: str) -> Seen:
    """What the file of this name and size holds. Raises `Unreadable`."""
    seen = Seen()
    try:
        _examine(file, size, name.lower(), seen, 0)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, struct.error) as error:
        raise Unreadable(f"it is damaged: {error}") from error
    return seen


def _examine(file: BinaryIO, size: int, name: str, seen: Seen, depth: int) -> None:
    head = file.read(64)
    file.seek(0)
    if not head:
        raise Unreadable("it is empty")
    if head.startswith(_LFS):
        seen.format = "pointer"
        seen.notes.append("a pointer of Git LFS: the model itself is not here")
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _zip(file, name, seen, depth)
    elif head.startswith(b"\x93NUMPY"):
        _numpy(file, size, seen)
    elif head.startswith(b"GGUF"):
        _gguf(file, seen)
    elif head.startswith(b"\x89HDF\r\n\x1a\n"):
        _hdf5(file, seen)
    elif name.endswith(".onnx"):
        _onnx(file, size, seen)
    elif name.endswith(".safetensors"):
        _safetensors(file, size, seen)
    elif head.startswith(_COMPRESSED):
        _compressed(file, name, seen, depth)
    elif _may_be_pickle(head, name):
        seen.format = seen.format or "pickle"
        seen.pickles[""] = read_pickles(file, size)
        if zipfile.is_zipfile(file):
            # One file that is both: which one it is depends on who loads it.
            file.seek(0)
            _zip(file, name, seen, depth)
    else:
        raise Unreadable("no format that is known for a file of this name")


def _may_be_pickle(head: bytes, name: str) -> bool:
    if head[0] == 0x80 and len(head) > 1 and 2 <= head[1] <= 5:
        return True
    return name.endswith((".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".bin"))


def _compressed(file: BinaryIO, name: str, seen: Seen, depth: int) -> None:
    if depth >= _MAX_DEPTH:
        raise Unreadable("compressed too many times over")
    head = file.read(8)
    file.seek(0)
    unpacked = _limited(_opened(file, head))
    seen.format = "compressed"
    _examine(io.BytesIO(unpacked), len(unpacked), _without_suffix(name), seen, depth + 1)


def _opened(file: BinaryIO, head: bytes) -> _Readable:
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if head.startswith(b"\xfd7zXZ") else _Inflated(file)


def _without_suffix(name: str) -> str:
    return re.sub(r"\.(gz|bz2|xz|z|lzma|zlib)$", "", name)


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Inflated:
    """The content of a zlib stream."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._engine = zlib.decompressobj()

    def read(self, size: int = -1, /) -> bytes:
        data = b""
        while not data and not self._engine.eof:
            more = self._engine.unconsumed_tail or self._file.read(_PART)
            if not more:
                break
            data = self._engine.decompress(more, _PART if size < 0 else size)
        return data


def _limited(file: _Readable) -> bytes:
    parts = []
    left = _MAX_UNPACKED
    while part := file.read(_PART):
        left -= len(part)
        if left < 0:
            raise Unreadable(f"unpacked it has more than {_MAX_UNPACKED:,} bytes")
        parts.append(part)
    return b"".join(parts)


def _zip(file: BinaryIO, name: str, seen: Seen, depth: int) -> None:
    """A zip file: of torch, Keras, NumPy, or anything under such a name."""
    seen.format = "zip"
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except _NO_ARCHIVE as error:
        raise Unreadable(f"a damaged zip file: {error}") from error
    if len(members) > _MAX_MEMBERS:
        seen.gaps.append(f"{len(members):,} members, of which {_MAX_MEMBERS:,} were examined")
    left = _MAX_UNPACKED
    for member in members[:_MAX_MEMBERS]:
        if _leads_out(member.filename):
            seen.outside.append(member.filename)
        try:
            left -= _member(archive, member, name, seen, depth, left)
        except Unreadable as fault:
            seen.gaps.append(f"{_shown(member.filename)}: {fault}")
        except (*_NO_ARCHIVE, *_DAMAGED) as error:
            seen.gaps.append(f"{_shown(member.filename)}: can't be unpacked: {error}")


# `zipfile` raises a `RuntimeError` for what it can't read: a password, a later version, a packing.
_NO_ARCHIVE = (zipfile.BadZipFile, RuntimeError, ValueError)
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, struct.error)


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    seen: Seen,
    depth: int,
    left: int,
) -> int:
    """Examine a member if it can hold code; how many bytes were unpacked for it."""
    # The flag of encryption may be a lie that other readers do not mind.
    member.flag_bits &= ~0x1
    with archive.open(member) as opened:
        # Neither does torch compare checksums.
        opened._expected_crc = None  # type: ignore[attr-defined] # noqa: SLF001
        head = opened.read(64)
    inside = member.filename.lower()
    if inside.endswith("config.json") and name.endswith((".keras", ".zip", ".h5")):
        _keras_config(_whole(archive, member, min(left, _MAX_HEADER)), seen)
        return member.file_size
    interesting = (
        inside.endswith((".pkl", ".pickle", ".joblib", ".npy", ".h5"))
        or head.startswith((b"\x93NUMPY", b"\x89HDF", b"PK\x03\x04"))
        or (len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5)
    )
    if not interesting or not head or _is_tensor(member.filename):
        return 0
    if head.startswith(b"\x93NUMPY") and not _of_objects(archive, member):
        return 0
    if depth >= _MAX_DEPTH:
        raise Unreadable("packed too many times over")
    data = _whole(archive, member, left)
    part = Seen()
    _examine(io.BytesIO(data), len(data), inside, part, depth + 1)
    for place, reading in part.pickles.items():
        seen.pickles[f"{member.filename}{'!' if place else ''}{place}"] = reading
    seen.lambdas += part.lambdas
    seen.outside += part.outside
    seen.gaps += [f"{_shown(member.filename)}: {gap}" for gap in part.gaps]
    return len(data)


def _of_objects(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether an array's header names objects, which are pickled."""
    with archive.open(member) as opened:
        opened._expected_crc = None  # type: ignore[attr-defined] # noqa: SLF001
        header = opened.read(64 * 1024)
    kinds = re.search(rb"'descr':\s*('[^']*'|\[.*?\]\s*,\s*'fortran)", header, re.DOTALL)
    return kinds is None or b"O" in kinds[1]


def _is_tensor(path: str) -> bool:
    """The raw numbers of a tensor, as torch stores them."""
    return bool(re.search(r"(^|/)data/\d+$", path))


def _whole(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(member) as opened:
        opened._expected_crc = None  # type: ignore[attr-defined] # noqa: SLF001
        data = opened.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"unpacked it has more than {most:,} bytes")
    return data


def _leads_out(path: str) -> bool:
    return path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path) or path[1:3] == ":\\"


def _keras_config(data: bytes, seen: Seen) -> None:
    seen.format = "Keras"
    try:
        config = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"its config.json can't be read: {error}") from error
    for node in _nodes(config):
        kind, module = node.get("class_name"), node.get("module")
        if kind in ("Lambda", "__lambda__"):
            seen.lambdas.append("a Lambda layer")
        elif isinstance(module, str) and re.match(
            r"(os|sys|subprocess|builtins|importlib|runpy|pty|shutil|socket|pickle|marshal|code|ctypes)"
            r"(\.|$)",
            module,
        ):
            seen.lambdas.append(f"{module}.{node.get('registered_name') or kind}")


def _nodes(config: object) -> Iterator[dict[str, object]]:
    pending = [config]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _numpy(file: BinaryIO, size: int, seen: Seen) -> None:
    seen.format = "NumPy"
    file.seek(6)
    major, _ = struct.unpack("BB", file.read(2))
    width = 2 if major == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if length > _MAX_HEADER or length > size:
        raise Unreadable("its header is longer than the file")
    header = file.read(length).decode("latin-1")
    try:
        described = ast.literal_eval(header.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise Unreadable("its header can't be read") from error
    if isinstance(described, dict) and "O" in re.findall(r"[A-Za-z]", str(described.get("descr"))):
        seen.pickles[""] = read_pickles(file, size)


def _gguf(file: BinaryIO, seen: Seen) -> None:
    seen.format = "GGUF"
    file.seek(4)
    version, _tensors, pairs = struct.unpack("<IQQ", file.read(20))
    if version not in (2, 3):
        raise Unreadable(f"GGUF of version {version} is not known")
    left = [_MAX_HEADER]
    for _ in range(min(pairs, 100_000)):
        key = _gguf_text(file, left)
        (kind,) = struct.unpack("<I", file.read(4))
        if kind == _GGUF_TEXT and _TEMPLATE_KEY.fullmatch(key):
            found = _TEMPLATE.search(_gguf_text(file, left))
            if found:
                seen.templates.append(f"{key} holds {found[0]!r}")
        else:
            _gguf_pass(file, kind, left)


_GGUF_TEXT = 8
_GGUF_LIST = 9
_GGUF_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def _gguf_text(file: BinaryIO, left: list[int]) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    left[0] -= length
    if left[0] < 0:
        raise Unreadable(f"its header has more than {_MAX_HEADER:,} bytes")
    return file.read(length).decode("utf-8", "replace")


def _gguf_pass(file: BinaryIO, kind: int, left: list[int], depth: int = 0) -> None:
    if kind in _GGUF_WIDTHS:
        file.read(_GGUF_WIDTHS[kind])
    elif kind == _GGUF_TEXT:
        _gguf_text(file, left)
    elif kind == _GGUF_LIST and depth < _MAX_DEPTH:
        inner, count = struct.unpack("<IQ", file.read(12))
        if inner in _GGUF_WIDTHS:
            left[0] -= _GGUF_WIDTHS[inner] * count
            if left[0] < 0:
                raise Unreadable(f"its header has more than {_MAX_HEADER:,} bytes")
            file.read(_GGUF_WIDTHS[inner] * count)
            return
        for _ in range(count):
            _gguf_pass(file, inner, left, depth + 1)
    else:
        raise Unreadable(f"its header has a value of unknown kind {kind}")


def _hdf5(file: BinaryIO, seen: Seen) -> None:
    """Keras stores a model's layers as JSON in an attribute, uncompressed."""
    seen.format = "HDF5"
    tail = b""
    searched = 0
    while part := file.read(_PART):
        if _LAMBDA.search(tail + part):
            seen.lambdas.append("a Lambda layer")
            return
        tail = part[-64:]
        searched += len(part)
        if searched > _MAX_SEARCHED:
            seen.gaps.append(f"only the first {_MAX_SEARCHED:,} bytes were searched for layers")
            return


def _safetensors(file: BinaryIO, size: int, seen: Seen) -> None:
    seen.format = "safetensors"
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, 100_000_000):
        raise Unreadable("its header is longer than the file")
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError) as error:
        raise Unreadable("its header is not JSON") from error
    if not isinstance(header, dict):
        raise Unreadable("its header is not an object")


def _onnx(file: BinaryIO, size: int, seen: Seen) -> None:
    seen.format = "ONNX"
    if size > _MAX_UNPACKED:
        raise Unreadable(f"more than {_MAX_UNPACKED:,} bytes")
    data = memoryview(file.read())
    for way in _ONNX_TENSORS:
        seen.outside += [place for place in _external(data, way) if _leads_out(place)]


# From the model to the values that tensors keep in other files: those of the graph, of attributes
# of its nodes, and of nodes in functions.
_ONNX_TENSORS = ((7, 5, 13), (7, 1, 5, 5, 13), (25, 7, 5, 5, 13))


def _external(data: memoryview, way: tuple[int, ...]) -> Iterator[str]:
    """The names of files that tensors at the end of the way give for their values."""
    if not way:
        entry = {number: bytes(value) for number, value in _fields(data)}
        if entry.get(1) == b"location":
            yield entry.get(2, b"").decode("utf-8", "replace")
        return
    for number, value in _fields(data):
        if number == way[0]:
            yield from _external(value, way[1:])


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields of a message that have a length."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            _, at = _varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise Unreadable("it is no ONNX model, or cut off")
            yield key >> 3, data[at : at + length]
            at += length
        else:
            raise Unreadable("it is no ONNX model, or cut off")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise Unreadable("it is no ONNX model, or cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise Unreadable("it is no ONNX model, or cut off")


def _shown(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:100]}…"
