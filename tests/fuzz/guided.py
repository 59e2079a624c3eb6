"""A search led by coverage (atheris), for what the mutations do not come upon: `make fuzz`.

`python -m tests.fuzz.guided SECONDS [PARSER...]` runs each parser for so long, in a process of its
own; what reached new code lies in build/fuzz afterwards. With `--keep` the least set of it that
reaches the same code becomes the corpus that the tests try each time. Exit code 1 where a parser
crashed or hung: the input is named.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.parsers import Parser

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "build" / "fuzz"
CORPUS = Path(__file__).parent / "corpus"
_LARGEST = 4096
_KEPT = 24
_NUMBERED = re.compile(r"[0-9a-f]{16}")
# How often JSON stays JSON.
_WITHIN = 0.8


def main() -> int:
    """Search for each parser; 1 where one does not hold."""
    words = sys.argv[1:]
    if words[:1] == ["--one"]:
        return _search(words[1], words[2:])
    from tests.fuzz.parsers import LONGEST, PARSERS

    keep = "--keep" in words
    seconds, *names = [word for word in words if word != "--keep"]
    failed = []
    for parser in PARSERS:
        if names and parser.folder not in names:
            continue
        own, given = FOUND / parser.folder, CORPUS / parser.folder
        own.mkdir(parents=True, exist_ok=True)
        (own / "right").write_bytes(parser.right())
        folders = [str(own), *([str(given)] if given.is_dir() else [])]
        largest = max(_LARGEST, 2 * len(parser.right()))
        limits = [f"-max_total_time={seconds}", f"-timeout={LONGEST:.0f}", f"-max_len={largest}"]
        code = _child(parser, [*folders, *limits])
        sys.stdout.write(f"{parser.name}: {len(list(own.iterdir()))} inputs\n")
        if code:
            failed.append(parser.name)
        elif keep:
            _keep(parser, folders)
    if failed:
        sys.stdout.write(f"did not hold: {', '.join(failed)}; input and log: {FOUND}\n")
    return 1 if failed else 0


def _child(parser: Parser, words: list[str]) -> int:
    argv = [sys.executable, "-m", "tests.fuzz.guided", "--one", parser.folder, *words]
    prefix = f"-artifact_prefix={FOUND / parser.folder}-"
    log = FOUND / f"{parser.folder}.log"
    with log.open("ab") as file:
        done = subprocess.run([*argv, prefix], cwd=ROOT, stdout=file, stderr=file, check=False)
    return done.returncode


def _keep(parser: Parser, folders: list[str]) -> None:
    """The least of it that reaches the same code, small files first."""
    with tempfile.TemporaryDirectory() as least:
        if _child(parser, ["-merge=1", least, *folders]):
            return
        target = CORPUS / parser.folder
        target.mkdir(parents=True, exist_ok=True)
        for file in target.iterdir():
            # Those with a name of their own once broke something.
            if _NUMBERED.fullmatch(file.name):
                file.unlink()
        for file in sorted(Path(least).iterdir(), key=lambda file: file.stat().st_size)[:_KEPT]:
            shutil.copy(file, target / file.name[:16])


def _again(name: str) -> Path:
    """A program that is this search: to merge, it starts itself once more by its own name."""
    program = FOUND / f"{name}.sh"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tests.fuzz.guided --one {name} "$@"\n'
    )
    program.chmod(0o755)
    return program


def _search(name: str, words: list[str]) -> int:
    import atheris  # type: ignore[import-not-found]

    # Only what is imported under its eyes tells what it reaches; some is, by the first use of it.
    with (
        atheris.instrument_imports(include=["scanner", "yaml", "referencing"]),
        tempfile.TemporaryDirectory() as folder,
    ):
        from tests.fuzz.mutations import mutated
        from tests.fuzz.parsers import PARSERS, holds

        parser = next(one for one in PARSERS if one.folder == name)
        parser.parse(parser.right(), Path(folder))
    structured = isinstance(parser.seed, (dict, list))

    def change(given: bytes, most: int, seed: int) -> bytes:
        """Where it is JSON, mostly one value of it: changed bytes are hardly ever JSON."""
        dice = random.Random(seed)
        if structured and dice.random() < _WITHIN:
            with contextlib.suppress(ValueError, RecursionError):
                made = json.dumps(mutated(json.loads(given), dice)).encode()
                return made if len(made) <= most else given
        return bytes(atheris.Mutate(given, most))

    with tempfile.TemporaryDirectory() as folder:
        atheris.Setup(
            [str(_again(name)), *words],
            lambda given: holds(parser, given, Path(folder)),
            custom_mutator=change,
        )
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    os.environ["PYTHONHASHSEED"] = "0"
    sys.exit(main())
