"""The tables of servegate.toml: what each key means, and what it may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from scanner.model.documents import Document
from scanner.model.severity import Severity

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
PositiveCount = Annotated[int, Meta(gt=0)]
Words = Annotated[str, Meta(min_length=1)]
# `\Z` and not `$`, before which Python lets a line break stand.
Route = Annotated[str, Meta(pattern=r"^/")]
Method = Annotated[str, Meta(pattern=r"^[A-Z]+\Z")]
HeaderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+\Z")]
Image = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][\w./:@-]*\Z")]
Origin = Annotated[str, Meta(pattern=r"^(https?://[^\s/]+/?)?\Z")]


def _check_url(key: str, url: str) -> None:
    try:
        urlsplit(url)
    except ValueError as error:  # brackets that make no address
        raise ValueError(f"{key} is no address: {error}") from None


class ScanSection(Document):
    """`[scan]`: what is looked at, and for how long.

    `enable_rules` switches on rules that are off by default (`sast/B101`).
    """

    exclude: tuple[str, ...] = ()
    enable_rules: tuple[str, ...] = ()
    max_file_bytes: PositiveCount = 1_000_000
    engine_timeout: Positive = 300.0


class GateSection(Document):
    """`[gate]`: what fails the build.

    `policy` is a preset (`rules/policies/`) or a file of one's own, whose values count where this
    table has none. `waivers` is the file of waivers, `baseline` what was known before: a file, or
    `git:REF`. With `block_known` what the baseline knows blocks too; with `observe` nothing does.
    Waivers count for at most `waiver_days` from today (0: any time), up to `waiver_severity`.
    """

    policy: str = ""
    fail_on: Severity = Severity.HIGH
    required: tuple[str, ...] = ()
    allow_missing: tuple[str, ...] = ()
    allow_gaps: bool = False
    forbid_inline_suppressions: bool = False
    block_known: bool = False
    observe: bool = False
    waiver_days: Annotated[int, Meta(ge=0)] = 0
    waiver_severity: Severity | None = Severity.CRITICAL
    waivers: str = ""
    baseline: str = ""


class RecipeSection(Document):
    """`login` or `register` of an identity: a request, and where its answer holds the token.

    `$NAME` in `body` is an environment variable; `{username}`, `{password}`, `{email}` and
    `{random}` are made up.
    """

    path: Route
    method: Method = "POST"
    body: dict[str, Any] = msgspec.field(default_factory=dict)
    form: bool = False
    token: str = ""
    cookie: str = ""


class OAuth2Section(Document):
    """`oauth2` of an identity: a token endpoint of the target, and the grant to use there."""

    path: Route
    grant: Literal["client_credentials", "password"] = "client_credentials"
    client_id: str = ""
    client_secret_env: str = ""
    username: str = ""
    password_env: str = ""
    scope: str = ""


class BasicSection(Document):
    """`basic` of an identity: HTTP basic authentication."""

    username: Words
    password_env: Words


class IdentitySection(Document):
    """`[[endpoint.identities]]`: a caller of the endpoint. Secrets come from environment variables.

    One of: `value_env` (a header's value; with `generate` it is made up when the variable is not
    set, and given to the endpoint that is started), `basic`, `oauth2`, or `login` (a request whose
    answer holds a token or sets a cookie), the last with `register` to make the user first.
    """

    name: Words
    role: Literal["user", "admin"] = "user"
    header: HeaderName = "Authorization"
    prefix: str = ""
    value_env: str = ""
    generate: bool = False
    basic: BasicSection | None = None
    oauth2: OAuth2Section | None = None
    login: RecipeSection | None = None
    register_: RecipeSection | None = msgspec.field(default=None, name="register")


class IacSection(Document):
    """`[iac]`: what infrastructure may be.

    Outside `allowed_regions` nothing may run or keep data (none named: anywhere). Serving resources
    come from `approved_modules` (none named: from anywhere): registry addresses and git URLs, which
    must be called at a fixed version, and folders (`./modules/endpoint`).
    """

    allowed_regions: tuple[str, ...] = ()
    approved_modules: tuple[str, ...] = ()


class ChatSection(Document):
    """`[[endpoint.llm.chats]]`: how to talk at an operation that is of no known shape.

    `request` is the body, with `{prompt}` where the words go; `answer` a dotted path to the words
    in the answer.
    """

    operation: Annotated[str, Meta(pattern=r"^[A-Z]+ /")]
    request: dict[str, Any]
    answer: str = ""


class LlmSection(Document):
    """`[endpoint.llm]`: how the language model behind the endpoint is tried.

    `system_canary_env` names the environment variable with a word that you put into the hidden
    instructions, so that an answer that holds it is proof. With `generate` it is made up when the
    variable is not set, and given to the endpoint that is started.
    """

    enabled: bool = True
    seeds: Annotated[int, Meta(ge=1, le=50)] = 3
    seed: int = 0
    concurrency: Annotated[int, Meta(ge=1, le=64)] = 8
    system_canary_env: str = ""
    generate: bool = False
    chats: tuple[ChatSection, ...] = ()


class EndpointSection(Document):
    """`[endpoint]`: how to start or reach the endpoint, and how far its attack may go."""

    name: str = "endpoint"
    command: str | tuple[str, ...] = ()
    url: str = ""
    cwd: str = ""
    env: dict[str, str] = msgspec.field(default_factory=dict)
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    ready: str = ""
    start_timeout: Positive = 60.0
    spec: str = ""
    identities: tuple[IdentitySection, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    ca_file: str = ""
    insecure: bool = False
    allow_destructive: bool = False
    flows: tuple[str, ...] = ()
    max_requests: PositiveCount = 2000
    max_seconds: Positive = 120.0
    request_timeout: Positive = 30.0
    operation_seconds: Positive = 45.0
    requests_per_second: Positive = 100.0
    llm: LlmSection = LlmSection()

    def __post_init__(self) -> None:
        _check_url("url", self.url)


class OneOfSeveral(EndpointSection, kw_only=True):
    """`[[endpoint]]`: one of several endpoints in one repository, each with a verdict of its own.

    `path` is its folder in the scanned one, where it is started too unless `cwd` says otherwise;
    `also` is what belongs to it elsewhere (`infra/api`).
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")]
    path: Words
    also: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All that belongs to it."""
        return tuple(one.removeprefix("./").strip("/") for one in (self.path, *self.also))


class ZapSection(Document):
    """`[zap]`: which OWASP ZAP is used, and how far it may go.

    `url` is a ZAP that runs already, whose key is in the environment variable `api_key_env`;
    `home` an installed one. `container` allows an image that is on this machine.
    """

    url: Origin = ""
    api_key_env: Words = "ZAP_API_KEY"
    home: str = ""
    container: bool = True
    image: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][\w./:@-]*\Z")] = (
        "ghcr.io/zaproxy/zaproxy:stable"
    )
    memory_mb: Annotated[int, Meta(ge=256)] = 1024
    start_timeout: Positive = 120.0
    call_timeout: Positive = 30.0
    max_minutes: Positive = 10.0
    attack: bool = True
    watch_probes: bool = False

    def __post_init__(self) -> None:
        _check_url("url", self.url)


class RotationSection(Document):
    """`[rotation]`: where the endpoint's key is kept, how it is rotated, and how that is checked.

    `url` is the manager's, the only host beside the endpoint that is asked. `try` is an operation
    of the endpoint that needs the key and changes nothing; `endpoint` where it runs (default: the
    `url` of `[endpoint]`). `field` names the key's member of a value that is a JSON object, in
    Vault the field of the secret. Credentials come from this process's environment and the user's
    files; `ambient_credentials` lets the manager's library ask other hosts for them.
    """

    manager: Literal["aws", "vault", "azure"]
    secret: Words
    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+\Z")]
    region: str = ""
    field: str = ""
    mount: Words = "secret"
    ambient_credentials: bool = False
    endpoint: Origin = ""
    try_: Annotated[str, Meta(pattern=r"^([A-Z]+ /\S*)?\Z")] = msgspec.field(default="", name="try")
    header: HeaderName = "X-API-Key"
    prefix: str = ""
    body: dict[str, Any] = msgspec.field(default_factory=dict)
    max_age_days: Positive = 30.0
    pending_max_hours: Positive = 24.0
    grace_seconds: NotNegative = 3600.0
    settle_seconds: NotNegative = 10.0
    patience_seconds: NotNegative = 300.0

    def __post_init__(self) -> None:
        _check_url("url", self.url)


class ReportSection(Document):
    """`[report]`: which reports are written, and where.

    `earlier` names results of earlier scans, whose numbers the report shows beside its own.
    """

    formats: tuple[str, ...] = ("json", "html", "sarif", "junit", "markdown")
    out: str = "servegate-report"
    earlier: tuple[str, ...] = ()
