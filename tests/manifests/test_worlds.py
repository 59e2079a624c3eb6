"""Small worlds in which what counts is how one object bears on another."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.manifests.test_reading import scan

SERVER = (
    "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n"
    "metadata: {name: m, namespace: n, labels: {model: m}}\n"
    "spec: {predictor: {model: {modelFormat: {name: onnx}}}}\n"
)
ROUTE = (
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n"
    "metadata: {name: r, namespace: n, labels: {team: a}}\n"
    "spec: {parentRefs: [{name: g}], rules: [{name: one, backendRefs: [{name: b}]}]}\n---\n"
    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: n}\n"
    "spec: {gatewayClassName: eg}\n"
)


def rules(root: Path, **files: str) -> set[str]:
    return {str(f.rule_id).removeprefix("iac/") for f in scan(root, **files)[0]}


def security(target: str, spec: str = "apiKeyAuth: {a: b}", space: str = "n") -> str:
    return (
        "---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\n"
        f"metadata: {{name: p, namespace: {space}}}\nspec:\n  {target}\n  {spec}\n"
    )


OF_GATEWAY = "targetRefs: [{kind: Gateway, name: g}]"
OF_ROUTE = "targetRefs: [{kind: HTTPRoute, name: r}]"
CHOSEN = "targetSelectors: [{{kind: HTTPRoute, matchLabels: {{team: {}}}}}]"


@pytest.mark.parametrize(
    ("policies", "open_"),
    [
        (security(OF_GATEWAY), False),
        (security(OF_ROUTE), False),
        (security(OF_ROUTE, "cors: {}"), True),
        (security(OF_GATEWAY, space="other"), True),
        # The narrower one replaces the wider, unless it asks to be merged.
        (security(OF_GATEWAY) + security(OF_ROUTE, "cors: {}"), True),
        (security(OF_GATEWAY) + security(OF_ROUTE, "cors: {}\n  mergeType: StrategicMerge"), False),
        (security(CHOSEN.format("a")), False),
        (security(CHOSEN.format("b")), True),
        (security("targetRefs: [{kind: HTTPRoute, name: r, sectionName: one}]"), False),
        (security("targetRefs: [{kind: HTTPRoute, name: r, sectionName: two}]"), True),
        (security("targetRefs: [{kind: Gateway, name: g, sectionName: https}]"), True),
        (security(OF_ROUTE, "jwt: {optional: true, providers: []}"), True),
        (security(OF_ROUTE, "jwt: {providers: []}"), False),
    ],
)
def test_which_policy_of_envoy_holds(tmp_path: Path, policies: str, open_: bool) -> None:
    assert ("envoy-route-without-auth" in rules(tmp_path, a=ROUTE + policies)) is open_


FENCE = (
    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    "metadata: {{name: f, namespace: n}}\nspec: {{podSelector: {{}}, ingress: {}}}\n"
)


@pytest.mark.parametrize(
    ("ingress", "open_"),
    [
        (["[{from: [{podSelector: {matchLabels: {a: b}}}]}]"], False),
        (["[]"], False),
        (["[{from: [{podSelector: {}}]}]"], False),
        (["[{}]"], True),
        (["[{ports: [{port: 8080}]}]"], True),
        (["[{from: []}]"], True),
        (["[{from: [{namespaceSelector: {}}]}]"], True),
        (["[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}]"], False),
        (["[{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"], True),
        (["[]", "[{}]"], True),
    ],
)
def test_which_network_policy_fences(tmp_path: Path, ingress: list[str], open_: bool) -> None:
    text = SERVER + "".join(FENCE.format(one) for one in ingress)
    assert ("model-server-without-network-policy" in rules(tmp_path, a=text)) is open_


def authorization(spec: str, space: str = "n") -> str:
    return (
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        f"metadata: {{name: a, namespace: {space}}}\nspec: {spec}\n"
    )


@pytest.mark.parametrize(
    ("spec", "open_"),
    [
        ("{}", False),
        ("{action: ALLOW, rules: [{from: [{source: {principals: [a]}}]}]}", False),
        ("{action: AUDIT, rules: [{}]}", True),
        ("{action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}", True),
        ("{action: DENY, rules: [{from: [{source: {notPrincipals: [a]}}]}]}", False),
        ("{selector: {matchLabels: {model: other}}, rules: []}", True),
        ("{selector: {matchLabels: {model: m}}, rules: []}", False),
    ],
)
def test_which_authorization_policy_guards(tmp_path: Path, spec: str, open_: bool) -> None:
    found = rules(tmp_path, a=SERVER + authorization(spec))
    assert ("model-server-without-authorization-policy" in found) is open_


TOKENS = (
    "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\n"
    "metadata: {name: r, namespace: n}\nspec: {jwtRules: [{issuer: x, audiences: [a]}]}\n"
)


@pytest.mark.parametrize(
    ("spec", "required"),
    [
        ("{rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}", True),
        ("{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}", True),
        ("{action: DENY, rules: [{from: [{source: {requestPrincipals: ['bad/*']}}]}]}", False),
        ("{action: AUDIT, rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}", False),
        ("{rules: [{from: [{source: {notRequestPrincipals: ['bad/*']}}]}]}", False),
        ("{rules: [{when: [{key: 'request.auth.claims[a]', values: [b]}]}]}", True),
        ("{action: CUSTOM, rules: [{}]}", True),
    ],
)
def test_which_policy_requires_a_token(tmp_path: Path, spec: str, required: bool) -> None:
    found = rules(tmp_path, a=TOKENS + authorization(spec))
    assert ("istio-token-not-required" in found) is not required


GATEWAY = (
    "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: {}}}\n"
    "spec: {{servers: [{{port: {{number: 80, protocol: HTTP}}, hosts: ['*']}}]}}\n"
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("localized-models", True),
        ("vocal", True),
        ("models", True),
        ("cluster-local-gateway", False),
        ("istio-egressgateway", False),
    ],
)
def test_what_a_local_gateway_is_called(tmp_path: Path, name: str, found: bool) -> None:
    assert ("istio-gateway-in-clear" in rules(tmp_path, a=GATEWAY.format(name))) is found


POD = (
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: m}\nspec: {template: {metadata:"
    " {labels: {app: m}}, spec: {containers: [{name: m, image: 'vllm/vllm-openai:v1'}]}}}\n"
)
BALANCED = (
    "apiVersion: v1\nkind: Service\nmetadata: {{name: m, annotations: {{{}}}}}\n"
    "spec: {{type: LoadBalancer, selector: {{app: m}}, ports: [{{port: 8000}}]}}\n"
)


@pytest.mark.parametrize(
    ("annotation", "found"),
    [
        ("cert-manager.io/private-key-algorithm: RSA", True),
        ("example.com/internal-owner: team", True),
        ("service.beta.kubernetes.io/aws-load-balancer-internal: 'true'", False),
        ("service.beta.kubernetes.io/azure-load-balancer-internal: 'true'", False),
        ("networking.gke.io/load-balancer-type: Internal", False),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme: internal", False),
    ],
)
def test_which_annotation_keeps_a_balancer_inside(
    tmp_path: Path, annotation: str, found: bool
) -> None:
    text = BALANCED.format(annotation) + POD
    assert ("model-server-on-load-balancer" in rules(tmp_path, a=text)) is found


def balanced(ports: str, containers: str) -> str:
    return (
        "apiVersion: v1\nkind: Service\nmetadata: {name: m}\n"
        f"spec: {{type: LoadBalancer, selector: {{app: m}}, ports: [{ports}]}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: m}\nspec: {template: {metadata:"
        f" {{labels: {{app: m}}}}, spec: {{containers: [{containers}]}}}}}}\n"
    )


VLLM = "{name: m, image: 'vllm/vllm-openai:v1', ports: [{name: http, containerPort: 8080}]}"
PROXY = "{name: p, image: 'envoy:v1', ports: [{name: https, containerPort: 8443}]}"


@pytest.mark.parametrize(
    ("ports", "found"),
    [
        ("{port: 80, targetPort: 8080}", True),
        ("{port: 80, targetPort: http}", True),
        ("{port: 8080}", True),
        ("{port: 443, targetPort: https}", False),
        ("{port: 443, targetPort: 8443}", False),
        ("{port: 443, targetPort: 8443}, {port: 80, targetPort: http}", True),
    ],
)
def test_which_port_leads_to_the_server(tmp_path: Path, ports: str, found: bool) -> None:
    text = balanced(ports, f"{PROXY}, {VLLM}")
    assert ("model-server-on-load-balancer" in rules(tmp_path, a=text)) is found


KONG = "_format_version: '3.0'\nservices:\n- name: s\n  url: http://m\n  routes:\n  - name: r\n"


@pytest.mark.parametrize(
    ("plugins", "open_"),
    [
        ("plugins: [{name: key-auth}]\n", False),
        ("plugins: [{name: key-auth, consumer_group: g}]\n", True),
        ("plugins: [{name: key-auth, service: s}]\n", False),
        ("plugins: [{name: key-auth, service: other}]\n", True),
        ("plugins: [{name: key-auth, service: s, route: r}]\n", False),
        ("plugins: [{name: key-auth, service: other, route: r}]\n", True),
        ("plugins: [{name: key-auth, service: s, route: other}]\n", True),
        ("plugins: [{name: session}]\n", True),
    ],
)
def test_which_plugin_of_kong_counts(tmp_path: Path, plugins: str, open_: bool) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert ("kong-route-without-auth" in rules(tmp_path / "one", a=KONG + plugins)) is open_
    beside = {"k__a": KONG, "k__b": "_format_version: '3.0'\n" + plugins}
    assert ("kong-route-without-auth" in rules(tmp_path / "two", **beside)) is open_


def test_a_route_of_a_service_in_a_sibling_file(tmp_path: Path) -> None:
    head = "_format_version: '3.0'\n"
    route = head + "routes: [{name: r, service: {name: s}}]\n"
    service = head + "services: [{name: s, url: http://m, plugins: [{name: key-auth}]}]\n"
    assert "kong-route-without-auth" not in rules(tmp_path, k__a=route, k__b=service)


def ingress(annotations: str) -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n"
        f"  annotations: {{{annotations}}}\nspec: {{ingressClassName: kong, rules: []}}\n"
    )


@pytest.mark.parametrize(
    ("annotations", "open_"),
    [
        ("konghq.com/strip-path: 'true'", True),
        ("konghq.com/plugins: elsewhere", False),
        ("konghq.com/plugin-set: all", False),
        ("plugins.konghq.com/x: y", False),
    ],
)
def test_plugins_that_are_not_known_here_could_be_any(
    tmp_path: Path, annotations: str, open_: bool
) -> None:
    assert ("kong-route-without-auth" in rules(tmp_path, a=ingress(annotations))) is open_


@pytest.mark.parametrize(
    ("env", "open_"),
    [
        ("{name: KONG_ADMIN_LISTEN, value: '0.0.0.0:8444 http2 ssl'}", True),
        ("{name: KONG_ADMIN_LISTEN, value: '127.0.0.1:8444 ssl'}", False),
        (
            "{name: KONG_ADMIN_LISTEN, value: '0.0.0.0:8444 ssl'}, "
            "{name: KONG_NGINX_ADMIN_SSL_VERIFY_CLIENT, value: 'on'}",
            False,
        ),
        (
            "{name: KONG_ADMIN_LISTEN, value: '0.0.0.0:8444 ssl'}, "
            "{name: KONG_ENFORCE_RBAC, value: 'off'}",
            True,
        ),
    ],
)
def test_when_kongs_admin_api_is_open(tmp_path: Path, env: str, open_: bool) -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: k}\nspec: {template: {spec: "
        f"{{containers: [{{name: k, image: 'kong:3', env: [{env}]}}]}}}}}}\n"
    )
    assert ("kong-admin-api-open" in rules(tmp_path, a=text)) is open_


def many(number: int) -> str:
    parts = (
        "apiVersion: v1\nkind: Service\nmetadata: {{name: s{0}, namespace: n}}\n"
        "spec: {{type: LoadBalancer, selector: {{app: a{0}}}, ports: [{{port: 8000}}]}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{0}, namespace: n}}\n"
        "spec: {{template: {{metadata: {{labels: {{app: a{0}}}}}, spec: {{containers: "
        "[{{name: m, image: 'vllm/vllm-openai:1'}}]}}}}}}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i{0}, namespace: n}}\n"
        "spec: {{ingressClassName: nginx, rules: [{{http: {{paths: [{{backend: {{service: "
        "{{name: s{0}}}}}}}]}}}}]}}\n---\n"
    )
    return "".join(parts.format(n) for n in range(number))


def test_the_time_grows_with_the_size_and_not_with_its_square(tmp_path: Path) -> None:
    seconds = []
    for number in (150, 600):
        folder = tmp_path / str(number)
        folder.mkdir()
        began = time.process_time()
        scan(folder, a=many(number))
        seconds.append(time.process_time() - began)
    assert seconds[1] < 7 * seconds[0], seconds
