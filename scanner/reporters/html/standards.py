"""Where an id of a standard is explained, and the names of OWASP's two Top 10 lists."""

from __future__ import annotations

import re

_API = "https://owasp.org/API-Security/editions/2023/en/"
_LLM = "https://genai.owasp.org/llmrisk/"

Standard = tuple[tuple[str, str, str], ...]


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


# Id, title, address.
API_TOP_10: Standard = tuple(
    (f"API{number}:2023", title, f"{_API}0xa{number:x}-{_slug(title)}/")
    for number, title in enumerate(
        (
            "Broken object level authorization",
            "Broken authentication",
            "Broken object property level authorization",
            "Unrestricted resource consumption",
            "Broken function level authorization",
            "Unrestricted access to sensitive business flows",
            "Server-side request forgery",
            "Security misconfiguration",
            "Improper inventory management",
            "Unsafe consumption of APIs",
        ),
        start=1,
    )
)
LLM_TOP_10: Standard = tuple(
    (f"LLM{number:02}:2025", title, f"{_LLM}llm{number:02}2025-{_slug(title)}/")
    for number, title in enumerate(
        (
            "Prompt injection",
            "Sensitive information disclosure",
            "Supply chain",
            "Data and model poisoning",
            "Improper output handling",
            "Excessive agency",
            "System prompt leakage",
            "Vector and embedding weaknesses",
            "Misinformation",
            "Unbounded consumption",
        ),
        start=1,
    )
)
_PAGES = {name: page for name, _, page in (*API_TOP_10, *LLM_TOP_10)}


def page_of(standard_id: str) -> str:
    """The page that explains a CWE or OWASP id; empty for any other id."""
    cwe = re.fullmatch(r"CWE-(\d{1,5})", standard_id)
    if cwe:
        return f"https://cwe.mitre.org/data/definitions/{cwe[1]}.html"
    if re.fullmatch(r"LLM\d\d:20\d\d", standard_id):
        return _PAGES.get(standard_id, "https://genai.owasp.org/llm-top-10/")
    return _PAGES.get(standard_id, "")
