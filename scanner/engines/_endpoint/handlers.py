"""Finds the code that serves an operation, by reading the source and never importing it.

Knows the routes of FastAPI, Starlette, Flask (and frameworks on top of it) and BentoML, and
`operationId`s that name a function, as Connexion has them. An operation gets a place only if one
handler fits best; two that fit equally well are none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.engines._endpoint.operation import Operation
from scanner.model.location import CodeLocation
from scanner.model.outcome import Served
from scanner.model.plan import SourceFile
from scanner.model.values import Value

_MAX_BYTES = 1_000_000
_MOST_FUNCTIONS = 40
_DEEPEST = 4
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_ROUTERS = frozenset({"APIRouter", "Blueprint", "FastAPI", "Flask", "Starlette", "Router", "Quart"})
_INCLUDES = frozenset({"include_router", "register_blueprint", "mount", "Mount"})
_PARAMETER = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>|\{([^{}:]+)(?::[^{}]+)?\}")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Handler(Value, kw_only=True):
    """A function that serves `methods` on `path` (with `{}` for parameters, its router's prefix
    included)."""

    methods: frozenset[str]
    path: str
    name: str
    location: CodeLocation


class _Module(Value):
    handlers: tuple[Handler, ...]
    prefixes: frozenset[str]
    functions: dict[str, CodeLocation]
    bodies: dict[str, _Body]


class _Body(Value, kw_only=True):
    """A function: all its lines, and the names that it uses (of itself, of a module, its own)."""

    place: CodeLocation
    signature: int
    names: frozenset[tuple[str, str]]


def map_handlers(
    root: Path, sources: Iterable[SourceFile], operations: Iterable[Operation]
) -> dict[str, CodeLocation]:
    """The handler's place for each operation (by its text, `GET /v1/models`) that has one."""
    return _map(_modules(root, sources), operations)


def map_code(
    root: Path, sources: Iterable[SourceFile], operations: Iterable[Operation]
) -> tuple[Served, ...]:
    """The lines that serve each operation: its handler's, and those of functions that this uses.

    A function is followed by its name in the same module, and into another where that is named by
    an import; a name that could be several functions is not.
    """
    modules = _modules(root, sources)
    operations = tuple(operations)
    places = {str(one): f"{one.method} {one.template or '/'}" for one in operations}
    return tuple(
        Served(operation=name, place=places[name], code=_reached(handler, modules))
        for name, handler in sorted(_map(modules, operations).items())
    )


def _reached(handler: CodeLocation, modules: dict[str, _Module]) -> tuple[CodeLocation, ...]:
    first = next(
        (
            (handler.path, name)
            for name, body in modules[handler.path].bodies.items()
            if body.signature == handler.start_line
        ),
        None,
    )
    if first is None:
        return (handler,)
    seen = {first: modules[first[0]].bodies[first[1]]}
    pending = [(first, 0)]
    while pending and len(seen) < _MOST_FUNCTIONS:
        (path, name), depth = pending.pop(0)
        if depth == _DEEPEST:
            continue
        for owner, used in sorted(modules[path].bodies[name].names):
            for where in _modules_of(owner, path, modules):
                if used in modules[where].bodies and (where, used) not in seen:
                    seen[where, used] = modules[where].bodies[used]
                    pending.append(((where, used), depth + 1))
    return tuple(body.place for body in seen.values())


def _modules_of(owner: str, path: str, modules: dict[str, _Module]) -> tuple[str, ...]:
    """The module that a name comes from: this one, or the only one that is called so."""
    if not owner:
        return (path,)
    tail = owner.replace(".", "/")
    fitting = [
        one for one in modules if f"/{one}".endswith((f"/{tail}.py", f"/{tail}/__init__.py"))
    ]
    return (fitting[0],) if len(fitting) == 1 else ()


def _modules(root: Path, sources: Iterable[SourceFile]) -> dict[str, _Module]:
    return {
        source.path: module
        for source in sources
        if source.size <= _MAX_BYTES and (module := _read(root, source.path)) is not None
    }


