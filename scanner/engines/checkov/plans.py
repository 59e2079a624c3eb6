"""Terraform plans, as far as Checkov leans on their shape: on any other it crashes or hangs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from scanner.model.documents import DocumentFault, read_document
from scanner.model.values import Value

Values = dict[str, Any]
# A module's name and where it is from: what a call in source and one in a plan have in common.
Call = tuple[str, str]


class _Resource(Value):
    type: str
    name: str
    address: Annotated[str, Meta(min_length=1)]
    values: Values = msgspec.field(default_factory=dict)


class _Module(Value):
    resources: list[_Resource] = msgspec.field(default_factory=list)
    child_modules: list[_Module] = msgspec.field(default_factory=list)


class _Planned(Value):
    root_module: _Module = msgspec.field(default_factory=_Module)


class _Difference(Value):
    before: Values | None
    after: Values | None
    actions: list[str] = msgspec.field(default_factory=list)


class _Change(Value):
    address: str
    change: _Difference


class _Declared(Value):
    type: str
    name: str
    address: str
    expressions: Values = msgspec.field(default_factory=dict)


class _DeclaredModule(Value):
    resources: list[_Declared] = msgspec.field(default_factory=list)
    module_calls: dict[str, _Call] = msgspec.field(default_factory=dict)


class _Call(Value):
    module: _DeclaredModule = msgspec.field(default_factory=_DeclaredModule)


class _Provider(Value):
    name: str
    expressions: Values = msgspec.field(default_factory=dict)


class _Configuration(Value):
    provider_config: dict[str, _Provider] = msgspec.field(default_factory=dict)
    root_module: _DeclaredModule = msgspec.field(default_factory=_DeclaredModule)


class _Plan(Value):
    planned_values: _Planned = msgspec.field(default_factory=_Planned)
    resource_changes: list[_Change] = msgspec.field(default_factory=list)
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


def is_plan(text: str) -> bool:
    """Whether Checkov takes a JSON text for a plan."""
    if '"terraform_version"' not in text:
        return False
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return True  # whose fault is then to be named
    return isinstance(document, dict) and bool(document.get("terraform_version"))


def fault(text: str) -> str | None:
    """What keeps a text from being a plan of `terraform show -json`; None if it is one."""
    try:
        read_document(_Plan, json.loads(text))
    except DocumentFault as fault:
        place = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in fault.place)
        return f"no plan as terraform show -json writes it: {place.lstrip('.')}: {fault.told}"
    except (ValueError, RecursionError):
        return "not valid JSON in UTF-8"
    return None


def calls(text: str) -> frozenset[Call]:
    """The calls of modules, at whatever depth, of the configuration that a plan was made of."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return frozenset()
    found: set[Call] = set()
    waiting = [_at(document, "configuration", "root_module")]
    while waiting:
        made = _at(waiting.pop(), "module_calls")
        for name, call in made.items() if isinstance(made, dict) else ():
            found.add((name, plain_source(str(_at(call, "source")))))
            waiting.append(_at(call, "module"))
    return frozenset(found)


def plain_source(source: str) -> str:
    """A module's source in one spelling: a plan has it as Terraform completed it."""
    plain = source.strip().removeprefix("registry.terraform.io/").removeprefix("git::")
    for scheme in ("https://", "ssh://git@", "ssh://"):
        plain = plain.removeprefix(scheme)
    return plain.replace(".git", "")


def shown(
    missing: Iterable[tuple[str, Call]], plans: Mapping[str, frozenset[Call]]
) -> set[tuple[str, Call]]:
    """Of the calls of modules that are not here, with their files, those that a plan shows.

    Several stacks may call one module by one name: then a plan speaks for the stack in whose folder
    it is; plans that are elsewhere do if there are as many as stacks without one.
    """
    folders: dict[Call, set[str]] = {}
    asked = tuple(missing)
    for path, call in asked:
        folders.setdefault(call, set()).add(_folder(path))
    known = {call: _shown(call, stacks, plans) for call, stacks in folders.items()}
    return {(path, call) for path, call in asked if _folder(path) in known[call]}


def _shown(call: Call, stacks: set[str], plans: Mapping[str, frozenset[Call]]) -> set[str]:
    holding = [_folder(path) for path, made in plans.items() if call in made]
    own = stacks & set(holding)
    elsewhere = [folder for folder in holding if folder not in own]
    return stacks if len(elsewhere) >= len(stacks - own) else own


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _at(value: Any, *keys: str) -> Any:  # noqa: ANN401 - JSON of any shape
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
