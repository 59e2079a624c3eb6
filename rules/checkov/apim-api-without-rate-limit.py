"""API Management passes any number of requests to the model."""

from __future__ import annotations

from _policy import Resource, gateway_policies, policy

METADATA = {
    "title": "API Management passes any number of requests to the model",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
One caller can take the whole capacity and run up the cost of the model.
""",
    "remediation": """\
Limit calls, or the tokens of a language model, by caller:

    <inbound>
      <rate-limit-by-key calls="60" renewal-period="60"
        counter-key="@(context.Subscription.Id)" />
    </inbound>
""",
    "cwe": ["CWE-770"],
    "owasp": ["API4:2023", "LLM10:2025"],
    "controls": ["RATE-1", "COST-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/770.html",
        "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/api_management_api_policy",
    ],
    "since": "0.1.0",
}


_LIMITS = (
    "rate-limit",
    "quota",
    "azure-openai-token-limit",
    "llm-token-limit",
    "limit-concurrency",
)


@policy(__file__, METADATA["title"], "azurerm_api_management_api")
def judge(resource: Resource) -> str | None:
    """A policy whose text is not known could hold the limit."""
    for text in gateway_policies(resource):
        if text is None or any(f"<{word}" in text for word in _LIMITS):
            return None
    return "no policy of it or above it limits its callers"
