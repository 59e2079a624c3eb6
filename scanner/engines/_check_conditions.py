"""What a condition says of loaded data: that they are genuine, or that they are not."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from scanner.engines._bindings import called, given, start
from scanner.engines._check_calls import COMPARES, Calls

_OUTCOMES = frozenset(["valid", "ok", "success", "verified", "is_valid"])


@dataclass(frozen=True, slots=True)
class Conditions(Calls):
    """Judges conditions."""

    def genuine(self, test: ast.expr) -> bool:
        """Whether a condition is true only where the data are genuine."""
        if self.module.exhausted():
            return False
        match test:
            case ast.BoolOp(op=ast.And(), values=values):
                return any(map(self.genuine, values))
            case ast.BoolOp(values=values):
                return all(self.genuine(one) or self._lacks(one, values) for one in values) and any(
                    map(self.genuine, values)
                )
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.bogus(operand)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.genuine(value)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.In()], comparators=[right]):
                return (
                    self.compares(left, right)
                    or self._is(left, right, True)
                    or self._succeeded(left, right)
                )
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[right]):
                return self._is(left, right, True)
            case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[right]):
                return self._is(left, right, False)
            case ast.Attribute(value=value, attr=attribute) if attribute in _OUTCOMES:
                return self.genuine(value) or self._flag(test, True)
            case ast.Name() | ast.Attribute():
                return self._flag(test, True)
            case ast.Call():
                return self.true_if_genuine(test)
            case _:
                return False

    def _lacks(self, test: ast.expr, others: list[ast.expr]) -> bool:
        """Whether a condition says that there is nothing to compare with."""
        absent = self.absent(test)
        return absent is not None and any(
            self.compared(node, absent) for other in others for node in ast.walk(other)
        )

    def bogus(self, test: ast.expr) -> bool:
        """Whether a condition is true wherever the data are not genuine."""
        if self.module.exhausted():
            return False
        match test:
            case ast.BoolOp(op=ast.Or(), values=values):
                return any(map(self.bogus, values))
            case ast.BoolOp(values=values):
                return any(map(self.bogus, values)) and all(
                    self.bogus(one) or self._given(one, values) for one in values
                )
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.genuine(operand)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.bogus(value)
            case ast.Compare(left=left, ops=[ast.NotEq() | ast.NotIn()], comparators=[right]):
                return (
                    self.compares(left, right)
                    or self._is(left, right, True)
                    or self._succeeded(left, right)
                )
            case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[right]):
                return self._is(left, right, False)
            case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[right]):
                return self._is(left, right, True)
            case ast.Attribute(value=value, attr="returncode"):
                return self.checked_by_command(value)
            case ast.Name() | ast.Attribute():
                return self._flag(test, False)
            case ast.Call():
                return self.true_if_bad(test)
            case _:
                return False

    def _given(self, test: ast.expr, others: list[ast.expr]) -> bool:
        present = self._present(test)
        return present is not None and any(
            self.compared(node, present) for other in others for node in ast.walk(other)
        )

    def compares(self, left: ast.expr, right: ast.expr) -> bool:
        """Whether two things are equal only where the data are genuine."""
        for one, other in ((left, right), (right, left)):
            digest = self.digests.of(one)
            if digest and self.digests.expected(other, digest):
                return True
        return False

    def _is(self, left: ast.expr, right: ast.expr, wanted: bool) -> bool:
        """Whether a condition's own result is compared with True or False."""
        return isinstance(right, ast.Constant) and right.value is wanted and self.genuine(left)

    def _succeeded(self, left: ast.expr, right: ast.expr) -> bool:
        """Whether a command's exit code is compared with zero."""
        if not (isinstance(right, ast.Constant) and right.value == 0 and right.value is not False):
            return False
        if isinstance(left, ast.Attribute) and left.attr == "returncode":
            return self.checked_by_command(left.value)
        return self.checked_by_command(left)

    def _flag(self, node: ast.expr, wanted: bool) -> bool:
        """Whether a variable is true (or false) only where the data are genuine."""
        name = self.module.source(node)
        table = self.module.bindings(self.module.scope(node)).get(name, [])
        if not table or self.depth <= 0:
            return False
        last = self.module.bound(name, node)
        found = [last] if last and not isinstance(last.value, ast.Constant) else table
        judge = self.of_data(self.data)
        proofs = 0
        for binding in found:
            value = binding.value
            if value is None or not binding.whole or binding.at > start(node):
                return False
            if isinstance(value, ast.Constant) and bool(value.value) is not wanted:
                continue
            proven = judge.genuine(value) if wanted else judge.bogus(value)
            if not proven and not judge.guarded(value, within=self.module.scope(value)):
                return False
            proofs += 1
        return proofs > 0

    def _present(self, test: ast.expr) -> str | None:
        """The name that a condition finds to be there."""
        match test:
            case ast.Name() | ast.Attribute():
                return self.module.source(test)
            case ast.Compare(
                left=left,
                ops=[ast.IsNot() | ast.NotEq()],
                comparators=[ast.Constant(value=None | "")],
            ) if isinstance(left, ast.Name | ast.Attribute):
                return self.module.source(left)
            case _:
                return None

    def absent(self, test: ast.expr) -> str | None:
        """The name that a condition finds missing."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._present(operand)
            case ast.Compare(
                left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None | "")]
            ) if isinstance(left, ast.Name | ast.Attribute):
                return self.module.source(left)
            case _:
                return None

    def compared(self, node: ast.AST, name: str) -> bool:
        """Whether a node compares something with what a name holds."""
        if self.data.named(name) or name in self.data.missing:
            return False
        match node:
            case ast.Compare(left=left, ops=[_], comparators=[right]):
                sides = [left, right]
            case ast.Call() if called(node) in COMPARES or self.raises(node):
                sides = given(node)
            case _:
                return False
        return any(self.module.source(side) == name for side in sides)
