"""Model files made by hand: none of what they would run is ever run here."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile


class Evil:
    """What runs a program where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.system, ("true",)


class Data:
    """A class of no library."""


def evil(protocol: int = 4) -> bytes:
    return pickle.dumps(Evil(), protocol=protocol)


def harmless() -> bytes:
    return pickle.dumps({"weights": [1.0, 2.0], "names": ["a", "b"]})


def zipped(members: dict[str, bytes], *, packed: bool = False) -> bytes:
    made = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def two_lists() -> bytes:
    """A zip file whose members are others to who counts from its beginning."""
    good = zipped({"a/data.pkl": harmless()})
    at = good.index(b"PK\x01\x02")
    hidden = zipped({"a/data.pkl": evil(2)})
    return b"PK\x03\x04".ljust(at, b"\0") + hidden[hidden.index(b"PK\x01\x02") :] + good


def torch_file(data: bytes) -> bytes:
    return zipped({"archive/data.pkl": data, "archive/data/0": b"\x80\x02" + bytes(64)})


def npy(descr: str, data: bytes) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def gguf_text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def gguf(template: str) -> bytes:
    tokens = gguf_text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2)
    tokens += gguf_text("a") + gguf_text("b")
    chat = gguf_text("tokenizer.chat_template") + struct.pack("<I", 8) + gguf_text(template)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + tokens + chat


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def onnx(location: bytes) -> bytes:
    entry = _field(1, b"location") + _field(2, location)
    return _field(7, _field(5, _field(13, entry)))


def safetensors(length: int = 0) -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    header = header.ljust(length)
    return struct.pack("<Q", len(header)) + header + bytes(4)


def keras(layer: str) -> bytes:
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": layer}]}}
    return zipped({"config.json": json.dumps(config).encode()})


def hdf5(text: bytes) -> bytes:
    return b"\x89HDF\r\n\x1a\n" + bytes(3_000_000) + text


def joblib_array(tail: bytes) -> bytes:
    """As joblib writes an array: its wrapper, its bytes, and what comes after."""
    state = (
        b"}(\x8c\x05shapeK\x04\x85\x8c\x05dtype\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02f8\x85R"
        b"\x8c\x1bnumpy_array_alignment_bytesK\x10u"
    )
    wrapper = b"\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81"
    numbers = b"\x03" + b"\xff" * 3 + b"\xee" * 32
    return b"\x80\x04](" + wrapper + state + b"b" + numbers + tail + b"e."


def field(number: int, *parts: bytes) -> bytes:
    """A field of protobuf that has a length."""
    data = b"".join(parts)
    length = (
        bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    )
    key = number << 3 | 2
    return (bytes([key]) if key < 128 else bytes([key & 127 | 128, key >> 7])) + length + data


def many(pairs: int) -> bytes:
    """GGUF with so many values before its template."""
    values = b"".join(gguf_text("k") + struct.pack("<IB", 0, 1) for _ in range(pairs))
    template = (
        gguf_text("tokenizer.chat_template") + struct.pack("<I", 8) + gguf_text("{{ x.__y__ }}")
    )
    return b"GGUF" + struct.pack("<IQQ", 3, 0, pairs + 1) + values + template


def described(header: str, data: bytes = b"", version: int = 1) -> bytes:
    """An array of NumPy with this header."""
    raw = header.encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(raw))
    return b"\x93NUMPY" + bytes([version, 0]) + length + raw + data


def fields(descr: str, shape: str = "(1,)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


def keras_object(module: str, kind: str, config: object = None) -> bytes:
    node = {"module": module, "class_name": kind, "registered_name": kind, "config": config}
    model = {"class_name": "Sequential", "module": "keras", "config": {"layers": [node]}}
    return zipped({"config.json": json.dumps(model).encode(), "metadata.json": b"{}"})


def legacy(model: bytes, storages: bytes) -> bytes:
    """As torch wrote files before it used zip: five pickles, and the bytes of storages."""
    facts = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    before = b"".join(pickle.dumps(fact, protocol=2) for fact in facts)
    return before + model + pickle.dumps(["0"], protocol=2) + storages


def joblib_structured(inner: bytes) -> bytes:
    """An array of joblib whose layout says that it holds records, and whose data is a pickle."""
    state = (
        b"}(\x8c\x05shapeK\x04\x85\x8c\x05dtype\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02V8\x85R"
        b"(K\x03\x8c\x01|N\x8c\x01a\x85}tb\x8c\x1bnumpy_array_alignment_bytesK\x10u"
    )
    wrapper = b"\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81"
    return b"\x80\x04](" + wrapper + state + b"b" + inner + b"e."


_F8_STATE = b"}(\x8c\x05shapeK\x04\x85\x8c\x05dtype\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02f8\x85Rub"


def joblib_evading() -> bytes:
    """An array whose bytes would hide what follows from who does not know it for one."""
    wrapper = (
        b"ccopy_reg\n_reconstructor\n(cjoblib.numpy_pickle\nNumpyArrayWrapper\n"
        b"c__builtin__\nobject\nNtR"
    )
    follows = b"cos\nsystem\n(Vid\ntR"
    swallows = b"B" + struct.pack("<I", 27 + len(follows))
    return b"\x80\x04](" + wrapper + _F8_STATE + swallows.ljust(32, b"\0") + follows + b"e."


def joblib_plain() -> bytes:
    """An array whose bytes are opcodes to who does not know joblib."""
    wrapper = b"\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81"
    names = b"\x8c\x02osq\x000\x8c\x06systemq\x010"
    numbers = b"h\x00h\x01\x93\x8c\x02id\x85R0N.".ljust(32, b"\0")
    return b"\x80\x04](" + names + wrapper + _F8_STATE + numbers + b"e."


LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32 + b"\nsize 12345\n"
)


def torch_writes(data: bytes) -> bytes:
    """A zip file as torch writes it: padded to 64 bytes, with the end that large files have."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in (("m/data.pkl", data), ("m/data/0", bytes(64)), ("m/version", b"3\n")):
            info = zipfile.ZipInfo(name)
            pad = -(made.tell() + 30 + len(name) + 4) % 64
            info.extra = b"FB" + struct.pack("<H", pad) + b"Z" * pad
            archive.writestr(info, content)
    whole = made.getvalue()
    at = whole.rindex(b"PK\x05\x06")
    count, length, offset = struct.unpack_from("<HII", whole, at + 10)
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    return whole[:at] + record + locator + whole[at:]
