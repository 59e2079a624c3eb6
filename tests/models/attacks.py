"""Model files by which a scanner is to be led past what a loader would do."""

from __future__ import annotations

import struct

from tests.models.make import (
    described,
    evil,
    field,
    fields,
    gguf,
    harmless,
    hdf5,
    joblib_evading,
    joblib_plain,
    joblib_structured,
    keras,
    keras_object,
    legacy,
    npy,
    safetensors,
    torch_file,
    torch_writes,
    zipped,
)

_RUNS = "model-file-runs-code"
_HOLDS = "model-file-holds-code"
_OUT = "model-file-names-outside-path"
_EXTERNAL = field(13, field(1, b"location"), field(2, b"../../etc/passwd"))
_RUN = b"(S'id'\ntR."
_LOADED = b"\x80\x02ctorch.storage\n_load_from_bytes\n"
# As the second argument of `getattr` it leads from an instance to what its module has imported.
_GLOBALS = (
    b"\x80\x04cbuiltins\ngetattr\n(cbuiltins\ngetattr\n(cargparse\nNamespace\n)R\x8c\x08__init__tR"
    b"\x8c\x0b__globals__tR."
)
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
    "torch-wrote.pt": (torch_writes(evil(2)), _RUNS),
    "in-keras.pkl": (
        b"\x80\x04cbuiltins\ngetattr\n(ckeras.src.models.functional\nFunctional\nV_unpickle_model\ntR"
        + b"(c_io\nBytesIO\n)\x81(B"
        + struct.pack("<I", len(keras("Lambda")))
        + keras("Lambda")
        + b"K\x00NtbtR.",
        _HOLDS,
    ),
    "in-made-bytes.pkl": (_LOADED + b"(cshop\nsecret\n)RtR.", _RUNS),
    "in-bytes-partial.pkl": (
        b"\x80\x02cfunctools\npartial\n(ctorch.storage\n_load_from_bytes\nC\x01xtR)R.",
        _RUNS,
    ),
    "records.joblib": (joblib_structured(evil()), _RUNS),
    "reconstructed.joblib": (joblib_evading(), _RUNS),
    "as-a-pickle.pkl": (joblib_plain(), _RUNS),
    "maps.pkl": (b"\x80\x02cnumpy\nmemmap\n(Vout\nVu1\nVw+\ntR.", _RUNS),
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
    # A name that a function makes, and a call of it.
    "dotted.pkl": (
        b"\x80\x02ctorch._utils\n_import_dotted_name\n(Vos.system\ntR(Vid\ntR.",
        _RUNS,
    ),
    "made-by-any.pkl": (b"\x80\x02cshop\nfind\n(Vos.system\ntR(Vid\ntR.", _RUNS),
    "made-by-library.pkl": (b"\x80\x02csklearn.base\nfind\n(Vos\ntR(Vid\ntR.", _RUNS),
    "of-a-made.pkl": (
        b"\x80\x02cbuiltins\ngetattr\n(csklearn.base\nfind\n(Vos\ntRVsystem\ntR(Vid\ntR.",
        _RUNS,
    ),
    "of-a-made-obj.pkl": (
        b"\x80\x02(cbuiltins\ngetattr\ncsklearn.base\nfind\n(Vos\ntRVsystem\no(Vid\ntR.",
        _RUNS,
    ),
    "partial-called.pkl": (
        b"\x80\x02cfunctools\npartial\n(csklearn.base\nfind\ntR(Vid\ntR.",
        _RUNS,
    ),
    "getattr-of-class.pkl": (
        b"\x80\x04(\x8c\x01x\x94csklearn.base\nfind\n)R)\x81t.",
        _RUNS,
    ),
    # What looks like the numbers of a tensor to who knows only torch.
    "objects-0.npz": (zipped({"data/0": npy("|O", evil())}), _RUNS),
    "objects-0.zip.pt": (zipped({"data/0": evil()}), _RUNS),
    "torch-objects-0.npz": (
        zipped({"a/data.pkl": harmless(), "a/data/0": npy("|O", evil())}),
        _RUNS,
    ),
    "torch-pickle-0.pt": (zipped({"a/data.pkl": harmless(), "a/data/0": evil()}), _RUNS),
    "torch-zip-0.pt": (
        zipped({"a/data.pkl": harmless(), "a/data/0": torch_file(evil())}),
        _RUNS,
    ),
    "other-prefix.npz": (
        zipped({"a/data.pkl": harmless(), "b/data/0": npy("|O", evil())}),
        _RUNS,
    ),
    "deep.keras": (
        zipped({"config.json": b'{"class_name": "A"}', "data/0": npy("|O", evil())}),
        _RUNS,
    ),
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
