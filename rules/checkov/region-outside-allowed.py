"""Endpoint or its data leaves the allowed regions."""

from __future__ import annotations

from _policy import SETTINGS, Resource, check_id, policy, provider_policy, tell_loaded
from _regions import allowed, normal, regions

METADATA = {
    "title": "Endpoint or its data leaves the allowed regions",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
Prompts, answers and training data may hold personal data; where they may be kept and
processed is a matter of law and contract. `allowed_regions` of the configuration is the
list.
""",
    "remediation": """\
Declare it in an allowed region, or allow the region in servegate.toml:

    [iac]
    allowed_regions = ["eu-central-1", "europe-west3", "germanywestcentral"]
""",
    "cwe": ["CWE-1230"],
    "owasp": [],
    "controls": ["PRIV-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/1230.html",
        "https://gdpr-info.eu/chapter-5/",
    ],
    "since": "0.1.0",
}


REGIONS = {normal(region) for region in SETTINGS.get("allowed_regions", ())}


def judge(resource: Resource) -> str | None:
    """Every value at any depth that is a region, at a name that means one."""
    outside = [region for region in regions(resource.conf) if not allowed(region, REGIONS)]
    if not outside:
        return None
    return f"{outside[0]} is none of the allowed regions ({', '.join(sorted(REGIONS))})"


if REGIONS:
    policy(__file__, METADATA["title"], "*")(judge)
    provider_policy(__file__, METADATA["title"], "*")(judge)
else:
    tell_loaded(check_id(__file__))
