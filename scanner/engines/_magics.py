"""IPython's own lines in the code of a notebook: magics, shell commands and questions for help.

Pure. What of them is Python stays at its line; what is something else is named.
https://ipython.readthedocs.io/en/stable/interactive/magics.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scanner.engines._python import parsed
from scanner.model.values import Value

_HELP = re.compile(r"[%\w.*]+\?{1,2}|\?{1,2}\s*[%\w.*]+")
_SHELL = re.compile(r"^\s*!")
_TARGET = re.compile(r"[\w.,\[\]'\" ]+")
_ESCAPE = re.compile(r"!|%(?=[A-Za-z_])")
_LINE = re.compile(r"^(?P<indent>\s*)%{1,2}(?P<name>[A-Za-z_][\w.]*)(?P<rest>.*)$")
_OPTION = re.compile(r"-[-\w]*(?:=\S*)?(?:\s+|$)")
_MOST_OPTIONS = 40
_WORD = re.compile(r"\S+\s+")
# They run what follows as Python.
_RUNS = frozenset(
    ("time", "timeit", "prun", "lprun", "mprun", "memit", "debug", "snakeviz", "px"),
)
# They hold no code: settings, files, names.
_NO_CODE = frozenset(
    (
        *("alias", "autoawait", "autocall", "autoindent", "automagic", "autoreload", "aimport"),
        *("bookmark", "cd", "clear", "cls", "colors", "conda", "config", "connect_info", "cp"),
        *(
            "dhist",
            "dirs",
            "doctest_mode",
            "edit",
            "env",
            "gui",
            "hist",
            "history",
            "killbgscripts",
        ),
        *("ldir", "less", "lf", "lk", "ll", "load", "load_ext", "loadpy", "logoff", "logon"),
        *("logstart", "logstate", "logstop", "ls", "lsmagic", "lx", "magic", "mamba", "man"),
        *("matplotlib", "mkdir", "micromamba", "more", "mv", "notebook", "page", "pastebin", "pdb"),
        *("pdef", "pdoc", "pfile", "pinfo", "pinfo2", "pip", "popd", "pprint", "precision"),
        *(
            "psearch",
            "psource",
            "pushd",
            "pwd",
            "pycat",
            "pylab",
            "qtconsole",
            "quickref",
            "recall",
        ),
        *(
            "rehashx",
            "reload_ext",
            "rep",
            "rerun",
            "reset",
            "reset_selective",
            "rm",
            "rmdir",
            "run",
        ),
        *("save", "set_env", "store", "tb", "tensorflow_version", "tensorboard", "unalias"),
        *("unload_ext", "uv", "watermark", "who", "who_ls", "whos", "xdel", "xmode"),
    )
)


class Plain(Value):
    """Lines without IPython's own; `foreign` are the numbers (from 1) of those that held another
    language, with what they were.
    """

    lines: list[str]
    foreign: tuple[tuple[int, str], ...]


def without_magics(lines: list[str]) -> Plain:
    """A cell's lines with IPython's own replaced by the Python in them; as many as before."""
    made = list(lines)
    foreign: list[tuple[int, str]] = []
    at = 0
    for first, last in _statements(lines):
        if first < at:
            continue
        line, at = lines[first], first + 1
        if _asks(line):
            made[first] = f"{_indent(line)}pass"
            continue
        if not _is_own(line):
            at = last + 1
            continue
        # Only a backslash goes on with one of them.
        while at < len(lines) and lines[at - 1].endswith("\\"):
            at += 1
        python, other = plain(lines[first:at])
        made[first:at] = python
        if other:
            foreign.append((first + 1, other))
    return Plain(made, tuple(foreign))


def plain(lines: list[str]) -> tuple[list[str], str]:
    """The Python of one of IPython's own statements, and what it was if that is lost."""
    line = lines[0]
    nothing = [f"{_indent(line)}pass", *("" for _ in lines[1:])]
    if assigned := _assigned(line):
        target, rest = assigned
        nothing[0] = f"{target}None"
        if rest.startswith("!"):
            return nothing, "a shell command"
        inner = plain([rest, *lines[1:]])
        return _kept(target, inner[0], nothing), inner[1]
    match = _LINE.match(line)
    if match is None:
        return nothing, "a shell command"
    indent, name = match["indent"], match["name"]
    if name in _NO_CODE or not match["rest"].strip():
        return nothing, ""
    for rest in _without_options(match["rest"].strip()):
        found = [rest, *lines[1:]]
        tree = parsed("\n".join(found))
        if tree and (name in _RUNS or any(isinstance(one, ast.Call) for one in ast.walk(tree))):
            return [f"{indent}{rest}", *lines[1:]], ""
    return nothing, f"%{name}"


