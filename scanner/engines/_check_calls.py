"""What a call says of loaded data: what it raises, tells or gives where they are not genuine.

Functions of the same file are looked into; of all others the name decides.
"""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from scanner.engines import _check_commands as commands
from scanner.engines import _check_names as check_names
from scanner.engines._bindings import Function, called, given, inside, names, start
from scanner.engines._callees import definitions, missing
from scanner.engines._digests import Data, Digests, entered
from scanner.engines._origins import Link, Module, collection

Exits = tuple[type[ast.stmt], ...]
LEAVES: Exits = (ast.Raise, ast.Return, ast.Continue, ast.Break)
RAISES: Exits = (ast.Raise,)
_THREADS = frozenset({"to_thread", "run_in_threadpool", "run_sync"})
_LOOPS = re.compile(r"(asyncio|anyio|trio)\.run|.*\.run_until_complete")
COMPARES = frozenset({"compare_digest", "constant_time_compare", "safe_str_cmp", "bytes_eq"})
_AUTHENTIC = re.compile(
    r"fernet|aesgcm|aes_gcm|chacha20_?poly1305|secret_?box|aessiv|aesccm|aesocb3", re.IGNORECASE
)
_KEYS = re.compile(
    r"key|verif|sign|rsa|dsa|ecdsa|ed25519|cert|sigstore|pkcs1_15|pss|hmac|mac", re.IGNORECASE
)
_RETURNS_WHETHER = re.compile(r"gpg|gnupg|PKCS1_v1_5|jose|minisign", re.IGNORECASE)
_KNOWN_HASH = frozenset(
    ["known_hash", "file_hash", "expected_hash", "expected_sha256", "expected_digest", "sha256"]
)
_DEPTH = 4


_SWITCH = re.compile(r"enabl|verif|check|strict|requir|enforc|raise|fail")


