"""Istio: gateways, routes and the connections behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.engines.manifests.policy import Hit, Policy, hit, rule
from scanner.engines.manifests.world import Json, World, at, rows, table, words
from scanner.model.severity import Severity

_DOCS = "https://istio.io/latest/docs/reference/config/networking/"
_INSIDE = re.compile(r"(?:^|[-_.\s])(?:local|internal|private|egress\w*)(?:$|[-_.\s])")
_ANY_ORIGIN = {".*", "^.*$", ".+", "*", "https?://.*", "http.*", "https://.*"}


def _tls_off(world: World) -> Iterator[Hit]:
    for resource in world.of("DestinationRule", group="istio.io"):
        for policy in _policies(resource.spec):
            tls = table(policy.get("tls"))
            if str(tls.get("mode")).upper() == "DISABLE":
                yield hit(resource, "TLS to the destination is switched off", tls)
            elif tls.get("insecureSkipVerify") is True:
                yield hit(resource, "the destination's certificate is not verified", tls)


def _policies(spec: Json) -> Iterator[Json]:
    whole = table(spec.get("trafficPolicy"))
    for policy in (whole, *(table(row.get("trafficPolicy")) for row in rows(spec.get("subsets")))):
        yield policy
        yield from rows(policy.get("portLevelSettings"))


def _gateway_clear(world: World) -> Iterator[Hit]:
    for resource in world.of("Gateway", group="networking.istio.io"):
        chosen = " ".join([resource.name, *map(str, table(resource.spec.get("selector")).values())])
        if _INSIDE.search(chosen):
            continue  # inside the cluster, where mutual TLS is the mesh's matter
        for server in rows(resource.spec.get("servers")):
            protocol = str(at(server, "port.protocol")).upper()
            redirects = at(server, "tls.httpsRedirect") is True
            if protocol in ("HTTP", "HTTP2", "GRPC", "GRPC-WEB") and not redirects:
                said = f"port {at(server, 'port.number')} serves {protocol} without TLS or redirect"
                yield hit(resource, said, server)


def _cors(world: World) -> Iterator[Hit]:
    for resource in world.of("VirtualService", group="istio.io"):
        for route in rows(resource.spec.get("http")):
            policy = table(route.get("corsPolicy"))
            origins = words(policy.get("allowOrigin"))
            for match in rows(policy.get("allowOrigins")):
                origins += [
                    str(value) if key != "prefix" else f"{value}*" for key, value in match.items()
                ]
            if set(origins) & (_ANY_ORIGIN | {"http*", "https*", "https://*", "http://*"}):
                yield hit(resource, "CORS allows every origin", policy)


POLICIES = (
    Policy(
        judge=_tls_off,
        rule=rule(
            "istio-destination-without-tls",
            "Mesh calls a destination without TLS, or any that answers",
            severity=Severity.MEDIUM,
            cwe=("CWE-319", "CWE-295"),
            owasp=("API8:2023", "API10:2023"),
            controls=("TLS-1", "MTLS-1"),
            rationale="DISABLE takes the mesh's encryption and identity away for this destination; "
            "without verification whoever answers is believed.",
            remediation="""
Use the mesh's certificates inside, and verify outside:

    trafficPolicy:
      tls: {mode: ISTIO_MUTUAL}
""",
            references=(_DOCS + "destination-rule/",),
        ),
    ),
    Policy(
        judge=_gateway_clear,
        rule=rule(
            "istio-gateway-in-clear",
            "Gateway serves the model over http",
            severity=Severity.HIGH,
            cwe=("CWE-319",),
            owasp=("API8:2023",),
            controls=("TLS-1",),
            rationale="Prompts, answers and API keys go over the network for everyone to read.",
            remediation="""
Serve TLS, and only redirect on the port in clear:

    servers:
      - port: {number: 443, name: https, protocol: HTTPS}
        tls: {mode: SIMPLE, credentialName: model-cert}
        hosts: [models.example.com]
      - port: {number: 80, name: http, protocol: HTTP}
        tls: {httpsRedirect: true}
        hosts: [models.example.com]
""",
            references=(_DOCS + "gateway/",),
        ),
    ),
    Policy(
        judge=_cors,
        rule=rule(
            "istio-route-allows-any-origin",
            "Route lets every web site call the model",
            severity=Severity.MEDIUM,
            cwe=("CWE-942",),
            owasp=("API8:2023",),
            controls=("CORS-1",),
            rationale="With every origin allowed, any page that a user visits can call the "
            "endpoint from that user's browser and read the answers.",
            remediation="""
Name your own front end:

    corsPolicy:
      allowOrigins:
        - exact: https://app.example.com
""",
            references=(_DOCS + "virtual-service/",),
        ),
    ),
)
