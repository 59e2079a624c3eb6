"""Kong's routes with the plugins that hold for each, from declarative files and from CRDs. Pure.

A plugin counts for a route if it is global, of its service, or its own, and switched on. One that
is bound to a consumer holds for that caller only, so it does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import replace

from scanner.engines.manifests.documents import Document
from scanner.engines.manifests.world import Json, Resource, World, rows, table, words
from scanner.model.values import Value

_CLASS = "kubernetes.io/ingress.class"
_PLUGINS = "konghq.com/plugins"
_TERMINATION = "request-termination"
# Whom a plugin is bound to: for everybody else it does not run.
_CALLERS = ("consumer", "consumer_group")
_PLACES = ("service", "route")
_UNKNOWN = "konghq.com/"


class Route(Value, kw_only=True):
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
        # Kong's tools read a folder as one configuration, so what a sibling declares counts.
        whole = _Declared.of(documents)
        for document in documents:
            for route in _declared(document, whole):
                yield replace(route, refused=whole.refused)
    yield from _ingresses(world)


class _Declared(Value, kw_only=True):
    """What the files of one folder declare together: services by name, plugins by whom they name.

    A plugin that names a service and a route holds where both do.
    """

    everywhere: Mapping[str, Json]
    services: Mapping[str, Json]
    loose: Mapping[tuple[str, str], list[Json]]
    refused: frozenset[str]

    @classmethod
    def of(cls, documents: list[Document]) -> _Declared:
        data = [table(document.data) for document in documents]
        plugins = [
            plugin
            for part in data
            for plugin in _on(part.get("plugins"))
            if not any(plugin.get(key) for key in _CALLERS)
        ]
        loose: dict[tuple[str, str], list[Json]] = {}
        for plugin in plugins:
            # The narrower place decides; whether the other fits as well is looked at there.
            kind = next((key for key in ("route", "service") if plugin.get(key)), None)
            if kind is not None:
                loose.setdefault((kind, _reference(plugin[kind])), []).append(plugin)
        return cls(
            everywhere=_named([p for p in plugins if not any(p.get(key) for key in _PLACES)]),
            services={
                str(row[key]): row
                for part in data
                for row in rows(part.get("services"))
                for key in ("id", "name")
                if row.get(key)
            },
            loose=loose,
            refused=frozenset(name for document in documents for name in _refused(document)),
        )


def _refused(document: Document) -> Iterator[str]:
    data = table(document.data)
    for plugin in _on(data.get("plugins")):
        if plugin.get("consumer") and plugin.get("name") == _TERMINATION:
            yield _reference(plugin["consumer"])
    for consumer in rows(data.get("consumers")):
        if any(plugin.get("name") == _TERMINATION for plugin in _on(consumer.get("plugins"))):
            yield from (str(consumer[key]) for key in ("username", "id") if consumer.get(key))


def _declared(document: Document, whole: _Declared) -> Iterator[Route]:
    data = table(document.data)
    for service in rows(data.get("services")):
        for route in rows(service.get("routes")):
            yield _route(document, route, _plugins(service, route, whole))
    for route in rows(data.get("routes")):
        service = whole.services.get(_reference(route.get("service")), {})
        yield _route(document, route, _plugins(service, route, whole))


def _plugins(service: Json, route: Json, whole: _Declared) -> dict[str, Json]:
    """The plugins that hold for a route: the narrower place's configuration of one wins."""
    names = _names_of(service)
    of_route = [
        plugin
        for plugin in _loose(route, "route", whole)
        if not plugin.get("service") or _reference(plugin["service"]) in names
    ]
    return {
        **whole.everywhere,
        **_named([*_own(service), *_loose(service, "service", whole)]),
        **_named([*_own(route), *of_route]),
    }


def _own(owner: Json) -> list[Json]:
    """The plugins written inside an owner, for every caller."""
    plugins = _on(owner.get("plugins"))
    return [plugin for plugin in plugins if not any(plugin.get(key) for key in _CALLERS)]


def _loose(owner: Json, kind: str, whole: _Declared) -> list[Json]:
    """The plugins elsewhere that name an owner."""
    return [p for name in sorted(_names_of(owner)) for p in whole.loose.get((kind, name), ())]


def _names_of(owner: Json) -> set[str]:
    return {str(owner.get(key)) for key in ("name", "id") if owner.get(key)}


def _route(document: Document, route: Json, plugins: Mapping[str, Json]) -> Route:
    name = route.get("name") or ", ".join(words(route.get("paths"))) or "unnamed"
    return Route(address=f"route.{name}", document=document, part=route, plugins=plugins)


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
        and plugin.data.get("disabled") is not True
        and not _bound(plugin)
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
    """The plugins that a route and the services behind it name, and whether all are known.

    Other annotations of Kong's bring plugins too: what is not known here could be any.
    """
    wanted = [*_names(resource), *_filters(resource.spec)]
    whole = not _extends(resource)
    for name in sorted(set(_backends(resource.spec))):
        for service in world.named("Service", name):
            if service.namespace == resource.namespace:
                wanted += _names(service)
                whole = whole and not _extends(service)
    found: dict[str, Json] = {}
    for name in wanted:
        plugin = _plugin(world, resource, name)
        if plugin is None:
            whole = False
        elif plugin.data.get("disabled") is not True and not _bound(plugin):
            found[str(plugin.data.get("plugin"))] = table(plugin.data.get("config"))
            # Its configuration may come out of a Secret, which is not to be read here.
            whole = whole and not plugin.data.get("configFrom")
    return found, whole


def _bound(plugin: Resource) -> bool:
    return any(plugin.data.get(key) for key in ("consumerRef", "consumer", "consumer_group"))


def _extends(resource: Resource) -> bool:
    """Whether an annotation that we do not know may bring a plugin."""
    for key in resource.annotations:
        name = str(key)
        if name.startswith(_UNKNOWN) and "plugin" in name and name != _PLUGINS:
            return True
        if name.startswith("plugins.konghq.com") or name.endswith(".plugin.konghq.com"):
            return True
    return False


def _filters(spec: Json) -> list[str]:
    """The plugins that every rule of an HTTPRoute names among its filters."""
    of_rules = [
        {
            str(table(entry.get("extensionRef")).get("name"))
            for entry in rows(rule.get("filters"))
            if table(entry.get("extensionRef")).get("kind") == "KongPlugin"
        }
        for rule in rows(spec.get("rules"))
    ]
    return sorted(set.intersection(*of_rules)) if of_rules else []


def _names(resource: Resource) -> Iterator[str]:
    for name in str(resource.annotations.get(_PLUGINS) or "").split(","):
        if name.strip():
            yield name.strip()


def _plugin(world: World, resource: Resource, name: str) -> Resource | None:
    # `namespace:name` is how a plugin of another namespace is named.
    space, _, plain = name.rpartition(":")
    for plugin in world.named("KongPlugin", plain, group="konghq.com"):
        if plugin.namespace == (space or resource.namespace):
            return plugin
    return next(world.named("KongClusterPlugin", plain, group="konghq.com"), None)


def _backends(spec: Json) -> Iterator[str]:
    for entry in rows(spec.get("rules")):
        for path in rows(table(entry.get("http")).get("paths")):
            backend: Any = table(path.get("backend"))
            yield str(table(backend.get("service")).get("name") or backend.get("serviceName") or "")
        for reference in rows(entry.get("backendRefs")):
            yield str(reference.get("name") or "")
