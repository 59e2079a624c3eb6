"""What a region is at Amazon, Google and Microsoft, and whether it is one that is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_NAMES = re.compile(
    r"^(?:(?:\w+_)?(?:region|location)s?|(?:\w+_)?region_name|availability_zones?|zones?)$"
)
_AMAZON = re.compile(r"^[a-z]{2}(?:-(?:gov|iso[a-z]?))?-(?:[a-z]+)-\d[a-z]?$")
_GOOGLE = re.compile(
    r"^(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-[a-z]+\d+(?:-[a-z])?$"
)
_GOOGLE_WIDE = re.compile(r"^(?:us|eu|asia|nam\d+|eur\d+|asia\d+)$")
_MICROSOFT = re.compile(
    r"^(?:(?:east|west|central|northcentral|southcentral|westcentral)us(?:\d|euap|stage)?"
    r"|(?:north|west)europe|uk(?:south|west)|(?:france|germany|switzerland|norway|sweden|poland"
    r"|italy|spain|austria|belgium|israel|qatar|uae|canada|australia|japan|korea|brazil|mexico|india"
    r"|southafrica|newzealand|indonesia|malaysia|chile|taiwan|china|usgov|usdod|jioindia)"
    r"[a-z]*\d?|(?:central|south|west)india|(?:east|southeast)asia|(?:east|west)japan)$"
)


def regions(value: Any) -> Iterator[str]:
    """Every region in a resource's values, at whatever depth."""
    if isinstance(value, dict):
        for name, part in value.items():
            if _NAMES.match(str(name)):
                yield from (word for word in _words(part) if _is_region(word))
            yield from regions(part)
    elif isinstance(value, list):
        for part in value:
            yield from regions(part)


def normal(region: str) -> str:
    """One spelling: `West Europe` is `westeurope`."""
    return region.replace(" ", "").lower()


def allowed(region: str, wanted: set[str]) -> bool:
    """Whether a region, or the region of a zone, is in the list."""
    name = normal(region)
    zone = re.match(r"^(?P<region>.*\d)-?[a-z]$", name)
    return name in wanted or bool(zone and zone["region"] in wanted)


def _is_region(word: str) -> bool:
    name = normal(word)
    patterns = (_AMAZON, _GOOGLE, _GOOGLE_WIDE, _MICROSOFT)
    return any(pattern.match(name) for pattern in patterns)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)
