"""Kong: every route to the model authenticates, limits and logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanner.engines.manifests.kong_config import Route, routes
from scanner.engines.manifests.pods import environment, pods
from scanner.engines.manifests.policy import Hit, Judge, Policy, hit, rule
from scanner.engines.manifests.world import Json, World, rows, words
from scanner.model.severity import Severity

_DOCS = "https://developer.konghq.com/plugins/"
_AUTH = frozenset(
    {"key-auth", "key-auth-enc", "jwt", "basic-auth", "oauth2", "oauth2-introspection"}
    | {"openid-connect", "hmac-auth", "ldap-auth", "ldap-auth-advanced", "mtls-auth"}
    | {"jwt-signer", "saml", "header-cert-auth", "vault-auth", "ai-mcp-oauth2", "opa"}
)
_RATE = frozenset(
    {"rate-limiting", "rate-limiting-advanced", "ai-rate-limiting-advanced"}
    | {"graphql-rate-limiting-advanced", "response-ratelimiting", "service-protection"}
)
_SIZE = frozenset({"request-size-limiting"})
_LOG = frozenset(
    {"http-log", "file-log", "tcp-log", "udp-log", "syslog", "kafka-log", "loggly", "datadog"}
    | {"opentelemetry", "zipkin", "statsd", "tcp-log", "solace-log", "confluent"}
)
# Answers without asking anything behind it.
_ENDS = frozenset({"request-termination", "mocking", "redirect"})


def _lacks(kinds: frozenset[str], said: str) -> Judge:
    def judge(world: World) -> Iterator[Hit]:
        for route in routes(world):
            names = set(route.plugins)
            if route.whole and not names & kinds and not names & _ENDS:
                yield _hit(route, said)

    return judge


def _anonymous(world: World) -> Iterator[Hit]:
    for route in routes(world):
        asked = {name: conf for name, conf in route.plugins.items() if name in _AUTH}
        open_to = [
            name
            for name, conf in asked.items()
            if conf.get("anonymous") and str(conf["anonymous"]) not in route.refused
        ]
        # With several methods each lets the others' callers through; one without ends that.
        closed = [name for name, conf in asked.items() if not conf.get("anonymous")]
        if open_to and not closed and "request-termination" not in route.plugins:
            yield _hit(route, f"{open_to[0]} lets callers without credentials in as anonymous")


def _token(world: World) -> Iterator[Hit]:
    for route in routes(world):
        given = route.plugins.get("jwt")
        if given is not None and "exp" not in words(given.get("claims_to_verify")):
            yield _hit(route, "jwt takes tokens that have expired (claims_to_verify has no exp)")
        given = route.plugins.get("openid-connect")
        if given is not None:
            asked = ("audience_required", "audience", "scopes_required", "audience_claim")
            if not any(given.get(key) for key in asked) and not words(given.get("issuers_allowed")):
                yield _hit(route, "openid-connect asks for no audience and no scope")


def _cors(world: World) -> Iterator[Hit]:
    for route in routes(world):
        given = route.plugins.get("cors")
        if given is None:
            continue
        origins = words(given.get("origins"))
        # Without `origins` every one is allowed, which matters where credentials are.
        if "*" in origins or (not origins and given.get("credentials") is True):
            yield _hit(route, "cors allows every origin")


def _admin(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        for container in pod.containers():
            given = {str(row.get("name")): row for row in environment(container)}
            row = given.get("KONG_ADMIN_LISTEN")
            if row is not None and _open(str(row["value"])) and not _guarded(given):
                yield hit(pod.owner, f"the admin API listens on {row['value']}", row)
    for service in world.of("Service"):
        kind = service.spec.get("type")
        for port in rows(service.spec.get("ports")) if kind in ("LoadBalancer", "NodePort") else []:
            if "admin" in str(port.get("name")) and port.get("port") in (8001, 8444):
                yield hit(service, f"port {port['port']} of Kong's admin API is outside", port)


def _open(listen: str) -> bool:
    """Whether the admin API listens beyond its pod; TLS hides what is said, and asks nobody."""
    return any(part.strip().startswith(("0.0.0.0:", "[::]:")) for part in listen.split(","))


def _guarded(given: Mapping[str, Json]) -> bool:
    """Whether callers of the admin API need a certificate or a token."""
    asked = ("KONG_NGINX_ADMIN_SSL_VERIFY_CLIENT", "KONG_ENFORCE_RBAC")
    return any(
        str(given[name]["value"]).lower() in ("on", "true", "both")
        for name in asked
        if name in given
    )


def _hit(route: Route, said: str) -> Hit:
    return Hit(address=route.address, document=route.document, part=route.part, said=said)


def _policy(judge: Callable[[World], Iterator[Hit]], name: str, title: str, **rest: Any) -> Policy:  # noqa: ANN401 - `rule` checks them
    return Policy(judge=judge, rule=rule(name, title, **rest))


POLICIES = (
    _policy(
        _lacks(_AUTH, "no authentication plugin, of its own, of its service or global"),
        "kong-route-without-auth",
        "Kong lets anyone call this route",
        severity=Severity.HIGH,
        cwe=("CWE-306",),
        owasp=("API2:2023",),
        controls=("AUTHN-1",),
        rationale="Nothing on the way to the model asks who is calling. If the model server does "
        "not either, the endpoint is open.",
        remediation="""
