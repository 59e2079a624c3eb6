"""Paths of management and debug surfaces, and what tells each from any other page."""

from __future__ import annotations

import re

from scanner.model.severity import Severity
from scanner.model.values import Value


class Surface(Value):
    """A path, what its answer must hold, and what it is."""

    path: str
    pattern: re.Pattern[str]
    what: str
    severity: Severity
    method: str = "GET"


def _surface(
    path: str, pattern: str, what: str, severity: Severity, method: str = "GET"
) -> Surface:
    return Surface(path, re.compile(pattern, re.MULTILINE), what, severity, method)


SURFACES: tuple[Surface, ...] = (
    _surface(
        "/.env",
        r"\A(?:\s*#[^\n]*\n|\s*\n)*[A-Z][A-Z0-9_]{2,}=\S",
        "a file of environment variables",
        Severity.HIGH,
    ),
    _surface("/.git/HEAD", r"\Aref: refs/heads/\S+", "the source's history", Severity.HIGH),
    _surface("/env", r'"?PATH"?\s*[:=]\s*"?[^"\n]*/bin', "environment variables", Severity.HIGH),
    _surface("/actuator/env", r'"propertySources"\s*:', "the configuration", Severity.HIGH),
    _surface("/actuator", r'"_links"\s*:\s*\{\s*"self"', "an actuator", Severity.MEDIUM),
    _surface("/debug/vars", r'"memstats"\s*:', "process variables", Severity.MEDIUM),
    _surface(
        "/debug/pprof/",
        r"full goroutine stack dump|Types of profiles available",
        "a profiler",
        Severity.MEDIUM,
    ),
    _surface(
        "/debug",
        r'"(?:versions?|env(?:iron(?:ment)?)?|config|settings|traceback|sys_?path|folder|cwd)"\s*:'
        r"|Traceback \(most recent call last\)",
        "a debug page",
        Severity.MEDIUM,
    ),
    _surface(
        "/console", r"Werkzeug|EVALEX|Interactive Console", "an interactive console", Severity.HIGH
    ),
    _surface(
        "/v2/repository/index",
        r'\A\s*\[\s*\{[^\]]*"name"\s*:[^\]]*"state"\s*:',
        "the model repository's index",
        Severity.MEDIUM,
        "POST",
    ),
    _surface(
        "/model/info", r'"litellm_params"\s*:', "the models' upstream settings", Severity.HIGH
    ),
    _surface(
        "/api/ps", r'"models"\s*:\s*\[.*"(?:size_vram|digest)"', "the loaded models", Severity.LOW
    ),
    _surface("/mlflow", r"<title>\s*MLflow", "an MLflow server", Severity.HIGH),
    _surface(
        "/dashboard", r"<title>\s*(?:Ray Dashboard|Dask)", "a cluster's dashboard", Severity.HIGH
    ),
    _surface(
        "/server-status", r"Apache Server Status for", "the web server's status", Severity.LOW
    ),
    _surface("/metrics", r"\A# (?:HELP|TYPE) \w+", "metrics", Severity.LOW),
    _surface("/docs", r"swagger-ui", "a documentation page", Severity.INFO),
    _surface("/redoc", r"<redoc|redoc\.standalone", "a documentation page", Severity.INFO),
)
