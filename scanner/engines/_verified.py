"""Whether what a flagged call loads was verified before: a question that patterns answer badly.

A guard counts only if it speaks of the loaded data: of the variable, of the file behind it, or of a
value made from them (a digest), and only if the program leaves where the check fails. A condition
that merely holds a word such as `verify` says nothing about the data.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_CHECKS = re.compile(
    r"verif|authentic|signature|signed|compare_digest|hash|digest|sha\d|md5|checksum|hmac|integrity"
    r"|trusted|is_safe|allow_?list|white_?list",
    re.IGNORECASE,
)
_HASHES = re.compile(
    r"verif|signature|hash|digest|sha\d|checksum|hmac|md5|integrity|blake", re.IGNORECASE
)
_BAD = re.compile(
    r"tamper|mismatch|bad|invalid|unverified|untrusted|unsigned|corrupt|differ|wrong", re.IGNORECASE
)
# A call that raises by itself.
_CHECKER = re.compile(
    r"_*((verify|authenticate)(?!\w*(user|key|token|path|exist|size|suffix|extension|name|login|pass))"
    r"|(check|assert|ensure|require|validate)_\w*"
    r"(signature|signed|hash|checksum|digest|hmac|integrity|trusted|authentic|sha\d*))\w*",
    re.IGNORECASE,
)
# Names that a guard may hold without speaking of the data.
_SELF = ("self", "cls", "app", "user", "logger", "settings", "config")
_CALL = ("request", "req", "event", "ctx", "context", "args", "kwargs")
_NOT_DATA = frozenset((*_SELF, *_CALL))
_SIGNED_REQUEST = re.compile(
    r"signature|hmac\.new|hexdigest|checksum|integrity|_hmac", re.IGNORECASE
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class _Data:
    """What is known of the loaded data: the names behind it, and those made from it."""

    names: frozenset[str]
    derived: frozenset[str]
    digests: frozenset[str]
    requests: frozenset[str]

    def spoken_of(self, node: ast.AST) -> bool:
        return bool(_names(node) & (self.names | self.derived))

    def checked(self, node: ast.AST) -> bool:
        """Whether an expression speaks of the data, and of whether they are genuine."""
        text = ast.unparse(node)
        if _names(node) & self.digests:
            return True
        if self.spoken_of(node):
            return bool(_CHECKS.search(text))
        return bool(self.requests & _names(node) and _SIGNED_REQUEST.search(text))


def verified(tree: ast.Module, start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether what stands between two places was reached only with verified data.

    It is the call that loads, or what is loaded. Lines count from 1, columns from 0.
    """
    path = _path_to(tree, start, end)
    if path is None or not isinstance(path[-1], ast.expr):
        return False
    loaded = path[-1]
    scope = next((node for node in reversed(path) if isinstance(node, _Function)), tree)
    data = _data(loaded, scope)
    return any(_guards(block, at, data) for block, at in _blocks(path)) or any(
        _branch_guards(node, path[number + 1], data)
        for number, node in enumerate(path)
        if isinstance(node, (ast.If, ast.IfExp))
    )


def _path_to(tree: ast.AST, start: tuple[int, int], end: tuple[int, int]) -> list[ast.AST] | None:
    """The nodes from the module down to the one that stands exactly there."""
    path: list[ast.AST] = [tree]
    while True:
        inside = next(
            (
                node
                for node in _placed(path[-1])
                if (node.lineno, node.col_offset) <= start
                and (node.end_lineno or 0, node.end_col_offset or 0) >= end
            ),
            None,
        )
        if inside is None:
            return path
        path.append(inside)
        if (inside.lineno, inside.col_offset) == start and isinstance(inside, ast.expr):
            ends = (inside.end_lineno or 0, inside.end_col_offset or 0)
            if ends == end:
                return path


def _placed(node: ast.AST) -> Iterator[ast.stmt | ast.expr | ast.excepthandler]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.expr | ast.excepthandler):
            yield child
        else:
            yield from _placed(child)


def _names(node: ast.AST) -> frozenset[str]:
    """The variables and attributes in an expression, those that are only called left out."""
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and id(part) not in called:
            found.add(part.id)
        elif isinstance(part, ast.Attribute) and id(part) not in called:
            found.add(ast.unparse(part))
    return frozenset(found)


def _loaded(node: ast.expr) -> list[ast.expr]:
    """What a call loads; any other expression is what is loaded."""
    if not isinstance(node, ast.Call):
        return [node]
    if not node.args and isinstance(node.func, ast.Attribute):
        return [node.func.value]
    return [*node.args[:1], *(word.value for word in node.keywords[:1])]


