"""YAML of the scanned repository: whether it can be read, and whether it is a template. Pure.

A document may be made to break whoever reads it: PyYAML lets a dozen kinds of exception out of a
scalar with a wrong tag, and an alias of aliases is larger than any memory once it is copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

# What PyYAML's constructors are known to raise: `!!bool x` a KeyError, `!!int ''` an IndexError.
FAULTS = (
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
TEMPLATE = "a template; render it and scan the result"
_MAX_NODES = 5_000_000
_MAX_MERGED = 200_000
_MERGE = "tag:yaml.org,2002:merge"
_MAX_LISTS = 5  # in one another; an alias may make it endless
# Bounded, since the text may be one line of nothing but braces or spaces.
_ACTION = re.compile(r"\{\{.{0,400}?\}\}|\{%.{0,400}?%\}")
# Only Helm has these; it replaces them wherever they stand, also inside strings and comments.
_HELM = re.compile(
    r"\{\{-?\s{0,9}(?:[\w$]{1,40}\s{1,9}){0,6}\(?[$.]{0,3}(?:Values|Release|Chart|Capabilities)\."
    r"|\{\{-?\s{0,9}(?:include|template|define|tpl|toYaml)\s"
)
_CORE = frozenset({"", "apps", "batch", "autoscaling", "policy", "networking.k8s.io"}) | frozenset(
    {"rbac.authorization.k8s.io", "serving.kserve.io", "gateway.networking.k8s.io"}
)
# KServe puts in `{{.Name}}` and the like itself, in the cluster.
_FILLED_IN_LATER = frozenset(
    {"ServingRuntime", "ClusterServingRuntime", "LLMInferenceServiceConfig"}
)
# Text for others: prompts, dashboards, alerts, commands. A placeholder there is theirs.
_PASSED_ON = frozenset(
    {"data", "stringData", "binaryData", "annotations", "args", "command", "value", "exec"}
)


class BadYaml(Exception):
    """The text is no YAML that can be read; says why in a few words."""


class TooMuch(yaml.YAMLError):
    """Aliases or merge keys (`<<`) make more of the text than can be read."""

    def __init__(self) -> None:
        super().__init__("YAML whose aliases unfold to more than can be read")


class Merges:
    """How many entries merge keys may still copy: each may name all that others copied."""

    def __init__(self) -> None:
        self._left = _MAX_MERGED

    def take(self, count: int) -> None:
        """Copy so many more. Raises `TooMuch`."""
        self._left -= count
        if self._left < 0:
            raise TooMuch


class Loader(yaml.CSafeLoader):
    """Plain values of foreign YAML, of which merge keys make no more than a bounded number."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._merges = Merges()
        self._flattening: set[int] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put in what merge keys name. Raises `TooMuch` before that is done."""
        if id(node) in self._flattening:
            return  # it holds itself
        self._flattening.add(id(node))
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            for part in value.value if isinstance(value, yaml.SequenceNode) else (value,):
                if isinstance(part, yaml.MappingNode):
                    # First what it names itself: then its entries are all that will be copied.
                    self.flatten_mapping(part)
                    self._merges.take(len(part.value))
        super().flatten_mapping(node)
        self._flattening.discard(id(node))


def load(text: str) -> Any:  # noqa: ANN401 - YAML of any shape
    """The only document of a text as plain values. Raises `BadYaml`."""
    try:
        document = yaml.load(text, Loader=Loader)  # noqa: S506 - it is a safe one
        # What holds itself is refused by whoever has to write it down.
        _refuse_unfolding(document, circle=1)
    except FAULTS as error:
        raise BadYaml(why(error)) from error
    return document


def load_all(text: str) -> list[Any]:
    """The documents of a text as plain values. Raises `BadYaml`."""
    try:
        documents = list(yaml.load_all(text, Loader=Loader))
        _refuse_unfolding(documents, circle=_MAX_NODES + 1)
    except FAULTS as error:
        raise BadYaml(why(error)) from error
    return documents


def compose(text: str) -> yaml.Node | None:
    """The only document of a text as nodes, which tell their places. Raises `BadYaml`."""
    try:
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except FAULTS as error:
        raise BadYaml(why(error)) from error


def _refuse_unfolding(value: object, circle: int) -> None:
    if _size(value, {}, circle) > _MAX_NODES:
        raise TooMuch


def why(error: BaseException) -> str:
    """What is said of a text that PyYAML did not take."""
    if isinstance(error, TooMuch):
        return str(error)
    line = getattr(getattr(error, "problem_mark", None), "line", None)
    return "not valid YAML" + (f" (line {line + 1})" if isinstance(line, int) else "")


def may_be_template(text: str) -> bool:
    """Whether there is anything in a text that a template engine would replace."""
    # Where nothing is closed there is no need to look from each opening.
    return ("}}" in text or "%}" in text) and bool(_ACTION.search(text))


def is_template(text: str, documents: Iterable[Any] = ()) -> bool:
    """Whether a text that was read is still to be rendered, so that its values are not known.

    A placeholder inside a prompt, a dashboard or a workflow of Argo's is no sign of that.
    """
    if not may_be_template(text):
        return False
    read = list(documents)
    helm = len(_HELM.findall(text))
    return helm > sum(map(_helm_in_data, read)) or any(map(_unrendered, read))


def _helm_in_data(document: object) -> int:
    """How many of Helm's actions are text that a ConfigMap hands on, as Istio's does to Istio."""
    if not isinstance(document, dict) or document.get("kind") != "ConfigMap":
        return 0
    data = document.get("data")
    texts = data.values() if isinstance(data, dict) else ()
    return sum(len(_HELM.findall(text)) for text in texts if isinstance(text, str))


def _unrendered(document: Any, depth: int = 0) -> bool:  # noqa: ANN401 - YAML of any shape
    """Whether a placeholder stands where no other tool than a template engine would read it."""
    if not isinstance(document, dict) or depth > _MAX_LISTS:
        return False
    if str(document.get("kind")) == "List":
        items = document.get("items")
        rows = items if isinstance(items, list) else ()
        return any(_unrendered(row, depth + 1) for row in rows)
    if "apiVersion" not in document and "kind" not in document:
        return False  # no manifest, as an action of GitHub's that writes one
    metadata = document.get("metadata")
    named = [document.get("apiVersion"), document.get("kind")]
    if isinstance(metadata, dict):
        named += [metadata.get("name"), metadata.get("namespace")]
    if any(isinstance(word, str) and _ACTION.search(word) for word in named):
        return True
    if str(document.get("kind")) in _FILLED_IN_LATER:
        return False
    group = str(document.get("apiVersion") or "").rpartition("/")[0]
    return group in _CORE and _placeholder(document, set())


def _placeholder(value: Any, seen: set[int]) -> bool:  # noqa: ANN401 - YAML of any shape
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            if "\n" not in part and _ACTION.search(part):
                return True
        elif isinstance(part, dict | list) and id(part) not in seen:
            seen.add(id(part))
            waiting += (
                part
                if isinstance(part, list)
                else (inner for key, inner in part.items() if key not in _PASSED_ON)
            )
    return False


def _size(value: Any, known: dict[int, int], circle: int) -> int:  # noqa: ANN401 - YAML of any shape
    """How many values there are once every alias is copied; `circle` for one that holds itself."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = circle  # while it is counted
        parts = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(part, known, circle) for part in parts)
    return known[id(value)]
