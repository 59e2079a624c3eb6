"""What the code of a scope gives names to: assignments, loops, contexts, and calls that fill files.

Pure syntax, with the small questions to a node that go with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from msgspec.structs import replace

from scanner.model.values import Value

Function = ast.FunctionDef | ast.AsyncFunctionDef
Position = tuple[int, int]

_WRITES = frozenset({"write_bytes", "write_text", "unlink", "touch"})
_MOVES = frozenset({"replace", "rename", "renames", "link", "symlink"})
_FILLS = frozenset(
    [
        "urlretrieve",
        "download",
        "download_file",
        "download_to_filename",
        "download_fileobj",
        "fetch",
        "copyfile",
        "copy",
        "copy2",
        "move",
        "retrieve",
        "fget_object",
        "wget",
        "extend",
        "readinto",
    ]
)


class Binding(Value):
    """A name that is given a value. `whole` where it is all of it; None where it is not known."""

    name: str
    value: ast.expr | None
    at: Position
    whole: bool
    node: ast.AST


def called(call: ast.Call) -> str:
    """The last part of the name that is called."""
    func = call.func
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def given(call: ast.Call) -> list[ast.expr]:
    """All arguments of a call."""
    return [*call.args, *(word.value for word in call.keywords)]


def names(node: ast.AST) -> frozenset[str]:
    """The variables in an expression, and its attributes as far as they are plain."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            found.add(f"{part.value.id}.{part.attr}")
    return frozenset(found)


def start(node: ast.AST) -> Position:
    """Where a node begins; nowhere has none."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def end(node: ast.AST) -> Position:
    """Where a node ends."""
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


def inside(scope: ast.AST) -> Iterator[ast.AST]:
    """What a function or the module does by itself, not in functions within."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _is_place(node: ast.AST) -> TypeGuard[ast.Name | ast.Attribute | ast.Subscript]:
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def bindings(scope: ast.AST) -> Iterator[Binding]:
    """What a function or the module binds by itself."""
    if isinstance(scope, Function):
        arguments = scope.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [one for one in (arguments.vararg, arguments.kwarg) if one]
        for one in every:
            yield Binding(one.arg, None, start(scope), whole=True, node=one)
    for node in inside(scope):
        yield from _bound_by(node)


def _bound_by(node: ast.AST) -> Iterator[Binding]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value, node)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield from _targets(target, value, node)
        case ast.AugAssign(target=target, value=value):
            yield Binding(ast.unparse(target), None, end(value), whole=False, node=node)
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield from _targets(target, value, node, whole=False)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            for loop in node.generators:
                for made in _targets(loop.target, loop.iter, node, whole=False):
                    yield replace(made, at=start(node))  # what is made of it stands before
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield from _targets(target, value, value)
        case ast.Call():
            for one in _filled(node):
                yield Binding(ast.unparse(one), None, end(node), whole=False, node=node)
        case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
            yield Binding(name, None, start(node), whole=False, node=node)
        case _:
            pass


def _targets(
    target: ast.expr, value: ast.expr, node: ast.AST, whole: bool = True
) -> Iterator[Binding]:
    match target, value:
        case ast.Tuple(elts=left) | ast.List(elts=left), ast.Tuple(elts=right) if len(left) == len(
            right
        ):
            for one, other in zip(left, right, strict=True):
                yield from _targets(one, other, node, whole)
        case ast.Tuple(elts=left) | ast.List(elts=left), _:
            for one in left:
                yield from _targets(one, value, node, whole=False)
        case ast.Starred(value=inner), _:
            yield from _targets(inner, value, node, whole=False)
        case ast.Subscript(value=held, slice=ast.Slice()), _ if _is_place(held):
            yield Binding(ast.unparse(held), None, end(value), whole=False, node=node)
        case _ if _is_place(target):
            yield Binding(ast.unparse(target), value, end(value), whole=whole, node=node)
        case _:
            pass


def _writes(modes: list[ast.expr], call: ast.Call) -> bool:
    modes = [*modes, *(word.value for word in call.keywords if word.arg == "mode")]
    return any(
        isinstance(mode, ast.Constant)
        and re.fullmatch(r"[rwaxbt+]*[wax+][rwaxbt+]*", str(mode.value))
        for mode in modes
    )


def _filled(call: ast.Call) -> list[ast.expr]:
    """What a call gives new content to: the file that is written, or downloaded to."""
    name = called(call)
    if name == "open" and call.args:
        if isinstance(call.func, ast.Name):
            return call.args[:1] if _writes(call.args[1:2], call) else []
        if isinstance(call.func, ast.Attribute) and _writes(call.args[:1], call):
            return [call.func.value]
    if name in _MOVES:
        module = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "os"
        return call.args[1:2] if module else call.args if len(call.args) == 1 else []
    if name in _WRITES and isinstance(call.func, ast.Attribute):
        return [call.func.value]
    if name not in _FILLS:
        return []
    if name == "extend" and isinstance(call.func, ast.Attribute):
        return [call.func.value]
    if name == "readinto":
        return call.args[:1]
    return [one for one in given(call)[1:] if _is_place(one)]
