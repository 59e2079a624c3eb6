"""All resources of the scanned tree, and what one file says of another's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.engines.manifests.documents import Document
from scanner.model.values import Value

Json = Mapping[str, Any]


class Resource(Value, kw_only=True):
    """A declared object of Kubernetes. `namespace` is empty where the manifest names none."""

    group: str
    kind: str
    name: str
    namespace: str
    data: Json
    document: Document

    @property
    def address(self) -> str:
        """`Kind.namespace.name`, as a reader knows it."""
        return f"{self.kind}.{self.namespace or 'default'}.{self.name}"

    @property
    def spec(self) -> Json:
        """Its `spec`, empty if it has none."""
        return table(self.data.get("spec"))

    @property
    def labels(self) -> Json:
        """Its labels."""
        return table(at(self.data, "metadata.labels"))

    @property
    def annotations(self) -> Json:
        """Its annotations."""
        return table(at(self.data, "metadata.annotations"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Every resource that was read, and every Kong configuration.

    It is asked for each resource again: the indexes keep that from growing with the square.
    """

    resources: tuple[Resource, ...]
    kong: tuple[Document, ...] = ()
    _kinds: dict[str, list[Resource]] = field(default_factory=dict, repr=False)
    _spaces: dict[tuple[str, str], list[Resource]] = field(default_factory=dict, repr=False)
    _names: dict[tuple[str, str], list[Resource]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for resource in self.resources:
            self._kinds.setdefault(resource.kind, []).append(resource)
            self._spaces.setdefault((resource.kind, resource.namespace), []).append(resource)
            self._names.setdefault((resource.kind, resource.name), []).append(resource)

    def of(self, *kinds: str, group: str = "") -> Iterator[Resource]:
        """The resources of these kinds, in a group that ends so (`istio.io`)."""
        for kind in kinds:
            for resource in self._kinds.get(kind, ()):
                if resource.group.endswith(group):
                    yield resource

    def beside(self, resource: Resource, *kinds: str, group: str = "") -> Iterator[Resource]:
        """The resources of these kinds in the same namespace."""
        for kind in kinds:
            for other in self._spaces.get((kind, resource.namespace), ()):
                if other.group.endswith(group):
                    yield other

    def named(self, kind: str, name: str, group: str = "") -> Iterator[Resource]:
        """The resources of a kind and name, of whatever namespace."""
        for resource in self._names.get((kind, name), ()):
            if resource.group.endswith(group):
                yield resource


def make_world(documents: Iterable[Document], kong: Iterable[Document] = ()) -> World:
    """The resources of all documents; a `List` is what it holds."""
    found = [resource for document in documents for resource in _resources(document)]
    return World(resources=tuple(found), kong=tuple(kong))


def _resources(document: Document) -> Iterator[Resource]:
    for data in _objects(document.data):
        group, _, version = str(data.get("apiVersion") or "").rpartition("/")
        kind = data.get("kind")
        if not isinstance(kind, str) or not version:
            continue
        metadata = table(data.get("metadata"))
        yield Resource(
            group=group,
            kind=kind,
            name=_text(metadata.get("name")) or _text(metadata.get("generateName")) or "unnamed",
            namespace=_text(metadata.get("namespace")),
            data=data,
            document=document,
        )


def _text(value: object) -> str:
    # A template that was not rendered is a mapping to YAML.
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _objects(data: object) -> Iterator[Json]:
    if isinstance(data, dict):
        if str(data.get("kind")).endswith("List") and isinstance(data.get("items"), list):
            for item in data["items"]:
                yield from _objects(item)
        else:
            yield data


def table(value: object) -> Json:
    """A mapping as it is; anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Json]:
    """The mappings of a list; nothing for anything else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def words(value: object) -> list[str]:
    """A list of scalars as text; a single scalar as a list of one."""
    if isinstance(value, list):
        return [str(word) for word in value if not isinstance(word, dict | list)]
    return [] if value is None or isinstance(value, dict) else [str(value)]


def at(data: object, path: str) -> Any:  # noqa: ANN401 - YAML of any shape
    """The value at a dotted path through mappings; None where there is none."""
    for key in path.split("."):
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def selects(selector: object, labels: Json) -> bool | None:
    """Whether a label selector matches; None where it holds expressions that we do not judge."""
    if not isinstance(selector, dict) or not selector:
        return True
    if selector.get("matchExpressions"):
        return None
    wanted = table(selector.get("matchLabels", selector))
    return all(str(labels.get(key)) == str(value) for key, value in wanted.items())
