"""Which of Envoy Gateway's policies holds for a route. Pure.

The narrowest one holds alone: a policy of the route's replaces that of its gateway, unless it says
that it is to be merged. A policy reaches what is in its own namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scanner.engines.manifests.world import Json, Resource, World, rows, selects, table
from scanner.model.values import Value

_GROUP = "gateway.envoyproxy.io"
Wanted = Callable[[Resource], bool]


class _Attached(Value, kw_only=True):
    """A policy, and the section (listener or rule) that it is limited to, empty for the whole."""

    policy: Resource
    section: str = ""


class Policies(Value, kw_only=True):
    """The policies of one kind, by namespace, kind and name of what they name."""

    named: dict[tuple[str, str, str], list[_Attached]]
    selecting: dict[tuple[str, str], list[tuple[Json, Resource]]]

    @classmethod
    def of(cls, world: World, kind: str) -> Policies:
        """Those of a world."""
        named: dict[tuple[str, str, str], list[_Attached]] = {}
        selecting: dict[tuple[str, str], list[tuple[Json, Resource]]] = {}
        for policy in world.of(kind, group=_GROUP):
            for target in (
                *rows(policy.spec.get("targetRefs")),
                table(policy.spec.get("targetRef")),
            ):
                place = (policy.namespace, str(target.get("kind")), str(target.get("name")))
                section = str(target.get("sectionName") or "")
                named.setdefault(place, []).append(_Attached(policy=policy, section=section))
            for selector in rows(policy.spec.get("targetSelectors")):
                chosen = (policy.namespace, str(selector.get("kind")))
                selecting.setdefault(chosen, []).append((selector, policy))
        return cls(named=named, selecting=selecting)

    def hold(self, route: Resource, wanted: Wanted) -> bool:
        """Whether a policy that is `wanted` holds for every way through a route."""
        own = list(self._of(route))
        whole = [one.policy for one in own if not one.section]
        through_gateways = self._at_gateways(route, wanted)
        if whole:
            merged = any(policy.spec.get("mergeType") for policy in whole)
            return any(map(wanted, whole)) or (merged and through_gateways)
        parts = {one.section: wanted(one.policy) for one in own}
        rules = [str(rule.get("name") or "") for rule in rows(route.spec.get("rules"))]
        return bool(rules or through_gateways) and all(
            parts.get(rule, through_gateways) for rule in rules
        )

    def _of(self, route: Resource) -> Iterator[_Attached]:
        # An AIGatewayRoute becomes an HTTPRoute of its name.
        for kind in {route.kind, "HTTPRoute"} if route.kind == "AIGatewayRoute" else {route.kind}:
            yield from self.named.get((route.namespace, kind, route.name), ())
            for selector, policy in self.selecting.get((route.namespace, kind), ()):
                if _selected(selector, route):
                    yield _Attached(policy=policy)

    def _at_gateways(self, route: Resource, wanted: Wanted) -> bool:
        parents = rows(route.spec.get("parentRefs"))
        return bool(parents) and all(self._at_gateway(route, parent, wanted) for parent in parents)

    def _at_gateway(self, route: Resource, parent: Json, wanted: Wanted) -> bool:
        space = str(parent.get("namespace") or route.namespace)
        found = self.named.get((space, "Gateway", str(parent.get("name"))), [])
        listener = str(parent.get("sectionName") or "")
        narrow = [one.policy for one in found if one.section and one.section == listener]
        if narrow:
            return any(map(wanted, narrow))
        # Whether a selector chooses the gateway, only its labels tell, which may be elsewhere.
        chosen = [policy for _, policy in self.selecting.get((space, "Gateway"), ())]
        return any(map(wanted, [*(one.policy for one in found if not one.section), *chosen]))


def _selected(selector: Json, route: Resource) -> bool:
    labels: Any = {
        key: selector[key] for key in ("matchLabels", "matchExpressions") if key in selector
    }
    return selects(labels, route.labels) is not False
