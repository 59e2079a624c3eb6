"""No policies: these checks tell servegate what Checkov could not see."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from _policy import tell_loaded

from checkov.common.checks_infra.registry import Registry
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.module.base_module_check import BaseModuleCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

_KIND = [CheckCategories.GENERAL_SECURITY]


class ModuleIsHere(BaseModuleCheck):
    """Fails where a module's source was not loaded."""

    def __init__(self) -> None:
        super().__init__("The module is here", "OBSERVE_MODULE", _KIND)

    def scan_module_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Checkov notes at the call the files of a module that it found."""
        _tell_of_framework(self.entity_path.rsplit(":", 2)[0])
        source = next((word for word in conf.get("source", []) if isinstance(word, str)), "")
        if conf.get("__resolved__") or not source:
            return CheckResult.UNKNOWN
        self.details = [
            f"its module source {source} is not here, so what it makes was not looked at; "
            "a plan (terraform show -json) in the scanned folder shows that"
        ]
        return CheckResult.FAILED


class DynamicIsEvaluated(BaseResourceCheck):
    """Fails where a `dynamic` block was repeated without its values: over a plain list."""

    def __init__(self) -> None:
        super().__init__("Dynamic blocks are evaluated", "OBSERVE_DYNAMIC", _KIND, ["*"])

    def scan_entity_conf(self, conf: dict[str, list[Any]], entity_type: str) -> CheckResult:
        """Ours alone: the base would first put the blocks where the other checks look for them."""
        _tell_of_framework(self.entity_path.rsplit(":", 2)[0])
        unread = sorted({name for name, content in _blocks(conf) if _mentions(content, name)})
        if not unread:
            return CheckResult.UNKNOWN
        names = " and ".join(unread)
        self.details = [
            f"dynamic {names} goes over a plain list, which checkov does not evaluate; its checks "
            "did not see those values"
        ]
        return CheckResult.FAILED

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Not called: `scan_entity_conf` is this check's own."""
        return CheckResult.UNKNOWN


def _blocks(conf: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    dynamic = conf.get("dynamic")
    return [
        (name, content)
        for block in (dynamic if isinstance(dynamic, list) else [])
        if isinstance(block, dict)
        for name, content in block.items()
        # What still has its `for_each` depends on a variable: unknown, like any other.
        if not (isinstance(content, dict) and "for_each" in content)
    ]


def _mentions(content: Any, name: str) -> bool:
    if isinstance(content, dict):
        return any(_mentions(part, name) for part in content.values())
    if isinstance(content, list):
        return any(_mentions(part, name) for part in content)
    # `x.value.port` is of an object: evaluated where the list is known.
    return isinstance(content, str) and bool(re.search(rf"\b{name}\.value(?![.\[\w])", content))


@cache
def _tell_of_framework(file: str) -> None:
    """Tell that resources of such files are evaluated: Checkov goes on where that process died."""
    kinds = {".tf.json": "terraform_json", ".json": "terraform_plan", ".tf": "terraform"}
    tell_loaded(*[f"SEEN_{kind}" for end, kind in kinds.items() if file.endswith(end)][:1])


def _tell_of_yaml() -> None:
    """Have the registry of policies in YAML tell which of ours it took."""
    load = Registry.load_external_checks

    def load_and_tell(registry: Registry, folder: str) -> None:
        load(registry, folder)
        tell_loaded(*(check.id for check in registry.checks if str(check.id).startswith("SG_")))

    Registry.load_external_checks = load_and_tell  # type: ignore[method-assign]


ModuleIsHere()
DynamicIsEvaluated()
_tell_of_yaml()
