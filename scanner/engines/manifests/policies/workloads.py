"""Pods of model servers: what they may do, what they run, who reaches them.

Checkov looks at the pods of plain workloads; where it has a policy, ours look only inside custom
resources, which it passes over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.engines.manifests.pods import (
    Pod,
    chooses,
    command_line,
    environment,
    exposed,
    pods,
)
from scanner.engines.manifests.policy import Hit, Policy, hit, rule
from scanner.engines.manifests.world import Json, Resource, World, at, rows, table
from scanner.model.severity import Confidence, Severity

_KSERVE = "https://kserve.github.io/website/"
_PSS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"

_LOADER = re.compile(
    r"rclone|agent|initiali[sz]er|download|sync|loader|pull|archive|convert|export", re.IGNORECASE
)
_TRUST = re.compile(r"^(?:[A-Z_]*_)?TRUST_REMOTE_CODE$")
_TRUST_FLAG = re.compile(r"--trust[-_]remote[-_]code(?!\s*[= ]\s*false)", re.IGNORECASE)
_SECRET = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$"
    r"|SECRET_ACCESS_KEY$",
    re.IGNORECASE,
)
_INNOCENT = re.compile(
    r"^$|^(?:true|false|yes|no|on|off|null|none|\d+)$|^arn:|^https?://[^@]*$|^s3://|^/|^\$\(|^\$\{|^<.*>$|\{\{"
    r"|^(?:change.?me|todo|placeholder|dummy|example|empty|x+|\*+|your.*)$",
    re.IGNORECASE,
)
_CLEAR = re.compile(r"^http://(?P<host>[^/:]+)")
# `minio.models` is a service of the cluster; a name of the internet ends in a known domain.
_PUBLIC = re.compile(
    r"\.(?:com|org|net|io|ai|dev|app|cloud|co|edu|gov|info|eu|[a-z]{2})$|^\d+\.", re.IGNORECASE
)
_LOCAL = re.compile(r"^(?:127|10|192\.168|169\.254)\.|\.svc\.")
_MODEL_PATH = re.compile(r"(?:^|/)(?:mnt/)?(?:models?|model[-_]?(?:store|repo\w*|cache))(?:/|$)")


def _network_policy(world: World) -> Iterator[Hit]:
    for resource, more in exposed(world, lambda resource: _is_fenced(world, resource)):
        yield hit(resource, f"no NetworkPolicy says who may reach its pods{more}")


def _is_fenced(world: World, resource: Resource) -> bool:
    if any(True for _ in world.of("GlobalNetworkPolicy", "CiliumClusterwideNetworkPolicy")):
        return True
    fenced = False
    for policy in world.beside(resource, "NetworkPolicy", "CiliumNetworkPolicy"):
        if policy.kind != "NetworkPolicy" or policy.group != "networking.k8s.io":
            return True
        types = policy.spec.get("policyTypes")
        if isinstance(types, list) and "Ingress" not in types:
            continue
        if chooses(table(policy.spec.get("podSelector")), resource):
            # Policies add up: one that lets everybody in undoes the others.
            if any(_lets_all_in(entry) for entry in _entries(policy.spec.get("ingress"))):
                return False
            fenced = True
    return fenced


def _entries(ingress: object) -> list[Json]:
    return [table(entry) for entry in ingress] if isinstance(ingress, list) else []


def _lets_all_in(entry: Json) -> bool:
    """Whether an entry names no one, or everyone."""
    peers = rows(entry.get("from"))
    return not peers or any(
        (peer.get("namespaceSelector") == {} and not table(peer.get("podSelector")))
        or str(table(peer.get("ipBlock")).get("cidr")) in ("0.0.0.0/0", "::/0")
        for peer in peers
    )


def _privileged(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        if not pod.custom:
            continue
        for key in ("hostPID", "hostNetwork", "hostIPC"):
            if pod.spec.get(key) is True:
                yield hit(pod.owner, f"its pods share the node's {key[4:]}", pod.spec)
        for container in pod.containers():
            context = table(container.get("securityContext"))
            for key in ("privileged", "allowPrivilegeEscalation"):
                if context.get(key) is True:
                    yield hit(pod.owner, f"{_name(container)} runs with {key}", container)
                    break


def _root(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        if not pod.custom:
            continue
        whole = table(pod.spec.get("securityContext"))
        for container in pod.containers():
            own = table(container.get("securityContext"))
            user = own.get("runAsUser", whole.get("runAsUser"))
            never = own.get("runAsNonRoot", whole.get("runAsNonRoot"))
            if user == 0 or (never is False and user is None):
                may = "runs" if user == 0 else "may run"
                yield hit(pod.owner, f"{_name(container)} {may} as root", container)


def _limits(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        if not pod.custom or pod.owner.kind in (
            "InferenceGraph",
            "LLMInferenceServiceConfig",
            "ServerConfig",
        ):
            continue  # their users say what they need
        for container in rows(pod.spec.get("containers")):
            if "image" in container and not table(at(container, "resources.limits")):
                yield hit(pod.owner, f"{_name(container)} has no limits", container)


def _image(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        if not pod.custom:
            continue
        for container in pod.containers():
            image = container.get("image")
            if isinstance(image, str) and image and _floats(image):
                yield hit(pod.owner, f"image {image} has no fixed version", container)


def _floats(image: str) -> bool:
    if "@" in image or re.search(r"[${}<>]", image):
        return False
    return image.rsplit("/", 1)[-1].partition(":")[2] in ("", "latest")


def _token(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        if pod.custom and pod.spec.get("automountServiceAccountToken") is True:
            yield hit(pod.owner, "its pods are given a token for the cluster's API", pod.spec)


def _volume(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        if not pod.serving:
            continue
        lasting = {
            row.get("name"): row
            for row in rows(pod.spec.get("volumes"))
            if isinstance(row.get("hostPath"), dict)
            or (
                isinstance(row.get("persistentVolumeClaim"), dict)
                and row["persistentVolumeClaim"].get("readOnly") is not True
            )
        }
        for container in rows(pod.spec.get("containers")):
            if _LOADER.search(str(container.get("name"))):
                continue  # its work is to bring the models
            for mount in rows(container.get("volumeMounts")):
                path = str(mount.get("mountPath") or "")
                known = mount.get("name") in lasting and mount.get("readOnly") is not True
                if known and _MODEL_PATH.search(path):
                    said = f"{_name(container)} may change the models at {path}"
                    yield hit(pod.owner, said, mount)


def _trust(world: World) -> Iterator[Hit]:
    for pod, container in _served(world):
        if any(_TRUST_FLAG.search(word) for word in command_line(container)):
            yield hit(pod.owner, f"{_name(container)}: --trust-remote-code", container)
            continue
        for row in environment(container):
            on = str(row["value"]).lower() in ("true", "1", "yes")
            if on and _TRUST.match(str(row.get("name"))):
                yield hit(pod.owner, f"{_name(container)}: {row['name']} is on", row)


def _clear(world: World) -> Iterator[Hit]:
    for pod, container in _served(world):
        places = [("storageUri", container.get("storageUri"), container)]
        places += [
            (str(row.get("name")), row["value"], row)
            for row in environment(container)
            if re.search(r"(?:STORAGE_URI|MODEL_(?:URL|URI|PATH))$", str(row.get("name")))
        ]
        for name, value, part in places:
            found = _CLEAR.match(str(value or ""))
            if found and _PUBLIC.search(found["host"]) and not _LOCAL.search(found["host"]):
                yield hit(pod.owner, f"{name} fetches the model over http", part)


def _secret(world: World) -> Iterator[Hit]:
    for pod in pods(world):
        for container in pod.containers():
            for row in environment(container):
                name, value = str(row.get("name")), row["value"]
                if _SECRET.search(name) and not _INNOCENT.search(str(value or "")):
                    yield hit(pod.owner, f"the value of {name} is written out", row)


def _served(world: World) -> Iterator[tuple[Pod, Json]]:
    for pod in pods(world):
        for container in pod.containers():
            yield pod, container


def _name(container: Json) -> str:
    return f"container {container['name']}" if container.get("name") else "its container"


POLICIES = (
    Policy(
        judge=_network_policy,
        rule=rule(
            "model-server-without-network-policy",
            "Any pod of the cluster may call the model server",
            severity=Severity.MEDIUM,
            confidence=Confidence.TENTATIVE,
            cwe=("CWE-923",),
            owasp=("API8:2023",),
            controls=("NET-1",),
            rationale="Without a NetworkPolicy every pod reaches the model server directly, past "
            "the gateway that authenticates and limits its callers.",
            remediation="""
