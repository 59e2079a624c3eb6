"""Model files of which something must be found, or nothing, or that they can not be read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import pickle
import struct
import zlib

from tests.models.attacks import ATTACKS
from tests.models.make import (
    LFS_POINTER,
    Data,
    described,
    evil,
    field,
    fields,
    gguf,
    gguf_text,
    harmless,
    hdf5,
    joblib_array,
    keras,
    keras_object,
    legacy,
    many,
    npy,
    onnx,
    safetensors,
    tarred,
    torch_file,
    torch_writes,
    two_lists,
    zipped,
)

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
    # By names that are less common.
    **{
        f"evil.{suffix}": (evil(), "model-file-runs-code")
        for suffix in ("pth.tar", "sav", "pt2", "nemo", "skops", "th", "ptl", "pck", "p", "dat")
    },
    "evil.pkl.gz": (gzip.compress(evil()), "model-file-runs-code"),
    "evil.pkl.bz2": (bz2.compress(evil()), "model-file-runs-code"),
    "evil.pickle.xz": (lzma.compress(evil()), "model-file-runs-code"),
    "evil.sav.gz": (gzip.compress(evil()), "model-file-runs-code"),
    "weights.bin": (evil(), "model-file-runs-code"),
    "zip-weights.bin": (torch_file(evil(2)), "model-file-runs-code"),
    "text-weights.bin": (evil(0), "model-file-runs-code"),
    "text.pt": (evil(0), "model-file-runs-code"),
    "text-cut.pt": (evil(0)[:-1], "model-file-runs-code"),
    "packed-weights.bin": (zlib.compress(evil()), "model-file-runs-code"),
    "packed-cut.bin": (gzip.compress(evil() + bytes(99))[:-9], "model-file-runs-code"),
    "cut.pkl.bz2": (bz2.compress(evil() + os.urandom(2_000_000))[:-9], "model-file-runs-code"),
    "evil-tar.nemo": (
        tarred({"model_config.yaml": b"a: 1", "model_weights.ckpt": torch_file(evil(2))}),
        "model-file-runs-code",
    ),
    "evil-tar-gz.nemo": (
        gzip.compress(tarred({"./" + "x" * 200 + "/w.ckpt": evil(0)})),
        "model-file-runs-code",
    ),
    "model.tar.gz": (gzip.compress(tarred({"model.joblib": evil()})), "model-file-runs-code"),
    "outside.nemo": (tarred({"../../x.yaml": b"a"}), "model-file-names-outside-path"),
    "harmless.sav": (harmless(), "model-file-in-unsafe-format"),
    "harmless.bin": (pickle.dumps([1, "a"], protocol=0), "model-file-in-unsafe-format"),
    "fine.nemo": (tarred({"w.ckpt": torch_file(harmless())}), "model-file-in-unsafe-format"),
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
    "after-string.gguf": (
        gguf("{{ '}}' ~ x.__class__ }}"),
        "model-file-template-reaches-out",
    ),
    "statement.gguf": (
        gguf("os is fine {%- set y = os.popen('id') -%}"),
        "model-file-template-reaches-out",
    ),
    "after-comment.gguf": (
        gguf("{# it's \" #}{{ eval('1') }}"),
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
    # Text, and what else has such a name.
    "lang.pt": "mensagem = olá, mundo\nadeus = até logo\n".encode(),
    "scores.pt": b'{"a": 1, "b": [2, 3]}\n',
    "messages.pt": b'msgid "open"\nmsgstr "abrir"\n',
    "wide.pt": "olá, mundo".encode("utf-16"),
    "cities.pkl": b"city\ntown\nvillage\n",
    "sines.pt": b"cos\nsin\ntan\n",
    "instances.pt": b"ios\nsystem\nand more\n",
    "n.pt": b"N.B.: this is text\n",
    "long.pt": "é".encode() * 400_000,
    "notes.onnx": b"to be trained\n",
    "firmware.bin": bytes(range(256)) * 40,
    "packed.bin": gzip.compress(bytes(2_000))[:-9],
    "like-a-pickle.bin": b"\x80\x02\x93" + bytes(range(200)),
    "survey.sav": b"$FL2@(#) IBM SPSS STATISTICS" + bytes(100),
    "numbers.dat": b"1 2 3\n4 5 6\n",
    "empty.bin": b"",
    "lists.bin.gz": gzip.compress(b"1 2 3\n"),
    "prose.gguf": gguf(
        "Use os.path.join and never eval() or __import__.\n{# os.system('x') #}"
        "{{ messages[0]['content'] }} {% if tools %}"
        '{{ "Don\'t run }} exec( or os.system(x)" }}{% endif %}'
    ),
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
    "torch.pt": torch_writes(b"\x80\x02N."),
    "zip-in-text.pkl": pickle.dumps({"z": zipped({"a": b"x"}), "t": bytes(9)}, protocol=2),
    "zip-in-bytes.pkl": pickle.dumps({"z": zipped({"a": b"x"}), "t": bytes(9)}, protocol=4),
    "padded.pkl": harmless() + bytes(100),
    "noted.pkl": harmless() + b"# written by the trainer\nclass Foo:\n",
    "in-bytes.pkl": b"\x80\x02ctorch.storage\n_load_from_bytes\n(C"
    + bytes([len(b"\x80\x02N.")])
    + b"\x80\x02N.tR.",
    "escapes.pkl": b"\x80\x02S'\\x6fs \\d'\n0V\\u006f\n.",
    "numbers-like-a-pickle.pt": zipped(
        {
            "a/data.pkl": harmless(),
            "a/data/0": b"\x80\x02\x93\x3f" + bytes(60),
            "a/data/1": b"\x1f\x8b" + bytes(62),
            "a/data/2": b"\x80\x04N\x80" + bytes(60),
        }
    ),
    "attributes-of-made.pkl": (
        b"\x80\x04](cbuiltins\ngetattr\n(cshop.models\nNet\n)R\x8c\x05scoretRe."
    ),
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
    + gguf_text("k")
    + struct.pack("<IIQ", 9, 8, 1 << 62)
    + bytes(2_000_000),
    "almost-a-pointer.keras": LFS_POINTER + b"more\n",
    "deep.keras": zipped({"config.json": b'{"class_name":' + b"[" * 100_000}),
    "empty.pkl": b"",
    "cut-numbers.pt": b"\x80\x02]K\x01",
    "zstd.pkl.zst": b"\x28\xb5\x2f\xfd" + bytes(range(200)),
    "cut.nemo": tarred({"model_weights.ckpt": torch_file(harmless())})[:700],
    "cut.zip.pt": torch_file(harmless())[:200],
    "long-header.safetensors": struct.pack("<Q", 1 << 60) + b"{}",
    "lies.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62),
    "cut.onnx": onnx(b"a")[:-3],
    "lies.pkl": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62),
    "endless.pkl": b"\x80\x04" + b"(" * 600_000,
    "bomb.joblib": gzip.compress(bytes(5_000_000), 1),
    "bomb.pt": zipped({"archive/data.pkl": b"\x80\x02" + b"N0" * 2_000_000}, packed=True),
}
