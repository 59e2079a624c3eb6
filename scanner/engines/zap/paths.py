"""Finds the operation that a URL of ZAP's belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from scanner.engines._endpoint.operation import Operation
from scanner.model.values import Value

_MAX_PATH = 200
# ZAP's tree writes a variable segment as «name» and adds names of parameters in brackets.
_NODE_TAIL = re.compile(r"\s*\([^/]*$")
_VARIABLE = re.compile(r"\{[^{}]+\}")


class Spot(Value, kw_only=True):
    """Where an alert is: the method, the path template, and what stood in its variables.

    `operation` is None where the URL belongs to none that was asked for.
    """

    method: str
    template: str
    variables: tuple[tuple[str, str], ...] = ()
    operation: Operation | None = None

    def parameter(self, name: str) -> str | None:
        """The parameter's name as the specification has it: ZAP may give a path value instead."""
        plain = " ".join(name.strip().strip("«»").split())
        for variable, value in self.variables:
            if plain in (value, unquote(value)):
                return variable
        return plain[:80] or None


class Paths:
    """The operations of one API, below one origin or several that serve the same."""

    def __init__(
        self, operations: Iterable[Operation], origins: Iterable[str], prefix: str
    ) -> None:
        """`prefix` is the path that the endpoint's URL has before every template."""
        self._origins = {_origin(one) for one in origins}
        self._prefix = prefix
        self._known = [
            (_pattern(one.served_base(prefix) + one.path), one)
            for one in sorted(operations, key=lambda one: (len(one.path_parameters), one.path))
        ]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them, those with fewest variables first."""
        return tuple(one for _, one in self._known)

    def ours(self, url: str) -> bool:
        """Whether a URL is on our origins; comparing prefixes would take port 80 for 8000."""
        return _origin(url) in self._origins

    def spot(self, method: str, url: str, node: str = "") -> Spot:
        """The operation of a URL, or failing that of the node in ZAP's tree."""
        method = method.upper() or "GET"
        for path in _candidates(url, node):
            matches = [(m, one) for pattern, one in self._known if (m := pattern.fullmatch(path))]
            exact = [pair for pair in matches if pair[1].method == method]
            for match, one in (exact or matches)[:1]:
                values = zip(_names(one.template), match.groups(), strict=False)
                return Spot(
                    method=method,
                    template=one.template or "/",
                    variables=tuple(values),
                    operation=one if exact else None,
                )
        path = next(_candidates(url, node), "/")
        return Spot(method=method, template=(path.removeprefix(self._prefix) or "/")[:_MAX_PATH])

    def plainest(self, spots: Iterable[Spot]) -> Spot:
        """The spot to show a property of the whole API on: a plain read."""
        return min(spots, key=_plainness)


def _plainness(spot: Spot) -> tuple[bool, bool, bool, int, str, str]:
    one = spot.operation
    if one is None:
        return (True, True, True, 0, spot.template, spot.method)
    plain = (not one.reads_only, one.meant_public, len(one.path_parameters))
    return (False, *plain, spot.template, spot.method)


def _candidates(url: str, node: str) -> Iterator[str]:
    for text in (url, _NODE_TAIL.sub("", node)):
        if not text:
            continue
        try:
            yield urlsplit(text).path or "/"
        except ValueError:
            continue


def _pattern(template: str) -> re.Pattern[str]:
    literal = _VARIABLE.split(template or "/")
    return re.compile("([^/]+)".join(re.escape(part) for part in literal) + "/?")


def _names(template: str) -> list[str]:
    return [name[1:-1] for name in _VARIABLE.findall(template)]


def _origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return parts.scheme, (parts.hostname or "").lower(), port
    except ValueError:
        return "", "", 0
