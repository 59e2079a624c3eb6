"""Ways from outside to a model server: services, and the ingress in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.engines.manifests.pods import serving_names, serving_pods
from scanner.engines.manifests.policy import Hit, Policy, hit, rule
from scanner.engines.manifests.world import Json, Resource, World, at, rows, table
from scanner.model.severity import Confidence, Severity

_NGINX = "nginx.ingress.kubernetes.io/"
_DOCS = "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/"
_PORTS = {
    5000: "MLflow",
    7070: "TorchServe",
    7071: "TorchServe management",
    8000: "vLLM, Triton or Ray Serve",
    8001: "Triton",
    8081: "TorchServe management",
    8265: "Ray dashboard",
    8500: "TensorFlow Serving",
    8501: "TensorFlow Serving",
    10001: "Ray client",
    11434: "Ollama",
    30000: "SGLang",
}
_INTERNAL = re.compile(r"internal|private", re.IGNORECASE)
# Other annotations say "private" and "internal" of keys, issuers and owners.
_PLACED = re.compile(r"load-?balancer|networking\.gke\.io|\blb\b|scheme|vpc", re.IGNORECASE)
_OUTSIDE = ("false", "internet-facing")
_MADE = re.compile(r"-predictor|-default|-(?:head|serve)-svc$")
_AUTH = ("auth-url", "auth-type", "auth-tls-secret", "auth-signin")
_RATE = ("limit-rps", "limit-rpm", "limit-connections", "global-rate-limit")
_WAF = ("enable-modsecurity", "enable-owasp-core-rules", "modsecurity-snippet")


def _service(world: World) -> Iterator[Hit]:
    for service in world.of("Service"):
        kind = service.spec.get("type")
        if kind != "LoadBalancer" or _is_internal(service):
            continue
        if not _targets_server(world, service):
            continue
        for port in rows(service.spec.get("ports")):
            number = _reached(world, service, port)
            if number is not None:
                server = _PORTS.get(number, "a model server") if isinstance(number, int) else number
                yield hit(
                    service, f"port {port.get('port')} ({server}) is on a load balancer", port
                )
                break
    for cluster in world.of("RayCluster", "RayService", "RayJob", group="ray.io"):
        for path in (
            "headGroupSpec",
            "rayClusterConfig.headGroupSpec",
            "rayClusterSpec.headGroupSpec",
        ):
            head = table(at(cluster.spec, path))
            if head.get("serviceType") in ("LoadBalancer", "NodePort"):
                yield hit(cluster, f"Ray's head is on a {head['serviceType']}", head)


def _reached(world: World, service: Resource, port: Json) -> int | str | None:
    """The port of a model server that a service's port leads to; None where it is a sidecar's.

    A proxy beside the server has the port declared as its own, by number or by name.
    """
    wanted = port.get("targetPort", port.get("port"))
    selector = table(service.spec.get("selector"))
    for pod in serving_pods(world, service.namespace, selector):
        for container in pod.containers():
            for row in rows(container.get("ports")):
                if wanted in (row.get("containerPort"), row.get("name")):
                    number = row.get("containerPort")
                    return number if pod.serves(container) and isinstance(number, int) else None
    return wanted if isinstance(wanted, int | str) else None


def _is_internal(service: Resource) -> bool:
    marked = any(
        _PLACED.search(str(key))
        and (
            str(value).lower() in ("internal", "private")
            or (_INTERNAL.search(str(key)) and str(value).lower() not in _OUTSIDE)
        )
        for key, value in service.annotations.items()
    )
    ranges = service.spec.get("loadBalancerSourceRanges")
    narrow = isinstance(ranges, list) and bool(ranges) and "0.0.0.0/0" not in ranges
    return marked or narrow


def _targets_server(world: World, service: Resource) -> bool:
    selector = table(service.spec.get("selector"))
    if not selector:
        return False
    if any(str(key).startswith(("ray.io/", "serving.kserve.io/")) for key in selector):
        return True
    return any(True for _ in serving_pods(world, service.namespace, selector))


def _model_ingresses(world: World) -> Iterator[Resource]:
    """The nginx ingresses that lead to a model server of these files."""
    for ingress in world.of("Ingress", group="networking.k8s.io"):
        chosen = ingress.spec.get("ingressClassName") or ingress.annotations.get(
            "kubernetes.io/ingress.class"
        )
        mine = "nginx" in str(chosen) or any(
            str(key).startswith(_NGINX) for key in ingress.annotations
        )
        passed_on = str(ingress.annotations.get(_NGINX + "ssl-passthrough")).lower() == "true"
        if (
            mine
            and not passed_on
            and any(_leads_to_server(world, ingress, name) for name in _backends(ingress))
        ):
            yield ingress


def _backends(ingress: Resource) -> Iterator[str]:
    default = at(ingress.spec, "defaultBackend.service.name")
    if default:
        yield str(default)
    for entry in rows(ingress.spec.get("rules")):
        for path in rows(at(entry, "http.paths")):
            yield str(at(path, "backend.service.name") or "")


def _leads_to_server(world: World, ingress: Resource, name: str) -> bool:
    for service in world.named("Service", name):
        if service.namespace == ingress.namespace:
            return _targets_server(world, service)
    # Operators make the services of their objects, with the object's name in front.
    owners = [name, *(name[: found.start()] for found in _MADE.finditer(name))]
    return any((ingress.namespace, owner) in serving_names(world) for owner in owners)


def _annotated(ingress: Resource, names: tuple[str, ...]) -> bool:
    return any(
        str(key).startswith(_NGINX)
        and str(key).removeprefix(_NGINX).startswith(names)
        and str(value).lower() not in ("", "false", "0")
        for key, value in ingress.annotations.items()
    )


def _no_auth(world: World) -> Iterator[Hit]:
    for ingress in _model_ingresses(world):
        if not _annotated(ingress, _AUTH):
            yield hit(ingress, "no annotation asks for authentication")


def _no_rate(world: World) -> Iterator[Hit]:
    for ingress in _model_ingresses(world):
        if not _annotated(ingress, _RATE):
            yield hit(ingress, "no annotation limits its requests")


def _no_waf(world: World) -> Iterator[Hit]:
    for ingress in _model_ingresses(world):
        if not _annotated(ingress, _WAF):
            yield hit(ingress, "no annotation switches ModSecurity on")


def _no_tls(world: World) -> Iterator[Hit]:
    for ingress in _model_ingresses(world):
        if not rows(ingress.spec.get("tls")):
            yield hit(ingress, "it has no tls section")


POLICIES = (
    Policy(
        judge=_service,
        rule=rule(
            "model-server-on-load-balancer",
            "Model server is on the internet without a gateway",
            severity=Severity.HIGH,
            cwe=("CWE-668", "CWE-306"),
            owasp=("API2:2023", "API8:2023"),
            controls=("NET-1", "AUTHN-1"),
            rationale="Model servers answer whoever calls. On a load balancer of its own, nothing "
            "in front authenticates, limits or logs; Ray's head runs code for its callers.",
            remediation="""
