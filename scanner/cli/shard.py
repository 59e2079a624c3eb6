"""`servegate scan --shard 2/4`: one part of a scan, of which `servegate merge` makes a whole."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import cast

import msgspec
from msgspec.structs import replace

from scanner import __version__, assets
from scanner.cli.baseline import GIT_PREFIX
from scanner.config import Settings
from scanner.contents import digests
from scanner.model.errors import ConfigError
from scanner.model.history import Past
from scanner.model.plan import Plan
from scanner.model.protocols import Divisible, Engine
from scanner.model.values import Value
from scanner.shards import Parts, files_of, scan_name, take_share

MAX_SHARDS = 1000
_WORD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


class Wanted(Value):
    """The part of so many that `--shard` asks for; parts count from 1."""

    part: int
    count: int

    def share(self, plan: Plan, engines: Mapping[str, Engine], name: str = "") -> Plan:
        """This part of a plan, for the scan of that name."""
        parts: dict[str, Parts] = {
            engine: one.parts for engine, one in engines.items() if isinstance(one, Divisible)
        }
        return take_share(plan, name, self.part, self.count, parts)

    def name(self, plan: Plan, settings: Settings, asked: object, past: Past) -> str:
        """What all shards of this scan are called, and no other's: see `scan_name`.

        Where reports go is no part of it. What is known and accepted is; a baseline out of git by
        its commit, for each shard scans its own part of that.
        """
        stated = cast("dict[str, object]", msgspec.to_builtins(settings))
        del stated["report"]
        known = past.baseline
        if known is not None and known.source.startswith(GIT_PREFIX):
            known = replace(known, weaknesses=(), present=frozenset(), moved=(), notes=())
        said = {
            "servegate": __version__,
            "rules": rules_digest(),
            "settings": stated,
            "asked": asked,
            "waivers": [str(waiver) for waiver in past.waivers],
            "baseline": known and (known.source, known.commit, list(map(str, known.weaknesses))),
        }
        contents = digests(plan.root, files_of(plan.tasks))
        return scan_name(plan, contents, said, self.count)


def parse_shard(word: str) -> Wanted | None:
    """`2/4` as a part; None for no word. Raises `ConfigError`."""
    if not word:
        return None
    match = _WORD.fullmatch(word)
    part, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= part <= count <= MAX_SHARDS:
        raise ConfigError(
            f"--shard: {word!r} is no part of a scan; write 2/4 for the second of four"
        )
    return Wanted(part, count)


def rules_digest() -> str:
    """The hash of every rule, policy and table."""
    root = assets.rules_dir()
    whole = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        whole.update(json.dumps(str(path.relative_to(root))).encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
