"""Where a finding is shown by readers that know only files: a relative path and a line."""

from __future__ import annotations

from scanner.model.location import CodeLocation, EndpointLocation, Location, ResourceLocation

# Operations without known code get a path in a folder of their own, which no repository has.
ENDPOINTS = ".servegate/endpoint"


def code_of(location: Location) -> CodeLocation:
    """The lines to show: of the code, of the resource, or of the operation's handler.

    An operation whose handler is not known gets line 1 of a made-up path below `ENDPOINTS`.
    """
    match location:
        case CodeLocation():
            return location
        case ResourceLocation(path=path, start_line=start, end_line=end):
            return CodeLocation(path=path, start_line=start, end_line=end)
        case EndpointLocation(method=method, path=path, handler=handler):
            return handler or CodeLocation(
                path=_endpoint_path(method, path), start_line=1, end_line=1
            )


def lines_of(location: CodeLocation) -> tuple[int, int]:
    """First and last line, at least 1 and in order."""
    first = max(location.start_line, 1)
    return first, max(location.end_line, first)


def _endpoint_path(method: str, path: str) -> str:
    parts = ["_" if part in (".", "..") else part for part in path.split("/") if part]
    return "/".join((ENDPOINTS, method or "ANY", *(parts or ["_root"])))
