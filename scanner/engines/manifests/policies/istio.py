"""Istio: who may call, with which proof, over which kind of connection."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.engines.manifests.pods import chooses, exposed
from scanner.engines.manifests.policy import Hit, Policy, hit, rule
from scanner.engines.manifests.world import Json, Resource, World, at, rows, table, words
from scanner.model.severity import Confidence, Severity

_DOCS = "https://istio.io/latest/docs/reference/config/security/"
_ROOT = "istio-system"
_ANYWHERE = ("*", "/*")


def _mtls(world: World) -> Iterator[Hit]:
    for resource in world.of("PeerAuthentication", group="istio.io"):
        mode = at(resource.spec, "mtls.mode")
        # Without a mode of its own it takes that of the namespace or the mesh.
        if str(mode).upper() in ("PERMISSIVE", "DISABLE"):
            said = f"mTLS is {str(mode).upper()}: calls in clear text are taken"
            yield hit(resource, said, resource.spec.get("mtls"))


def _allows_all(world: World) -> Iterator[Hit]:
    for resource in world.of("AuthorizationPolicy", group="istio.io"):
        if str(resource.spec.get("action", "ALLOW")).upper() != "ALLOW":
            continue
        given = resource.spec.get("rules")
        for entry in given if isinstance(given, list) else []:
            if entry is None or (isinstance(entry, dict) and _lets_anyone(entry)):
                yield hit(resource, "a rule without conditions lets every caller in", entry)
                break


def _lets_anyone(entry: Json) -> bool:
    """Whether a rule asks nothing of the caller and nothing of the operation."""
    if rows(entry.get("when")) or any(table(row.get("source")) for row in rows(entry.get("from"))):
        return False
    operations = [table(row.get("operation")) for row in rows(entry.get("to"))]
    if not operations:
        return True
    return any(
        not operation
        or (set(operation) == {"paths"} and set(words(operation["paths"])) & set(_ANYWHERE))
        for operation in operations
    )


def _unguarded(world: World) -> Iterator[Hit]:
    if not _is_meshed(world):
        return
    guards: dict[str, list[Json]] = {}
    for policy in world.of("AuthorizationPolicy", group="istio.io"):
        if _guards(policy):
            guards.setdefault(policy.namespace, []).append(table(policy.spec.get("selector")))
    if {} in guards.get(_ROOT, []):
        return
    for resource, more in exposed(
        world,
        lambda resource: any(
            chooses(selector, resource) for selector in guards.get(resource.namespace, ())
        ),
    ):
        yield hit(resource, f"no AuthorizationPolicy of its namespace or of the mesh{more}")


def _guards(policy: Resource) -> bool:
    """Whether a policy keeps anybody out: one that allows does, since the rest is denied then.

    One that denies a few lets all others in, unless it denies whoever is not named.
    """
    match str(policy.spec.get("action", "ALLOW")).upper():
        case "ALLOW" | "CUSTOM":
            return True
        case "DENY":
            sources = [
                table(row.get("source"))
                for entry in rows(policy.spec.get("rules"))
                for row in rows(entry.get("from"))
            ]
            return any(str(key).startswith("not") for source in sources for key in source)
        case _:
            return False


def _is_meshed(world: World) -> bool:
    """Whether the mesh is used for security here: a route for it alone may be one of several."""
    if any(resource.group == "security.istio.io" for resource in world.resources):
        return True
    return any(
        str(space.labels.get("istio-injection")) == "enabled" or "istio.io/rev" in space.labels
        for space in world.of("Namespace")
    )


def _not_required(world: World) -> Iterator[Hit]:
    asking: dict[str, list[Json]] = {}
    for policy in world.of("AuthorizationPolicy", group="istio.io"):
        if _requires_token(policy):
            asking.setdefault(policy.namespace, []).append(table(policy.spec.get("selector")))
    # Most namespaces hold one policy for all, or one for each: neither is looked for twice.
    for_all = {space for space, selectors in asking.items() if {} in selectors}
    exact = {(space, repr(one)) for space, selectors in asking.items() for one in selectors}
    for resource in world.of("RequestAuthentication", group="istio.io"):
        spaces = {resource.namespace, _ROOT}
        mine = table(resource.spec.get("selector"))
        required = (
            bool(spaces & for_all)
            or any((space, repr(mine)) in exact for space in spaces)
            or (not mine and bool(spaces & set(asking)))
        )
        if rows(resource.spec.get("jwtRules")) and not required:
            yield hit(
                resource, "no AuthorizationPolicy requires a token, so calls without one pass"
            )


def _requires_token(policy: Resource) -> bool:
    entries = rows(policy.spec.get("rules"))
    match str(policy.spec.get("action", "ALLOW")).upper():
        case "CUSTOM":
            return True
        case "ALLOW":
            return any(_names_principal(entry, "requestPrincipals", "values") for entry in entries)
        case "DENY":
            return any(
                _names_principal(entry, "notRequestPrincipals", "notValues") for entry in entries
            )
        case _:
            return False  # AUDIT writes it down


def _names_principal(entry: Json, source: str, values: str) -> bool:
    named = any(source in table(row.get("source")) for row in rows(entry.get("from")))
    return named or any(
        str(row.get("key", "")).startswith("request.auth") and bool(row.get(values))
        for row in rows(entry.get("when"))
    )


def _audience(world: World) -> Iterator[Hit]:
    for resource in world.of("RequestAuthentication", group="istio.io"):
        for entry in rows(resource.spec.get("jwtRules")):
            if not words(entry.get("audiences")):
                said = f"tokens of {entry.get('issuer', 'the issuer')} for any audience are taken"
                yield hit(resource, said, entry)


POLICIES = (
    Policy(
        judge=_mtls,
        rule=rule(
            "istio-mtls-not-strict",
            "Mesh takes calls in clear text",
            severity=Severity.MEDIUM,
            cwe=("CWE-319",),
            owasp=("API8:2023",),
            controls=("MTLS-1",),
            rationale="With PERMISSIVE or DISABLE a pod outside the mesh calls the model server "
            "without any identity, and whoever is on the network reads prompts and answers.",
            remediation="""