Keep the service inside, and publish it through the gateway:

    spec:
      type: ClusterIP
""",
        ),
    ),
    Policy(
        judge=_no_auth,
        rule=rule(
            "model-ingress-without-auth",
            "Ingress lets anyone call the model",
            severity=Severity.MEDIUM,
            confidence=Confidence.TENTATIVE,
            cwe=("CWE-306",),
            owasp=("API2:2023",),
            controls=("AUTHN-1",),
            rationale="The ingress asks for nothing, and model servers seldom do.",
            remediation="""
Ask an authentication service about each request:

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/auth-url: https://auth.example.com/verify
""",
            references=(_DOCS,),
        ),
    ),
    Policy(
        judge=_no_rate,
        rule=rule(
            "model-ingress-without-rate-limit",
            "Ingress passes any number of requests to the model",
            severity=Severity.MEDIUM,
            cwe=("CWE-770",),
            owasp=("API4:2023", "LLM10:2025"),
            controls=("RATE-1",),
            rationale="One caller can take the whole capacity and run up the cost of the model.",
            remediation="""
Limit each client address:

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/limit-rps: "5"
""",
            references=(_DOCS,),
        ),
    ),
    Policy(
        judge=_no_waf,
        rule=rule(
            "model-ingress-without-waf",
            "Ingress to the model has no web application firewall",
            severity=Severity.LOW,
            cwe=("CWE-693",),
            owasp=("API8:2023",),
            controls=("INPUT-1",),
            rationale="Known attacks on the server's HTTP layer reach it unseen.",
            remediation="""
Switch ModSecurity and the core rule set on:

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/enable-modsecurity: "true"
        nginx.ingress.kubernetes.io/enable-owasp-core-rules: "true"
""",
            references=(_DOCS,),
        ),
    ),
    Policy(
        judge=_no_tls,
        rule=rule(
            "model-ingress-in-clear",
            "Ingress serves the model over http",
            severity=Severity.HIGH,
            cwe=("CWE-319",),
            owasp=("API8:2023",),
            controls=("TLS-1",),
            rationale="Prompts, answers and API keys go over the network for everyone to read.",
            remediation="""
Give it a certificate:

    spec:
      tls:
        - hosts: [models.example.com]
          secretName: models-tls
""",
            references=("https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",),
        ),
    ),
)
