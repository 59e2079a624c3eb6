"""The tables of servegate.toml: what each key means, and what it may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from scanner.model.severity import Severity


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


SeverityWord = Annotated[
    Severity, BeforeValidator(lambda v: Severity.parse(v) if isinstance(v, str) else v)
]


def _url(value: object) -> object:
    if isinstance(value, str):
        urlsplit(value)  # raises where brackets make no address
    return value


Url = Annotated[str, BeforeValidator(_url)]


class ScanSection(Section):
    """`[scan]`: what is looked at, and for how long.

    `enable_rules` switches on rules that are off by default (`sast/B101`).
    """

    exclude: tuple[str, ...] = ()
    enable_rules: tuple[str, ...] = ()
    max_file_bytes: int = Field(default=1_000_000, gt=0)
    engine_timeout: float = Field(default=300.0, gt=0)


def _bar(value: object) -> object:
    if isinstance(value, str):
        return None if value.strip().lower() == "none" else Severity.parse(value)
    return value


class GateSection(Section):
    """`[gate]`: what fails the build.

    `policy` is a preset (`rules/policies/`) or a file of one's own, whose values count where this
    table has none. `waivers` is the file of waivers, `baseline` what was known before: a file, or
    `git:REF`. With `block_known` what the baseline knows blocks too; with `observe` nothing does.
    Waivers count for at most `waiver_days` from today (0: any time), up to `waiver_severity`.
    """

    policy: str = ""
    fail_on: SeverityWord = Severity.HIGH
    required: tuple[str, ...] = ()
    allow_missing: tuple[str, ...] = ()
    allow_gaps: bool = False
    forbid_inline_suppressions: bool = False
    block_known: bool = False
    observe: bool = False
    waiver_days: int = Field(default=0, ge=0)
    waiver_severity: Annotated[Severity | None, BeforeValidator(_bar)] = Severity.CRITICAL
    waivers: str = ""
    baseline: str = ""


class RecipeSection(Section):
    """`login` or `register` of an identity: a request, and where its answer holds the token.

    `$NAME` in `body` is an environment variable; `{username}`, `{password}`, `{email}` and
    `{random}` are made up.
    """

    path: str = Field(pattern=r"^/")
    method: str = Field(default="POST", pattern=r"^[A-Z]+$")
    body: dict[str, Any] = Field(default_factory=dict)
    form: bool = False
    token: str = ""
    cookie: str = ""


class OAuth2Section(Section):
    """`oauth2` of an identity: a token endpoint of the target, and the grant to use there."""

    path: str = Field(pattern=r"^/")
    grant: Literal["client_credentials", "password"] = "client_credentials"
    client_id: str = ""
    client_secret_env: str = ""
    username: str = ""
    password_env: str = ""
    scope: str = ""


class BasicSection(Section):
    """`basic` of an identity: HTTP basic authentication."""

    username: str = Field(min_length=1)
    password_env: str = Field(min_length=1)


class IdentitySection(Section):
    """`[[endpoint.identities]]`: a caller of the endpoint. Secrets come from environment variables.

    One of: `value_env` (a header's value; with `generate` it is made up when the variable is not
    set, and given to the endpoint that is started), `basic`, `oauth2`, or `login` (a request whose
    answer holds a token or sets a cookie), the last with `register` to make the user first.
    """

    name: str = Field(min_length=1)
    role: Literal["user", "admin"] = "user"
    header: str = Field(default="Authorization", min_length=1, pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    value_env: str = ""
    generate: bool = False
    basic: BasicSection | None = None
    oauth2: OAuth2Section | None = None
    login: RecipeSection | None = None
    register_: RecipeSection | None = Field(default=None, alias="register")


class IacSection(Section):
    """`[iac]`: what infrastructure may be.

    Outside `allowed_regions` nothing may run or keep data (none named: anywhere). Serving resources
    come from `approved_modules` (none named: from anywhere): registry addresses and git URLs, which
    must be called at a fixed version, and folders (`./modules/endpoint`).
    """

    allowed_regions: tuple[str, ...] = ()
    approved_modules: tuple[str, ...] = ()


class ChatSection(Section):
    """`[[endpoint.llm.chats]]`: how to talk at an operation that is of no known shape.

    `request` is the body, with `{prompt}` where the words go; `answer` a dotted path to the words
    in the answer.
    """

    operation: str = Field(pattern=r"^[A-Z]+ /")
    request: dict[str, Any]
    answer: str = ""


class LlmSection(Section):
    """`[endpoint.llm]`: how the language model behind the endpoint is tried.

    `system_canary_env` names the environment variable with a word that you put into the hidden
    instructions, so that an answer that holds it is proof. With `generate` it is made up when the
    variable is not set, and given to the endpoint that is started.
    """

    enabled: bool = True
    seeds: int = Field(default=3, ge=1, le=50)
    seed: int = 0
    concurrency: int = Field(default=8, ge=1, le=64)
    system_canary_env: str = ""
    generate: bool = False
    chats: tuple[ChatSection, ...] = ()


class EndpointSection(Section):
    """`[endpoint]`: how to start or reach the endpoint, and how far its attack may go."""

    name: str = "endpoint"
    command: str | tuple[str, ...] = ()
    url: Url = ""
    cwd: str = ""
    env: dict[str, str] = Field(default_factory=dict)
    port: int = Field(default=0, ge=0, le=65535)
    ready: str = ""
    start_timeout: float = Field(default=60.0, gt=0)
    spec: str = ""
    identities: tuple[IdentitySection, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    ca_file: str = ""
    insecure: bool = False
    allow_destructive: bool = False
    flows: tuple[str, ...] = ()
    max_requests: int = Field(default=2000, gt=0)
    max_seconds: float = Field(default=120.0, gt=0)
    request_timeout: float = Field(default=30.0, gt=0)
    operation_seconds: float = Field(default=45.0, gt=0)
    requests_per_second: float = Field(default=100.0, gt=0)
    llm: LlmSection = LlmSection()


class OneOfSeveral(EndpointSection):
    """`[[endpoint]]`: one of several endpoints in one repository, each with a verdict of its own.

    `path` is its folder in the scanned one, where it is started too unless `cwd` says otherwise;
    `also` is what belongs to it elsewhere (`infra/api`).
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    path: str = Field(min_length=1)
    also: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All that belongs to it."""
        return tuple(one.removeprefix("./").strip("/") for one in (self.path, *self.also))


class ZapSection(Section):
    """`[zap]`: which OWASP ZAP is used, and how far it may go.

    `url` is a ZAP that runs already, whose key is in the environment variable `api_key_env`;
    `home` an installed one. `container` allows an image that is on this machine.
    """

    url: Url = Field(default="", pattern=r"^(https?://[^\s/]+/?)?$")
    api_key_env: str = Field(default="ZAP_API_KEY", min_length=1)
    home: str = ""
    container: bool = True
    image: str = Field(default="ghcr.io/zaproxy/zaproxy:stable", pattern=r"^[A-Za-z0-9][\w./:@-]*$")
    memory_mb: int = Field(default=1024, ge=256)
    start_timeout: float = Field(default=120.0, gt=0)
    call_timeout: float = Field(default=30.0, gt=0)
    max_minutes: float = Field(default=10.0, gt=0)
    attack: bool = True
    watch_probes: bool = False


class RotationSection(Section):
    """`[rotation]`: where the endpoint's key is kept, how it is rotated, and how that is checked.

    `url` is the manager's, the only host beside the endpoint that is asked. `try` is an operation
    of the endpoint that needs the key and changes nothing; `endpoint` where it runs (default: the
    `url` of `[endpoint]`). `field` names the key's member of a value that is a JSON object, in
    Vault the field of the secret. Credentials come from this process's environment and the user's
    files; `ambient_credentials` lets the manager's library ask other hosts for them.
    """

    manager: Literal["aws", "vault", "azure"]
    secret: str = Field(min_length=1)
    url: Url = Field(pattern=r"^https?://[^\s]+$")
    region: str = ""
    field: str = ""
    mount: str = Field(default="secret", min_length=1)
    ambient_credentials: bool = False
    endpoint: str = Field(default="", pattern=r"^(https?://[^\s/]+/?)?$")
    try_: str = Field(default="", alias="try", pattern=r"^([A-Z]+ /\S*)?$")
    header: str = Field(default="X-API-Key", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    body: dict[str, Any] = Field(default_factory=dict)
    max_age_days: float = Field(default=30.0, gt=0)
    pending_max_hours: float = Field(default=24.0, gt=0)
    grace_seconds: float = Field(default=3600.0, ge=0)
    settle_seconds: float = Field(default=10.0, ge=0)
    patience_seconds: float = Field(default=300.0, ge=0)


class ReportSection(Section):
    """`[report]`: which reports are written, and where.

    `earlier` names results of earlier scans, whose numbers the report shows beside its own.
    """

    formats: tuple[str, ...] = ("json", "html", "sarif", "junit", "markdown")
    out: str = "servegate-report"
    earlier: tuple[str, ...] = ()
