"""Keras: what the description of a model names, in a zip file or in HDF5."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.engines.models.bounds import Budget, Unreadable, shown
from scanner.engines.models.names import Meaning, meaning
from scanner.engines.models.paths import leads_out
from scanner.engines.models.seen import Seen
from scanner.engines.models.symbols import Global

HDF5 = b"\x89HDF\r\n\x1a\n"
# Where HDF5 looks for the beginning: anything may stand before it.
_BEGINNINGS = (0, 512, 1024, 2048, 4096, 8192)
_MAX_CONFIG = 16 * 1024 * 1024
_MAX_SEARCHED = 2 * 1024 * 1024 * 1024
_PART = 8 * 1024 * 1024
_MAX_NAMED = 100
# Text without control characters, from where an object of JSON may begin.
_OBJECT = re.compile(rb'\{[ \t\r\n]*"[^\x00-\x08\x0b\x0c\x0e-\x1f]{16,}')
_UNFINISHED = re.compile(rb"\{[^\x00-\x08\x0b\x0c\x0e-\x1f]*\Z")
_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_LAMBDA = re.compile(r'"class_name"\s*:\s*"((?:[^"\\]*[>.])?Lambda|__lambda__)"')
_MODULE = re.compile(r'"module"\s*:\s*"([^"\\]{1,200})"')
_LAYERS_OF_CODE = {
    "Lambda": "a Lambda layer",
    "__lambda__": "a Lambda layer",
    "TFSMLayer": "a layer that loads another model (TFSMLayer)",
    "TorchModuleWrapper": "a pickled torch module (TorchModuleWrapper)",
}
_OF_KERAS = re.compile(
    r"(keras|tf_keras|keras_core|keras_hub|keras_nlp|keras_cv|tensorflow\.(python\.)?keras"
    r"|tensorflow_addons|tensorflow_probability|tensorflow\.python\.framework\.\w*spec)(\.\w+)*"
)
# Of Keras itself: what loads, fetches, switches checks off or runs text, and is no part of a model.
_TOOLS_OF_KERAS = re.compile(
    r".*\.(utils|saving|config|export|models|legacy|backend|dtype_policies|file_utils)(\..*)?\.[a-z_]\w*"
)
_FUNCTIONS_OF_MODELS = re.compile(r".*\.(utils\.(normalize|to_categorical)|backend\.[a-z]{2,12})")
_TF_CALL = re.compile(
    r".*\b(io\.\w*(read|write|matching|decode_proto|encode_proto)\w*|raw_ops\.\w*(File|PyFunc|Proto)\w*|\w*py_func\w*"
    r"|numpy_function|load_\w*library|saved_model\..*|sysconfig\..*)"
)


def keras_config(data: bytes, seen: Seen) -> None:
    """What a `config.json` of Keras names. Raises `Unreadable`."""
    if len(data) > _MAX_CONFIG:
        raise Unreadable(f"it has more than {_MAX_CONFIG:,} bytes")
    try:
        config = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable("its config.json can't be read") from error
    _config(config, seen)


def hdf5_file(file: BinaryIO, size: int, seen: Seen, budget: Budget) -> None:
    """Search for descriptions of models, which Keras stores as JSON in attributes, as they are."""
    if not begins_hdf5(file):
        raise Unreadable("it is no HDF5 file")
    seen.format = "HDF5"
    file.seek(0)
    left, tail = _MAX_SEARCHED, b""
    while part := file.read(_PART):
        budget.look()
        searched = tail + part
        last = file.tell() >= size
        unfinished = None if last else _UNFINISHED.search(searched)
        end = unfinished.start() if unfinished else len(searched)
        for found in _OBJECT.finditer(searched, 0, end):
            _text(found[0], seen)
        tail = searched[end:]
        if len(tail) > _MAX_CONFIG:
            seen.gap(f"a description of more than {_MAX_CONFIG:,} bytes")
            tail = b""
        left -= len(part)
        if left < 0:
            raise Unreadable(f"only the first {_MAX_SEARCHED:,} bytes were searched for layers")


def begins_hdf5(file: BinaryIO) -> bool:
    """Whether HDF5 would find its beginning in the file."""
    for place in _BEGINNINGS:
        file.seek(place)
        if file.read(len(HDF5)) == HDF5:
            return True
    return False


def _text(raw: bytes, seen: Seen) -> None:
    text = raw.decode("utf-8", "replace")
    if "class_name" not in (plain := _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)):
        return
    try:
        config, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        config = None
    if isinstance(config, dict):
        _config(config, seen)
    # What stands around it, or could not be taken apart.
    if _LAMBDA.search(plain) and not seen.lambdas:
        seen.holds("a Lambda layer")
    for module in dict.fromkeys(_MODULE.findall(plain)):
        if not _OF_KERAS.fullmatch(module) and meaning(Global(module, "")) is Meaning.RUNS:
            _named(module, seen)


def _config(config: object, seen: Seen) -> None:
    seen.format = "Keras"
    custom: dict[str, None] = {}
    for node in _nodes(config):
        kind, module = node.get("class_name"), node.get("module")
        inner = node.get("config")
        if isinstance(kind, str):
            found = _LAYERS_OF_CODE.get(re.split(r"[>.]", kind)[-1])
            if found:
                seen.holds(found)
                continue
            if re.split(r"[>.]", kind)[-1] == "TFOpLambda" and isinstance(inner, dict):
                function = inner.get("function")
                if isinstance(function, str) and _TF_CALL.fullmatch(function):
                    seen.holds(f"a call of {shown(function)}")
        if isinstance(module, str) and module and isinstance(kind, str):
            name = inner if kind == "function" and isinstance(inner, str) else kind
            _import(module, name, seen, custom)
        if isinstance(inner, dict):
            _files(inner, seen)
    if custom:
        names = ", ".join(shown(name) for name in list(custom)[:5])
        more = f" and {len(custom) - 5} more" if len(custom) > 5 else ""
        seen.notes.append(f"classes outside of Keras are imported with it: {names}{more}")


def _import(module: str, name: str, seen: Seen, custom: dict[str, None]) -> None:
    """What Keras imports where it makes a layer or looks for a function."""
    whole = f"{module}.{name}"
    if module == "builtins":
        # So functions are written that the loading code brings along, by their bare names.
        known = name != "function" and hasattr(builtins, name)
        if known and meaning(Global(module, name)) is Meaning.RUNS:
            _named(whole, seen)
        return
    said = meaning(Global(module, name))
    if _OF_KERAS.fullmatch(module):
        tool = _TOOLS_OF_KERAS.fullmatch(whole) and not _FUNCTIONS_OF_MODELS.fullmatch(whole)
        if tool or said is Meaning.RUNS:
            _named(whole, seen)
    elif said in (Meaning.RUNS, Meaning.CODE):
        _named(whole, seen)
    elif len(custom) < _MAX_NAMED:
        custom.setdefault(whole)


def _named(whole: str, seen: Seen) -> None:
    seen.holds(shown(whole))


def _files(config: dict[str, object], seen: Seen) -> None:
    """Files and addresses that a layer reads where it is made."""
    for key in ("vocabulary", "filepath", "weights"):
        value = config.get(key)
        if isinstance(value, str) and (leads_out(value) or "://" in value):
            seen.leads_out(value)


def _nodes(config: object) -> Iterator[dict[str, object]]:
    pending = [config]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending += node.values()
        elif isinstance(node, list):
            pending += node
