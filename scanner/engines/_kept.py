"""What our own rules and tables say, kept as JSON, which is read ten times as fast as YAML or TOML.

It is kept where Python keeps the code of this package (`__pycache__`), which can only be written by
who can also change the rules.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from scanner.engines._identity import digest, files_identity


def kept(name: str, files: Sequence[Path], code: str, read: Callable[[], object]) -> Any:  # noqa: ANN401
    """What `read` makes of `files`, or what was kept of that under `name`.

    `read` is in the module whose file is `code`, and makes what JSON can hold. What is kept was
    made of just these files by just this code, and is whole; else it is made anew, and kept unless
    Python is told to write no code. Raises what `read` does.
    """
    if not sys.implementation.cache_tag:
        # Such a Python keeps no compiled code, so that there is no place for ours (PEP 3147).
        return read()
    sources = (*files, Path(code), Path(__file__))
    made_of = files_identity(sources)
    path = Path(cache_from_source(__file__)).with_name(f"{name}.json")
    with contextlib.suppress(OSError, ValueError):
        seal, _, held = path.read_bytes().partition(b"\n")
        if seal.decode("ascii") == _seal(made_of, held):
            return json.loads(held)
    made = read()
    if sys.dont_write_bytecode:
        return made
    with contextlib.suppress(TypeError, ValueError):  # what JSON can't hold is made each time
        text = json.dumps(made).encode()
        if json.loads(text) == made and files_identity(sources) == made_of:
            _write(path, _seal(made_of, text).encode() + b"\n" + text)
    return made


def _seal(made_of: str, text: bytes) -> str:
    return digest([made_of, hashlib.sha256(text).hexdigest()])


def _write(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
