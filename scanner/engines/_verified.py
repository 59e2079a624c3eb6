"""Whether what a flagged call loads was verified before: a question that patterns answer badly.

A guard counts only if all of this holds; whoever is in doubt keeps the finding.

- It compares a digest or a signature of the very data that are loaded, or of the file that they are
  read from, with something that did not come with them; or calls a function that does.
- Whoever gets to the load came by it, and left if it failed. So a check whose failure is swallowed,
  whose result is dropped, that stands in another branch or that depends on a switch is none. One
  that depends on whether there is a digest to compare with is one: whoever calls decides that.
- The name that was checked has had no other value since. That the file may be exchanged between the
  check and the load is let pass: its folder is taken to be the service's own.

`assert` is no guard: Python leaves it out with -O. Functions of the same file are looked into; of
all others the name decides (`_check_names.py`).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from scanner.engines._bindings import Function, called, end, inside, names, start
from scanner.engines._callees import definitions
from scanner.engines._check_calls import LEAVES, RAISES, Exits
from scanner.engines._check_conditions import Conditions
from scanner.engines._digests import Data, Digests
from scanner.engines._origins import Link, Module, collection
from scanner.model.values import Value

_Place = tuple[int, int]
_Exiting = ast.For | ast.AsyncFor | ast.While
_EXIT = re.compile(
    r"(sys\.|os\.)?(_?exit|abort)|quit|(flask\.|ctx\.|context\.|self\.)?abort|\w*parser\.error"
)
_SWALLOWS = re.compile(
    r"suppress|ignor|swallow|raises|quiet|tolerat|silenc|safely|best_effort|catch"
)
_SAME_DATA = frozenset({"loads", "Unpickler", "safe_load", "unsafe_load"})
_FROM_HANDLES = re.compile(r"^_?(c?pickle\d?|pkl|cloudpickle|dill|marshal|yaml)$", re.IGNORECASE)


def verified(tree: ast.Module, first: _Place, last: _Place) -> bool:
    """Whether what stands between two places was reached only with verified data.

    It is the call that loads, or what is loaded. Lines count from 1, columns from 0.
    """
    return Loads(Module(tree)).verified(first, last)


class Loads(Value):
    """The loads of one module."""

    module: Module

    def verified(self, first: _Place, last: _Place) -> bool:
        """As the function of that name."""
        self.module.begun()
        node = _at(self.module.tree, first, last)
        return node is not None and _Judge.of(self.module, node).guarded(node)


def _at(tree: ast.AST, first: _Place, last: _Place) -> ast.expr | None:
    """The expression that stands exactly there."""
    node: ast.AST | None = tree
    while node is not None:
        if isinstance(node, ast.expr) and (start(node), end(node)) == (first, last):
            return node
        node = next(
            (one for one in _placed(node) if start(one) <= first and end(one) >= last), None
        )
    return None


def _placed(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(node):
        found += [child] if hasattr(child, "lineno") else _placed(child)
    return found


def _loaded(node: ast.expr) -> ast.expr:
    """What a call loads; any other expression is what is loaded."""
    if not isinstance(node, ast.Call):
        return node
    if node.args:
        return node.args[0]
    for word in node.keywords:
        if word.arg in {"f", "file", "filename", "path", "fp", "filepath_or_buffer", "data", "s"}:
            return word.value
    if node.keywords:
        return node.keywords[0].value
    return node.func.value if isinstance(node.func, ast.Attribute) else node


@dataclass(frozen=True, slots=True)
class _Judge(Conditions):
    """Judges what leads to a load."""

    @classmethod
    def of(cls, module: Module, node: ast.expr) -> _Judge:
        """The judge of what an expression loads."""
        links = module.links(_loaded(node))
        by_path = False
        if isinstance(node, ast.Call) and called(node) not in _SAME_DATA:
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            handles = owner is not None and _FROM_HANDLES.match(module.source(owner))
            buffers = any(
                isinstance(link.node, ast.Call) and called(link.node) == "BytesIO" for link in links
            )
            by_path = not handles and not buffers
        return cls(module, Digests(module, Data(links, by_path=by_path)))

    def guarded(self, node: ast.AST, within: ast.AST | None = None) -> bool:
        """Whether whoever gets to a node came by a guard; in a function `within`, if given."""
        if within is None and any(map(self.authentic, self.data.links)):
            return True
        below = node
        for around in self.module.above(node):
            if self._led(around, below):
                return True
            if around is within:
                return False
            if isinstance(around, Function | ast.Lambda) and not self._free(around):
                return False
            below = around
        return False

    def _free(self, function: ast.AST) -> bool:
        """Whether what is loaded comes from around a function within another."""
        if isinstance(function, ast.Lambda):
            own = {one.arg for one in function.args.args}
        else:
            own = set(self.module.bindings(function))
        return any(
            link.names.isdisjoint(own)
            and (link.names or isinstance(link.node, ast.Constant | ast.JoinedStr))
            for link in self.data.links
        )

    def _led(self, around: ast.AST, below: ast.AST) -> bool:
        """Whether one step up from a node there is a guard in front of it."""
        block = self.module.block(below) if isinstance(below, ast.stmt) else None
        if block is not None:
            before = block[: next(at for at, one in enumerate(block) if one is below)]
            if any(self.refuses(one, LEAVES) for one in reversed(before)):
                return True
        match around:
            case ast.If(test=test, body=body, orelse=orelse):
                if any(one is below for one in body):
                    return self.genuine(test)
                return any(one is below for one in orelse) and self.bogus(test)
            case ast.IfExp(test=test, body=value, orelse=other):
                return (value is below and self.genuine(test)) or (
                    other is below and self.bogus(test)
                )
            case ast.BoolOp(op=op, values=values):
                at = next((at for at, one in enumerate(values) if one is below), 0)
                proves = self.genuine if isinstance(op, ast.And) else self.bogus
                return any(map(proves, values[:at]))
            case ast.Try(body=body, orelse=orelse) if any(one is below for one in orelse):
                return any(self.refuses(one, LEAVES) for one in body)
            case (
                ast.ListComp(generators=loops)
                | ast.SetComp(generators=loops)
                | ast.GeneratorExp(generators=loops)
                | ast.DictComp(generators=loops)
            ):
                return not isinstance(below, ast.comprehension) and any(
                    self.genuine(test) for loop in loops for test in loop.ifs
                )
            case _:
                return False

    # What a statement lets pass.

    def refuses(self, statement: ast.stmt, exits: Exits) -> bool:
        """Whether the program goes on after a statement only with genuine data."""
        if self.module.exhausted():
            return False
        match statement:
            case ast.If():
                return self._if_refuses(statement, exits)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                swallows = any(self._swallows(item.context_expr) for item in items)
                return not swallows and any(self.refuses(inner, exits) for inner in body)
            case ast.Try(body=body, handlers=handlers, finalbody=final):
                if any(self.refuses(inner, exits) for inner in final):
                    return True
                left = all(self.leaves(handler.body, exits) for handler in handlers)
                return left and any(self.refuses(inner, exits) for inner in body)
            case ast.For(iter=over, body=body) | ast.AsyncFor(iter=over, body=body):
                return self._each_refused(over, body, exits) or self._retried(statement, exits)
            case ast.While():
                return self._retried(statement, exits)
            case ast.Expr(value=value):
                return self.raises(value)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self.raises(value, dropped=False)
            case _:
                return False

    def _swallows(self, context: ast.expr) -> bool:
        """Whether a context may go on after an exception: by its name, by that which it was
        imported as, or by how it is defined in the file.
        """
        found = names(context)
        imported = " ".join(self.module.imports().get(name, "") for name in found)
        if _SWALLOWS.search(f"{self.module.source(context)} {imported}"):
            return True
        if not isinstance(context, ast.Call):
            return False
        for node in ast.walk(self.module.tree):
            if not isinstance(node, Function | ast.ClassDef) or node.name != called(context):
                continue
            exits = node if isinstance(node, Function) else _exit_of(node)
            if exits and any(
                isinstance(one, ast.Try if exits is node else ast.Return) and not _is_false(one)
                for one in inside(exits)
            ):
                return True
        return False

    def _if_refuses(self, statement: ast.If, exits: Exits) -> bool:
        test, body, orelse = statement.test, statement.body, statement.orelse
        if self.leaves(body, exits) and self.bogus(test):
            return True
        if orelse and self.leaves(orelse, exits) and self.genuine(test):
            return True
        refused = any(self.refuses(inner, exits) for inner in body)
        if refused and self._only_if_expected(test, body):
            return True
        other = bool(orelse) and (
            self.leaves(orelse, exits) or any(self.refuses(inner, exits) for inner in orelse)
        )
        return (
            other
            and (refused or self.leaves(body, exits))
            and (refused or any(self.refuses(inner, exits) for inner in orelse))
        )

    def _only_if_expected(self, test: ast.expr, body: list[ast.stmt]) -> bool:
        """Whether a condition asks no more than whether there is something to compare with."""
        present = self._present(test)
        return present is not None and any(
            self.compared(node, present) for statement in body for node in ast.walk(statement)
        )

    def leaves(self, body: list[ast.stmt], exits: Exits) -> bool:
        """Whether whoever gets to a block does not get past it."""
        match body[-1]:
            case (
                ast.Expr(value=ast.Call() as call)
                | ast.Expr(value=ast.Await(value=ast.Call() as call))
            ):
                return self._exits(call)
            case ast.If(body=inner, orelse=orelse):
                return bool(orelse) and self.leaves(inner, exits) and self.leaves(orelse, exits)
            case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
                swallows = any(self._swallows(item.context_expr) for item in items)
                return not swallows and self.leaves(inner, exits)
            case last:
                return isinstance(last, exits)

    def _exits(self, call: ast.Call) -> bool:
        """Whether a call does not come back."""
        defined = definitions(self.module, call)
        if defined:
            return self.depth > 0 and all(
                self.of_data(self.data).leaves(one.body, RAISES)
                and not any(isinstance(node, ast.Return | ast.Yield) for node in inside(one))
                for one in defined
            )
        return bool(_EXIT.fullmatch(self.module.source(call.func)))

    def _each_refused(self, over: ast.expr, body: list[ast.stmt], exits: Exits) -> bool:
        """Whether a loop over the data refuses any that are not genuine."""
        if self.depth <= 0 or self.digests.meant(collection(over)) is None:
            return False
        loop = self.module.parents[body[0]]
        table = self.module.bindings(self.module.scope(loop))
        own = [name for name, found in table.items() if any(one.node is loop for one in found)]
        links = tuple(
            Link(name, frozenset({name}), start(body[0]), None, opened=True) for name in own
        )
        left = tuple(one for one in exits if one in (ast.Raise, ast.Return))
        inner = self.of_data(Data(links, by_path=True))
        for statement in body:
            if inner.refuses(statement, left):
                return True
            if any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(statement)):
                return False
        return False

    def _retried(self, loop: _Exiting, exits: Exits) -> bool:
        """Whether a loop is left only with genuine data, or else leaves."""
        endless = isinstance(loop, ast.While) and (
            isinstance(loop.test, ast.Constant) and bool(loop.test.value)
        )
        if isinstance(loop, ast.While) and self.bogus(loop.test):
            return not _breaks(loop)
        if not endless and not (loop.orelse and self.leaves(loop.orelse, exits)):
            return False
        breaks = _breaks(loop)
        return bool(breaks) and all(self.guarded(one, within=loop) for one in breaks)


def _exit_of(context: ast.ClassDef) -> Function | None:
    """The method that says whether a context swallows exceptions."""
    methods = [one for one in context.body if isinstance(one, Function)]
    return next((one for one in methods if one.name in {"__exit__", "__aexit__"}), None)


def _is_false(node: ast.AST) -> bool:
    """Whether a statement gives back nothing, or a try has no handlers."""
    if isinstance(node, ast.Try):
        return not node.handlers
    value = getattr(node, "value", None)
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def _breaks(loop: ast.AST) -> list[ast.Break]:
    """The `break` statements of a loop's own."""
    found: list[ast.Break] = []
    waiting = list(getattr(loop, "body", []))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            found.append(node)
        elif not isinstance(node, ast.For | ast.AsyncFor | ast.While | Function | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return found
