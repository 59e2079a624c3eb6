"""Commands that check files: what of a `subprocess` call says that a bad file ends the program."""

from __future__ import annotations

import ast
import re

from scanner.engines._bindings import called
from scanner.engines._origins import Module

_SUMS = (
    r"(?:\b|_)(?:sha(?:1|224|256|384|512)?sum|shasum|b2sum|b3sum|md5sum)\b"
    r".*?(?<![\w-])(?:-c|--check)\b"
)
_CHECKS = re.compile(
    rf"{_SUMS}|\bgpgv\b|\bgpg2?\b.*--verify\b|\bcosign\b.*\bverify(?:-blob\w*|-attestation)?\b"
    r"|\bsigstore\b.*\bverify\b|\bopenssl\b.*(?:-verify|-signature)\b|\bminisign\b.*-V"
    r"|\bsignify\b.*-V|\bssh-keygen\b.*-Y\W+verify\b|\bslsa-verifier\b.*\bverify-"
    r"|\bgh\b.*\battestation\b.*\bverify\b|\bnotation\b.*\bverify\b|\bmodel_signing\b.*\bverify\b",
    re.DOTALL,
)
_SUM_COMMAND = re.compile(_SUMS, re.DOTALL)
# What lets every signer or failure pass.
_VOID = re.compile(
    r"\|\||;\s*true\b|identity-regexp[\W_]{1,6}\.\*\W|oidc-issuer-regexp[\W_]{1,6}\.\*\W|--dry-run"
)
# What follows a check in a shell, and ends well whatever the check has said.
_GOES_ON = re.compile(r"(?<!\|)\|(?!\|)|(?<![&>])&(?![&>])|[;\n]\s*\S")
_STOPS = re.compile(r"\bset\s+-\w*e")
_SUM_NAME = re.compile(r"\W*(sha\d*sum|shasum|b[23]sum|md5sum)\W*")
_LIST = re.compile(r"(?i)(sums?|checksums?|manifest|hashes|digests?)\b|\.sha\d+\b")
_WORD = re.compile(r"[\w./-]+\.\w+")


def check_command(module: Module, call: ast.Call) -> str | None:
    """The text of the command, where a call of `subprocess` runs one that checks a file."""
    if not call.args or called(call) not in {"run", "check_call", "check_output", "call", "Popen"}:
        return None
    command = call.args[0]
    bound = module.bound(module.source(command), command)
    if isinstance(command, ast.Name) and bound and bound.value:
        command = bound.value
    text = " ".join(
        [_text(command), *(_text(word.value) for word in call.keywords if word.arg == "input")]
    )
    check = _CHECKS.search(text)
    if check is None or _VOID.search(text):
        return None
    goes_on = _GOES_ON.search(text, check.end()) and not _STOPS.search(text, 0, check.start())
    return None if goes_on else text


def raises(call: ast.Call) -> bool:
    """Whether a call of `subprocess` raises where the command fails."""
    if called(call) in {"check_call", "check_output"}:
        return True
    return called(call) == "run" and any(
        word.arg == "check" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in call.keywords
    )


def speaks_of(command: str, names: frozenset[str], literals: frozenset[str]) -> bool:
    """Whether a command checks one of these files, given by variables or by their names.

    A list of sums may be of any files: it counts unless it is the list of another file.
    """
    if names & set(re.findall(r"[A-Za-z_][\w.]*", command)):
        return True
    if any(literal in command for literal in literals):
        return True
    return bool(_SUM_COMMAND.search(command)) and any(
        _LIST.search(word) and not _SUM_NAME.fullmatch(word) and not _of_one(word)
        for word in _WORD.findall(command) + command.split()
    )


def _of_one(word: str) -> bool:
    """Whether a list of sums has the name of one file: `model.bin.sha256`."""
    return bool(re.search(r"\.\w+\.(sha\d+|md5|sum)\w*$", word.strip("'\",[]")))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.List | ast.Tuple):
        return " ".join(map(_text, node.elts))
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _text(one.value) if isinstance(one, ast.FormattedValue) else _text(one)
            for one in node.values
        )
    return ast.unparse(node)