Take mutual TLS only; except a port by `portLevelMtls` if something must call in clear:

    spec:
      mtls: {mode: STRICT}
""",
            references=(_DOCS + "peer_authentication/",),
        ),
    ),
    Policy(
        judge=_allows_all,
        rule=rule(
            "istio-policy-allows-all",
            "AuthorizationPolicy lets every caller in",
            severity=Severity.HIGH,
            cwe=("CWE-284", "CWE-862"),
            owasp=("API5:2023", "API2:2023"),
            controls=("AUTHN-1", "AUTHZ-3"),
            rationale="An empty rule matches every request. Policies add up, so it also makes all "
            "other ALLOW policies of the same workload meaningless.",
            remediation="""
Say who may call:

    spec:
      rules:
        - from:
            - source: {principals: [cluster.local/ns/istio-system/sa/ingress]}
""",
            references=(_DOCS + "authorization-policy/",),
        ),
    ),
    Policy(
        judge=_unguarded,
        rule=rule(
            "model-server-without-authorization-policy",
            "Model server in the mesh that every workload may call",
            severity=Severity.MEDIUM,
            confidence=Confidence.TENTATIVE,
            cwe=("CWE-862",),
            owasp=("API5:2023",),
            controls=("AUTHZ-3", "AUTHN-1"),
            rationale="Without an AuthorizationPolicy the mesh lets every workload call every "
            "other one, so one that is taken over reaches the model.",
            remediation="""
Deny by default in the namespace, then allow the gateway:

    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: default-deny, namespace: models}
    spec: {}
""",
            references=(_DOCS + "authorization-policy/",),
        ),
    ),
    Policy(
        judge=_not_required,
        rule=rule(
            "istio-token-not-required",
            "Tokens are checked and not required",
            severity=Severity.HIGH,
            cwe=("CWE-287", "CWE-306"),
            owasp=("API2:2023",),
            controls=("AUTHN-1", "AUTHN-2"),
            rationale="A RequestAuthentication refuses bad tokens only. A request without any "
            "token passes, unless an AuthorizationPolicy asks for a principal.",
            remediation="""
Require what is checked:

    kind: AuthorizationPolicy
    spec:
      rules:
        - from:
            - source: {requestPrincipals: ["https://login.example.com/*"]}
""",
            references=(_DOCS + "request_authentication/",),
        ),
    ),
    Policy(
        judge=_audience,
        rule=rule(
            "istio-token-for-any-audience",
            "Tokens that were issued for others are taken",
            severity=Severity.MEDIUM,
            cwe=("CWE-345",),
            owasp=("API2:2023",),
            controls=("AUTHN-2",),
            rationale="Without `audiences` every token of the issuer is good, also one that "
            "another application's user holds.",
            remediation="""
Name the endpoint's own audience:

    jwtRules:
      - issuer: https://login.example.com
        audiences: [model-endpoint]
""",
            references=(_DOCS + "request_authentication/",),
        ),
    ),
)
