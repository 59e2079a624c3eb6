"""Where a value in a module of Python comes from: bindings by scope, and the way back through them.

Pure syntax: what can't be told for certain ends the way. Nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from scanner.engines._bindings import (
    Binding,
    Function,
    Position,
    bindings,
    called,
    inside,
    names,
    start,
)
from scanner.model.values import Value

# Calls that give the same content as their first argument, or as what they are called on.
_SAME = frozenset(
    [
        "Path",
        "PurePath",
        "PurePosixPath",
        "str",
        "fspath",
        "bytes",
        "bytearray",
        "memoryview",
        "BytesIO",
        "StringIO",
        "BufferedReader",
        "GzipFile",
        "Unpickler",
        "abspath",
        "realpath",
        "normpath",
        "expanduser",
        "expandvars",
        "b64decode",
        "b64encode",
        "urlsafe_b64decode",
        "standard_b64decode",
        "a85decode",
        "b85decode",
        "decodebytes",
        "hexlify",
        "unhexlify",
        "fromhex",
        "decompress",
        "compress",
        "frombuffer",
        "deepcopy",
        "wait_for",
    ]
)
_SAME_METHODS = frozenset(
    [
        "readall",
        "getvalue",
        "getbuffer",
        "tobytes",
        "resolve",
        "absolute",
        "expanduser",
        "as_posix",
        "copy",
        "decompress",
    ]
)
_READS = frozenset({"read_bytes", "read_text"})
_PART_METHODS = frozenset(["split", "rsplit", "partition", "rpartition", "pop", "body", "get_data"])
_SAME_ATTRIBUTES = frozenset({"content", "buffer"})
_SELF = frozenset({"self", "cls"})
_STEPS = 24
# Questions asked in one module, and of one load: text of somebody else's must not take for ever.
_MOST = 100_000
_MOST_OF_ONE = 5_000
_PASSED_ON = frozenset(
    {"sorted", "reversed", "list", "tuple", "enumerate", "tqdm", "items", "values"}
)


class Link(Value):
    """An expression on the way back. `opened` where its file had to be read to get there, `whole`
    where all of its content went there, `text` where it was a string that became bytes.
    """

    source: str
    names: frozenset[str]
    at: Position
    node: ast.expr | None
    opened: bool = False
    whole: bool = True
    text: bool = False


@dataclass(slots=True)
class Module:
    """A parsed module, with what is asked of it again and again."""

    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    functions: dict[str, list[Function]] = field(default_factory=dict)
    _scopes: dict[ast.AST, dict[str, list[Binding]]] = field(default_factory=dict)
    _sources: dict[ast.AST, str] = field(default_factory=dict)
    _imports: dict[str, str] = field(default_factory=dict)
    _asked: int = 0
    _asked_of_one: int = 0
    _links: dict[ast.AST, tuple[Link, ...]] = field(default_factory=dict)
    _updates: dict[ast.AST, dict[str, list[ast.Call]]] = field(default_factory=dict)
    _around: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, Function):
                self.functions.setdefault(node.name, []).append(node)
            if isinstance(node, ast.ImportFrom | ast.Import):
                self._imports |= {one.asname or one.name: one.name for one in node.names}

    def imports(self) -> dict[str, str]:
        """What imported names are called where they come from."""
        return self._imports

    def begun(self) -> None:
        """Count anew what is asked of one load."""
        self._asked_of_one = 0

    def exhausted(self) -> bool:
        """Count one more question; whether there were too many to answer another."""
        self._asked += 1
        self._asked_of_one += 1
        return self._asked > _MOST or self._asked_of_one > _MOST_OF_ONE

    def source(self, node: ast.AST) -> str:
        """The text of a node, as the parser would write it."""
        if node not in self._sources:
            self._sources[node] = ast.unparse(node)
        return self._sources[node]

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the innermost."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def scope(self, node: ast.AST) -> ast.AST:
        """The function around a node, or the module."""
        if node not in self._around:
            above = (one for one in self.above(node) if isinstance(one, Function))
            self._around[node] = next(above, self.tree)
        return self._around[node]

    def bindings(self, scope: ast.AST) -> dict[str, list[Binding]]:
        """What a function or the module binds by itself, in the order of the text."""
        if scope not in self._scopes:
            found: dict[str, list[Binding]] = {}
            for binding in sorted(bindings(scope), key=lambda one: one.at):
                found.setdefault(binding.name, []).append(binding)
            self._scopes[scope] = found
        return self._scopes[scope]

    def updates(self, scope: ast.AST, name: str) -> list[ast.Call]:
        """Where a scope calls `update` on what a name stands for."""
        if scope not in self._updates:
            table = self._updates[scope] = {}
            for node in inside(scope):
                match node:
                    case ast.Call(func=ast.Attribute(value=fed, attr="update"), args=[_]):
                        table.setdefault(self.source(fed), []).append(node)
                    case _:
                        pass
        return self._updates[scope].get(name, [])

    def bound(self, name: str, node: ast.AST) -> Binding | None:
        """What a name stands for where a node is; None where several may be meant."""
        scope = self.scope(node)
        while True:
            found = self.bindings(scope).get(name, [])
            if found:
                own = scope is self.scope(node)
                before = [one for one in found if one.at <= start(node)] if own else found
                if len(found) == 1:
                    return found[0] if before else None
                last = before[-1] if own and before else None
                return last if last and self._surely(last, node) else None
            if scope is self.tree:
                return None
            scope = self.scope(scope)

    def _surely(self, binding: Binding, node: ast.AST) -> bool:
        """Whether whoever gets to a node came by a binding."""
        statement = self.statement(binding.node)
        around = [node, *self.above(node)]
        if statement in around:
            return True
        block = self.block(statement)
        return block is not None and any(one in block for one in around)

    def statement(self, node: ast.AST) -> ast.AST:
        """The statement that a node is in."""
        while not isinstance(node, ast.stmt) and node in self.parents:
            node = self.parents[node]
        return node

    def block(self, statement: ast.AST) -> list[ast.stmt] | None:
        """The list of statements that one stands in."""
        parent = self.parents.get(statement)
        for _, value in ast.iter_fields(parent) if parent else ():
            if isinstance(value, list) and any(one is statement for one in value):
                return value
        return None

    def changed(self, names: frozenset[str], node: ast.AST, one: Position, other: Position) -> bool:
        """Whether any of these names is bound anew between two places."""
        first, last = sorted((one, other))
        scope = self.scope(node)
        while True:
            table = self.bindings(scope)
            if any(first < b.at <= last for name in names for b in table.get(name, ())):
                return True
            if scope is self.tree:
                return False
            scope = self.scope(scope)

    def links(self, expression: ast.expr) -> tuple[Link, ...]:
        """An expression, and what it was made of, as far back as its content alone decides it."""
        if expression not in self._links:
            self._links[expression] = tuple(self._followed(expression))
        return self._links[expression]

    def _followed(self, expression: ast.expr) -> list[Link]:
        found: list[Link] = []
        node: ast.expr | None = expression
        link = Link("", frozenset(), (0, 0), None)
        for _ in range(_STEPS):
            if node is None:
                break
            link = replace(
                link,
                source=self.source(node),
                names=names(node),
                at=start(node),
                node=node,
            )
            found.append(link)
            node, link = self._back(node, link)
        return found

    def _back(self, node: ast.expr, link: Link) -> tuple[ast.expr | None, Link]:
        part = replace(link, whole=False)
        match node:
            case ast.Await(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                return value, link
            case ast.Name() | ast.Attribute() | ast.Subscript():
                binding = self.bound(self.source(node), node)
                if binding is not None and binding.value is not None:
                    return binding.value, link if binding.whole else part
                if isinstance(node, ast.Attribute):
                    if isinstance(node.value, ast.Name) and node.value.id in _SELF:
                        return None, link
                    return node.value, link if node.attr in _SAME_ATTRIBUTES else part
                return (node.value, part) if isinstance(node, ast.Subscript) else (None, link)
            case ast.Lambda(body=value):
                return value, part
            case ast.Call():
                return _through(node, link)
            case _:
                return None, link


def _through(call: ast.Call, link: Link) -> tuple[ast.expr | None, Link]:
    """From what a call gives to what it was given."""
    part = replace(link, whole=False, opened=True)
    name = called(call)
    first = call.args[0] if call.args else None
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if name == "open":
        if receiver is not None and (first is None or isinstance(first, ast.Constant)):
            return receiver, replace(link, opened=True)
        return first, replace(link, opened=True)
    if name in _SAME and (first or call.keywords):
        return first or call.keywords[0].value, link
    if receiver is None:
        return _only(call), part
    if name == "read":
        return receiver, part if call.args else link
    if name in _READS:
        return receiver, replace(link, opened=True)
    if name in {"encode", "decode"}:
        return receiver, replace(link, text=True)
    if name in _SAME_METHODS and first is None:
        return receiver, link
    plain = name == "get" and isinstance(first, ast.Constant)
    if plain or name in _PART_METHODS or not (call.args or call.keywords):
        return receiver, replace(link, whole=False)
    return _only(call), part


def _only(call: ast.Call) -> ast.expr | None:
    """The one argument of a call that is no constant."""
    given = [*call.args, *(word.value for word in call.keywords)]
    given = [one for one in given if not isinstance(one, ast.Constant)]
    return given[0] if len(given) == 1 else None


def collection(over: ast.expr) -> ast.expr:
    """What a loop goes over, whatever order it is put in."""
    while isinstance(over, ast.Call) and called(over) in _PASSED_ON:
        if over.args:
            over = over.args[0]
        elif isinstance(over.func, ast.Attribute):
            over = over.func.value
        else:
            break
    return over
