"""What can be asked of an API: operations with their inputs, as read from its specification."""

from __future__ import annotations

import re
from typing import Any

from msgspec import field

from scanner.model.values import Value

Schema = dict[str, Any]

_DESTRUCTIVE_WORDS = re.compile(
    r"(?:^|[/_\-.])(?:delete|destroy|drop|erase|flush|kill|purge|remove|reset|restart|shutdown|"
    r"stop|terminate|truncate|unload|unregister|wipe|createdb|abort|exit|quit)(?:$|[/_\-.])",
    re.IGNORECASE,
)
_PUBLIC_WORDS = re.compile(
    r"(?:^|/)(?:health|healthz|healthcheck|livez?|readyz?|ready|live|ping|version|status|metrics|"
    r"docs|redoc|openapi\.json|favicon\.ico|robots\.txt|login|token|register|signup|sign-up)/?$",
    re.IGNORECASE,
)


class Parameter(Value, kw_only=True):
    """An input outside the body; `place` is path, query, header or cookie."""

    name: str
    place: str
    required: bool
    schema: Schema
    example: object = None


class Body(Value, kw_only=True):
    """The request body: its media type and what it must look like."""

    media_type: str
    schema: Schema
    required: bool
    example: object = None


class Operation(Value, kw_only=True):
    """One method on one path template.

    `path` is as documented; `base` is the prefix that the document's `servers` adds. `secured` is
    whether the document says that a credential is needed, None where it says nothing at all.
    `response` is the schema of the first documented 2xx answer.
    """

    method: str
    path: str
    base: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    secured: bool | None = None
    tags: tuple[str, ...] = ()
    summary: str = ""
    operation_id: str = ""
    response: Schema = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def template(self) -> str:
        """The whole path template on the server."""
        return f"{self.base}{self.path}"

    def served_base(self, prefix: str) -> str:
        """The documented prefix, after the path of the URL that the user gave, each once."""
        if prefix and not f"{self.base}/".startswith(f"{prefix}/"):
            return prefix + self.base
        return self.base

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Names in the path template, in order."""
        return tuple(re.findall(r"\{([^{}]+)\}", self.path))

    @property
    def reads_only(self) -> bool:
        """Whether HTTP promises that a call changes nothing."""
        return self.method in ("GET", "HEAD")

    @property
    def destructive(self) -> bool:
        """Whether a call may destroy what the scan did not create, judged by method and words."""
        return self.method == "DELETE" or bool(_DESTRUCTIVE_WORDS.search(self.path))

    @property
    def meant_public(self) -> bool:
        """Whether the path is one that APIs commonly leave open."""
        return bool(_PUBLIC_WORDS.search(self.path)) or self.path in ("", "/")
