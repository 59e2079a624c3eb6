"""Whether a file that downloads something speaks of digests at all."""

from __future__ import annotations

import ast
import re

# `check_hash` compares with a few letters that the address itself holds, and only where it is on.
_DIGEST = re.compile(
    r"(?!check_hash$)(sha\d+|sha[_-]?sum|blake[23]\w*|hashlib|(known|file|expected)_hash|hash_prefix"
    r"|(\w*_)?(hexdigest|digest|checksum|integrity)s?(_\w+)?|cosign|sigstore|gnupg"
    r"|(\w+_)?(verify|validate|check)_\w*(hash|digest|signature|sha|sum|integrity)\w*"
    r"|(\w+_)?verify_\w*(download|weights|model|file)\w*)",
    re.IGNORECASE,
)


def compared(tree: ast.Module) -> bool:
    """Whether digests or signatures are named anywhere in the module.

    Where the comparison stands (a helper, the caller) is left open: who thought of one is not told
    that there is none. Whether what is then loaded was verified is another rule's question.
    """
    return any(_DIGEST.fullmatch(name) for node in ast.walk(tree) for name in _names(node))


def _names(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
            return (name,)
        case ast.arg(arg=name):
            return (name,)
        case ast.keyword(arg=str(name)):
            return (name,)
        case ast.alias(name=name):
            return tuple(name.split("."))
        case ast.Constant(value=str(text)) if re.fullmatch(r"[\w-]{1,40}", text):
            return (text,)
    return ()
