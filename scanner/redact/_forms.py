"""The forms of keys of model hosts, clouds and tools: what is found and what is hidden. Pure.

One table for both, so that no key is shown by an engine that another one finds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

# Behind an escape of a string, of a URL or of a terminal's colour a word begins.
_BEHIND = (
    r"(?<=\\[nrtfbav0e])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2})|(?<=\\x[0-9a-fA-F]{2})"
    r"|(?<=\\[0-7]{3})|(?<=\[[mK])|(?<=\[\d[mK])|(?<=[\[;]\d\dm)|(?<=;\dm)|(?<=;\d\d\dm)"
)
BEGINS = rf"(?:(?<![A-Za-z0-9])|{_BEHIND})"
# The same, but not in a name of several words.
WORD_BEGINS = rf"(?:(?<![A-Za-z0-9_-])|{_BEHIND})"
UNNAMED = "a host with the interface of OpenAI"
_OF_GITLAB = ("pat", "rt", "dt", "ptt", "ft", "cbt", "soat", "oas", "imt", "agent")


@dataclass(frozen=True)
class Form:
    """A pattern, and words of which one is in each text that it fits: they are cheap to find.

    Compiled when it is first asked for: most texts have no word of most forms.
    """

    provider: str
    words: tuple[str, ...]
    _exact: str
    _loose: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The form as its provider gives it."""
        return re.compile(self._exact)

    @cached_property
    def loose(self) -> re.Pattern[str]:
        """The same with whatever is written on to it, for hiding it."""
        return re.compile(self._loose)


def _form(provider: str, pattern: str, *words: str) -> Form:
    exact = rf"{WORD_BEGINS}(?P<value>{pattern})(?![A-Za-z0-9_-])"
    return Form(provider, words, exact, rf"{BEGINS}(?P<value>(?:{pattern})[\w-]*)")


# The word in front makes the form the provider's own.
BY_FORM = (
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
    # DeepSeek's, and those of others that took over the form.
    _form(UNNAMED, r"sk-[a-f0-9]{32}", "sk-"),
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
    _form(
        "GitLab",
        r"gl(?:pat|rt|dt|ptt|ft|cbt|soat|oas|imt|agent)-[A-Za-z0-9_-]{20,}(?:\.[a-z0-9]{2}\.[a-z0-9]{9})?",
        *(f"gl{kind}-" for kind in _OF_GITLAB),
    ),
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
    _form("Google OAuth", r"GOCSPX-[A-Za-z0-9_-]{28}", "GOCSPX-"),
    _form("Atlassian", r"ATATT3[A-Za-z0-9_=-]{60,250}", "ATATT3"),
    _form("Grafana", r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", "glsa_"),
    _form("Telegram", r"\d{8,10}:AA[A-Za-z0-9_-]{33}", ":AA"),
    _form(
        "Sentry",
        r"sntrys_eyJ[A-Za-z0-9+/=]{60,}_[A-Za-z0-9+/]{43}|sntryu_[a-f0-9]{64}",
        *("sntrys_eyJ", "sntryu_"),
    ),
    _form("New Relic", r"NRAK-[A-Z0-9]{27}", "NRAK-"),
    _form("Figma", r"figd_[A-Za-z0-9_-]{38,44}", "figd_"),
    _form("Notion", r"ntn_[A-Za-z0-9]{43,50}", "ntn_"),
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


def _given(provider: str, names: tuple[str, ...], value: str) -> Form:
    words = tuple(dict.fromkeys((*names, *map(str.lower, names))))
    # An assignment, or the two halves of a pair of name and value.
    between = r"(?:\\?[\"'\])\s:=,]|\bvalue\b){1,14}"
    pattern = (
        rf"(?:{'|'.join(words)})(?![A-Za-z0-9_]){between}(?P<value>{value})(?![A-Za-z0-9/+_-])"
    )
    return Form(provider, words, pattern, pattern)


GIVEN = tuple(_given(*row) for row in _BY_NAME)
_FORMS = (*BY_FORM, *GIVEN)
# Parts that many words share: a text without such a part has none of them.
_SHARED = ("API_KEY", "api_key", "sk-", "xox", "_v1_")
_WORDS = tuple(
    (
        part,
        tuple(
            (word, number)
            for number, form in enumerate(_FORMS)
            for word in form.words
            if part == next(filter(word.__contains__, _SHARED), "")
        ),
    )
    for part in ("", *_SHARED)
)


def forms_in(text: str) -> list[Form]:
    """The forms of which a word is in the text, in their order; most texts have none."""
    numbers = {
        number for part, words in _WORDS if part in text for word, number in words if word in text
    }
    return [_FORMS[number] for number in sorted(numbers)]


# What stands in front of the drawn part.
HEAD = re.compile(
    r"sk-(?:ant-(?:api|admin|oat|sid)\d\d|or-v1|proj|svcacct|admin|lf)-|lsv2_(?:pt|sk)_|github_pat_"
    r"|api_org_|tgp_v1_|tvly-(?:dev|prod)-|https://hooks\.slack\.com/services/|[A-Za-z0-9]{2,5}[-_.]"
)