@dataclass(frozen=True, slots=True)
class Calls(ABC):
    """Judges calls. `depth` bounds how far they are followed."""

    module: Module
    digests: Digests
    depth: int = _DEPTH

    def of_data(self, data: Data) -> Calls:
        """The judge of other data, one call further in."""
        return type(self)(self.module, Digests(self.module, data), self.depth - 1)

    @property
    def data(self) -> Data:
        """What is loaded."""
        return self.digests.data

    @abstractmethod
    def guarded(self, node: ast.AST, within: ast.AST | None = None) -> bool:
        """Whether whoever gets to a node came by a guard; in a function `within`, if given."""

    @abstractmethod
    def refuses(self, statement: ast.stmt, exits: Exits) -> bool:
        """Whether the program goes on after a statement only with genuine data."""

    @abstractmethod
    def leaves(self, body: list[ast.stmt], exits: Exits) -> bool:
        """Whether whoever gets to a block does not get past it."""

    @abstractmethod
    def genuine(self, test: ast.expr) -> bool:
        """Whether a condition is true only where the data are genuine."""

    @abstractmethod
    def bogus(self, test: ast.expr) -> bool:
        """Whether a condition is true wherever the data are not genuine."""

    @abstractmethod
    def compares(self, left: ast.expr, right: ast.expr) -> bool:
        """Whether two things are equal only where the data are genuine."""

    @abstractmethod
    def absent(self, test: ast.expr) -> str | None:
        """The name that a condition finds missing."""

    @abstractmethod
    def compared(self, node: ast.AST, name: str) -> bool:
        """Whether a node compares something with what a name holds."""

    def checked_by_command(self, node: ast.expr) -> bool:
        """Whether what a call of `subprocess` gave tells that its command checked the data."""
        call: ast.expr | None = node
        if isinstance(node, ast.Name):
            binding = self.module.bound(node.id, node)
            call = binding.value if binding and binding.whole else None
        if not isinstance(call, ast.Call):
            return False
        command = commands.check_command(self.module, call)
        return command is not None and self._speaks(command)

    def _speaks(self, command: str) -> bool:
        sources = frozenset(
            link.source
            for link in self.data.links
            if isinstance(link.node, ast.Name | ast.Attribute) or link.node is None
        )
        literals = frozenset(
            link.node.value
            for link in self.data.links
            if isinstance(link.node, ast.Constant) and isinstance(link.node.value, str)
        )
        return commands.speaks_of(command, sources, literals)

    def true_if_genuine(self, call: ast.Call) -> bool:
        """Whether what a call gives is true only where the data are genuine."""
        name = called(call)
        if name in COMPARES and len(call.args) == 2:
            return self.compares(call.args[0], call.args[1])
        if name in {"any", "all"} and call.args:
            return self._of_all(call.args[0], name)
        if name == "bool" and call.args:
            return self.genuine(call.args[0])
        if name == "startswith" and isinstance(call.func, ast.Attribute) and call.args:
            return self.compares(call.func.value, call.args[0])
        defined = definitions(self.module, call)
        if defined:
            return all(self._tells(one, call, True) for one in defined)
        if not check_names.true_if_genuine(name, True):
            return False
        speaks, evident = self._arguments(call)
        return speaks and check_names.true_if_genuine(name, evident)

    def true_if_bad(self, call: ast.Call) -> bool:
        """Whether what a call gives is true wherever the data are not genuine."""
        if commands.check_command(self.module, call) and called(call) == "call":
            return self.checked_by_command(call)
        defined = definitions(self.module, call)
        if defined:
            return all(self._tells(one, call, False) for one in defined)
        if not check_names.true_if_bad(called(call), True):
            return False
        speaks, evident = self._arguments(call)
        return speaks and check_names.true_if_bad(called(call), evident)

    def _of_all(self, node: ast.expr, name: str) -> bool:
        """Whether `any` or `all` over a comprehension is true for genuine data alone."""
        if not isinstance(node, ast.GeneratorExp | ast.ListComp) or len(node.generators) != 1:
            return False
        if name == "any":
            return self.genuine(node.elt)
        loop = node.generators[0]
        if self.depth <= 0 or self.digests.meant(collection(loop.iter)) is None:
            return False
        own = names(loop.target)
        links = tuple(Link(one, frozenset({one}), start(node.elt), None, True) for one in own)
        inner = self.of_data(Data(links, by_path=True))
        return not loop.ifs and inner.genuine(node.elt)

    def _arguments(self, call: ast.Call) -> tuple[bool, bool]:
        """Whether a call is given the data or a digest of them, and evidence as well."""
        if any(map(_switches_off, call.keywords)):
            return False, False
        meant = [bool(self.digests.meant(one)) for one in given(call)]
        digests = [bool(self.digests.of(one)) for one in given(call)]
        if any(meant) and any(digests):
            return False, False  # compared with what was made of it
        speaks = [one or other for one, other in zip(meant, digests, strict=True)]
        evident = any(
            check_names.is_evidence(self.module.source(one)) or isinstance(one, ast.Constant)
            for one, mine in zip(given(call), speaks, strict=True)
            if not mine and not (isinstance(one, ast.Constant) and not one.value)
        )
        return any(speaks), evident

    def raises(self, node: ast.expr, dropped: bool = True) -> bool:
        """Whether an expression raises where the data are not genuine.

        `dropped` where nothing is done with what it gives: a function of that name has to raise.
        """
        call, awaited = _unwrapped(node)
        if call is None:
            return False
        if commands.raises(call) and self.checked_by_command(call):
            return True
        defined = definitions(self.module, call)
        if defined:
            return all(self._ensures(one, call, awaited) for one in defined)
        if not dropped or called(call) in COMPARES:
            return False
        if called(call) != "verify" and not check_names.raises_unless_genuine(called(call), True):
            return False
        speaks, evident = self._arguments(call)
        if not speaks:
            return False
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        text = self.module.source(owner) if owner else ""
        if owner is not None and isinstance(owner, ast.Name):
            binding = self.module.bound(owner.id, owner)
            text += f" {self.module.source(binding.value)}" if binding and binding.value else ""
        if _RETURNS_WHETHER.search(text):
            return False
        if called(call) == "verify" and owner is not None:
            return len(given(call)) > 1 or bool(_KEYS.search(text))
        return check_names.raises_unless_genuine(called(call), evident)

    def _ensures(self, function: Function, call: ast.Call, awaited: bool) -> bool:
        """Whether a function of the file comes back only if the data it was given are genuine."""
        if self.depth <= 0 or isinstance(function, ast.AsyncFunctionDef) is not awaited:
            return False
        judge = self.of_data(entered(self.digests, function, call))
        if not judge.data.known():
            return False
        own = list(inside(function))
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
            return False
        returns = [node for node in own if isinstance(node, ast.Return)]
        if not all(judge.guarded(one, function) or judge.skips(one, function) for one in returns):
            return False
        ended = isinstance(function.body[-1], ast.Return) and bool(returns)
        return (ended and judge.guarded(function.body[-1], function)) or any(
            judge.refuses(one, RAISES) for one in function.body
        )

    def skips(self, node: ast.Return, function: Function) -> bool:
        """Whether a function is left because it was given nothing to compare with."""
        parent = self.module.parents[node]
        if not isinstance(parent, ast.If) or node not in parent.body:
            return False
        absent = self.absent(parent.test)
        return absent is not None and any(self.compared(one, absent) for one in inside(function))

    def _tells(self, function: Function, call: ast.Call, wanted: bool) -> bool:
        """Whether what a function of the file gives is true (false) for genuine data alone."""
        awaited = isinstance(self.module.parents.get(call), ast.Await)
        if self.depth <= 0 or isinstance(function, ast.AsyncFunctionDef) is not awaited:
            return False  # a coroutine that is not awaited is true
        judge = self.of_data(entered(self.digests, function, call))
        if not judge.data.known():
            return False
        proofs = 0
        for node in inside(function):
            if isinstance(node, ast.Yield | ast.YieldFrom):
                return False
            if not isinstance(node, ast.Return):
                continue
            value = node.value
            if value is None or isinstance(value, ast.Constant):
                if bool(getattr(value, "value", False)) is not wanted:
                    continue
                if not judge.guarded(node, function):
                    return False
            elif not (
                (judge.genuine(value) if wanted else judge.bogus(value))
                or judge.guarded(node, function)
            ):
                return False
            proofs += 1
        if wanted or isinstance(function.body[-1], ast.Return):
            return proofs > 0
        return any(judge.refuses(one, LEAVES) for one in function.body)

    def authentic(self, link: Link) -> bool:
        """Whether the data come out of a call that raises unless they are genuine."""
        call = _unwrapped(link.node)[0] if link.node is not None else None
        if call is None:
            return False
        name, words = called(call), {word.arg: word.value for word in call.keywords}
        defined = definitions(self.module, call)
        if defined:
            return all(self._gives_genuine(one, call) for one in defined)
        for word, value in words.items():
            if word in _KNOWN_HASH and not (isinstance(value, ast.Constant) and not value.value):
                return bool(re.search(r"retrieve|get_file|download|fetch", name))
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is None:
            return check_names.raises_unless_genuine(name, True) and len(given(call)) > 1
        text = self.module.source(owner)
        binding = self.module.bound(text, owner)
        text += f" {self.module.source(binding.value)}" if binding and binding.value else ""
        if name in {"decrypt", "decrypt_and_verify", "open"}:
            return bool(_AUTHENTIC.search(text)) or name == "decrypt_and_verify"
        return name == "unsign" or (
            name == "verify" and bool(re.search("verif", text, re.IGNORECASE))
        )

    def _gives_genuine(self, function: Function, call: ast.Call) -> bool:
        """Whether a function of the file gives only data that it has verified."""
        if self.depth <= 0:
            return False
        proofs = 0
        for node in inside(function):
            if not isinstance(node, ast.Return | ast.Yield) or node.value is None:
                continue
            if isinstance(node.value, ast.Constant):
                continue
            links = self.module.links(node.value)
            judge = self.of_data(Data(links, missing=missing(function, call)))
            if not judge.guarded(node):
                return False
            proofs += 1
        return proofs > 0


def _unwrapped(node: ast.expr) -> tuple[ast.Call | None, bool]:
    """A call, that of a function given to a thread or a loop, and whether it is waited for."""
    awaited = isinstance(node, ast.Await)
    inner = node.value if isinstance(node, ast.Await) else node
    if not isinstance(inner, ast.Call):
        return None, awaited
    name = called(inner)
    loops = isinstance(inner.func, ast.Attribute) and _LOOPS.fullmatch(ast.unparse(inner.func))
    if loops and inner.args and isinstance(inner.args[0], ast.Call):
        return inner.args[0], True
    skipped = 1 if name == "run_in_executor" else 0
    if (name in _THREADS or skipped) and len(inner.args) > skipped:
        if not awaited:
            return None, False
        call = ast.Call(
            func=inner.args[skipped], args=inner.args[skipped + 1 :], keywords=inner.keywords
        )
        return ast.copy_location(call, inner), False
    return inner, awaited


def _switches_off(word: ast.keyword) -> bool:
    """Whether an argument says that a check is none: `enabled=False`."""
    off = isinstance(word.value, ast.Constant) and word.value.value is False
    return off and bool(_SWITCH.search(word.arg or ""))
