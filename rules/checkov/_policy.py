"""What the Python policies of this folder stand on: a resource with plain values, and `policy`.

A policy is a function of one resource that says in a sentence what is wrong with it, or nothing.
What is not known before deployment (a variable without a value, a reference) is never wrong.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.module.base_module_check import BaseModuleCheck
from checkov.terraform.checks.provider.base_check import BaseProviderCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck
from checkov.terraform.checks.resource.registry import resource_registry

_REFERENCE = re.compile(
    r"\$\{|^\(?(?:var|local|data|module|each|count|self|path|terraform)\.|^[a-z]+(?:_[a-z0-9]+)+\.[\w-]+"
    r"|^(?:[a-z]+\(|!|\()|\?|\.value\b"
)
_KIND = [CheckCategories.GENERAL_SECURITY]
SETTINGS = json.loads(os.environ.get("SERVEGATE_IAC", "{}"))
ROOT = str(SETTINGS.get("root", "/"))


@dataclass(frozen=True)
class Resource:
    """A resource of Terraform: its type, address and values, as far as Checkov evaluated them."""

    type: str
    address: str
    conf: dict[str, Any]
    folder: str = ""

    def all(self, path: str) -> list[Any]:
        """Every value at a dotted path, through repeated blocks and lists."""
        return list(_walk(self.conf, path.split(".")))

    def first(self, path: str) -> Any:
        """The first value at a dotted path; None where there is none."""
        return next(iter(self.all(path)), None)

    def blocks(self, path: str) -> list[Resource]:
        """The blocks at a dotted path."""
        return [
            Resource(self.type, self.address, block, self.folder)
            for block in self.all(path)
            if isinstance(block, dict)
        ]

    def has(self, path: str) -> bool:
        """Whether anything but an explicit null or nothing is there."""
        return any(value not in (None, "null", "", []) for value in self.all(path))


Judge = Callable[[Resource], "str | None"]


def policy(file: str, title: str, *types: str) -> Callable[[Judge], Judge]:
    """Register a function as the policy of its file, for these types of resource."""

    def register(judge: Judge) -> Judge:
        _Check(title, check_id(file), list(types), judge)
        tell_loaded(check_id(file))
        return judge

    return register


def tell_loaded(*checks: str) -> None:
    """Tell servegate that these are registered: Checkov passes over a broken one in silence."""
    if SETTINGS.get("loaded"):
        with Path(str(SETTINGS["loaded"])).open("a", encoding="utf-8") as file:
            file.write("".join(f"{check}\n" for check in checks))


def check_id(file: str) -> str:
    """A policy's id in Checkov, which a skip comment names."""
    return "SG_" + Path(file).stem.replace("-", "_").upper()


def known(value: Any) -> bool:
    """Whether a value is a literal: neither missing nor a reference nor an expression."""
    if isinstance(value, str):
        return not _REFERENCE.search(value)
    return value is not None and not isinstance(value, (dict, list))


def true(value: Any) -> bool:
    """Whether a value is true, in any of the spellings of HCL and JSON."""
    return value is True or str(value).lower() == "true"


def false(value: Any) -> bool:
    """Whether a value is false, in any of the spellings of HCL and JSON."""
    return value is False or str(value).lower() == "false"


def document(value: Any) -> Any:
    """JSON in a string as what it says; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def resources(*types: str) -> list[Resource]:
    """The resources of these types in the scanned folder, of whichever file."""
    graph = resource_registry.graph
    found = []
    for node in graph.nodes() if graph is not None else ():
        attributes = node[1] if isinstance(node, tuple) else node
        kind = attributes.get("resource_type")
        if kind in types:
            config = attributes.get("config_") or {}
            conf = next(iter(next(iter(config.values()), {}).values()), {})
            folder = str(Path(str(attributes.get("file_path_", ""))).parent)
            address = str(attributes.get("__address__", ""))
            found.append(Resource(kind, address, plain(conf), folder))
    return found


def plain(value: Any) -> Any:
    """Values without the keys that Checkov adds."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if not str(k).startswith("__")}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def named(value: Any) -> str:
    """`type.name` of the resource that a reference means; empty if it means none."""
    match = re.search(r"\b((?:data\.)?[a-z]+(?:_[a-z0-9]+)+\.[\w-]+)", str(value))
    return match[1] if match else ""


