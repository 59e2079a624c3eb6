"""Masks what is named as a secret in files that declare things: values need no quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.redact._names import is_secret_name
from scanner.redact._text import MASK

_NO_VALUE = re.compile(
    r"(?:~|null|none|true|false|yes|no|on|off|)$|[$&*!<\[{|>]|%\w+%$|/(?:var/)?run/|arn:",
    re.IGNORECASE,
)
_SCALAR = r"""(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|{plain})"""
_PAIR = re.compile(
    r"""^(?P<head>\s*(?:-\s+)*["']?(?P<name>[\w./-]+)["']?\s*:\s+)(?P<value>"""
    + _SCALAR.format(plain=r"(?:[^\s#]|\s+(?!\#|\s)|(?<=\S)\#)+")
    + r")"
)
_IN_FLOW = re.compile(
    r"""(?P<head>[{,]\s*["']?(?P<name>[\w.-]+)["']?\s*:\s*)(?P<value>"""
    + _SCALAR.format(plain=r"[^\s,}\]\"'][^,}\]\n]*")
    + r")"
)
_EQUALS = re.compile(
    r"""(?P<head>(?<![\w.$-])(?:--)?(?P<name>[\w-]+)=)(?P<value>"""
    + _SCALAR.format(plain=r"[^\s\"',;&|)]+")
    + r")"
)
_ENV = re.compile(r"^(?P<head>\s*(?:ENV|ARG)\s+(?P<name>\w+)\s+)(?P<value>\S.*)$", re.IGNORECASE)
_KEY = re.compile(
    r"""^(?P<lead>\s*(?:-\s+)*)["']?(?P<key>[\w.-]+)["']?\s*[:=]\s*(?P<rest>.*?)\s*$"""
)
_NAMED = re.compile(
    r"""(?:^|[{,\s])["']?(?:name|key|Name)["']?\s*[:=]\s*["']?(?P<name>[\w.-]+)["']?"""
)
_VALUED = re.compile(
    r"""(?P<head>(?:^|[{,\s-])["']?[vV]alue["']?\s*[:=]\s*)(?P<value>"""
    + _SCALAR.format(plain=r"[^\s,}\]\"'#][^,}\]#\n]*")
    + r")"
)
_VALUE_BLOCK = re.compile(r"\s*(?:-\s+)?value\s*:\s*[|>][-+\d]*\s*$")
_YAML = (".yaml", ".yml", ".json")
_ASSIGNING = (".sh", ".bash", ".env", ".properties", ".ini", ".toml", ".cfg", ".conf", ".tfvars")
_DECLARING = (*_YAML, *_ASSIGNING, ".tf", ".hcl")
_SPACED = re.compile(
    r"^(?P<head>\s*(?:export\s+)?[\"']?(?P<name>[\w.-]+)[\"']?\s*[:=]\s*)(?P<value>"
    + _SCALAR.format(plain=r"[^\s\"'#][^#\n]*")
    + r")"
)
_KIND_SECRET = re.compile(r"""^\s*(?:-\s+)?["']?kind["']?\s*:\s*["']?Secret["']?\s*,?\s*$""")
_DATA = ("data", "stringData")
_DATA_KEY = re.compile(r"""\s*(?:-\s+)?["']?(?:data|stringData)["']?\s*:""")
_BESIDE = 4  # lines in which the other half of a name and its value is looked for
_AROUND = 40
_FAR = 5_000


def mask_declared(path: str, lines: list[str], first: int, last: int) -> list[str]:
    """Lines `first` to `last` of a file that declares things, without what is named as a secret.

    There values need no quotes, so that `redact` can't tell them from code. Every line stays one.
    """
    name = path.rsplit("/", 1)[-1].lower()
    docker = re.search(r"(?:docker|container)file", name) is not None
    env = name.startswith(".env") or name.endswith(_ASSIGNING)
    if not (docker or env or name.endswith(_DECLARING)):
        return lines[first - 1 : last]
    low, high = max(0, first - 1 - _AROUND), min(len(lines), last + _AROUND)
    shown = lines[low:high]
    patterns: tuple[re.Pattern[str], ...] = ()
    if name.endswith(_YAML):
        patterns = (_PAIR, _IN_FLOW, _EQUALS)
    elif docker or env:
        patterns = (_EQUALS, _ENV) if docker else (_EQUALS, _SPACED)
    for number, line in enumerate(shown):
        for pattern in patterns:
            line = pattern.sub(_mask_named, line)
        shown[number] = line
    _mask_pairs(shown)
    if name.endswith(_YAML):
        under = _above(lines, low)
        data = under is not None or any(_DATA_KEY.match(line) for line in shown)
        _mask_blocks(shown, secret=data and _in_secret(lines, first - 1), under=under)
    return shown[first - 1 - low : last - low]


def _mask_named(match: re.Match[str]) -> str:
    return _masked(match) if is_secret_name(match["name"]) else match[0]


def _masked(match: re.Match[str]) -> str:
    value = match["value"].rstrip()
    quote = value[0] if value[:1] in ("'", '"') else ""
    if _NO_VALUE.match(value.strip("'\"")):
        return match[0]
    return f"{match['head']}{quote}{MASK}{quote}{match['value'][len(value) :]}"


def _mask_pairs(lines: list[str]) -> None:
    """Mask `value` where `name` beside it, in the same mapping, is that of a secret."""
    for number, line in enumerate(lines):
        named = _NAMED.search(line)
        if named is not None and is_secret_name(named["name"]):
            lines[number] = _VALUED.sub(_masked, line)
            for other in _beside(lines, number):
                _mask_value_at(lines, other)


def _beside(lines: list[str], number: int) -> Iterator[int]:
    """The lines near one that may be of the same mapping; a dash begins the next."""
    column = _column(lines[number])
    for step in (1, -1):
        if step == -1 and lines[number].lstrip().startswith("- "):
            return
        for other in range(number + step, number + step * (_BESIDE + 1), step):
            if not 0 <= other < len(lines) or _column(lines[other]) < column - 3:
                break
            begins = lines[other].lstrip().startswith(("- ", "{"))
            if begins and step == 1:
                break
            yield other
            if begins:
                break


def _mask_value_at(lines: list[str], number: int) -> None:
    lines[number] = _VALUED.sub(_masked, lines[number])
    if _VALUE_BLOCK.match(lines[number]):
        column = _column(lines[number])
        for below in range(number + 1, len(lines)):
            if lines[below].strip() and _indent(lines[below]) <= column:
                break
            lines[below] = _hidden(lines[below], None) if lines[below].strip() else lines[below]


def _in_secret(lines: list[str], at: int) -> bool:
    """Whether a line is in a document that declares a Secret of Kubernetes."""
    for step in (-1, 1):
        for number in range(at, at + step * _FAR, step):
            if not 0 <= number < len(lines) or (lines[number][:3] == "---" and number != at):
                break
            if "kind" in lines[number] and _KIND_SECRET.search(lines[number]):
                return True
    return False


def _above(lines: list[str], at: int) -> int | None:
    """The indentation of the line above whose block the line at `at` is in, if that is secret."""
    inside = _indent(lines[at]) if at < len(lines) else 0
    for number in range(at - 1, max(-1, at - _FAR), -1):
        if lines[number].strip() and _indent(lines[number]) < inside:
            key = _KEY.match(lines[number])
            if key and (key["key"] in _DATA or _opens_block(key)):
                return _indent(lines[number])
            return None
    return None


def _opens_block(key: re.Match[str]) -> bool:
    return is_secret_name(key["key"]) and key["rest"][:1] in ("|", ">")


def _mask_blocks(lines: list[str], *, secret: bool, under: int | None) -> None:
    """Mask what stands under `name: |`, and under `data` of a Secret."""
    for number, line in enumerate(lines):
        key = _KEY.match(line)
        if under is not None and line.strip():
            if _indent(line) > under:
                lines[number] = _hidden(line, key)
                continue
            under = None
        if key is None:
            continue
        if secret and key["key"] in _DATA and key["rest"] in ("", "{"):
            under = _indent(line)
        elif _opens_block(key):
            under = _indent(line) + 2 * key["lead"].count("-")


def _hidden(line: str, key: re.Match[str] | None) -> str:
    head = line[: len(line) - len(line.lstrip())]
    if key is None:
        return f"{head}{MASK}"
    if key["rest"] in ("", "{"):
        return line
    quote = '"' if key["rest"].startswith('"') else ""
    comma = "," if key["rest"].endswith(",") else ""
    return f"{line[: key.start('rest')]}{quote}{MASK}{quote}{comma}"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _column(line: str) -> int:
    key = _KEY.match(line)
    return len(key["lead"]) if key else _indent(line)