def _map(modules: dict[str, _Module], operations: Iterable[Operation]) -> dict[str, CodeLocation]:
    handlers = [handler for module in modules.values() for handler in module.handlers]
    prefixes = {""}.union(*(module.prefixes for module in modules.values()))
    # A prefix may be put on a router that has one itself.
    prefixes |= {f"{outer}{inner}" for outer in prefixes for inner in prefixes}
    found: dict[str, CodeLocation] = {}
    for operation in operations:
        place = _by_route(operation, handlers, prefixes) or _by_name(operation, modules)
        if place is not None:
            found[str(operation)] = place
    return found


def _by_route(
    operation: Operation, handlers: list[Handler], prefixes: set[str]
) -> CodeLocation | None:
    fitting: list[tuple[int, bool, Handler]] = []
    for wanted in {_shape(operation.template), _shape(operation.path)}:
        for handler in handlers:
            if operation.method not in handler.methods or not wanted.endswith(handler.path):
                continue
            if wanted[: len(wanted) - len(handler.path)] in prefixes:
                named = operation.operation_id.startswith(handler.name)
                fitting.append((len(handler.path), named, handler))
    if not fitting:
        return None
    fitting.sort(key=lambda one: one[:2], reverse=True)
    best = {
        handler.location for length, named, handler in fitting if (length, named) == fitting[0][:2]
    }
    return best.pop() if len(best) == 1 else None


def _by_name(operation: Operation, modules: dict[str, _Module]) -> CodeLocation | None:
    """`operationId: package.module.function`."""
    module, dot, function = operation.operation_id.rpartition(".")
    if not dot:
        return None
    path = module.replace(".", "/")
    places = [
        place
        for name, one in modules.items()
        if f"/{name}".endswith((f"/{path}.py", f"/{path}/__init__.py"))
        and (place := one.functions.get(function))
    ]
    return places[0] if len(places) == 1 else None


def _shape(path: str) -> str:
    """A path with its parameters' names and converters taken out."""
    return _PARAMETER.sub("{}", path).rstrip("/") or "/"


