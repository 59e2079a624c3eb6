"""The page's templates, compiled: kept where Python keeps this module's code, and trusted alike.

Compiling them takes longer than filling them. The folder beside this module (`__pycache__`, or what
PYTHONPYCACHEPREFIX says) can only be written by who can also change the modules themselves.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class Compiled(FileSystemBytecodeCache):
    """Keeps compiled templates; does without where it can't read or write them."""

    def __init__(self) -> None:
        super().__init__(str(Path(cache_from_source(__file__)).parent), "template-%s.pyc")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if it was made of this source by this version of Jinja and Python."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 (unpickling what is broken raises anything)
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, unless Python is told to write no code (PYTHONDONTWRITEBYTECODE)."""
        if sys.dont_write_bytecode or not os.access(self.directory, os.W_OK):
            return
        with suppress(OSError):
            super().dump_bytecode(bucket)
