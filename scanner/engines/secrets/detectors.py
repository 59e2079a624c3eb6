"""Keys that are known by their form, or by their form and the name that they are given. Pure.

What a person would type to show where a key goes is none: a form without randomness, or with a word
such as `example` in it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.engines.secrets.private import is_protected, is_whole
from scanner.redact import private_keys


@dataclass(frozen=True, slots=True)
class Hit:
    """A key in a text: whose it is, and where its value stands."""

    provider: str
    start: int
    end: int
    # What makes it the same key however it is written down, where that is not the text itself.
    material: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Form:
    """A pattern, and words of which one is in each text that it fits: they are cheap to find."""

    provider: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]


def _form(provider: str, pattern: str, *words: str) -> _Form:
    return _Form(
        provider,
        words,
        re.compile(rf"(?<![A-Za-z0-9_-])(?P<value>{pattern})(?![A-Za-z0-9_-])"),
    )


# The word in front makes the form the provider's own.
_BY_FORM = (
    _form("Anthropic", r"sk-ant-(?:api|admin|oat)\d\d-[A-Za-z0-9_-]{32,}", "sk-ant-"),
    _form("OpenRouter", r"sk-or-v1-[a-f0-9]{64}", "sk-or-v1-"),
    _form(
        "OpenAI",
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}",
        "sk-proj-",
        "sk-svcacct-",
        "sk-admin-",
    ),
    _form("OpenAI", r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}", "T3BlbkFJ"),
    _form("OpenAI", r"sk-[A-Za-z0-9]{48}", "sk-"),
    _form("DeepSeek", r"sk-[a-f0-9]{32}", "sk-"),
    _form("Hugging Face", r"hf_[A-Za-z0-9]{30,40}|api_org_[A-Za-z0-9]{34}", "hf_", "api_org_"),
    _form("Replicate", r"r8_[A-Za-z0-9]{30,40}", "r8_"),
    _form("Groq", r"gsk_[A-Za-z0-9]{40,60}", "gsk_"),
    _form("NVIDIA", r"nvapi-[A-Za-z0-9_-]{40,80}", "nvapi-"),
    _form("Together", r"tgp_v1_[A-Za-z0-9_-]{40,50}", "tgp_v1_"),
    _form("Fireworks", r"fw_[A-Za-z0-9]{22,40}", "fw_"),
    _form("xAI", r"xai-[A-Za-z0-9]{60,90}", "xai-"),
    _form("Perplexity", r"pplx-[A-Za-z0-9]{40,60}", "pplx-"),
    _form("Google", r"AIza[A-Za-z0-9_-]{35}", "AIza"),
    _form("Amazon Bedrock", r"ABSK[A-Za-z0-9+/]{100,}={0,2}", "ABSK"),
    _form("AWS", r"(?:AKIA|ASIA)[A-Z2-7]{16}", "AKIA", "ASIA"),
    _form("LangSmith", r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}", "lsv2_"),
    _form("Pinecone", r"pcsk_[A-Za-z0-9_]{50,80}", "pcsk_"),
    _form("Tavily", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,40}", "tvly-"),
    _form(
        "GitHub",
        r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,}",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
    ),
    _form("GitLab", r"glpat-[A-Za-z0-9_-]{20,}", "glpat-"),
    _form("Slack", r"xox[abprs]-[A-Za-z0-9-]{20,}", "xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"),
)
# Here only the name tells whose it is.
_BY_NAME = (
    ("Cohere", ("COHERE_API_KEY", "CO_API_KEY"), r"[A-Za-z0-9]{40}"),
    ("Mistral", ("MISTRAL_API_KEY",), r"[A-Za-z0-9]{32}"),
    ("Together", ("TOGETHER_API_KEY", "TOGETHERAI_API_KEY"), r"[a-f0-9]{64}"),
    (
        "Azure OpenAI",
        ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_KEY", "AZURE_API_KEY", "OPENAI_API_KEY"),
        r"[a-f0-9]{32}|[A-Za-z0-9]{84}",
    ),
    (
        "NVIDIA NGC",
        ("NGC_API_KEY", "NGC_CLI_API_KEY", "NVIDIA_API_KEY"),
        r"[A-Za-z0-9]{80,90}={0,2}",
    ),
    ("AWS", ("AWS_SECRET_ACCESS_KEY", "secretAccessKey"), r"[A-Za-z0-9/+]{40}"),
    ("Azure Storage", ("AccountKey",), r"[A-Za-z0-9/+]{86}=="),
    ("Weights & Biases", ("WANDB_API_KEY",), r"[a-f0-9]{40}"),
    ("AI21", ("AI21_API_KEY",), r"[A-Za-z0-9-]{32,40}"),
    ("Voyage", ("VOYAGE_API_KEY",), r"pa-[A-Za-z0-9_-]{40,50}"),
)


def _given(provider: str, names: tuple[str, ...], value: str) -> _Form:
    words = tuple(dict.fromkeys((*names, *map(str.lower, names))))
    # An assignment, or the two halves of a pair of name and value.
    between = r"(?:\\?[\"'\])\s:=,]|\bvalue\b){1,14}"
    pattern = (
        rf"(?:{'|'.join(words)})(?![A-Za-z0-9_]){between}(?P<value>{value})(?![A-Za-z0-9/+_-])"
    )
    return _Form(provider, words, re.compile(pattern))


_GIVEN = tuple(_given(*row) for row in _BY_NAME)
_NO_KEY = re.compile(
    r"example|your|placeholder|dummy|fake|sample|change.?me|redacted|insert|replace|notreal|invalid"
    r"|x{4,}|\*{3,}|\.{3,}|0{6,}|12345|abcdef|deadbeef|foobar|test(?:ing|key|token)|mock|secret.?key",
    re.IGNORECASE,
)
_LEAST_BITS = 3.0
_HEX_BITS = 2.6


def keys_in(text: str) -> Iterator[Hit]:
    """The keys of providers in a text, each place once."""
    taken: set[int] = set()
    for form in (*_BY_FORM, *_GIVEN):
        if not any(word in text for word in form.words):
            continue
        for match in form.pattern.finditer(text):
            start, end = match.span("value")
            if start not in taken and is_random(match["value"]):
                taken.add(start)
                yield Hit(form.provider, start, end)


def private_keys_in(text: str) -> Iterator[Hit]:
    """The private keys in a text that no passphrase protects."""
    for key in private_keys(text):
        if is_whole(key) and not is_protected(key):
            yield Hit("private key", key.start, key.end, key.material)


def is_random(value: str) -> bool:
    """Whether a value looks drawn, not typed to stand for one."""
    if _NO_KEY.search(value):
        return False
    body = re.sub(r"^[a-zA-Z0-9]{1,6}[-_](?:[a-z0-9]{2,7}[-_])?", "", value) or value
    counts = Counter(body)
    bits = -sum(n / len(body) * math.log2(n / len(body)) for n in counts.values())
    return bits >= (_HEX_BITS if re.fullmatch(r"[a-f0-9_-]+", body) else _LEAST_BITS)
