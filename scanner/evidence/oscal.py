"""`assessment-results.json`: the ledger as OSCAL assessment results.

OSCAL's findings know `satisfied` and `not-satisfied` only. A scan satisfies nothing, so findings
are written for contradicted controls alone; what supports a control, and what was not assessed, is
an observation with our status as a property.
https://pages.nist.gov/OSCAL/concepts/layer/assessment/assessment-results/
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.evidence.model import Assessed, ControlStatus, Effect, Observation
from scanner.reporters._json import lines
from scanner.reporters._text import clipped, one_line

if TYPE_CHECKING:
    from scanner.evidence.pack import Ledger

Json = dict[str, object]

OSCAL_VERSION = "1.1.3"
NAMESPACE = "https://servegate.invalid/ns/oscal"
MAX_PLACES = 200
_TOKEN = re.compile(r"[^A-Za-z0-9._-]")


def render(ledger: Ledger) -> str:
    """The document; its ids follow from the result, so that equal results give equal bytes."""
    space = uuid.uuid5(uuid.NAMESPACE_URL, f"servegate:evidence:{ledger.result_sha256}")
    return lines({"assessment-results": _results(ledger, space)}, 6, ascii_only=True)


def _results(ledger: Ledger, space: uuid.UUID) -> Json:
    scan = ledger.scan
    plan = str(uuid.uuid5(space, "plan"))
    raw = str(uuid.uuid5(space, "result.json"))
    return {
        "uuid": str(uuid.uuid5(space, "assessment-results")),
        "metadata": {
            "title": f"servegate on {_line(scan.project)}",
            "last-modified": _utc(scan.ended),
            "version": scan.commit or "unknown commit",
            "oscal-version": OSCAL_VERSION,
        },
        "import-ap": {"href": f"#{plan}"},
        "results": [_result(ledger, space)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "Plan of the scan",
                    "description": "The engines and rules that were asked for are in result.json; "
                    "there is no assessment plan of its own.",
                },
                {
                    "uuid": raw,
                    "title": "Record of the scan",
                    "rlinks": [
                        {
                            "href": "result.json",
                            "media-type": "application/json",
                            "hashes": [{"algorithm": "SHA-256", "value": ledger.result_sha256}],
                        }
                    ],
                },
            ]
        },
    }


def _result(ledger: Ledger, space: uuid.UUID) -> Json:
    scan = ledger.scan
    seen = {one.rule_id: one for entry in ledger.assessed for one in entry.observations}
    rules = [_rule_observation(seen[key], space, scan.ended) for key in sorted(seen)]
    findings = [
        _finding(one, space) for one in ledger.assessed if one.status is ControlStatus.CONTRADICTED
    ]
    told: Json = {
        "uuid": str(uuid.uuid5(space, "result")),
        "title": "Scan",
        "description": f"Verdict of the gate: {scan.decision.verdict.value}. A supported control "
        "is one that this scan found evidence for; nothing here says that it is satisfied.",
        "start": _utc(scan.started),
        "end": _utc(scan.ended),
        "props": [
            _prop(status.value.replace(" ", "-"), str(ledger.count(status)))
            for status in ControlStatus
        ],
        "reviewed-controls": {"control-selections": [_selection(ledger.assessed)]},
        "observations": [
            *(_control_observation(one, space, scan.ended) for one in ledger.assessed),
            *rules,
        ],
    }
    return {**told, "findings": findings} if findings else told


def _selection(assessed: tuple[Assessed, ...]) -> Json:
    looked = [one for one in assessed if one.status is not ControlStatus.NOT_ASSESSED]
    described: Json = {"description": "Controls of servegate's catalogue that were assessed."}
    if looked:
        return {**described, "include-controls": [{"control-id": one.control.id} for one in looked]}
    # A selection names something; with nothing assessed it is all controls but every one of them.
    excluded = [{"control-id": one.control.id} for one in assessed]
    return {**described, "include-all": {}, "exclude-controls": excluded}


def _control_observation(one: Assessed, space: uuid.UUID, moment: datetime) -> Json:
    declared = [
        _prop("declared", f"{entry.state}: {entry.statement} ({entry.owner})")
        for entry in one.declarations
    ]
    maps = [_prop(name, word) for name, ids in one.control.maps for word in ids]
    return {
        "uuid": _control_id(one, space),
        "title": f"{one.control.id}: {one.control.title}",
        "description": _line("; ".join(one.reasons)) or one.status.value,
        "methods": ["EXAMINE"] if one.control.strength.value == "declared" else ["TEST"],
        "types": ["control-objective"],
        "collected": _utc(moment),
        "props": [
            _prop("control", one.control.id),
            _prop("status", one.status.value),
            _prop("strength", one.control.strength.value),
            *([_prop("accepted", "by written exceptions")] if one.accepted else []),
            *declared,
            *maps,
        ],
        "remarks": _line(one.control.limits) or "No limits are known.",
    }


def _rule_observation(one: Observation, space: uuid.UUID, moment: datetime) -> Json:
    told: Json = {
        "uuid": _rule_id(one, space),
        "title": _line(one.rule_id),
        "description": _line(f"{one.effect.value}: {one.why}"),
        "methods": ["TEST"] if one.stage in ("dast", "secrets") else ["EXAMINE"],
        "collected": one.ended or _utc(moment),
        "props": [
            _prop("engine", one.engine),
            *([_prop("version", one.version)] if one.version else []),
            _prop("effect", one.effect.value),
            _prop("sha256", one.digest),
        ],
    }
    places = one.places[:MAX_PLACES]
    if places:
        told["relevant-evidence"] = [
            {
                "href": "result.json",
                "description": _line(f"{place.verdict} at {place.subject}: {place.note}"),
                "props": [
                    _prop("sha256", place.digest),
                    *([_prop("fingerprint", place.fingerprint)] if place.fingerprint else []),
                ],
            }
            for place in places
        ]
    if len(one.places) > MAX_PLACES:
        told["remarks"] = f"{len(one.places) - MAX_PLACES} further places are in evidence.json."
    return told


def _finding(one: Assessed, space: uuid.UUID) -> Json:
    found = [seen for seen in one.observations if seen.effect is Effect.FOUND]
    return {
        "uuid": str(uuid.uuid5(space, f"finding {one.control.id}")),
        "title": f"{one.control.id}: {one.control.title}",
        "description": _line("; ".join(one.reasons)),
        "target": {
            "type": "objective-id",
            "target-id": one.control.id,
            "status": {"state": "not-satisfied", "reason": "fail"},
        },
        "related-observations": [
            {"observation-uuid": _control_id(one, space)},
            *({"observation-uuid": _rule_id(seen, space)} for seen in found),
        ],
    }


def _control_id(one: Assessed, space: uuid.UUID) -> str:
    return str(uuid.uuid5(space, f"control {one.control.id}"))


def _rule_id(one: Observation, space: uuid.UUID) -> str:
    return str(uuid.uuid5(space, f"rule {one.rule_id}"))


def _prop(name: str, value: str) -> Json:
    return {"name": _TOKEN.sub("-", name), "ns": NAMESPACE, "value": _line(value) or "-"}


def _line(text: str) -> str:
    return clipped(one_line(text), 2_000)


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
