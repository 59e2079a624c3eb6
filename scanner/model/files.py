"""What kinds of file there are, and which of them a name can mean."""

from __future__ import annotations

import re
from enum import Enum

_DOCKERFILE = re.compile(r"(.+\.)?(docker|container)file([._-].+)?", re.IGNORECASE)
# A `Dockerfile.md` is about one, a `dockerfile_builder.go` makes one.
_NO_DOCKERFILE = re.compile(
    r"\.(dockerignore|md|rst|txt|json|ya?ml|toml|go|rs|java|rb|php|html?|css|lock)$", re.IGNORECASE
)
_WORKFLOW = re.compile(r"(^|.*/)\.github/workflows/[^/]+\.ya?ml", re.IGNORECASE)
_JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
# What none of the names below ends with: mostly half of a repository.
_PROSE = (".md", ".rst", ".txt")
# Declarations of types hold no code.
_TYPES_ONLY = (".d.ts", ".d.mts", ".d.cts")
_MODELS = (
    *(".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".keras", ".h5", ".hdf5"),
    *(".onnx", ".safetensors", ".gguf", ".npy", ".npz", ".mar", ".pt2", ".nemo", ".skops"),
    *(".pth.tar", ".pt.tar", ".ckpt.tar", ".pdparams", ".pdopt", ".cloudpickle", ".torch", ".jbl"),
)
_PACKED_MODEL = re.compile(
    r".*\.(pkl|pickle|joblib|dill|pth?|ckpt|npy|nemo|jbl|cloudpickle)"
    r"\.(gz|bz2|xz|lzma|z|zlib|zst|lz4)|model\.(tar\.gz|tgz|tar)"
)
# Of these some are models, and their content tells which.
_MAYBE_MODEL = re.compile(
    r".*\.(bin|sav|pck|th|ptl|pk?|model|weights|mdl|params|dat|distcp|llamafile)"
    r"(\.(gz|bz2|xz|lzma|z|zlib))?"
)
# Other files of that suffix are anything.
_MODEL_BIN = re.compile(
    r"((py)?torch_|adapter_|diffusion_pytorch_)?model([._-].*)?\.bin|(optimizer|scheduler|training_args|"
    r"rng_state.*|pytorch_lora_weights)\.bin"
)
_COMPOSE = re.compile(r"(.*[.-])?(docker-)?compose([.-].*)?\.ya?ml")
# Under which suffix an engine knows a file whose own name does not tell its language.
_STAGED_AS = {".ipynb": ".py", ".pyw": ".py", ".mts": ".ts", ".cts": ".ts"}

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


class FileKind(str, Enum):
    """What a file is to the engines."""

    PYTHON = "Python"
    NOTEBOOK = "notebook"
    TERRAFORM = "Terraform"
    PLAN = "Terraform plan"
    MANIFEST = "Kubernetes manifest"
    KONG = "Kong configuration"
    DOCKERFILE = "Dockerfile"
    WORKFLOW = "GitHub Actions workflow"
    JAVASCRIPT = "JavaScript"
    SHELL = "shell script"
    COMPOSE = "compose file"
    MODEL = "model file"
    TEXT = "text"


def kinds_of_name(path: str) -> tuple[FileKind, ...]:
    """The kinds that a file of this name can be, the likeliest first; mostly one or none.

    What is certainly source comes first. What YAML and JSON declare, and whether a name without a
    suffix is a script, only the content tells.
    """
    name = path.rsplit("/", 1)[-1]
    lower = name.lower()
    if lower.endswith((".py", ".pyw")):
        return (FileKind.PYTHON,)
    if lower.endswith(".ipynb"):
        return (FileKind.NOTEBOOK,)
    if lower.endswith(_PROSE):
        return ()
    if is_model_by_name(lower) or _MAYBE_MODEL.fullmatch(lower):
        return (FileKind.MODEL,)
    if lower.endswith((".tf", ".tf.json", ".tfvars")):
        return (FileKind.TERRAFORM,)
    if lower.endswith(_JAVASCRIPT):
        return () if lower.endswith(_TYPES_ONLY) else (FileKind.JAVASCRIPT,)
    if lower.endswith((".sh", ".bash")):
        return (FileKind.SHELL,)
    if _is_dockerfile(lower):
        return (FileKind.DOCKERFILE,)
    if _WORKFLOW.fullmatch(path):
        return (FileKind.WORKFLOW,)
    if lower.endswith(".json"):
        return (FileKind.PLAN, FileKind.KONG, FileKind.MANIFEST)
    if lower.endswith((".yaml", ".yml")):
        declared = (FileKind.MANIFEST, FileKind.KONG)
        return (FileKind.COMPOSE, *declared) if _COMPOSE.fullmatch(lower) else declared
    return () if "." in name else (FileKind.SHELL,)


def is_model_by_name(name: str) -> bool:
    """Whether a file of this name is a model; of others that may be one the content tells."""
    lower = name.lower()
    return (
        lower.endswith(_MODELS)
        or bool(_MODEL_BIN.fullmatch(lower))
        or bool(_PACKED_MODEL.fullmatch(lower))
    )


_TEXTS = re.compile(
    r"(.*/)?(\.env([._-].*)?|.*\.env([._-]\w+)?|\.envrc"
    r"|\.(npmrc|pypirc|netrc|pgpass|dockercfg|git-credentials|htpasswd|s3cfg|boto|my\.cnf)"
    r"|\.(bashrc|zshrc|profile|bash_profile|terraformrc|gitconfig|curlrc|wgetrc)"
    r"|id_(rsa|dsa|ecdsa|ed25519)|credentials|kubeconfig"
    r"|(makefile|procfile|jenkinsfile|justfile|tiltfile)"
    r"|.*\.(ya?ml|json|toml|ini|cfg|cnf|conf|config|properties|md|mdx|rst|adoc|txt"
    r"|j2|jinja2?|tmpl|tpl|prompt|prompty|mustache|hbs|xml|html?|plist|vue|svelte"
    r"|pem|key|p8|ppk|asc|crt|jwks?|ovpn|kubeconfig|secrets?|jsonc|json5|jsonnet|libsonnet|cue"
    r"|go|java|kts?|rs|rb|php|cs|swift|scala|sbt|gradle|dart|exs?|c|h|cc|cpp|hpp|r|jl|lua|pl"
    r"|zsh|fish|ksh|ps1|psm1|bat|cmd|sql|graphql|http|patch|diff"
    r"|hcl|nomad|bicep|groovy|service|tfstate(\.\w+)?|tfbackend|d\.ts))",
    re.IGNORECASE,
)


def is_text(path: str) -> bool:
    """Whether a file that no other kind fits is text that a person may have put a secret in."""
    return bool(_TEXTS.fullmatch(path))


def read_as(path: str) -> tuple[FileKind, ...]:
    """The kinds that a file of this name can be to any engine; text, where it can be no other."""
    return kinds_of_name(path) or ((FileKind.TEXT,) if is_text(path) else ())


def staged_suffix(name: str) -> str | None:
    """The suffix under which engines know a file; None where its own name does.

    Engines tell kinds by suffixes in small letters, but for a `Dockerfile`.
    """
    lower = name.lower()
    for suffix, staged in _STAGED_AS.items():
        if lower.endswith(suffix):
            return staged
    if _is_dockerfile(lower):
        return None if name == "Dockerfile" or name.endswith(".dockerfile") else ".dockerfile"
    if "." not in name:
        return ".sh"
    last = name[name.rindex(".") :]
    if _COMPOSE.fullmatch(lower):
        telling = name
    else:
        telling = name[-len(".tf.json") :] if lower.endswith(".tf.json") else last
    return None if telling == telling.lower() else alias_suffix(name)


def alias_suffix(name: str) -> str:
    """What a file's other name must end with, so that engines know the kind that it has."""
    lower = name.lower()
    if _COMPOSE.fullmatch(lower):
        return f".compose{lower[lower.rindex('.') :]}"
    if _is_dockerfile(lower):
        return ".dockerfile"
    for suffix, staged in _STAGED_AS.items():
        if lower.endswith(suffix):
            return staged
    return "".join(_SUFFIX.findall(lower)[-2:]) if "." in name else ".sh"


def _is_dockerfile(lower: str) -> bool:
    return bool(_DOCKERFILE.fullmatch(lower)) and not _NO_DOCKERFILE.search(lower)
