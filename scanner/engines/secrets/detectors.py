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
from scanner.redact import drawn, private_keys


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


# Not inside a word; behind an escape of a string or of a URL a word begins.
_BEFORE = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtfb])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"


def _form(provider: str, pattern: str, *words: str) -> _Form:
    return _Form(provider, words, re.compile(rf"{_BEFORE}(?P<value>{pattern})(?![A-Za-z0-9_-])"))


# The word in front makes the form the provider's own.
_BY_FORM = (
    _form("Anthropic", r"sk-ant-(?:api|admin|oat|sid)\d\d-[A-Za-z0-9_-]{32,}", "sk-ant-"),
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
    _form("Slack", r"xox[abeprs]-[A-Za-z0-9-]{20,}", *(f"xox{kind}-" for kind in "abeprs")),
    _form(
        "Slack",
        r"https://hooks\.slack\.com/services/T[A-Z0-9]{7,12}/B[A-Z0-9]{7,12}/[A-Za-z0-9]{24}",
        "hooks.slack.com",
    ),
    _form("Databricks", r"dapi[a-f0-9]{32}(?:-\d)?", "dapi"),
    _form("Cerebras", r"csk-[a-z0-9]{40,56}", "csk-"),
    _form("Langfuse", r"sk-lf-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}", "sk-lf-"),
    _form("LlamaCloud", r"llx-[A-Za-z0-9]{40,56}", "llx-"),
    _form("Jina", r"jina_[A-Za-z0-9_-]{50,70}", "jina_"),
    _form("RunPod", r"rpa_[A-Z0-9]{36,50}[a-z0-9]{0,6}", "rpa_"),
    _form("Azure AI", r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}", "JQQJ99"),
    _form("HashiCorp Vault", r"hv[sb]\.[A-Za-z0-9_-]{24,}", "hvs.", "hvb."),
    _form("npm", r"npm_[A-Za-z0-9]{36}", "npm_"),
    _form("PyPI", r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}", "pypi-AgEI"),
    _form("Docker", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}", "dckr_"),
    _form("DigitalOcean", r"do[opr]_v1_[a-f0-9]{64}", "dop_v1_", "doo_v1_", "dor_v1_"),
    _form("Stripe", r"[sr]k_live_[A-Za-z0-9]{24,}", "k_live_"),
    _form("age", r"AGE-SECRET-KEY-1[A-Z0-9]{58}", "AGE-SECRET-KEY-1"),
    _form("SendGrid", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "SG."),
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
    ("WireGuard", ("PrivateKey",), r"[A-Za-z0-9+/]{42}[A-Za-z0-9]="),
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
_HEAD = re.compile(
    r"sk-(?:ant-(?:api|admin|oat|sid)\d\d|or-v1|proj|svcacct|admin|lf)-|lsv2_(?:pt|sk)_|github_pat_"
    r"|api_org_|tgp_v1_|tvly-(?:dev|prod)-|https://hooks\.slack\.com/services/|[A-Za-z0-9]{2,5}[-_.]"
)
_AWS_ID = 20
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
            if start not in taken and is_random(match["value"]) and _is_drawn(form, match):
                taken.add(start)
                yield Hit(form.provider, start, end)


def private_keys_in(text: str) -> Iterator[Hit]:
    """The private keys in a text that no passphrase protects."""
    for key in private_keys(text):
        if key.kind and is_whole(key) and not is_protected(key):
            yield Hit("private key", key.start, key.end, key.material)


def _is_drawn(form: _Form, match: re.Match[str]) -> bool:
    """Whether what follows the provider's word is in no order, unlike names that begin alike."""
    value = match["value"]
    if form.provider == "AWS" and len(value) == _AWS_ID:
        # Too short to tell, but nobody writes a name in sixteen capitals behind that word.
        return True
    return drawn(_HEAD.sub("", value, count=1))


def is_random(value: str) -> bool:
    """Whether a value looks drawn, not typed to stand for one."""
    if _NO_KEY.search(value):
        return False
    body = re.sub(r"^[a-zA-Z0-9]{1,6}[-_](?:[a-z0-9]{2,7}[-_])?", "", value) or value
    counts = Counter(body)
    bits = -sum(n / len(body) * math.log2(n / len(body)) for n in counts.values())
    return bits >= (_HEX_BITS if re.fullmatch(r"[a-f0-9_-]+", body) else _LEAST_BITS)
