"""Gateway API, and Envoy Gateway's policies for its routes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.engines.manifests.attached import Policies
from scanner.engines.manifests.policy import Hit, Policy, hit, rule
from scanner.engines.manifests.world import Resource, World, at, rows, table, words
from scanner.model.severity import Severity

_API = "gateway.networking.k8s.io"
_ENVOY = "gateway.envoyproxy.io"
_DOCS = "https://gateway.envoyproxy.io/docs/tasks/security/"
_INTERNAL = re.compile(r"internal|-rilb", re.IGNORECASE)
_PLACED = re.compile(r"load-?balancer|networking\.gke\.io|lb[-_.]|scheme", re.IGNORECASE)
_AUTH = ("jwt", "oidc", "basicAuth", "apiKeyAuth", "extAuth")


def _clear(world: World) -> Iterator[Hit]:
    redirecting = set()
    for route in world.of("HTTPRoute", group=_API):
        filters = [f for entry in rows(route.spec.get("rules")) for f in rows(entry.get("filters"))]
        if any(at(f, "requestRedirect.scheme") == "https" for f in filters):
            redirecting |= {(p.get("name"), p.get("sectionName")) for p in _parents(route)}
    for gateway in world.of("Gateway", group=_API):
        # Where a load balancer is placed; other annotations name issuers, owners and the like.
        told = [v for key, v in gateway.annotations.items() if _PLACED.search(str(key))]
        chosen = (gateway.name, gateway.spec.get("gatewayClassName"), *told)
        if any(_INTERNAL.search(str(word)) for word in chosen):
            continue
        for listener in rows(gateway.spec.get("listeners")):
            ways = {(gateway.name, None), (gateway.name, listener.get("name"))}
            if listener.get("protocol") == "HTTP" and not ways & redirecting:
                said = f"listener {listener.get('name')} serves HTTP, and no route redirects it"
                yield hit(gateway, said, listener)


def _no_auth(world: World) -> Iterator[Hit]:
    policies = Policies.of(world, "SecurityPolicy")
    for route in _envoy_routes(world):
        if not policies.hold(route, _asks_who):
            yield hit(route, "no SecurityPolicy for it or its gateway asks for credentials")


def _asks_who(policy: Resource) -> bool:
    asked = [key for key in _AUTH if policy.spec.get(key)]
    if asked == ["jwt"] and at(policy.spec, "jwt.optional") is True:
        # Who brings none goes on, unless he is turned away for having no claims.
        return str(at(policy.spec, "authorization.defaultAction")) == "Deny"
    return bool(asked)


def _no_rate(world: World) -> Iterator[Hit]:
    policies = Policies.of(world, "BackendTrafficPolicy")
    for route in _envoy_routes(world):
        if not policies.hold(route, lambda policy: bool(policy.spec.get("rateLimit"))):
            yield hit(route, "no BackendTrafficPolicy for it or its gateway limits its requests")


def _token(world: World) -> Iterator[Hit]:
    for policy in world.of("SecurityPolicy", group=_ENVOY):
        for provider in rows(at(policy.spec, "jwt.providers")):
            for key in ("issuer", "audiences"):
                if not provider.get(key):
                    said = f"JWT provider {provider.get('name')} checks no {key}"
                    yield hit(policy, said, provider)
                    break


def _cors(world: World) -> Iterator[Hit]:
    for policy in world.of("SecurityPolicy", group=_ENVOY):
        cors = table(policy.spec.get("cors"))
        if set(words(cors.get("allowOrigins"))) & {"*", "https://*", "http://*"}:
            yield hit(policy, "CORS allows every origin", cors)


def _envoy_routes(world: World) -> Iterator[Resource]:
    """The routes whose gateway is Envoy Gateway's, by its class or by the class's controller."""
    classes = {
        resource.name
        for resource in world.of("GatewayClass", group=_API)
        if _ENVOY in str(resource.spec.get("controllerName"))
    } | {"eg", "envoy-gateway"}
    gateways = {
        (resource.namespace, resource.name)
        for resource in world.of("Gateway", group=_API)
        if resource.spec.get("gatewayClassName") in classes
    }
    for route in world.of("HTTPRoute", "GRPCRoute", "AIGatewayRoute"):
        for parent in _parents(route):
            place = str(parent.get("namespace") or route.namespace)
            if (place, str(parent.get("name"))) in gateways and not _only_redirects(route):
                yield route
                break


def _only_redirects(route: Resource) -> bool:
    entries = rows(route.spec.get("rules"))
    return bool(entries) and not any(rows(entry.get("backendRefs")) for entry in entries)


def _parents(route: Resource) -> list[dict[str, object]]:
    return [dict(row) for row in rows(route.spec.get("parentRefs"))]


POLICIES = (
    Policy(
        judge=_clear,
        rule=rule(
            "gateway-listener-in-clear",
            "Gateway serves over http and does not redirect",
            severity=Severity.MEDIUM,
            cwe=("CWE-319",),
            owasp=("API8:2023",),
            controls=("TLS-1",),
            rationale="Prompts, answers and API keys go over the network for everyone to read.",
            remediation="""
