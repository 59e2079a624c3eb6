"""Which pickles a file holds, and what they would import.

Those that stand one after the other count, and those in front of the bytes that torch's old format
keeps. What a pickle hands to torch as bytes is in `Reading.handed`, for who called.
"""

from __future__ import annotations

from typing import BinaryIO

from scanner.engines.models.bounds import Budget, Exhausted
from scanner.engines.models.callables import plausible
from scanner.engines.models.machine import Machine
from scanner.engines.models.symbols import Broken, Global, Reading

__all__ = ["Global", "Reading", "read_pickles", "suspected_pickles"]
# What torch's old format begins with; after it come the protocol, facts about the system, the model
# and the names of the storages, and then their bytes, which are no pickles.
_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
_TORCH_PICKLES = 5


def read_pickles(file: BinaryIO, size: int, budget: Budget) -> Reading:
    """All pickles from where the file is; what follows the first counts if it is pickles."""
    reading = Reading()
    try:
        if _run(file, size, reading, budget) == _TORCH_MAGIC:
            for _ in range(_TORCH_PICKLES - 1):
                _run(file, size, reading, budget)
    except (Broken, Exhausted) as fault:
        reading.stopped = f"{fault} at byte {file.tell():,}"
    else:
        _following(file, size, reading, budget)
    return reading


def suspected_pickles(file: BinaryIO, size: int, budget: Budget) -> Reading | None:
    """The pickles of a file that by its beginning is something else; None if it holds none."""
    reading = Reading()
    _following(file, size, reading, budget)
    return reading if reading.count or reading.imports or reading.stopped else None


def _run(
    file: BinaryIO, size: int, reading: Reading, budget: Budget, *, strict: bool = False
) -> object:
    """Read one pickle as joblib does; if that differs, also as all others do."""
    start = file.tell()
    machine = Machine(file, size, reading, budget, strict=strict, joblib=True)
    try:
        return machine.run()
    finally:
        if machine.arrays:
            end = file.tell()
            file.seek(start)
            _following(file, size, reading, budget, joblib=False)
            file.seek(end)


def _following(
    file: BinaryIO, size: int, reading: Reading, budget: Budget, *, joblib: bool = True
) -> None:
    """Pickles that a further call of a loader would find; other bytes are passed in silence."""
    while file.tell() < size:
        part = Reading()
        try:
            if joblib:
                _run(file, size, part, budget, strict=True)
            else:
                Machine(file, size, part, budget, strict=True).run()
        except Broken:
            # To who does not know joblib, the numbers of its arrays look like anything.
            part.hidden *= joblib
            # What it did before it broke is done; but bytes of another kind hold no such names.
            if any(plausible(found) for found in part.imports):
                reading.add(part)
            return
        except Exhausted as fault:
            reading.add(part)
            reading.stopped = f"{fault} at byte {file.tell():,}"
            return
        reading.add(part)