def _read(root: Path, path: str) -> _Module | None:
    try:
        tree = ast.parse((root / path).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _Reader(path, tree).module()


class _Reader:
    """Reads one module's syntax tree."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self._path = path
        self._tree = tree
        self._strings = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._router_prefix: dict[str, str] = {}
        self._prefixes: set[str] = set()

    def module(self) -> _Module:
        """Routes, prefixes and functions."""
        functions: dict[str, CodeLocation] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, _Function):
                functions.setdefault(node.name, self._place(node))
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                self._note_router(node)
            elif isinstance(node, ast.Call):
                self._note_include(node)
        handlers = tuple(self._handlers(functions))
        return _Module(handlers, frozenset(self._prefixes), functions, self._bodies())

    def _bodies(self) -> dict[str, _Body]:
        """Each function by its name; a name that stands for several is left out."""
        imported = self._imported()
        found: dict[str, list[_Body]] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, _Function):
                first = min((node.lineno, *(one.lineno for one in node.decorator_list)))
                last = node.end_lineno or node.lineno
                body = _Body(
                    place=CodeLocation(path=self._path, start_line=first, end_line=last),
                    signature=node.lineno,
                    names=frozenset(_used(node, imported)),
                )
                found.setdefault(node.name, []).append(body)
        return {
            name if len(bodies) == 1 else f"{name}:{body.signature}": body
            for name, bodies in found.items()
            for body in bodies
        }

    def _imported(self) -> dict[str, str]:
        """The module behind each imported name; of `from x import f`, `x` and `x.f` are tried."""
        names: dict[str, str] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom):
                for one in node.names:
                    names[one.asname or one.name] = node.module or ""
            elif isinstance(node, ast.Import):
                for one in node.names:
                    names[one.asname or one.name] = one.name
        return names

    def _handlers(self, functions: dict[str, CodeLocation]) -> Iterator[Handler]:
        for node in ast.walk(self._tree):
            if isinstance(node, _Function):
                for decorator in node.decorator_list:
                    yield from self._decorated(node, decorator)
            elif isinstance(node, ast.ClassDef) and _is_bento_service(node):
                yield from self._bento(node)
            elif isinstance(node, ast.Call):
                yield from self._declared(node, functions)

    def _decorated(self, node: _Function, decorator: ast.expr) -> Iterator[Handler]:
        """`@router.get("/x")`, `@app.route("/x", methods=["POST"])`."""
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            return
        verb = decorator.func.attr
        if verb not in _VERBS and verb not in ("route", "api_route"):
            return
        path = self._text(_argument(decorator, 0, "path", "rule"))
        if path is None:
            return
        methods = {verb.upper()} if verb in _VERBS else self._methods(decorator)
        prefix = self._router_prefix.get(_name(decorator.func.value), "")
        yield self._handler(methods, prefix + path, node.name, self._place(node))

    def _declared(self, call: ast.Call, functions: dict[str, CodeLocation]) -> Iterator[Handler]:
        """Routes that a call declares: `Route("/x", f)`, `add_url_rule("/x", view_func=f)`."""
        name = _name(call.func)
        if name == "Route" or name in ("add_route", "add_api_route"):
            function = _argument(call, 1, "endpoint", "route")
        elif name == "add_url_rule":
            function = _argument(call, 2, "view_func")
        else:
            return
        path = self._text(_argument(call, 0, "path", "rule"))
        served = _name(function) if function is not None else ""
        if path is None or served not in functions:
            return
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        prefix = self._router_prefix.get(_name(owner), "") if owner is not None else ""
        yield self._handler(self._methods(call), prefix + path, served, functions[served])

    def _bento(self, service: ast.ClassDef) -> Iterator[Handler]:
        """Methods of a BentoML service: `@bentoml.api` serves POST on the method's name."""
        for node in service.body:
            if not isinstance(node, _Function):
                continue
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if _name(called) not in ("api", "task"):
                    continue
                route = (
                    _argument(decorator, 9, "route") if isinstance(decorator, ast.Call) else None
                )
                path = self._text(route) or f"/{node.name}"
                yield self._handler({"POST"}, path, node.name, self._place(node))

    def _note_router(self, node: ast.Assign | ast.AnnAssign) -> None:
        if not isinstance(node.value, ast.Call) or _name(node.value.func) not in _ROUTERS:
            return
        prefix = self._text(_argument(node.value, 99, "prefix", "url_prefix")) or ""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self._router_prefix[_name(target)] = prefix.rstrip("/")

    def _note_include(self, call: ast.Call) -> None:
        if _name(call.func) not in _INCLUDES:
            return
        first = self._text(call.args[0]) if call.args else None
        prefix = self._text(_argument(call, 99, "prefix", "url_prefix", "path")) or first
        if prefix:
            self._prefixes.add(_shape(prefix))

    def _methods(self, call: ast.Call) -> set[str]:
        given = _argument(call, 99, "methods")
        if isinstance(given, (ast.List, ast.Tuple, ast.Set)):
            return {text.upper() for one in given.elts if (text := self._text(one))}
        return {"GET"}

    def _text(self, node: ast.expr | None) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name):
            return self._strings.get(node.id)
        return None

    def _handler(self, methods: set[str], path: str, name: str, location: CodeLocation) -> Handler:
        shape = _shape(path if path.startswith("/") else f"/{path}")
        return Handler(methods=frozenset(methods), path=shape, name=name, location=location)

    def _place(self, node: _Function) -> CodeLocation:
        """The lines of the signature: where a reader looks first, and what a diff shows."""
        last = max(node.lineno, node.body[0].lineno - 1)
        return CodeLocation(path=self._path, start_line=node.lineno, end_line=last)


def _used(node: _Function, imported: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Module and name of what a function uses: `f`, `self.f`, `module.f`."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield imported.get(inner.id, ""), inner.id
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            owner = inner.value.id
            if owner in ("self", "cls"):
                yield "", inner.attr
            elif owner in imported:
                module = imported[owner]
                yield (f"{module}.{owner}" if module and module != owner else owner), inner.attr
                yield module or owner, inner.attr


def _is_bento_service(node: ast.ClassDef) -> bool:
    names = [_name(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    return "service" in names


def _argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    return call.args[position] if position < len(call.args) else None


def _name(node: ast.expr | None) -> str:
    """The last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