def _kept(target: str, inner: list[str], nothing: list[str]) -> list[str]:
    """What a magic ran, as the value of a variable where it has one."""
    if inner[0].strip() == "pass":
        return nothing
    for start in (f"{target}{inner[0]}", f"{target}None; {inner[0]}"):
        if parsed("\n".join([start.lstrip(), *inner[1:]])):
            return [start, *inner[1:]]
    return [f"{_indent(target)}{inner[0]}", *inner[1:]]


def _without_options(text: str) -> Iterator[str]:
    """What may be the statement of a magic, with ever more options and their values left out."""
    for _ in range(_MOST_OPTIONS):
        option = _OPTION.match(text)
        if option is None:
            break
        text = text[option.end() :]
        if not text:
            return
        if text.startswith("-"):
            continue
        yield text
        value = _WORD.match(text)
        if value is None or parsed(text):
            return
        text = text[value.end() :]
    yield text


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


_PIECE = re.compile(
    r"""\\.|\#.*|(?P<quote>\"{3}|'{3}|"|')|(?P<open>[(\[{])|(?P<close>[)\]}])""", re.DOTALL
)


def _statements(lines: list[str]) -> Iterator[tuple[int, int]]:
    """The first and last line (from 0) of each piece that is not within brackets or a text."""
    quote, depth, first = "", 0, 0
    for number, line in enumerate(lines):
        if not quote and not depth and _is_own(line):
            # Brackets and quotes of a shell are none of Python's.
            yield number, number
            first = number + 1
            continue
        quote, depth = _after(line, quote, depth)
        if not quote and not depth and not line.endswith("\\"):
            yield first, number
            first = number + 1
    if first < len(lines):
        # Something stays open: better each line for itself.
        for number in range(first, len(lines)):
            yield number, number


def _is_own(line: str) -> bool:
    return bool(_asks(line) or _SHELL.match(line) or _LINE.match(line) or _assigned(line))


def _asks(line: str) -> bool:
    """Whether a line does nothing but ask for help."""
    return bool(_HELP.fullmatch(line.strip().rstrip(";").rstrip()))


def _assigned(line: str) -> tuple[str, str] | None:
    """What is given the value of a magic or of a shell command, and that."""
    target, equals, rest = line.partition("=")
    after = rest.lstrip()
    if not equals or not _ESCAPE.match(after) or not _TARGET.fullmatch(target.strip()):
        return None
    return line[: len(line) - len(after)], after


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """What is open at the end of a line: a text's quotes, and how many brackets."""
    at = 0
    while at <= len(line):
        if quote:
            end = re.compile(rf"(?:\\.|(?!{quote}).)*{quote}").match(line, at)
            if end is None:
                return (quote if len(quote) == 3 or line.endswith("\\") else ""), depth
            at, quote = end.end(), ""
            continue
        piece = _PIECE.search(line, at)
        if piece is None:
            break
        at = piece.end()
        quote = piece["quote"] or ""
        depth += 1 if piece["open"] else -1 if piece["close"] and depth else 0
    return quote, depth