Let only the gateway in:

    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: only-the-gateway, namespace: models}
    spec:
      podSelector: {}
      policyTypes: [Ingress]
      ingress:
        - from:
            - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: istio-system}}
""",
            references=(
                "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
            ),
        ),
    ),
    Policy(
        judge=_privileged,
        rule=rule(
            "model-server-privileged",
            "Model server's pods have the powers of their node",
            severity=Severity.HIGH,
            cwe=("CWE-250",),
            owasp=("API8:2023",),
            controls=("IAM-1",),
            rationale="A model that runs code on loading, or a flaw of the server, then owns the "
            "node and every other workload on it. A GPU needs a device plugin, no privileges.",
            remediation="""
Take the privileges away:

    securityContext:
      privileged: false
      allowPrivilegeEscalation: false
      capabilities: {drop: [ALL]}
""",
            references=(_PSS,),
        ),
    ),
    Policy(
        judge=_root,
        rule=rule(
            "model-server-as-root",
            "Model server runs as root",
            severity=Severity.MEDIUM,
            cwe=("CWE-250",),
            owasp=("API8:2023",),
            controls=("IAM-1",),
            rationale="What breaks out of the server as root is root on what it reaches: mounted "
            "models, the node's devices, the kernel's interfaces.",
            remediation="""
