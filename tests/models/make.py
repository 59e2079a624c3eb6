"""Model files made by hand: none of what they would run is ever run here."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import struct
import zipfile
import zlib


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


def torch_file(data: bytes) -> bytes:
    return zipped({"archive/data.pkl": data, "archive/data/0": b"\x80\x02" + bytes(64)})


def npy(descr: str, data: bytes) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def _gguf_text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def gguf(template: str) -> bytes:
    tokens = _gguf_text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2)
    tokens += _gguf_text("a") + _gguf_text("b")
    chat = _gguf_text("tokenizer.chat_template") + struct.pack("<I", 8) + _gguf_text(template)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + tokens + chat


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def onnx(location: bytes) -> bytes:
    entry = _field(1, b"location") + _field(2, location)
    return _field(7, _field(5, _field(13, entry)))


def safetensors() -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
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


FOUND: dict[str, tuple[bytes, str]] = {
    **{f"evil{n}.pkl": (evil(n), "model-file-runs-code") for n in range(6)},
    "evil.pt": (torch_file(evil(2)), "model-file-runs-code"),
    "pytorch_model.bin": (torch_file(evil(2)), "model-file-runs-code"),
    "evil.joblib": (zlib.compress(evil()), "model-file-runs-code"),
    "evil.pkl.joblib": (gzip.compress(evil()), "model-file-runs-code"),
    "after-array.joblib": (joblib_array(evil()[11:-1]), "model-file-runs-code"),
    "second.pkl": (harmless() + evil(), "model-file-runs-code"),
    "cut.pkl": (evil()[:-4], "model-file-runs-code"),
    "objects.npy": (npy("|O", evil()), "model-file-runs-code"),
    "objects.npz": (zipped({"a.npy": npy("|O", evil())}), "model-file-runs-code"),
    "both.pkl": (harmless() + torch_file(evil(2)), "model-file-runs-code"),
    # An import by a name that is fetched from a list of memories, or made by a call.
    "memo.pkl": (
        b"\x80\x04\x8c\x06system\x94\x8c\x02os\x940h\x01h\x00\x93\x8c\x02id\x85R.",
        "model-file-runs-code",
    ),
    "made.pkl": (
        b"\x80\x04cbuiltins\nstr\n\x8c\x02os\x85R\x8c\x06system\x93\x8c\x02id\x85R.",
        "model-file-runs-code",
    ),
    "through.pkl": (
        b"\x80\x04\x8c\x06random\x8c\x0a_os.system\x93\x8c\x02id\x85R.",
        "model-file-runs-code",
    ),
    "getattr.pkl": (
        b"\x80\x02cbuiltins\ngetattr\n(cimportlib\nimport_module\n(X\x02\x00\x00\x00ostR"
        b"X\x06\x00\x00\x00systemtR(X\x02\x00\x00\x00idtR.",
        "model-file-runs-code",
    ),
    "instance.pkl": (b"(S'true'\nios\nsystem\n.", "model-file-runs-code"),
    "torch-loads.pkl": (b"\x80\x04ctorch\nload\n\x8c\x01x\x85R.", "model-file-runs-code"),
    "tool.pkl": (b"\x80\x04cpip\nmain\n\x8c\x01x\x85R.", "model-file-runs-code"),
    "extension.pkl": (b"\x80\x04\x82\x01.", "model-file-runs-code"),
    "function.pkl": (
        b"\x80\x04ccloudpickle.cloudpickle\n_make_function\n)R.",
        "model-file-holds-code",
    ),
    "lambda.keras": (keras("Lambda"), "model-file-holds-code"),
    "lambda.h5": (hdf5(b'{"class_name": "Lambda"}'), "model-file-holds-code"),
    "harmless.pkl": (harmless(), "model-file-in-unsafe-format"),
    "harmless.pt": (torch_file(harmless()), "model-file-in-unsafe-format"),
    "own.pkl": (pickle.dumps(Data()), "model-file-in-unsafe-format"),
    "forest.joblib": (
        b"\x80\x04csklearn.ensemble._forest\nRandomForestClassifier\n)\x81.",
        "model-file-in-unsafe-format",
    ),
    "state.ckpt": (
        b"\x80\x04cfunctools\npartial\ncnumpy.core.multiarray\n_reconstruct\n\x85R.",
        "model-file-in-unsafe-format",
    ),
    "outside.onnx": (onnx(b"../../etc/passwd"), "model-file-names-outside-path"),
    "absolute.onnx": (onnx(b"/etc/passwd"), "model-file-names-outside-path"),
    "outside.mar": (zipped({"../../x.py": b"1"}), "model-file-names-outside-path"),
    "template.gguf": (
        gguf("{{ cycler.__init__.__globals__.os.popen('id').read() }}"),
        "model-file-template-reaches-out",
    ),
    "attr.gguf": (gguf("{{ m | attr('x') }}"), "model-file-template-reaches-out"),
}
SILENT: dict[str, bytes] = {
    "model.safetensors": safetensors(),
    "model.onnx": onnx(b"model.data"),
    "plain.npy": npy("<f8", bytes(8)),
    "plain.npz": zipped({"a.npy": npy("<f8", bytes(8)), "O.npy": npy("<i4", bytes(4))}),
    "dense.keras": keras("Dense"),
    "dense.h5": hdf5(b'{"class_name": "Dense", "name": "Lambda"}'),
    "chat.gguf": gguf(
        "{% set ns = namespace(found=false) %}{% for m in messages %}{{ m['role'] + ': ' + "
        "m.content | trim }}{% if loop.last %}{{ eos_token }}{% endif %}{% endfor %}"
    ),
}
BROKEN: dict[str, bytes] = {
    "empty.pkl": b"",
    "words.pt": b"hello, this is no model",
    "cut.zip.pt": torch_file(harmless())[:200],
    "long-header.safetensors": struct.pack("<Q", 1 << 60) + b"{}",
    "lies.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62),
    "cut.onnx": onnx(b"a")[:-3],
    "lies.pkl": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62),
    "endless.pkl": b"\x80\x04" + b"(" * 600_000,
    "bomb.joblib": gzip.compress(bytes(5_000_000), 1),
    "bomb.pt": zipped({"archive/data.pkl": b"\x80\x02" + b"N0" * 2_000_000}, packed=True),
}
