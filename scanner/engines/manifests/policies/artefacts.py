"""Models that manifests name: which version of them is served."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.engines.manifests.pods import command_line, pods
from scanner.engines.manifests.policy import Hit, Policy, hit, rule
from scanner.engines.manifests.world import Json, World
from scanner.model.severity import Severity

_BRANCH = r"(?:main|master|HEAD|develop|nightly|latest)"
_REPOSITORY = (
    r"(?!(?:models?|weights|checkpoints|data|mnt|opt|home|workspace)/)[A-Za-z0-9][\w.-]*/[\w.-]+"
)
# `hf://org/name`, and `hf://org/name:revision`.
_ADDRESS = re.compile(rf"hf://[\w.-]+/[\w.-]+(?::{_BRANCH})?/?(?:\?.*)?")
_SERVERS = re.compile(
    r"vllm|sglang|text-(?:generation|embeddings)-inference|text-generation-launcher"
)
_MODEL = re.compile(rf"--model(?:[-_](?:id|path))?[= ]({_REPOSITORY})(?![\w./-])")
_SERVED = re.compile(rf"(?:^|[ /])vllm serve ({_REPOSITORY})(?![\w./-])")
_REVISION = re.compile(rf"--revision[= ](?!{_BRANCH}(?: |$))")


def _unpinned(world: World) -> Iterator[Hit]:
    for resource in world.resources:
        for value, part in _texts(resource.spec):
            if _ADDRESS.fullmatch(value):
                yield hit(resource, f"{value[:200]} names no revision", part)
    for pod in pods(world):
        for container in pod.containers():
            line = " ".join(command_line(container))
            if not _SERVERS.search(f"{container.get('image')} {line}") or _REVISION.search(line):
                continue
            found = _SERVED.search(line) or _MODEL.search(line)
            if found:
                yield hit(pod.owner, f"{found[1][:200]} is served without --revision", container)


def _texts(spec: Json) -> Iterator[tuple[str, Json]]:
    """The texts of a specification, each with the mapping that it stands in."""
    pending: list[tuple[object, Json]] = [(spec, spec)]
    seen: set[int] = set()
    while pending:
        value, around = pending.pop()
        if isinstance(value, str):
            yield value, around
        elif isinstance(value, dict | list) and id(value) not in seen:
            seen.add(id(value))
            inner = value.values() if isinstance(value, dict) else value
            pending += [(item, value if isinstance(value, dict) else around) for item in inner]


POLICIES = (
    Policy(
        judge=_unpinned,
        rule=rule(
            "model-served-without-revision",
            "Model is served in whatever version its repository has",
            severity=Severity.LOW,
            cwe=("CWE-494",),
            owasp=("LLM03:2025",),
            controls=("SUPPLY-1",),
            rationale="At the next start of a pod the weights are those that somebody has pushed "
            "by then: two replicas may answer differently, and what was tested is not what serves.",
            remediation="""
Name the commit that was tested:

    storageUri: hf://org/name:<40-digit commit>
    args: [--model, org/name, --revision, <40-digit commit>]
""",
            references=(
                "https://kserve.github.io/website/",
                "https://docs.vllm.ai/en/latest/",
            ),
        ),
    ),
)