Ask for a token on the service, so that no route is forgotten:

    plugins:
      - name: openid-connect
        config:
          issuer: https://login.example.com
          audience_required: [model-endpoint]
""",
        references=(_DOCS,),
    ),
    _policy(
        _anonymous,
        "kong-route-lets-anonymous-in",
        "Kong lets callers without credentials in as anonymous",
        severity=Severity.HIGH,
        cwe=("CWE-306",),
        owasp=("API2:2023",),
        controls=("AUTHN-1",),
        rationale="With `anonymous` set, a request without credentials goes on under that "
        "consumer instead of being refused.",
        remediation="""
Leave `anonymous` out, or end its requests:

    consumers:
      - username: anonymous
        plugins:
          - name: request-termination
            config: {status_code: 401}
""",
        references=(_DOCS,),
    ),
    _policy(
        _lacks(_RATE, "no rate limit, of its own, of its service or global"),
        "kong-route-without-rate-limit",
        "Kong passes any number of requests to the model",
        severity=Severity.MEDIUM,
        cwe=("CWE-770",),
        owasp=("API4:2023", "LLM10:2025"),
        controls=("RATE-1", "COST-1"),
        rationale="One caller can take the whole capacity and run up the cost of the model.",
        remediation="""
Limit each consumer:

    plugins:
      - name: rate-limiting
        config: {minute: 60, limit_by: consumer, policy: local}
""",
        references=(_DOCS + "rate-limiting/",),
    ),
    _policy(
        _lacks(_SIZE, "no limit of the request's size"),
        "kong-route-without-size-limit",
        "Kong passes requests of any size to the model",
        severity=Severity.LOW,
        cwe=("CWE-770",),
        owasp=("API4:2023",),
        controls=("SIZE-1",),
        rationale="A body of hundreds of megabytes costs the model server memory and time before "
        "it can refuse it.",
        remediation="""
Bound the body:

    plugins:
      - name: request-size-limiting
        config: {allowed_payload_size: 4, size_unit: megabytes}
""",
        references=(_DOCS + "request-size-limiting/",),
    ),
    _policy(
        _lacks(_LOG, "no plugin that logs its requests"),
        "kong-route-without-logging",
        "Kong keeps no record of calls to the model",
        severity=Severity.LOW,
        cwe=("CWE-778",),
        owasp=("API10:2023",),
        controls=("LOG-1",),
        rationale="Without a log that leaves the gateway, nobody can tell who called the model.",
        remediation="""
Send a record of each request somewhere safe:

    plugins:
      - name: http-log
        config: {http_endpoint: https://logs.example.com/kong}
""",
        references=(_DOCS + "http-log/",),
    ),
    _policy(
        _token,
        "kong-token-checks-incomplete",
        "Kong takes tokens that are expired or meant for others",
        severity=Severity.MEDIUM,
        cwe=("CWE-613", "CWE-345"),
        owasp=("API2:2023",),
        controls=("AUTHN-2",),
        rationale="The jwt plugin checks the signature only, unless it is told to verify claims; "
        "openid-connect takes every token of the issuer, unless an audience or scope is required.",
        remediation="""
Have the claims checked:

    plugins:
      - name: jwt
        config: {claims_to_verify: [exp, nbf], maximum_expiration: 3600}
""",
        references=(_DOCS + "jwt/",),
    ),
    _policy(
        _cors,
        "kong-route-allows-any-origin",
        "Kong lets every web site call the model",
        severity=Severity.MEDIUM,
        cwe=("CWE-942",),
        owasp=("API8:2023",),
        controls=("CORS-1",),
        rationale="Any page that a user visits can call the endpoint from that user's browser.",
        remediation="""
Name your own front end:

    plugins:
      - name: cors
        config: {origins: [https://app.example.com]}
""",
        references=(_DOCS + "cors/",),
    ),
    _policy(
        _admin,
        "kong-admin-api-open",
        "Kong's admin API listens to the network",
        severity=Severity.CRITICAL,
        cwe=("CWE-306", "CWE-749"),
        owasp=("API5:2023", "API8:2023"),
        controls=("AUTHZ-3", "DEBUG-1"),
        rationale="The open-source admin API has no authentication: who reaches it turns every "
        "plugin off and sends the traffic elsewhere.",
        remediation="""
Listen inside the pod only:

    env:
      - {name: KONG_ADMIN_LISTEN, value: "127.0.0.1:8444 ssl"}
""",
        references=("https://developer.konghq.com/gateway/secure-the-admin-api/",),
    ),
)
