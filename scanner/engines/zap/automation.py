"""The same scan as a plan for ZAP's Automation Framework, for those who run ZAP by themselves."""

from __future__ import annotations

from typing import Any

from scanner.engines.zap.session import scope_pattern
from scanner.engines.zap.tables import Policy
from scanner.model.values import Value

CONTEXT = "servegate"


class Caller(Value, kw_only=True):
    """The header that ZAP adds: its value is `prefix` and an environment variable's content."""

    name: str
    header: str
    prefix: str
    variable: str


def automation_plan(
    *,
    origin: str,
    document: str,
    caller: Caller | None,
    policy: Policy,
    max_minutes: int,
    report: str,
) -> dict[str, Any]:
    """A plan that imports, waits, attacks with our policy and writes a report we can import.

    `document` is the file that ZAP imports, `report` the file name that it writes beside the plan.
    The secret stays in the environment.
    """
    context = {"name": CONTEXT, "urls": [origin], "includePaths": [scope_pattern(origin)]}
    jobs = [
        _passive_rules(policy),
        *([_credential(caller, origin)] if caller else []),
        {
            "type": "openapi",
            "parameters": {"apiFile": document, "targetUrl": origin, "context": CONTEXT},
        },
        {"type": "passiveScan-wait", "parameters": {"maxDuration": 2}},
        _attack(policy, max_minutes),
        {"type": "passiveScan-wait", "parameters": {"maxDuration": 2}},
        {
            "type": "report",
            "parameters": {
                "template": "traditional-json",
                "reportDir": ".",
                "reportFile": report,
                "reportTitle": "ZAP report for servegate import zap",
            },
        },
    ]
    return {
        "env": {
            "contexts": [context],
            "parameters": {"failOnError": True, "failOnWarning": False, "progressToStdout": True},
        },
        "jobs": jobs,
    }


def _passive_rules(policy: Policy) -> dict[str, Any]:
    rules = [{"id": rule.id, "name": rule.name, "threshold": "medium"} for rule in policy.passive]
    return {
        "type": "passiveScan-config",
        "parameters": {"scanOnlyInScope": True, "disableAllRules": True},
        "rules": rules,
    }


def _credential(caller: Caller, origin: str) -> dict[str, Any]:
    return {
        "type": "replacer",
        "parameters": {"deleteAllRules": False},
        "rules": [
            {
                "description": f"credential of {caller.name}",
                "url": scope_pattern(origin),
                "matchType": "req_header",
                "matchString": caller.header,
                "matchRegex": False,
                "replacementString": f"{caller.prefix}${{{caller.variable}}}",
            }
        ],
    }


def _attack(policy: Policy, max_minutes: int) -> dict[str, Any]:
    rules = [
        {
            "id": rule.id,
            "name": rule.name,
            "strength": rule.strength.lower(),
            "threshold": rule.threshold.lower(),
        }
        for rule in policy.active
    ]
    return {
        "type": "activeScan",
        "parameters": {"context": CONTEXT, "maxScanDurationInMins": max_minutes},
        "policyDefinition": {
            "defaultStrength": "medium",
            "defaultThreshold": "off",
            "rules": rules,
        },
    }
