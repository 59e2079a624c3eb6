"""Which format a file has by its beginning, and which it may have by its name."""

from __future__ import annotations

import re
from enum import Enum

from scanner.engines.models.arrays import MAGIC as NUMPY
from scanner.engines.models.gguf import MAGIC as GGUF
from scanner.engines.models.keras import HDF5
from scanner.model.files import FileKind, kinds_of_name


class Kind(Enum):
    """The format of a model file, or of what it is packed in."""

    PICKLE = "pickle"
    ZIP = "zip"
    TAR = "tar"
    PACKED = "compressed"
    NUMPY = "NumPy"
    HDF5 = "HDF5"
    GGUF = "GGUF"
    ONNX = "ONNX"
    SAFETENSORS = "safetensors"


_PICKLED = frozenset({Kind.PICKLE, Kind.ZIP, Kind.PACKED})
_BY_SUFFIX = {
    ".npy": frozenset({Kind.NUMPY, Kind.ZIP, Kind.PICKLE}),
    ".npz": frozenset({Kind.ZIP, Kind.NUMPY, Kind.PICKLE}),
    ".keras": frozenset({Kind.ZIP, Kind.HDF5}),
    ".h5": frozenset({Kind.HDF5, Kind.ZIP}),
    ".hdf5": frozenset({Kind.HDF5, Kind.ZIP}),
    ".onnx": frozenset({Kind.ONNX}),
    ".safetensors": frozenset({Kind.SAFETENSORS}),
    ".gguf": frozenset({Kind.GGUF}),
    ".mar": frozenset({Kind.ZIP, Kind.PACKED}),
    ".nemo": frozenset({Kind.TAR, Kind.PACKED, Kind.ZIP, Kind.PICKLE}),
    ".tar": frozenset({Kind.TAR, Kind.PICKLE, Kind.ZIP, Kind.PACKED}),
}
_PACKED_HEADS = (
    *(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"x\x01", b"x\x9c", b"x\xda", b"x\x5e"),
    b"]\x00\x00",
)
_PICKLE_HEAD = re.compile(rb"\x80[\x02-\x05][^\x00]", re.DOTALL)


def kinds_of_suffix(name: str) -> frozenset[Kind]:
    """The formats that a loader takes a file of this name for; none where it is no model."""
    lower = name.lower()
    if FileKind.MODEL not in kinds_of_name(lower):
        return frozenset()
    for suffix, kinds in _BY_SUFFIX.items():
        if lower.endswith(suffix):
            return kinds
    return _PICKLED


def kind_of_content(head: bytes) -> Kind | None:
    """The format that a file begins as."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith(NUMPY):
        return Kind.NUMPY
    if head.startswith(GGUF):
        return Kind.GGUF
    if head.startswith(HDF5):
        return Kind.HDF5
    if head[257:262] == b"ustar":
        return Kind.TAR
    if head.startswith(_PACKED_HEADS):
        return Kind.PACKED
    return Kind.PICKLE if _PICKLE_HEAD.match(head) else None
