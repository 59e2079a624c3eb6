"""Digests and signatures of loaded data, and what one may be compared with."""

from __future__ import annotations

import ast
import re

from msgspec.structs import replace

from scanner.engines import _check_names as check_names
from scanner.engines._bindings import Binding, Function, called, end, given, inside, names, start
from scanner.engines._callees import definitions, missing
from scanner.engines._origins import Link, Module
from scanner.model.values import Value

_HASHERS = frozenset(
    [
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha3_224",
        "sha3_256",
        "sha3_384",
        "sha3_512",
        "blake2b",
        "blake2s",
        "blake3",
        "shake_128",
        "shake_256",
        "file_digest",
        "SHA1",
        "SHA224",
        "SHA256",
        "SHA384",
        "SHA512",
        "Hash",
    ]
)
_KEYED_HASHERS = re.compile(r"(^|\.)(hmac\.(new|digest)|HMAC(\.new)?|CMAC(\.new)?|Poly1305)$")
_NEW = re.compile(r"(^|\.)(hashlib\.new|(MD5|SHA\d\w*|BLAKE2\w)\.new)$")
_SHOWN = frozenset(
    [
        "casefold",
        "hexdigest",
        "digest",
        "lower",
        "upper",
        "strip",
        "decode",
        "encode",
        "hex",
        "finalize",
    ]
)
_WRAPPERS = frozenset(["str", "bytes", "b64encode", "urlsafe_b64encode", "hexlify", "b16encode"])
_REQUESTS = frozenset(
    [
        "request",
        "req",
        "body",
        "payload",
        "message",
        "msg",
        "event",
        "form",
        "headers",
        "frame",
        "packet",
    ]
)
_READERS = frozenset({"open", "read_text", "read_bytes", "read", "load"})
_LEAST = 16  # characters of a digest that is compared in part, or written as a literal
_DEPTH = 4


class Data(Value):
    """What is loaded: the way back from it. `digests` are names known to hold digests of it.

    `by_path` where it is loaded by the name of a file; `missing` are parameters without a value.
    """

    links: tuple[Link, ...]
    digests: frozenset[str] = frozenset()
    by_path: bool = False
    missing: frozenset[str] = frozenset()

    def known(self) -> bool:
        """Whether there is anything that a check could speak of."""
        return bool(self.links or self.digests)

    def named(self, name: str) -> bool:
        """Whether a variable is on the way."""
        return any(link.source == name for link in self.links)


class Digest(Value):
    """A digest of the loaded data: made with a secret, or over the content of a file."""

    keyed: bool
    of_file: bool


