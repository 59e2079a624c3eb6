"""What is known of the callables in pickles: what they make of what they are given."""

from __future__ import annotations

import re

from scanner.engines.models.symbols import Global, Made, Stretch, Written

_MAX_CHAIN = 20
_JOBLIB_ARRAY = re.compile(r"joblib(\.\w+)*\.NumpyArrayWrapper")
# What these do is told by what they are given: so they must be called where it can be seen.
GETATTR = frozenset({"builtins.getattr", "__builtin__.getattr"})
LOADS = re.compile(r"torch\.storage\._load_from_bytes|keras(\.\w+)*\.(\w+\.)?_unpickle_model")
IMPORTS = re.compile(r"numpy\.(core|_core)(\.\w+)?\._ufunc_reconstruct|importlib\.import_module")
MAPS_FILES = re.compile(r"numpy(\.\w+)*\.memmap")
FILES_OF_BYTES = re.compile(r"_?io\.BytesIO")
BYTES = re.compile(r"_?codecs\.encode|(builtins|__builtin__)\.(bytes|bytearray)")
_MAKE_TEXT = frozenset({"builtins", "__builtin__", "_codecs", "codecs", "operator", "_operator"})
_LATIN = frozenset({"latin1", "latin-1", "iso-8859-1", "iso8859-1", "l1"})
_MAKES_ITS_FIRST = re.compile(r"copy_?reg\.(_reconstructor|__newobj(_ex)?__)")


def needs_sight(item: object) -> bool:
    """Whether what it does is told by its arguments only."""
    if not isinstance(item, Global):
        return False
    whole = str(item)
    return whole in GETATTR or bool(LOADS.fullmatch(whole)) or bool(IMPORTS.fullmatch(whole))


_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def plausible(found: Global) -> bool:
    """Whether a name that was found where there may be no pickle is one that can be imported."""
    return bool(_NAME.fullmatch(found.module) and _NAME.fullmatch(found.name))


def owner_of(item: object) -> object:
    """What was imported to make this: a class, or a function that is not known further."""
    for _ in range(_MAX_CHAIN):
        if not isinstance(item, Made):
            break
        callee, args = item.callee, item.args
        first = args[0] if isinstance(args, tuple) and args else None
        made = isinstance(callee, Global) and _MAKES_ITS_FIRST.fullmatch(str(callee))
        item = first if made and first is not None else callee
    return item


_MAKES_CLASSES = re.compile(
    r"(ray\.)?cloudpickle(\.\w+)*\._make_skeleton_(class|enum)|dill(\.\w+)*\._create_(type|namedtuple)"
    r"|collections\.namedtuple"
)


def is_class_of_its_own(item: Made) -> bool:
    """Whether it is a class that the file itself brings, which is found as such."""
    return isinstance(item.callee, Global) and bool(_MAKES_CLASSES.fullmatch(str(item.callee)))


def is_joblib_array(item: object) -> bool:
    """Whether joblib writes the bytes of an array behind this."""
    owner = owner_of(item)
    return (
        isinstance(item, Made)
        and isinstance(owner, Global)
        and bool(_JOBLIB_ARRAY.fullmatch(str(owner)))
    )


def may_be_text(item: object) -> bool:
    """Whether this can be a text, and so a name, when it is loaded."""
    if isinstance(item, Made):
        owner = owner_of(item)
        return isinstance(owner, Global) and owner.module.split(".")[0] in _MAKE_TEXT
    return isinstance(item, str) or (
        isinstance(item, Stretch) and item.written is not Written.BYTES
    )


def is_latin(encoding: object) -> bool:
    """Whether text in this encoding stands for the bytes of its characters."""
    return isinstance(encoding, str) and encoding.lower().replace("_", "-") in _LATIN


def bytes_of(item: object) -> bytes | Stretch | None:
    """The bytes that this stands for, if that is known."""
    if isinstance(item, str):
        try:
            return item.encode("latin-1")
        except UnicodeError:
            return None
    return item if isinstance(item, bytes | Stretch) else None