def _data(node: ast.expr, scope: ast.AST) -> _Data:
    bindings = list(_bindings(scope))
    names = _united(map(_names, _loaded(node)))
    for _ in range(_ROUNDS):
        names |= _united(_names(value) for target, value in bindings if target & names)
    derived = set(names)
    for _ in range(_ROUNDS):
        derived |= _united(target for target, value in bindings if _names(value) & derived)
    digests = _united(
        target
        for target, value in bindings
        if _names(value) & (derived - _NOT_DATA) and _HASHES.search(ast.unparse(value))
    )
    hashers = _united(
        target for target, value in bindings if re.search(r"hashlib|hmac|blake", ast.unparse(value))
    )
    fed = {name for name in hashers & derived if name not in names}
    return _Data(
        frozenset(names - _NOT_DATA),
        frozenset(derived - _NOT_DATA),
        frozenset((digests | fed) - names),
        frozenset(names & {"request", "req"}),
    )


def _united(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _bindings(scope: ast.AST) -> Iterator[tuple[frozenset[str], ast.expr]]:
    """What is made from what: assignments, `with`, loops, and `hasher.update(data)`."""
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield _united(map(_targets, targets)), value
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield _targets(target), value
            case (
                ast.AugAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
            ):
                yield _targets(target), value
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                yield _targets(target), value
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                yield _targets(target), value
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=hasher), attr="update" | "write"),
                args=[value, *_],
            ):
                yield frozenset({hasher}), value
            case _:
                pass


def _targets(target: ast.expr) -> frozenset[str]:
    return frozenset(
        ast.unparse(part)
        for part in ast.walk(target)
        if isinstance(part, ast.Name | ast.Attribute) and ast.unparse(part) != "self"
    )


def _blocks(path: list[ast.AST]) -> Iterator[tuple[list[ast.stmt], int]]:
    """Each block on the way, with the number of the statement that leads on."""
    start = max((at for at, node in enumerate(path) if isinstance(node, _Function)), default=0)
    for number in range(start, len(path) - 1):
        below = path[number + 1]
        for name in ("body", "orelse", "finalbody"):
            block = getattr(path[number], name, None)
            if isinstance(block, list) and below in block:
                yield block, block.index(below)


def _guards(block: list[ast.stmt], until: int, data: _Data) -> bool:
    return any(_refuses(statement, data) for statement in block[:until])


def _refuses(statement: ast.stmt, data: _Data) -> bool:
    """Whether the program goes on after a statement only with genuine data."""
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            return (
                (_leaves(body) and _fails(test, data))
                or (bool(orelse) and _leaves(orelse) and _holds(test, data))
                or any(_refuses(inner, data) for inner in body if isinstance(inner, ast.If))
            )
        case ast.Assert(test=test):
            return _holds(test, data)
        case ast.With(body=body) | ast.AsyncWith(body=body) | ast.Try(body=body):
            return any(_refuses(inner, data) for inner in body)
        case ast.Expr(value=value) | ast.Assign(value=value):
            call = value.value if isinstance(value, ast.Await) else value
            return isinstance(call, ast.Call) and _checks(call, data)
        case _:
            return False


def _leaves(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return bool(re.search(r"(^|\.)(_?exit|abort)$", ast.unparse(last.value.func)))
    return isinstance(last, _LEAVES)


def _checks(call: ast.Call, data: _Data) -> bool:
    name = ast.unparse(call.func).rsplit(".", 1)[-1]
    arguments = [*call.args, *(word.value for word in call.keywords)]
    return bool(_CHECKER.fullmatch(name)) and any(map(data.spoken_of, arguments))


def _fails(test: ast.expr, data: _Data) -> bool:
    """Whether a condition is true where the data are not genuine."""
    match test:
        case ast.BoolOp(values=values):
            return any(_fails(value, data) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return data.checked(operand)
        case ast.Compare(ops=[ast.NotEq() | ast.NotIn()]):
            return data.checked(test)
        case ast.Compare(ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=False | None)]):
            return data.checked(test)
        case ast.Call() | ast.Name() | ast.Attribute():
            return bool(_BAD.search(ast.unparse(test))) and data.spoken_of(test)
        case _:
            return False


def _holds(test: ast.expr, data: _Data) -> bool:
    """Whether a condition is true only where the data are genuine."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_holds(value, data) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return all(_holds(value, data) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _fails(operand, data)
        case ast.Compare(ops=[ast.Eq() | ast.In() | ast.Is()]) | ast.Call() | ast.Name():
            return data.checked(test) and not _BAD.search(ast.unparse(test))
        case _:
            return False


def _branch_guards(node: ast.AST, below: ast.AST, data: _Data) -> bool:
    """Whether an `if` around the load lets only genuine data into the branch taken."""
    if not isinstance(node, ast.If | ast.IfExp):
        return False
    body, orelse = (
        (node.body, node.orelse) if isinstance(node, ast.If) else ([node.body], [node.orelse])
    )
    if below in body:
        return _holds(node.test, data)
    return below in orelse and _fails(node.test, data)
