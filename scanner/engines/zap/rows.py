"""Reads what ZAP says of an alert, in the API's form and in that of a `traditional-json` report.

Every value may be text, a number, null or missing; prose may be HTML. What comes out is plain text
of bounded length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import field

from scanner.model.values import Value

_TAG = re.compile(r"<[^<>]{0,300}>")
_MAX_TEXT = 4_000
_RISKS = {"3": "High", "2": "Medium", "1": "Low", "0": "Informational"}
_SURENESS = {"4": "Confirmed", "3": "High", "2": "Medium", "1": "Low", "0": "False Positive"}


def _text(value: object) -> str:
    """Text of whatever stands there. Raises `ValueError` for an object or a list."""
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value).encode("utf-8", "replace").decode()[:_MAX_TEXT].strip()
    raise ValueError("neither text nor a number")


def _prose(value: object) -> str:
    """Text without markup: reports hold paragraphs, the API plain text."""
    text = _text(value)
    if text.startswith("<"):
        text = _TAG.sub("", re.sub(r"</p>\s*", "\n", text))
    return html.unescape(text).strip()


class Alert(Value, kw_only=True):
    """One alert of ZAP's: a rule that fired on one request and parameter."""

    id: str = ""
    plugin: str = field(default="", name="pluginId")
    reference_id: str = field(default="", name="alertRef")
    name: str = ""
    risk: str = ""
    confidence: str = ""
    method: str = ""
    url: str
    node: str = field(default="", name="nodeName")
    parameter: str = field(default="", name="param")
    attack: str = ""
    evidence: str = ""
    other: str = ""
    description: str = ""
    solution: str = ""
    references: str = field(default="", name="reference")
    cweid: str = ""
    message: str = field(default="", name="messageId")
    tags: dict[str, Any] = field(default_factory=dict)

    @property
    def cwe(self) -> int:
        """The CWE's number; 0 for none, which ZAP says as 0, -1, null or nothing."""
        return int(self.cweid) if re.fullmatch(r"[0-9]{1,5}", self.cweid) else 0

    @property
    def false_positive(self) -> bool:
        """Whether somebody, or ZAP itself, said that it is none."""
        return self.confidence == "False Positive"


_KEYS = tuple(
    (name, key)
    for name, key in zip(Alert.__struct_fields__, Alert.__struct_encode_fields__, strict=True)
    if name != "tags"
)
_PROSE = ("name", "other", "description", "solution", "references")


def read_alert(raw: object) -> Alert | None:
    """One row of `alert/view/alerts`; None where it is not one."""
    if not isinstance(raw, dict):
        return None
    tags = raw.get("tags")
    told: dict[str, Any] = {"url": "", "tags": tags if isinstance(tags, dict) else {}}
    try:
        for name, key in _KEYS:
            if key in raw:
                told[name] = _prose(raw[key]) if name in _PROSE else _text(raw[key])
    except ValueError:
        return None
    alert = Alert(**{**told, "name": told.get("name") or _fallback(raw)})
    return alert if alert.url else None


def _fallback(raw: Mapping[str, object]) -> str:
    """Older answers have the name under `alert` alone."""
    try:
        return _prose(raw.get("alert"))
    except ValueError:
        return ""


def report_rows(document: object) -> Iterator[dict[str, Any]]:
    """The rows of a report in the API's form, from either of the two forms.

    Raises `ValueError` where it is neither.
    """
    if not isinstance(document, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what is wrong is the text
    if isinstance(document.get("alerts"), list):
        yield from (row for row in document["alerts"] if isinstance(row, dict))
        return
    sites = document.get("site")
    if isinstance(sites, dict):
        sites = [sites]
    if not isinstance(sites, list):
        raise ValueError("neither `alerts` nor `site` is in it")  # noqa: TRY004
    for site in sites:
        if isinstance(site, dict):
            yield from _site_rows(site)


def _site_rows(site: dict[str, Any]) -> Iterator[dict[str, Any]]:
    alerts = site.get("alerts")
    for alert in alerts if isinstance(alerts, list) else []:
        if not isinstance(alert, dict):
            continue
        shared = {
            "pluginId": alert.get("pluginid"),
            "alertRef": alert.get("alertRef"),
            "name": alert.get("name") or alert.get("alert"),
            "risk": _RISKS.get(str(alert.get("riskcode"))),
            "confidence": _SURENESS.get(str(alert.get("confidence"))),
            "description": alert.get("desc"),
            "solution": alert.get("solution"),
            "reference": alert.get("reference"),
            "cweid": alert.get("cweid"),
            "tags": _tags(alert.get("tags")),
        }
        instances = alert.get("instances")
        listed = instances if isinstance(instances, list) else []
        rows = [one for one in listed if isinstance(one, dict)]
        for one in rows or [{"uri": site.get("@name")}]:
            yield {
                **shared,
                "url": one.get("uri"),
                "method": one.get("method"),
                "nodeName": one.get("nodeName"),
                "param": one.get("param"),
                "attack": one.get("attack"),
                "evidence": one.get("evidence"),
                "other": one.get("otherinfo"),
                "requestHeader": one.get("request-header"),
                "requestBody": one.get("request-body"),
                "responseHeader": one.get("response-header"),
                "responseBody": one.get("response-body"),
            }


def _tags(raw: object) -> dict[str, Any]:
    """Reports list tags as objects with `tag` and `link`."""
    listed = raw if isinstance(raw, list) else []
    return {
        str(one["tag"]): one.get("link") for one in listed if isinstance(one, dict) and "tag" in one
    }