class Digests(Value):
    """Finds digests of some data in a module."""

    module: Module
    data: Data

    def meant(self, argument: ast.expr, content: bool = False) -> Link | None:
        """The loaded data that an expression stands for, all of them; with `content` it has to be
        what is in the file, not its name.
        """
        for mine in self.module.links(argument):
            if not mine.whole:
                return None
            for link in self.data.links:
                if self._same(mine, link) and not (content and self._a_name(mine, link)):
                    return replace(link, opened=link.opened or mine.opened or self.data.by_path)
        return None

    def _same(self, mine: Link, link: Link) -> bool:
        if mine.source != link.source or mine.node is None:
            return False
        if isinstance(mine.node, ast.Constant) and not isinstance(mine.node.value, str):
            return False
        if any(isinstance(node, ast.Call) and _may_differ(node) for node in ast.walk(mine.node)):
            return False
        involved = mine.names | {mine.source}
        return not self.module.changed(involved, mine.node, mine.at, link.at)

    def _a_name(self, mine: Link, link: Link) -> bool:
        if mine.opened:
            return False
        return link.opened or (self.data.by_path and mine.text)

    def of(self, node: ast.expr, depth: int = _DEPTH) -> Digest | None:
        """What digest of the data an expression is; None where it is none."""
        if depth == 0:
            return None
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.of(value, depth)
            case (
                ast.BinOp(left=ast.Constant(), op=ast.Add(), right=value)
                | ast.BinOp(left=value, op=ast.Add(), right=ast.Constant())
            ):
                return self.of(value, depth)
            case ast.JoinedStr(values=values):
                parts = [one.value for one in values if isinstance(one, ast.FormattedValue)]
                return self.of(parts[0], depth) if len(parts) == 1 else None
            case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=upper, step=None)):
                long = isinstance(upper, ast.Constant) and _size(upper.value) >= _LEAST
                return self.of(value, depth) if long else None
            case ast.Name() | ast.Attribute():
                return self._named(node, depth)
            case ast.Call():
                return self._called(node, depth)
            case _:
                return None

    def _named(self, node: ast.Name | ast.Attribute, depth: int) -> Digest | None:
        binding = self.module.bound(self.module.source(node), node)
        if binding is None or binding.value is None:
            return Digest(False, True) if self.module.source(node) in self.data.digests else None
        if binding.whole or isinstance(binding.value, ast.Call | ast.Await):
            return self.of(binding.value, depth - 1)
        return None

    def _called(self, call: ast.Call, depth: int) -> Digest | None:
        name, source = called(call), self.module.source(call.func)
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        if self._hasher(call) is not None:
            return self._hashed(call)
        if receiver is not None and name in _SHOWN:
            if name in {"hexdigest", "digest", "finalize"} and not isinstance(receiver, ast.Call):
                return self._fed(receiver, call)
            return self.of(receiver, depth)
        if name in _WRAPPERS and call.args:
            return self.of(call.args[0], depth)
        defined = definitions(self.module, call)
        if defined:
            found = [self._made_by(one, call, depth) for one in defined]
            return found[0] if all(found) else None
        if source == "hash" or not check_names.hashes(name):
            return None
        meant = next(filter(None, map(self.meant, given(call))), None)
        return Digest(check_names.keyed(name), meant.opened) if meant else None

    def _hashed(self, call: ast.Call) -> Digest | None:
        """The digest of what a hashing function is given at once."""
        hasher = self._hasher(call)
        if hasher is None:
            return None
        for argument in given(call):
            meant = self.meant(argument, content=True)
            if meant:
                return Digest(hasher, meant.opened)
        return None

    def _hasher(self, call: ast.Call) -> bool | None:
        """Whether a call makes a digest with a secret; None where it makes none."""
        source = self.module.source(call.func)
        if _KEYED_HASHERS.search(source):
            return True
        if called(call) in _HASHERS or _NEW.search(source):
            return any(word.arg == "key" for word in call.keywords)
        return None

    def _fed(self, hasher: ast.expr, use: ast.Call) -> Digest | None:
        """The digest of what a hashing object was fed up to its use."""
        name = self.module.source(hasher)
        binding = self.module.bound(name, hasher)
        if binding is None or not isinstance(binding.value, ast.Call):
            return None
        if made := self._hashed(binding.value):
            return made
        keyed = self._hasher(binding.value)
        if keyed is None:
            return None
        for node in self.module.updates(self.module.scope(use), name):
            done = binding.at <= start(node) < start(use) and self._sure(node, use)
            if self.module.exhausted() or not done:
                continue
            meant = self.meant(node.args[0], content=True) or self._streamed(node.args[0])
            if meant:
                return Digest(keyed, meant.opened)
        return None

    def _sure(self, node: ast.AST, use: ast.AST) -> bool:
        """Whether a statement was done before another, loops taken to run."""
        around = [use, *self.module.above(use)]
        for one in [node, *self.module.above(node)]:
            block = self.module.block(one) if isinstance(one, ast.stmt) else None
            if block is not None and any(other in block for other in around):
                return True
            if isinstance(one, ast.If | ast.Try | ast.Match | Function):
                return False
        return False

    def _streamed(self, part: ast.expr) -> Link | None:
        """The data whose parts a loop takes one after the other."""
        source = self.module.source(part)
        for loop in self.module.above(part):
            if isinstance(loop, Function):
                return None
            if not isinstance(loop, ast.For | ast.AsyncFor | ast.While):
                continue
            binding = self.module.bound(source, part)
            if binding and binding.value and start(loop) <= binding.at <= end(loop):
                return self.meant(_stream(binding.value), content=True)
        return None

    def _made_by(self, function: Function, call: ast.Call, depth: int) -> Digest | None:
        """The digest that a function of the file gives of the data that it is given."""
        inner = Digests(self.module, entered(self, function, call))
        if depth <= 1 or not inner.data.links:
            return None
        found = []
        for node in inside(function):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.expr):
                if isinstance(node.value, ast.Constant):
                    continue
                value = node.value
                if isinstance(value, ast.Tuple) and value.elts:
                    value = value.elts[0]
                found.append(inner.of(value, depth - 1))
        made = [one for one in found if one]
        return made[0] if made and len(made) == len(found) else None

    def expected(self, node: ast.expr, digest: Digest) -> bool:
        """Whether a digest may be compared with this: it is there, and came by another way."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, str | bytes) and _size(value) >= _LEAST
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return bool(elements) and all(self.expected(one, digest) for one in elements)
            case ast.Dict(keys=keys):
                return bool(keys) and all(key and self.expected(key, digest) for key in keys)
            case _:
                pass
        if self._may_be_its_own(node):
            return False
        binding = self.module.bound(self.module.source(node), node)
        if isinstance(node, ast.Name | ast.Attribute) and _is_literal(binding):
            return self.expected(binding.value, digest)  # type: ignore[union-attr, arg-type]
        return digest.keyed or not self._came_along(node, digest)

    def _may_be_its_own(self, node: ast.expr) -> bool:
        """Whether what is expected is the digest itself, if only where nothing else is there: as
        in `wanted or digest`, `known.setdefault(path, digest)`, or a name that gets either.
        """
        bound = self.module.bindings(self.module.scope(node))
        values = [node]
        for name in sorted(names(node)):
            values += [one.value for one in bound.get(name, []) if one.value is not None]
        return any(
            self.of(part)
            for value in values
            for part in ast.walk(value)
            if isinstance(part, ast.expr) and not self.module.exhausted()
        )

    def _came_along(self, node: ast.expr, digest: Digest) -> bool:
        """Whether an expected digest was read from beside the data, or sent with them."""
        own = {link.source for link in self.data.links}
        roots = {_root(link.node) for link in self.data.links if link.node} - {"self", "cls", ""}
        for link in self.module.links(node):
            value = link.node
            if isinstance(value, ast.Call) and called(value) in _READERS and names(value) & own:
                return True
            root = _root(value) if value else ""
            if root in roots and (root in _REQUESTS or not digest.of_file):
                return True
        return False


def entered(digests: Digests, function: Function, call: ast.Call) -> Data:
    """The data as a function sees them that is called with them."""
    arguments = function.args
    parameters = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if parameters[:1] in (["self"], ["cls"]):
        del parameters[0]
    pairs = list(zip(parameters, call.args, strict=False))
    pairs += [(word.arg, word.value) for word in call.keywords if word.arg]
    bound = digests.module.bindings(function)
    links, held = [], set()
    for parameter, argument in pairs:
        meant = digests.meant(argument)
        if meant:
            at, only = start(function), frozenset({parameter})
            links.append(Link(parameter, only, at, meant.node, opened=meant.opened))
        elif digests.of(argument, 1 + _DEPTH // 2):
            held.add(parameter)
    for link in digests.data.links:
        mine = link.source.startswith("self.")
        if mine or (not link.names & set(bound) and not mine and link.names):
            at = start(function) if mine else link.at
            links.append(replace(link, at=at))
    return Data(tuple(links), frozenset(held), digests.data.by_path, missing(function, call))


def _may_differ(call: ast.Call) -> bool:
    """Whether a call written twice may give two things: all but those that put paths together, and
    what is asked of a request."""
    asked = names(call.func) & {"request", "req", "self.request"} and not given(call)
    return not asked and called(call) not in {"join", "joinpath", "Path", "with_name", "str"}


def _stream(value: ast.expr) -> ast.expr:
    """What a loop's parts are taken from."""
    match value:
        case ast.Await(value=inner):
            return _stream(inner)
        case ast.Call(func=ast.Name(id="iter"), args=[inner, *_]):
            return _stream(inner)
        case ast.Lambda(body=inner):
            return _stream(inner)
        case ast.Call(func=ast.Name(id="partial"), args=[ast.Attribute(value=inner), *_]):
            return inner
        case ast.Call(func=ast.Attribute(value=inner)):
            return inner
        case ast.Call(args=[inner, *_]):
            return inner
        case _:
            return value


def _is_literal(binding: Binding | None) -> bool:
    return binding is not None and isinstance(
        binding.value, ast.Constant | ast.Tuple | ast.List | ast.Set
    )


def _size(value: object) -> int:
    if isinstance(value, str | bytes):
        return len(value.strip())
    return value if isinstance(value, int) else 0


def _root(node: ast.expr) -> str:
    """The variable that an expression starts from."""
    while True:
        match node:
            case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Await(value=value):
                node = value
            case ast.Call(func=ast.Attribute(value=value)):
                node = value
            case ast.Name(id=name):
                return name
            case _:
                return ""