def _walk(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for part in value:
            yield from _walk(part, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def provider_policy(file: str, title: str, *types: str) -> Callable[[Judge], Judge]:
    """Register a function as the policy of its file for providers, beside resources."""

    def register(judge: Judge) -> Judge:
        _ProviderCheck(title, check_id(file), list(types), judge)
        return judge

    return register


def module_policy(file: str, title: str) -> Callable[[Judge], Judge]:
    """Register a function as the policy of its file for calls of modules, beside resources."""

    def register(judge: Judge) -> Judge:
        _ModuleCheck(title, check_id(file), judge)
        return judge

    return register


def module_calls() -> list[Resource]:
    """The calls of modules in the scanned folder, by name; `folders` are those that they load."""
    graph = resource_registry.graph
    found = []
    for node in graph.nodes() if graph is not None else ():
        attributes = node[1] if isinstance(node, tuple) else node
        if attributes.get("block_type_") == "module":
            conf = next(iter((attributes.get("config_") or {}).values()), {})
            folder = str(Path(str(attributes.get("file_path_", ""))).parent)
            name = str(attributes.get("block_name_", "")).rsplit(".", 1)[-1]
            files = [str(getattr(key, "file_path", key)) for key in conf.get("__resolved__") or ()]
            made = {"folders": [str(Path(file).parent) for file in files]}
            found.append(Resource("module", name, {**plain(conf), **made}, folder))
    return found


class _ModuleCheck(BaseModuleCheck):
    def __init__(self, title: str, identity: str, judge: Judge) -> None:
        super().__init__(title, identity, _KIND)
        self._judge = judge

    def scan_module_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """As for a resource."""
        file = self.entity_path.rsplit(":", 2)[0].lstrip("/")
        said = self._judge(
            Resource("module", self.entity_path, plain(conf), str(Path(ROOT, file).parent))
        )
        self.details = [said] if said else []
        return CheckResult.FAILED if said else CheckResult.PASSED


class _ProviderCheck(BaseProviderCheck):
    def __init__(self, title: str, identity: str, types: list[str], judge: Judge) -> None:
        super().__init__(title, identity, _KIND, types)
        self._judge = judge

    def scan_provider_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """As for a resource."""
        said = self._judge(Resource("provider", self.entity_path, plain(conf)))
        self.details = [said] if said else []
        return CheckResult.FAILED if said else CheckResult.PASSED


class _Check(BaseResourceCheck):
    def __init__(self, title: str, identity: str, types: list[str], judge: Judge) -> None:
        super().__init__(title, identity, _KIND, types)
        self._judge = judge

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """The function's sentence goes into `details`, which Checkov's JSON carries."""
        address = str(conf.get("__address__", self.entity_path))
        # `entity_path` is `/path/of/file.tf:type:name`, from the scanned root.
        file = self.entity_path.rsplit(":", 2)[0].lstrip("/")
        folder = str(Path(ROOT, file).parent)
        said = self._judge(Resource(self.entity_type, address, plain(conf), folder))
        if said is None:
            return CheckResult.PASSED
        self.details = [said]
        return CheckResult.FAILED


_ENVIRONMENTS = (
    "environment.variables",
    "environment",
    "primary_container.environment",
    "container.environment",
    "container.environment_variables",
    "container.secure_environment_variables",
    "app_settings",
    "source_configuration.image_repository.image_configuration.runtime_environment_variables",
)
_ENV_LISTS = ("template.containers.env", "template.spec.containers.env", "template.container.env")
_ARGUMENTS = ("template.containers.args", "template.containers.command", "template.container.args")


def containers(resource: Resource) -> list[dict[str, Any]]:
    """The containers of an ECS task definition, out of its JSON."""
    found = [document(value) for value in resource.all("container_definitions")]
    flat = [part for value in found for part in (value if isinstance(value, list) else [value])]
    return [part for part in flat if isinstance(part, dict)]


def environment(resource: Resource) -> list[tuple[str, Any]]:
    """The environment variables that a resource gives its containers, as name and value."""
    pairs: list[tuple[str, Any]] = []
    for place in _ENVIRONMENTS:
        for block in resource.all(place):
            if isinstance(block, dict):
                pairs += [(str(name), _one(value)) for name, value in block.items()]
    rows = [block.conf for place in _ENV_LISTS for block in resource.blocks(place)]
    for container in containers(resource):
        entries = container.get("environment")
        rows += entries if isinstance(entries, list) else []
    pairs += [
        (str(_one(row.get("name"))), _one(row.get("value")))
        for row in rows
        if isinstance(row, dict) and "name" in row
    ]
    return pairs


def arguments(resource: Resource) -> list[Any]:
    """The words of the servers' command lines."""
    words = [word for place in _ARGUMENTS for word in resource.all(place)]
    for container in containers(resource):
        for key in ("command", "entryPoint"):
            value = container.get(key)
            words += value if isinstance(value, list) else []
    return words


def block_name(address: str) -> str:
    """`type.name` of an address, without modules and index."""
    return re.sub(r"\[[^\]]*\]", "", re.sub(r"^(?:module\.[^.]+\.)+", "", address))


def same_module(one: Resource, other: Resource) -> bool:
    """Whether two resources are declared in one folder, and in the same call of it as a module."""
    return one.folder == other.folder and module_of(one.address) == module_of(other.address)


def module_of(address: str) -> str:
    """The modules in front of an address; empty for the root."""
    match = re.match(r"(?:module\.[^.\[]+(?:\[[^\]]*\])?\.)*", address)
    return match[0] if match else ""


def _one(value: Any) -> Any:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def body(resource: Resource) -> list[Resource]:
    """The body of an `azapi` resource, given as an object or as JSON text."""
    parts = [document(value) for value in resource.all("body")]
    return [Resource("", "", part) for part in parts if isinstance(part, dict)]


_GATEWAY_POLICIES = (
    "azurerm_api_management_policy",
    "azurerm_api_management_api_policy",
    "azurerm_api_management_api_operation_policy",
    "azurerm_api_management_product_policy",
)


def gateway_policies(api: Resource) -> list[str | None]:
    """The policies of Azure's API Management that may hold for an API; None for a text unknown."""
    texts: list[str | None] = []
    for other in resources(*_GATEWAY_POLICIES):
        target = named(other.first("api_name")) or str(other.first("api_name") or "")
        mine = target in ("", block_name(api.address), str(api.first("name")))
        if mine and same_module(other, api):
            text = other.first("xml_content")
            texts.append(text if isinstance(text, str) and "<" in text else None)
    return texts
