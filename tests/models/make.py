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
    values = b"".join(_gguf_text("k") + struct.pack("<IB", 0, 1) for _ in range(pairs))
    template = (
        _gguf_text("tokenizer.chat_template") + struct.pack("<I", 8) + _gguf_text("{{ x.__y__ }}")
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


_EXTERNAL = field(13, field(1, b"location"), field(2, b"../../etc/passwd"))
_RUN = b"(S'id'\ntR."
_LOADED = b"\x80\x02ctorch.storage\n_load_from_bytes\n"
# As the second argument of `getattr` it leads from an instance to what its module has imported.
_GLOBALS = (
    b"\x80\x04cbuiltins\ngetattr\n(cbuiltins\ngetattr\n(cargparse\nNamespace\n)R\x8c\x08__init__tR"
    b"\x8c\x0b__globals__tR."
)
LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32 + b"\nsize 12345\n"
)
_RUNS = "model-file-runs-code"
_HOLDS = "model-file-holds-code"
_OUT = "model-file-names-outside-path"
ATTACKS: dict[str, tuple[bytes, str]] = {
    # One kind by how it begins, another to who loads it.
    "gguf.pkl": (b"GGUF" + struct.pack("<I", 3) + b"\0C\x0d" + bytes(13) + b"00" + evil(0), _RUNS),
    "gguf.bin": (b"GGUF\x03\0\0\0\x00" + evil(0), _RUNS),
    "evil.safetensors": (evil(), _RUNS),
    "evil.onnx": (evil(0), _RUNS),
    "evil.npy": (evil(0), _RUNS),
    "zip.gguf": (b"GGUF" + bytes(40) + torch_file(evil(2)), _RUNS),
    "zip.safetensors": (safetensors() + torch_file(evil(2)), _RUNS),
    "h5.pkl": (harmless().ljust(512, b"\0") + hdf5(b'{"class_name": "Lambda"}'), _HOLDS),
    "user-block.h5": (bytes(512) + hdf5(b'{"class_name": "Lambda"}'), _HOLDS),
    "pointer.keras": (
        b"version https://git-lfs.github.com/spec/v1\n" + keras("Lambda"),
        _HOLDS,
    ),
    "pointer.pkl": (b"\x80\x04Vversion https://git-lfs.github.com/spec/v1\n0" + evil(0), _RUNS),
    # Pickles after pickles, in pickles and behind the data of arrays.
    "stacked.pkl": (b"\x80\x02N." + evil(0), _RUNS),
    "third.pkl": (harmless() + b"N." + b"(S'true'\nios\nsystem\n.", _RUNS),
    "cut-second.pkl": (harmless() + evil(0)[:-1], _RUNS),
    "legacy.pt": (legacy(evil(2), bytes(64)), _RUNS),
    "legacy-behind.pt": (legacy(b"\x80\x02N.", evil(0)), _RUNS),
    "in-bytes.pkl": (_LOADED + b"(C" + bytes([len(evil(2))]) + evil(2) + b"tR.", _RUNS),
    "in-long-bytes.pkl": (
        _LOADED
        + b"(B"
        + struct.pack("<I", len(torch_file(evil(2))))
        + torch_file(evil(2))
        + b"tR.",
        _RUNS,
    ),
    "in-text.pkl": (
        _LOADED
        + b"(c_codecs\nencode\n(V"
        + evil(2).decode("latin-1").encode("raw-unicode-escape").replace(b"\n", b"\\u000a")
        + b"\nVlatin1\ntRtR.",
        _RUNS,
    ),
    "in-made-bytes.pkl": (_LOADED + b"(cshop\nsecret\n)RtR.", _RUNS),
    "in-bytes-partial.pkl": (
        b"\x80\x02cfunctools\npartial\n(ctorch.storage\n_load_from_bytes\nC\x01xtR)R.",
        _RUNS,
    ),
    "records.joblib": (joblib_structured(evil()), _RUNS),
    # Names that are written with escapes, or reached through what is harmless by itself.
    "escaped-unicode.pkl": (b"\x80\x04V\\u006fs\nV\\u0073ystem\n\x93" + _RUN, _RUNS),
    "escaped-string.pkl": (b"\x80\x04S'\\x6fs'\nS'\\163ystem'\n\x93" + _RUN, _RUNS),
    "globals.pkl": (_GLOBALS, _RUNS),
    "write.pkl": (
        b"\x80\x04cbuiltins\ngetattr\n(cpathlib\nPosixPath\n\x8c\x01x\x85R\x8c\x0awrite_texttR"
        b"\x8c\x01x\x85R.",
        _RUNS,
    ),
    "partial-getattr.pkl": (
        b"\x80\x04cfunctools\npartial\n(cbuiltins\ngetattr\ncargparse\nNamespace\ntR.",
        _RUNS,
    ),
    "ufunc.pkl": (
        b"\x80\x04cnumpy.core\n_ufunc_reconstruct\n(\x8c\x02os\x8c\x06systemtR\x8c\x02id\x85R.",
        _RUNS,
    ),
    "dict.pkl": (
        b"\x80\x04coperator\ngetitem\n(cnumpy\n__dict__\n\x8c\x04loadtR\x8c\x01x\x85R.",
        _RUNS,
    ),
    "typing.pkl": (b"\x80\x02ctyping\n_eval_type\n(ctyping\nForwardRef\n(V1\ntR}}tR.", _RUNS),
    "dataclass.pkl": (b"\x80\x02cdataclasses\n_create_fn\n(VX\ntR.", _RUNS),
    "module-of-data.pkl": (b"\x80\x04crandom\n_os\n.", _RUNS),
    # Arrays.
    "object.npy": (described(fields("'object'"), evil(2)), _RUNS),
    "record.npy": (described(fields("[('a', '<f4'), ('b', 'O')]"), evil(2)), _RUNS),
    "nested.npy": (described(fields("[('a', [('b', '|O', (2,))])]"), evil(2)), _RUNS),
    "sub.npy": (described(fields("('|O', (2,))"), evil(2)), _RUNS),
    "comma.npy": (described(fields("'f4,O'"), evil(2), 2), _RUNS),
    "second.npy": (described(fields("'<f4'"), bytes(4)) + npy("|O", evil()), _RUNS),
    "behind.npy": (described(fields("'<f4'"), bytes(4)) + evil(0), _RUNS),
    "record.npz": (
        zipped({"a.npy": described(fields("[('a', '<f4'), ('b', 'O')]"), evil(2))}),
        _RUNS,
    ),
    # One member of two that have the same name, and one that has any name.
    "only.pkl": (zipped({"x.txt": evil(0)}), _RUNS),
    "old.mar": (zipped({"model.pt": evil(0), "handler.txt": b"x"}), _RUNS),
    # Keras.
    "posix.keras": (keras_object("posix", "function", "system"), _HOLDS),
    "builtin.keras": (keras_object("builtins", "function", "eval"), _HOLDS),
    "fetch.keras": (keras_object("keras.utils", "function", "get_file"), _HOLDS),
    "unsafe.keras": (
        keras_object("keras.config", "function", "enable_unsafe_deserialization"),
        _HOLDS,
    ),
    "named-lambda.keras": (keras("keras.layers>Lambda"), _HOLDS),
    "saved.keras": (keras("TFSMLayer"), _HOLDS),
    "vocabulary.keras": (
        keras_object("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}),
        _OUT,
    ),
    "escaped.keras": (zipped({"config.json": b'{"class_name": "\\u004cambda"}'}), _HOLDS),
    "escaped.h5": (hdf5(b'{"class_name": "\\u004cambda"}'), _HOLDS),
    "escaped-key.h5": (hdf5(b'{"\\u0063lass_name": "\\u004Cambda"}'), _HOLDS),
    "spaced.h5": (hdf5(b'{"class_name":' + b" " * 9000 + b'"Lambda"}'), _HOLDS),
    "edge.h5": (
        b"\x89HDF\r\n\x1a\n" + bytes(8 * 1024 * 1024 - 20) + b'{"class_name": "Lambda"}' + bytes(9),
        _HOLDS,
    ),
    "module.h5": (
        hdf5(b'{"class_name": "function", "module": "posix", "config": "system"}'),
        _HOLDS,
    ),
    # ONNX: graphs in graphs, functions, sparse tensors and training.
    "subgraph.onnx": (field(7, field(1, field(5, field(6, field(5, _EXTERNAL))))), _OUT),
    "graphs.onnx": (field(7, field(1, field(5, field(11, field(5, _EXTERNAL))))), _OUT),
    "sparse.onnx": (field(7, field(15, field(1, _EXTERNAL))), _OUT),
    "attribute.onnx": (field(7, field(1, field(5, field(10, _EXTERNAL)))), _OUT),
    "sparse-attribute.onnx": (field(7, field(1, field(5, field(22, field(2, _EXTERNAL))))), _OUT),
    "function.onnx": (field(25, field(7, field(5, field(5, _EXTERNAL)))), _OUT),
    "default.onnx": (field(25, field(11, field(5, _EXTERNAL))), _OUT),
    "training.onnx": (field(20, field(1, field(5, _EXTERNAL))), _OUT),
    "python.onnx": (field(7, field(1, field(4, b"PyOp"), field(7, b"ai.onnx.contrib"))), _HOLDS),
    # Templates.
    "escaped.gguf": (
        gguf("{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}"),
        "model-file-template-reaches-out",
    ),
    "joined.gguf": (gguf("{{ x['_' ~ '_class_' ~ '_'] }}"), "model-file-template-reaches-out"),
}
FOUND: dict[str, tuple[bytes, str]] = {
    **ATTACKS,
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
    "records.npy": described(fields("[('ORF', '<f4'), (('Other', 'O'), '|S4', (2,))]"), bytes(12)),
    "long-ago.npy": described("{'descr': '<i4', 'fortran_order': False, 'shape': (1L,)}", bytes(4)),
    "times.npy": described(fields("'<M8[ns]'"), bytes(8)),
    "two.npy": described(fields("'<f4'"), bytes(4)) * 2,
    "text.npy": described(fields("'<U3'"), bytes(12)),
    "header-of-93.safetensors": safetensors(93),
    "header-of-376.safetensors": safetensors(376),
    "header-of-66176.safetensors": safetensors(66_176),
    "subgraph.onnx": field(
        7,
        field(
            1, field(5, field(6, field(5, field(13, field(1, b"location"), field(2, b"w.bin")))))
        ),
    ),
    "custom.keras": keras_object("shop.layers", "Attention", {"units": 3}),
    "loss.keras": keras_object("builtins", "function", "weighted_loss"),
    "activation.keras": keras_object("keras.activations", "function", "relu"),
    "words.keras": keras_object("keras.layers", "StringLookup", {"vocabulary": ["/a", "b"]}),
    "dense.keras": keras("Dense"),
    "dense.h5": hdf5(b'{"class_name": "Dense", "name": "Lambda"}'),
    "chat.gguf": gguf(
        "{% set ns = namespace(found=false) %}{% for m in messages %}{{ m['role'] + ': ' + "
        "m.content | trim }}{% if loop.last %}{{ eos_token }}{% endif %}{% endfor %}"
    ),
}
# Pickles and what stands behind them; harmless but for their format.
INNOCENT: dict[str, bytes] = {
    "legacy.pt": legacy(
        b"\x80\x02X\x01\x00\x00\x000Q.", struct.pack("<q", 128) + bytes(range(256)) * 2
    ),
    "legacy-2.pt": legacy(b"\x80\x02N.", struct.pack("<q", 0x2E82) + b"\x93.\x82\x01." * 50),
    "padded.pkl": harmless() + bytes(100),
    "noted.pkl": harmless() + b"# written by the trainer\nclass Foo:\n",
    "in-bytes.pkl": _LOADED + b"(C" + bytes([len(b"\x80\x02N.")]) + b"\x80\x02N.tR.",
    "escapes.pkl": b"\x80\x02S'\\x6fs \\d'\n0V\\u006f\n.",
    "method.pkl": b"\x80\x04cbuiltins\ngetattr\n(cshop.models\nNet\n)\x81\x8c\x07forwardtR.",
    "random.pkl": (
        b"\x80\x04cnumpy.random._pickle\n__randomstate_ctor\n)R0cpandas._libs.internals\n_unpickle_block\n"
        b"0csklearn._loss._loss\n__pyx_unpickle_CyHalfSquaredError\n0cdatetime\ndatetime.fromisoformat\n."
    ),
    "functions.pkl": b"\x80\x04cbuiltins\nlen\n0cmath\nsqrt\n0cre\n_compile\n(Va+\nK\x20tR.",
}
TWO_LISTS = two_lists()
BROKEN: dict[str, bytes] = {
    "unhashable.npy": described("{[]: 1}"),
    "long.npy": described("[" + "0," * 40_000 + "]", version=2),
    "deep.npy": described("(" * 5_000),
    "no-shape.npy": described("{'descr': '<f4', 'shape': (-1,)}"),
    "many.gguf": many(100_001),
    "zeros.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 62) + bytes(2_000_000),
    "list.gguf": b"GGUF"
    + struct.pack("<IQQ", 3, 0, 1)
    + _gguf_text("k")
    + struct.pack("<IIQ", 9, 8, 1 << 62)
    + bytes(2_000_000),
    "almost-a-pointer.keras": LFS_POINTER + b"more\n",
    "deep.keras": zipped({"config.json": b'{"class_name":' + b"[" * 100_000}),
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
