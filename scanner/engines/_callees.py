"""The functions of a file that a call may mean, and what reaches them."""

from __future__ import annotations

import ast

from scanner.engines._bindings import Function, called
from scanner.engines._origins import Module


def missing(function: Function, call: ast.Call) -> frozenset[str]:
    """The parameters of a function that a call gives nothing for."""
    arguments = function.args
    places = [*arguments.posonlyargs, *arguments.args]
    nothing = {None, "", False, b""}
    late = zip(places[len(places) - len(arguments.defaults) :], arguments.defaults, strict=True)
    pairs = [*late, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    empty = {
        one.arg
        for one, default in pairs
        if isinstance(default, ast.Constant) and default.value in nothing
    }
    if any(isinstance(one, ast.Starred) for one in call.args):
        return frozenset()
    names_of = [one.arg for one in places]
    if names_of[:1] in (["self"], ["cls"]):
        del names_of[0]
    filled = [*zip(names_of, call.args, strict=False)]
    filled += [(word.arg or "", word.value) for word in call.keywords]
    got = {
        name for name, value in filled if not (isinstance(value, ast.Constant) and not value.value)
    }
    return frozenset(empty - got) if "" not in got else frozenset()


def definitions(module: Module, call: ast.Call) -> list[Function]:
    """The functions of the file that a call may mean."""
    name = called(call)
    found = module.functions.get(name, [])
    if isinstance(call.func, ast.Name):
        around = [module.tree, *module.above(call)]
        return [one for one in found if module.parents[one] in around]
    if isinstance(call.func, ast.Attribute):
        return [one for one in found if isinstance(module.parents[one], ast.ClassDef)]
    return []
