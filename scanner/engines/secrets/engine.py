"""The engine `secrets`: part of servegate. No value leaves it, only its place and a salted hash."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from scanner.engines.secrets import PRIVATE_KEY, PROVIDER_KEY, RULES, VERSION, Secrets
from scanner.engines.secrets.detectors import Hit, keys_in, private_keys_in
from scanner.model.errors import Cancelled
from scanner.model.evidence import CodeSnippet
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import CodeLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.rule import Rule
from scanner.redact import MASK, mask_declared, redact

_MOST = 20_000_000
_MOST_IN_A_FILE = 200
_LONGEST_SHOWN = 300
# Longer than any secret but a private key, twice.
_WIDE = 4_000
_SALT = b"servegate: where a secret was seen, not what it is"
# Keys that the providers' own documentation shows and their emulators take: nobody's.
# GitHub's, Slack's and Google's, and those of the emulators of Azure Storage and Cosmos DB.
DOCUMENTED = frozenset(
    {"a4e03b36dafa", "27a37b73bfc9", "8e3941e39f2a", "ae402e72e627", "e1416093ead7"}
)


def run(task: StaticTask, context: ScanContext) -> Completed | Partial:
    """Look through the planned files. Raises `Cancelled`."""
    context.progress(f"{len(task.files)} files")
    findings: list[Finding] = []
    gaps = [*task.gaps]
    salt = Salt()
    for file in task.files:
        if context.cancelled.is_set():
            raise Cancelled("secrets was interrupted")
        try:
            text, cut = _text(task.root / file.path)
        except OSError as error:
            reason = (error.strerror or "can't be read").lower()
            gaps.append(Gap(subject=file.path, reason=reason))
            continue
        found = list(found_in(file.path, text, salt))
        if cut:
            reason = f"only the first {_MOST:,} bytes were looked at"
            gaps.append(Gap(subject=file.path, reason=reason))
        by_rule = [[one for one in found if one.rule_id == rule.id] for rule in RULES]
        if any(len(of_rule) > _MOST_IN_A_FILE for of_rule in by_rule):
            reason = f"only the first {_MOST_IN_A_FILE} keys were reported"
            gaps.append(Gap(subject=file.path, reason=reason))
        findings += chain.from_iterable(of_rule[:_MOST_IN_A_FILE] for of_rule in by_rule)
    unseen = {gap.subject for gap in gaps}
    whole = Completed(
        tool_version=VERSION,
        rules=RULES,
        targets=tuple(sorted({file.path for file in task.files} - unseen)),
        findings=fingerprinted(findings),
        notes=task.notes,
    )
    return whole.lacking(gaps)


def found_in(path: str, text: str, salt: Salt | None = None) -> Iterator[Finding]:
    """The secrets in a file's text; their values are in nothing that this yields."""
    salt = salt or Salt()
    keys, private = list(keys_in(text)), list(private_keys_in(text))
    if not keys and not private:
        return
    starts = [0, *(end.end() for end in re.finditer("\n", text))]
    masked, places = _masked(text, [*keys, *private])
    lines = [line[:_WIDE] for line in masked.split("\n")]
    for rule, hits in ((PROVIDER_KEY, keys), (PRIVATE_KEY, private)):
        real = (hit for hit in hits if salt.mark(_value(hit, text)) not in DOCUMENTED)
        # One more than is reported tells that there are more.
        for hit in islice(real, _MOST_IN_A_FILE + 1):
            number = bisect_right(starts, hit.start)
            shown = _shown(path, masked, places[hit.start], lines, number)
            snippet = CodeSnippet(path=path, start_line=number, lines=(shown,))
            yield _finding(rule, hit, text, salt, snippet)


def _value(hit: Hit, text: str) -> str:
    """What makes a hit the same key as another."""
    return hit.material or text[hit.start : hit.end]


def _masked(text: str, hits: list[Hit]) -> tuple[str, dict[int, int]]:
    """The text with each value masked, and where the masks are, by where the values were.

    Line ends stay, so that lines keep their numbers.
    """
    pieces: list[str] = []
    places: dict[int, int] = {}
    at = length = 0
    for hit in sorted(hits, key=lambda one: (one.start, -one.end)):
        if hit.end <= at:
            # It is in another, and so behind its mask.
            places.setdefault(hit.start, length)
            continue
        start = max(at, hit.start)
        before = text[at:start]
        places[hit.start] = length + len(before)
        piece = before + MASK + "\n" * text.count("\n", start, hit.end)
        pieces.append(piece)
        length += len(piece)
        at = hit.end
    return "".join([*pieces, text[at:]]), places


def _shown(path: str, masked: str, place: int, lines: list[str], number: int) -> str:
    """The line of a hit without any secret; of a long line what is next to the mask."""
    start = masked.rfind("\n", 0, place) + 1
    end = masked.find("\n", place)
    end = len(masked) if end < 0 else end
    if end - start <= _LONGEST_SHOWN:
        return redact(mask_declared(path, lines, number, number)[0])
    # Wider than what is shown: it may begin or end with half of a secret.
    low, high = max(start, place - _WIDE), min(end, place + _WIDE)
    before = redact(mask_declared(path, [masked[low:place]], 1, 1)[0])
    after = redact(mask_declared(path, [masked[place:high]], 1, 1)[0])
    before = before[_WIDE // 2 :] if low > start else before
    after = after[: -_WIDE // 2] if high < end else after
    half = _LONGEST_SHOWN // 2
    left = "… " if low > start or len(before) > half else ""
    right = " …" if high < end or len(after) > half else ""
    return f"{left}{before[-half:]}{after[:half]}{right}"


def _finding(rule: Rule, hit: Hit, text: str, salt: Salt, shown: CodeSnippet) -> Finding:
    value = text[hit.start : hit.end]
    mark = salt.mark(_value(hit, text))
    said = (
        f"A private key stands here (salted hash {mark})."
        if rule is PRIVATE_KEY
        else f"A key of {hit.provider} stands here ({len(value)} characters, salted hash {mark})."
    )
    last = shown.start_line + value.count("\n")
    return Finding(
        engine=Secrets.name,
        stage=Secrets.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=said,
        location=CodeLocation(path=shown.path, start_line=shown.start_line, end_line=last),
        anchor=f"{hit.provider} {mark}",
        evidence=(shown,),
    )


class Salt:
    """Marks of the values of one run: each is made once, and forgotten with it."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, value: str) -> str:
        """The value's `salted`."""
        if value not in self._marks:
            self._marks[value] = salted(value)
        return self._marks[value]


def salted(value: str) -> str:
    """A short mark of a value that costs too much to be turned back by trying."""
    made = hashlib.scrypt(value.encode("utf-8", "replace"), salt=_SALT, n=2**13, r=8, p=1, dklen=6)
    return made.hex()


def _text(path: Path) -> tuple[str, bool]:
    """A file's text, and whether there is more of it than was read.

    No link is followed, and a pipe does not block.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "no regular file")
        data = file.read(_MOST + 1)
    # What PowerShell writes.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data[:_MOST].decode(encoding, "replace").replace("\r\n", "\n")
    return text, len(data) > _MOST
