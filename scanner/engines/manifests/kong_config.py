"""Kong's routes with the plugins that hold for each, from declarative files and from CRDs. Pure.

A plugin counts for a route if it is global, of its service, or its own, and switched on. One that
is bound to a consumer holds for that caller only, so it does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from scanner.engines.manifests.documents import Document
from scanner.engines.manifests.world import Json, Resource, World, rows, table, words

_CLASS = "kubernetes.io/ingress.class"
_PLUGINS = "konghq.com/plugins"
_TERMINATION = "request-termination"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way through Kong. `plugins` maps names to configurations.

    `whole` is false where a plugin is named that is not declared here: it could be any. `refused`
    are consumers whose every request is ended by a plugin of theirs.
    """

    address: str
    document: Document
    part: object
    plugins: Mapping[str, Json]
    whole: bool = True
    refused: frozenset[str] = frozenset()


def routes(world: World) -> Iterator[Route]:
    """Every route of every Kong configuration."""
    folders: dict[str, list[Document]] = {}
    for document in world.kong:
        folders.setdefault(str(PurePosixPath(document.path).parent), []).append(document)
    for documents in folders.values():
        # Kong's tools read a folder as one configuration, so a sibling's global plugin counts.
        everywhere = [
            plugin
            for document in documents
            for plugin in _on(table(document.data).get("plugins"))
            if not any(plugin.get(key) for key in ("service", "route", "consumer"))
        ]
        refused = frozenset(name for document in documents for name in _refused(document))
        for document in documents:
            for route in _declared(document, _named(everywhere)):
                yield replace(route, refused=refused)
    yield from _ingresses(world)


def _refused(document: Document) -> Iterator[str]:
    data = table(document.data)
    for plugin in _on(data.get("plugins")):
        if plugin.get("consumer") and plugin.get("name") == _TERMINATION:
            yield _reference(plugin["consumer"])
    for consumer in rows(data.get("consumers")):
        if any(plugin.get("name") == _TERMINATION for plugin in _on(consumer.get("plugins"))):
            yield from (str(consumer[key]) for key in ("username", "id") if consumer.get(key))


def _declared(document: Document, everywhere: Mapping[str, Json]) -> Iterator[Route]:
    data = table(document.data)
    loose = _on(data.get("plugins"))
    declared = rows(data.get("services"))
    services = {str(row[key]): row for row in declared for key in ("id", "name") if row.get(key)}
    for service in declared:
        of_service = {**everywhere, **_of(service, "service", loose)}
        for route in rows(service.get("routes")):
            yield _route(document, route, {**of_service, **_of(route, "route", loose)})
    for route in rows(data.get("routes")):
        service = services.get(_reference(route.get("service")), {})
        inherited = {**everywhere, **_of(service, "service", loose)}
        yield _route(document, route, {**inherited, **_of(route, "route", loose)})


def _route(document: Document, route: Json, plugins: Mapping[str, Json]) -> Route:
    name = route.get("name") or ", ".join(words(route.get("paths"))) or "unnamed"
    return Route(address=f"route.{name}", document=document, part=route, plugins=plugins)


def _of(owner: Json, kind: str, loose: list[Json]) -> dict[str, Json]:
    """The plugins inside an owner, and those elsewhere that name it."""
    own = [plugin for plugin in _on(owner.get("plugins")) if not plugin.get("consumer")]
    names = {str(owner.get(key)) for key in ("name", "id") if owner.get(key)}
    own += [
        plugin
        for plugin in loose
        if plugin.get(kind) and _reference(plugin[kind]) in names and not plugin.get("consumer")
    ]
    return _named(own)


def _on(value: object) -> list[Json]:
    return [plugin for plugin in rows(value) if plugin.get("enabled") is not False]


def _named(plugins: list[Json]) -> dict[str, Json]:
    return {str(plugin.get("name")): table(plugin.get("config")) for plugin in plugins}


def _reference(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("username") or value.get("id") or "")
    return str(value or "")


def _ingresses(world: World) -> Iterator[Route]:
    everywhere = {
        str(plugin.data.get("plugin")): table(plugin.data.get("config"))
        for plugin in world.of("KongClusterPlugin", group="konghq.com")
        if str(plugin.labels.get("global")).lower() == "true"
    }
    kong_gateways = {
        resource.name
        for resource in world.of("Gateway", group="gateway.networking.k8s.io")
        if "kong" in str(resource.spec.get("gatewayClassName")).lower()
    }
    for resource in world.of("Ingress", "HTTPRoute", "GRPCRoute", "TCPIngress", "UDPIngress"):
        if resource.kind == "Ingress":
            chosen = resource.spec.get("ingressClassName") or resource.annotations.get(_CLASS)
            mine = "kong" in str(chosen).lower()
        else:
            parents = rows(resource.spec.get("parentRefs"))
            mine = any(str(parent.get("name")) in kong_gateways for parent in parents)
        if mine:
            plugins, whole = _annotated(world, resource)
            yield Route(
                address=resource.address,
                document=resource.document,
                part=resource.data,
                plugins={**everywhere, **plugins},
                whole=whole,
            )


def _annotated(world: World, resource: Resource) -> tuple[dict[str, Json], bool]:
    """The plugins that a route and the services behind it name."""
    wanted = list(_names(resource))
    behind = set(_backends(resource.spec))
    for service in world.beside(resource, "Service"):
        if service.name in behind:
            wanted += _names(service)
    found: dict[str, Json] = {}
    whole = True
    for name in wanted:
        plugin = _plugin(world, resource, name)
        if plugin is None:
            whole = False
        elif plugin.data.get("disabled") is not True:
            found[str(plugin.data.get("plugin"))] = table(plugin.data.get("config"))
    return found, whole


def _names(resource: Resource) -> Iterator[str]:
    for name in str(resource.annotations.get(_PLUGINS) or "").split(","):
        if name.strip():
            yield name.strip()


def _plugin(world: World, resource: Resource, name: str) -> Resource | None:
    for plugin in world.beside(resource, "KongPlugin", group="konghq.com"):
        if plugin.name == name:
            return plugin
    for plugin in world.of("KongClusterPlugin", group="konghq.com"):
        if plugin.name == name:
            return plugin
    return None


def _backends(spec: Json) -> Iterator[str]:
    for entry in rows(spec.get("rules")):
        for path in rows(table(entry.get("http")).get("paths")):
            backend: Any = table(path.get("backend"))
            yield str(table(backend.get("service")).get("name") or backend.get("serviceName") or "")
        for reference in rows(entry.get("backendRefs")):
            yield str(reference.get("name") or "")
