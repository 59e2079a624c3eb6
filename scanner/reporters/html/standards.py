"""Where an id of a standard is explained, and the names of OWASP's API Top 10 (2023)."""

from __future__ import annotations

import re

_API = "https://owasp.org/API-Security/editions/2023/en/"
_LLM = "https://genai.owasp.org/llm-top-10/"

API_TOP_10 = (
    ("API1:2023", "Broken object level authorization", "0xa1-broken-object-level-authorization"),
    ("API2:2023", "Broken authentication", "0xa2-broken-authentication"),
    (
        "API3:2023",
        "Broken object property level authorization",
        "0xa3-broken-object-property-level-authorization",
    ),
    ("API4:2023", "Unrestricted resource consumption", "0xa4-unrestricted-resource-consumption"),
    (
        "API5:2023",
        "Broken function level authorization",
        "0xa5-broken-function-level-authorization",
    ),
    (
        "API6:2023",
        "Unrestricted access to sensitive business flows",
        "0xa6-unrestricted-access-to-sensitive-business-flows",
    ),
    ("API7:2023", "Server-side request forgery", "0xa7-server-side-request-forgery"),
    ("API8:2023", "Security misconfiguration", "0xa8-security-misconfiguration"),
    ("API9:2023", "Improper inventory management", "0xa9-improper-inventory-management"),
    ("API10:2023", "Unsafe consumption of APIs", "0xaa-unsafe-consumption-of-apis"),
)
_API_PAGES = {name: f"{_API}{page}/" for name, _, page in API_TOP_10}


def page_of(standard_id: str) -> str:
    """The page that explains a CWE or OWASP id; empty for any other id."""
    cwe = re.fullmatch(r"CWE-(\d{1,5})", standard_id)
    if cwe:
        return f"https://cwe.mitre.org/data/definitions/{cwe[1]}.html"
    if re.fullmatch(r"LLM\d\d:20\d\d", standard_id):
        return _LLM
    return _API_PAGES.get(standard_id, "")