Run as a user without powers:

    securityContext:
      runAsNonRoot: true
      runAsUser: 1000
""",
            references=(_PSS,),
        ),
    ),
    Policy(
        judge=_limits,
        rule=rule(
            "model-server-without-limits",
            "Model server may take all of its node",
            severity=Severity.LOW,
            cwe=("CWE-770",),
            owasp=("API4:2023", "LLM10:2025"),
            controls=("RATE-1",),
            rationale="One large request then takes the memory of every other workload on the "
            "node; the kernel chooses whom it kills.",
            remediation="""
State what it needs and may have:

    resources:
      requests: {cpu: "2", memory: 8Gi}
      limits: {cpu: "4", memory: 16Gi, nvidia.com/gpu: 1}
""",
        ),
    ),
    Policy(
        judge=_image,
        rule=rule(
            "model-server-image-by-tag",
            "Model server runs an image without a fixed version",
            severity=Severity.MEDIUM,
            cwe=("CWE-829",),
            owasp=("LLM03:2025",),
            controls=("SUPPLY-1",),
            rationale="An image by `latest`, or without a tag, is whatever was pushed last: what "
            "was tested is not what serves.",
            remediation="""
Name a digest, or at least a version:

    image: registry.example/model-server@sha256:0f1e...
""",
        ),
    ),
    Policy(
        judge=_token,
        rule=rule(
            "model-server-mounts-token",
            "Model server is given a token for the cluster's API",
            severity=Severity.LOW,
            cwe=("CWE-250",),
            owasp=("API8:2023", "LLM06:2025"),
            controls=("IAM-1",),
            rationale="A model server has nothing to ask of the cluster's API; code that runs in "
            "it can then ask in its name.",
            remediation="""
Do not mount it:

    automountServiceAccountToken: false
""",
        ),
    ),
    Policy(
        judge=_volume,
        rule=rule(
            "model-volume-writable",
            "Model server may change the models that it serves",
            severity=Severity.MEDIUM,
            cwe=("CWE-732",),
            owasp=("LLM04:2025",),
            controls=("SUPPLY-1",),
            rationale="Who gets code into the server can put a poisoned model in place of the real "
            "one, for this pod and for all that mount the volume.",
            remediation="""
Mount models to be read only; give a cache a volume of its own:

    volumeMounts:
      - {name: models, mountPath: /mnt/models, readOnly: true}
""",
        ),
    ),
    Policy(
        judge=_trust,
        rule=rule(
            "model-server-trusts-remote-code",
            "Model server runs code that a model repository brings",
            severity=Severity.HIGH,
            cwe=("CWE-829", "CWE-494"),
            owasp=("API10:2023", "LLM03:2025"),
            controls=("SUPPLY-1", "DESERIAL-1"),
            rationale="With remote code trusted, the server runs Python out of the model's "
            "repository with the rights of the pod. Who can change that repository owns the "
            "endpoint.",
            remediation="""
Leave the flag out and fix the revision of the model:

    args: [--model, org/model, --revision, 4f2c...]
""",
            references=("https://docs.vllm.ai/en/latest/",),
        ),
    ),
    Policy(
        judge=_clear,
        rule=rule(
            "model-fetched-in-clear",
            "Model is fetched over a connection that anyone may change",
            severity=Severity.MEDIUM,
            cwe=("CWE-319", "CWE-494"),
            owasp=("LLM03:2025",),
            controls=("TLS-1", "SUPPLY-1"),
            rationale="Over http, whoever is on the way can hand the server another model, and "
            "with some formats code.",
            remediation="""
Fetch over TLS, or from a bucket with its own protocol:

    storageUri: s3://models/sentiment/4
""",
            references=(_KSERVE,),
        ),
    ),
    Policy(
        judge=_secret,
        rule=rule(
            "secret-in-manifest-environment",
            "Secret stands in clear in a manifest's environment",
            severity=Severity.HIGH,
            cwe=("CWE-798", "CWE-312"),
            owasp=("API8:2023", "LLM02:2025"),
            controls=("SECRETS-1",),
            rationale="It is in the repository and readable by whoever may read the object, and it "
            "can't be rotated without a deployment.",
            remediation="""
Name a Secret that a secret manager fills:

    env:
      - name: API_KEY
        valueFrom: {secretKeyRef: {name: model-keys, key: api-key}}
""",
        ),
    ),
)