Serve TLS; a listener in clear only redirects:

    listeners:
      - name: https
        protocol: HTTPS
        port: 443
        tls:
          certificateRefs: [{name: models-cert}]
""",
            references=("https://gateway-api.sigs.k8s.io/guides/tls/",),
        ),
    ),
    Policy(
        judge=_no_auth,
        rule=rule(
            "envoy-route-without-auth",
            "Envoy Gateway lets anyone call this route",
            severity=Severity.HIGH,
            cwe=("CWE-306",),
            owasp=("API2:2023",),
            controls=("AUTHN-1",),
            rationale="Nothing on the way to the model asks who is calling.",
            remediation="""
Ask for a token on the gateway, so that no route is forgotten:

    kind: SecurityPolicy
    spec:
      targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: models}]
      jwt:
        providers:
          - name: login
            issuer: https://login.example.com
            audiences: [model-endpoint]
            remoteJWKS: {uri: https://login.example.com/jwks.json}
""",
            references=(_DOCS + "jwt-authentication/",),
        ),
    ),
    Policy(
        judge=_no_rate,
        rule=rule(
            "envoy-route-without-rate-limit",
            "Envoy Gateway passes any number of requests to the model",
            severity=Severity.MEDIUM,
            cwe=("CWE-770",),
            owasp=("API4:2023", "LLM10:2025"),
            controls=("RATE-1", "COST-1"),
            rationale="One caller can take the whole capacity and run up the cost of the model.",
            remediation="""
Limit requests, or tokens, on the route:

    kind: BackendTrafficPolicy
    spec:
      targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: model}]
      rateLimit:
        global:
          rules: [{limit: {requests: 60, unit: Minute}}]
""",
            references=("https://gateway.envoyproxy.io/docs/tasks/traffic/global-rate-limit/",),
        ),
    ),
    Policy(
        judge=_token,
        rule=rule(
            "envoy-token-checks-incomplete",
            "Envoy Gateway takes tokens that were issued for others",
            severity=Severity.MEDIUM,
            cwe=("CWE-345",),
            owasp=("API2:2023",),
            controls=("AUTHN-2",),
            rationale="Without issuer and audience every token that the keys verify is good.",
            remediation="""
Name both:

    jwt:
      providers:
        - name: login
          issuer: https://login.example.com
          audiences: [model-endpoint]
""",
            references=(_DOCS + "jwt-authentication/",),
        ),
    ),
    Policy(
        judge=_cors,
        rule=rule(
            "envoy-allows-any-origin",
            "Envoy Gateway lets every web site call the model",
            severity=Severity.MEDIUM,
            cwe=("CWE-942",),
            owasp=("API8:2023",),
            controls=("CORS-1",),
            rationale="Any page that a user visits can call the endpoint from that user's browser.",
            remediation="""
Name your own front end:

    cors:
      allowOrigins: ["https://app.example.com"]
""",
            references=(_DOCS + "cors/",),
        ),
    ),
)
