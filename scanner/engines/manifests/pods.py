"""The pods that a manifest makes, also those inside custom resources of model servers. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from scanner.engines.manifests.world import Json, Resource, World, at, rows, selects, table, words
from scanner.model.values import Value

_PLAIN = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"}
    | {"ReplicationController", "PodTemplate"}
)
# Groups whose objects are model servers, or hold the pods of some.
_SERVING = (
    "serving.kserve.io",
    "machinelearning.seldon.io",
    "mlops.seldon.io",
    "ray.io",
    "serving.kubeflow.org",
    "serving.bentoml.com",
    "resources.bentoml.com",
    "leaderworkerset.x-k8s.io",
    "inference.networking.x-k8s.io",
    "kubeai.org",
    "production-stack.vllm.ai",
)
# Not pods, but how others' pods are to be made.
RECIPES = frozenset(
    {"ServingRuntime", "ClusterServingRuntime", "LLMInferenceServiceConfig"}
    | {"ServerConfig", "SeldonConfig"}
)
# Under these a mapping of KServe's is a container that has no name of its own.
_SINGLE = ("model", "sklearn", "xgboost", "pytorch", "tensorflow", "triton", "onnx", "huggingface")
_SERVER = re.compile(
    r"(?:^|[/_-])(?:vllm(?:-openai)?|tritonserver|triton|text-generation-inference|tgi|torchserve"
    r"|pytorch-serve|ollama|sglang|mlserver|lmdeploy|llama\.cpp|tensorflow[/-]serving|rayproject"
    r"|ray-llm|bentoml|text-embeddings-inference|localai|litellm|nim|huggingfaceserver)(?:$|[/:@_.-])"
    r"|(?:^|/)kserve/\w*server\b|(?:^|/)seldonio/|(?:^|/)vllm/|tensorflow/serving|ghcr\.io/berriai/",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"vllm\.entrypoints|^vllm$|\bvllm serve\b|\btritonserver\b|\btorchserve\b|\bollama serve\b"
    r"|sglang\.launch_server|tensorflow_model_server|\bmlserver start\b"
)


class Pod(Value, kw_only=True):
    """A pod specification. `custom` is true where it stands inside a custom resource."""

    owner: Resource
    spec: Json
    labels: Json
    custom: bool

    def containers(self) -> list[Json]:
        """Its containers, with the unnamed ones of KServe."""
        found = [*rows(self.spec.get("containers")), *rows(self.spec.get("initContainers"))]
        if self.custom:
            found += [self.spec[key] for key in _SINGLE if isinstance(self.spec.get(key), dict)]
        return found

    @property
    def serving(self) -> bool:
        """Whether a model server runs in it."""
        return self.custom or any(_serves(container) for container in self.containers())

    def serves(self, container: Json) -> bool:
        """Whether it is this one of its containers that serves."""
        return self.custom or _serves(container)


_OPERATOR_LABELS = ("serving.kserve.io/", "ray.io/", "seldon", "serving.knative.dev/", "app")


def chooses(selector: Json, resource: Resource) -> bool:
    """Whether a policy's selector may choose the pods of a resource: operators label them too."""
    chosen = table(selector.get("matchLabels"))
    made = any(str(key).startswith(_OPERATOR_LABELS) for key in chosen)
    return made or selects(selector, resource.labels) is not False


def exposed(world: World, is_guarded: Callable[[Resource], bool]) -> Iterator[tuple[Resource, str]]:
    """The model servers that nothing guards, one for all of a namespace and folder.

    What is missing there is one object, so the second is what the message adds: how many more.
    """
    groups: dict[tuple[str, str], list[Resource]] = {}
    for resource in world.resources:
        if is_serving_kind(resource) and resource.kind not in RECIPES and any(pods_of(resource)):
            folder = resource.document.path.rpartition("/")[0]
            groups.setdefault((resource.namespace, folder), []).append(resource)
    for members in groups.values():
        bare = [resource for resource in members if not is_guarded(resource)]
        if bare:
            yield bare[0], f" (and {len(bare) - 1} more beside it)" if bare[1:] else ""


def is_serving_kind(resource: Resource) -> bool:
    """Whether a custom resource is one of a model server; a job answers nobody."""
    return resource.group.endswith(_SERVING) and not resource.kind.endswith("Job")


@lru_cache(maxsize=1)
def pods(world: World) -> tuple[Pod, ...]:
    """Every pod that the manifests make."""
    return tuple(pod for resource in world.resources for pod in pods_of(resource))


def serving_pods(world: World, namespace: str, selector: Json) -> Iterator[Pod]:
    """The pods of model servers in a namespace that a service's selector chooses."""
    first = next(iter(selector.items()), None)
    if first is not None:
        for pod in _by_label(world).get((namespace, str(first[0]), str(first[1])), ()):
            if selects(selector, pod.labels):
                yield pod


@lru_cache(maxsize=1)
def _by_label(world: World) -> dict[tuple[str, str, str], list[Pod]]:
    found: dict[tuple[str, str, str], list[Pod]] = {}
    for pod in pods(world):
        if pod.serving:
            for key, value in pod.labels.items():
                found.setdefault((pod.owner.namespace, str(key), str(value)), []).append(pod)
    return found


@lru_cache(maxsize=1)
def serving_names(world: World) -> frozenset[tuple[str, str]]:
    """Namespace and name of the objects whose operators make services for model servers."""
    return frozenset(
        (resource.namespace, resource.name)
        for resource in world.resources
        if is_serving_kind(resource)
    )


def pods_of(resource: Resource) -> Iterator[Pod]:
    """The pods of one resource."""
    if resource.kind in _PLAIN and not is_serving_kind(resource):
        template = resource.data
        for path in ("spec.jobTemplate.spec.template", "spec.template", "template"):
            template = at(resource.data, path) or template
            if template is not resource.data:
                break
        spec = table(table(template).get("spec"))
        labels = table(at(template, "metadata.labels"))
        if spec:
            yield Pod(owner=resource, spec=spec, labels=labels, custom=False)
    elif is_serving_kind(resource) or resource.group == "serving.knative.dev":
        serving = is_serving_kind(resource)
        for spec in _inner(resource.spec):
            pod = Pod(owner=resource, spec=spec, labels=resource.labels, custom=True)
            if serving or any(_serves(container) for container in pod.containers()):
                yield pod


def _inner(value: object, seen: set[int] | None = None) -> Iterator[Json]:
    """The mappings in a custom resource that are pod specifications."""
    seen = set() if seen is None else seen
    if not isinstance(value, dict | list) or id(value) in seen:
        return
    # An alias names the same part again, and again in what it holds.
    seen.add(id(value))
    if isinstance(value, list):
        for part in value:
            yield from _inner(part, seen)
        return
    single = any(isinstance(value.get(key), dict) for key in _SINGLE)
    if isinstance(value.get("containers"), list) or single:
        yield value
    for key, part in value.items():
        if key not in ("containers", "initContainers"):
            yield from _inner(part, seen)


def _serves(container: Json) -> bool:
    if _SERVER.search(str(container.get("image") or "")):
        return True
    line = [*words(container.get("command")), *words(container.get("args"))]
    return any(_COMMAND.search(word) for word in line)


def environment(container: Json) -> list[Json]:
    """The entries of a container's environment that are literal."""
    return [row for row in rows(container.get("env")) if "value" in row]


def command_line(container: Json) -> list[str]:
    """The words of a container's command and arguments."""
    return [*words(container.get("command")), *words(container.get("args"))]
