"""Merges file and flags into one frozen `Settings`; unknown keys are refused."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scanner.assets import rules_dir
from scanner.model.decision import GatePolicy
from scanner.model.errors import ConfigError
from scanner.model.severity import Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIG_NAME = "servegate.toml"
# What several endpoints have in common: the files that belong to none of them.
WHOLE = "repository"
Overrides = Mapping[str, Mapping[str, object]]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


SeverityWord = Annotated[
    Severity, BeforeValidator(lambda v: Severity.parse(v) if isinstance(v, str) else v)
]


class ScanSection(_Section):
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


class GateSection(_Section):
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


# What a policy says nothing of: it is about judging, not about a project.
_NOT_IN_A_POLICY = ("policy", "waivers", "baseline")


class RecipeSection(_Section):
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


class OAuth2Section(_Section):
    """`oauth2` of an identity: a token endpoint of the target, and the grant to use there."""

    path: str = Field(pattern=r"^/")
    grant: Literal["client_credentials", "password"] = "client_credentials"
    client_id: str = ""
    client_secret_env: str = ""
    username: str = ""
    password_env: str = ""
    scope: str = ""


class BasicSection(_Section):
    """`basic` of an identity: HTTP basic authentication."""

    username: str = Field(min_length=1)
    password_env: str = Field(min_length=1)


class IdentitySection(_Section):
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


class IacSection(_Section):
    """`[iac]`: what infrastructure may be.

    Outside `allowed_regions` nothing may run or keep data (none named: anywhere). Serving resources
    come from `approved_modules` (none named: from anywhere): registry addresses and git URLs, which
    must be called at a fixed version, and folders (`./modules/endpoint`).
    """

    allowed_regions: tuple[str, ...] = ()
    approved_modules: tuple[str, ...] = ()


class ChatSection(_Section):
    """`[[endpoint.llm.chats]]`: how to talk at an operation that is of no known shape.

    `request` is the body, with `{prompt}` where the words go; `answer` a dotted path to the words
    in the answer.
    """

    operation: str = Field(pattern=r"^[A-Z]+ /")
    request: dict[str, Any]
    answer: str = ""


class LlmSection(_Section):
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


class EndpointSection(_Section):
    """`[endpoint]`: how to start or reach the endpoint, and how far its attack may go."""

    name: str = "endpoint"
    command: str | tuple[str, ...] = ()
    url: str = ""
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


class ZapSection(_Section):
    """`[zap]`: which OWASP ZAP is used, and how far it may go.

    `url` is a ZAP that runs already, whose key is in the environment variable `api_key_env`;
    `home` an installed one. `container` allows an image that is on this machine.
    """

    url: str = Field(default="", pattern=r"^(https?://[^\s/]+/?)?$")
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


class RotationSection(_Section):
    """`[rotation]`: where the endpoint's key is kept, how it is rotated, and how that is checked.

    `url` is the manager's, the only host beside the endpoint that is asked. `try` is an operation
    of the endpoint that needs the key and changes nothing; `endpoint` where it runs (default: the
    `url` of `[endpoint]`). `field` names the key's member of a value that is a JSON object, in
    Vault the field of the secret. Credentials come from this process's environment and the user's
    files; `ambient_credentials` lets the manager's library ask other hosts for them.
    """

    manager: Literal["aws", "vault", "azure"]
    secret: str = Field(min_length=1)
    url: str = Field(pattern=r"^https?://[^\s]+$")
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


class ReportSection(_Section):
    """`[report]`: which reports are written, and where.

    `earlier` names results of earlier scans, whose numbers the report shows beside its own.
    """

    formats: tuple[str, ...] = ("json", "html", "sarif", "junit", "markdown")
    out: str = "servegate-report"
    earlier: tuple[str, ...] = ()


class Settings(_Section):
    """Everything that can be configured. `source` is the file it came from, if any."""

    scan: ScanSection = ScanSection()
    gate: GateSection = GateSection()
    iac: IacSection = IacSection()
    endpoint: EndpointSection | None = None
    endpoints: tuple[OneOfSeveral, ...] = ()
    zap: ZapSection = ZapSection()
    rotation: RotationSection | None = None
    report: ReportSection = ReportSection()

    def policy(self) -> GatePolicy:
        """The gate's part, as the value that travels with the scan."""
        return GatePolicy(
            fail_on=self.gate.fail_on,
            required=self.gate.required,
            allow_missing=self.gate.allow_missing,
            allow_gaps=self.gate.allow_gaps,
            forbid_inline=self.gate.forbid_inline_suppressions,
            block_known=self.gate.block_known,
            observe=self.gate.observe,
            waiver_days=self.gate.waiver_days,
            waiver_severity=self.gate.waiver_severity,
            name=self.gate.policy,
        )


def load_settings(path: Path | None, overrides: Overrides, endpoint: str = "") -> Settings:
    """Read the file, lay the flags over it, and check the whole.

    Of several endpoints the one named `endpoint` becomes the `endpoint` of the settings.
    Raises `ConfigError`, one line that names the file and the key.
    """
    where = str(path) if path else "the flags"
    raw: dict[str, Any] = _read(path) if path else {}
    _choose(raw, where, overrides, endpoint)
    _lay_policy(raw, path, overrides)
    for section, values in overrides.items():
        if not values:
            continue
        below = raw.setdefault(section, {})
        if not isinstance(below, dict):
            raise ConfigError(f"{where}: {section} must be a table ([{section}])")
        below.update(values)
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_first_fault(error)}") from error


def _choose(raw: dict[str, Any], where: str, overrides: Overrides, name: str) -> None:
    """Make one of several `[[endpoint]]` the endpoint, and keep the list of them all."""
    if "endpoints" in raw:
        raise ConfigError(f"{where}: unknown key endpoints (did you mean [[endpoint]]?)")
    entries = raw.get("endpoint")
    if not isinstance(entries, list):
        if name:
            raise ConfigError(f"--endpoint {name}: {where} has no [[endpoint]]")
        return
    raw["endpoints"] = raw.pop("endpoint")
    try:
        several = [OneOfSeveral.model_validate(entry) for entry in entries]
    except ValidationError as error:
        raise ConfigError(f"{where}: {_first_fault(error, ('[[endpoint]]',))}") from error
    names = [one.name for one in several]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice or WHOLE in names:
        why = f"two are called {twice!r}" if twice else f"none may be called {WHOLE!r}"
        raise ConfigError(f"{where}: [[endpoint]]: {why}")
    if not name:
        if any(value is not None for value in overrides.get("endpoint", {}).values()):
            raise ConfigError(f"{where} has several endpoints; --endpoint says which one is meant")
        return
    if name not in names:
        raise ConfigError(f"--endpoint: {name!r} is none of {', '.join(names)}")
    chosen = dict(entries[names.index(name)])
    chosen.pop("also", None)
    path = chosen.pop("path")
    raw["endpoint"] = {"cwd": path, **chosen}


def policy_names() -> tuple[str, ...]:
    """The presets."""
    return tuple(sorted(path.stem for path in (rules_dir() / "policies").glob("*.toml")))


def _lay_policy(raw: dict[str, Any], path: Path | None, overrides: Overrides) -> None:
    """Put the values of the named policy into `[gate]`.

    One that the file names gives way to the file; one that a flag names outweighs it, so that a
    repository can't soften what its pipeline asks for.
    """
    gate = raw.get("gate", {})
    flag = overrides.get("gate", {}).get("policy")
    named = flag or (gate.get("policy") if isinstance(gate, dict) else None)
    if not named or not isinstance(named, str) or not isinstance(gate, dict):
        return
    base = path.parent if path and not flag else Path()
    values = _policy_values(named, base)
    raw["gate"] = {**gate, **values} if flag else {**values, **gate}


def _policy_values(named: str, base: Path) -> dict[str, Any]:
    """The `[gate]` of a preset or of a policy file. Raises `ConfigError`."""
    own = "/" in named or named.endswith(".toml")
    if not own and named not in policy_names():
        near = difflib.get_close_matches(named, policy_names(), 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(
            f"policy {named!r} is none of {', '.join(policy_names())}, and no .toml file{meant}"
        )
    file = base / named if own else rules_dir() / "policies" / f"{named}.toml"
    raw = _read(file)
    values = raw.get("gate", {})
    unknown = [key for key in raw if key not in ("title", "gate")]
    if unknown or not isinstance(values, dict):
        raise ConfigError(f"{file}: a policy has title and [gate], not {unknown or 'this'}")
    wrong = [key for key in values if key in _NOT_IN_A_POLICY]
    if wrong:
        raise ConfigError(f"{file}: gate.{wrong[0]} belongs into servegate.toml, not into a policy")
    try:
        GateSection.model_validate(values)
    except ValidationError as error:
        fault = _first_fault(error, ("gate",))
        raise ConfigError(f"{file}: {fault}") from error
    return values


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _first_fault(error: ValidationError, below: tuple[str, ...] = ()) -> str:
    """The first fault in one line, with the key that was probably meant."""
    faults = error.errors(include_url=False)
    # A key that is unknown is why another one is missing.
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    where = (*below, *fault["loc"])
    key = ".".join(str(part) for part in where)
    if fault["type"] == "extra_forbidden":
        meant = difflib.get_close_matches(str(where[-1]), _known_keys(where[:-1]), 1)
        return f"unknown key {key}" + (f" (did you mean {meant[0]}?)" if meant else "")
    return f"{key}: {fault['msg'].removeprefix('Value error, ').lower()}"


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    tables: dict[str, type[BaseModel]] = {
        "": Settings,
        "scan": ScanSection,
        "gate": GateSection,
        "iac": IacSection,
        "endpoint": EndpointSection,
        "[[endpoint]]": OneOfSeveral,
        "endpoint.identities": IdentitySection,
        "zap": ZapSection,
        "rotation": RotationSection,
        "endpoint.llm": LlmSection,
        "endpoint.llm.chats": ChatSection,
        "endpoint.identities.login": RecipeSection,
        "endpoint.identities.register": RecipeSection,
        "endpoint.identities.oauth2": OAuth2Section,
        "endpoint.identities.basic": BasicSection,
        "report": ReportSection,
    }
    name = ".".join(str(part) for part in place if not isinstance(part, int))
    table = tables.get(name) or tables.get(name.replace("[[endpoint]]", "endpoint"))
    return list(table.model_fields) if table else []


def find_config(
    path: Path, cwd: Path | None = None, name: str = CONFIG_NAME
) -> tuple[Path | None, str]:
    """The configuration of a scanned path, and a note where one was found and not used.

    A file is used by itself only when it lies inside the working folder: it names a command to
    run, and scanning a stranger's folder must not run what the stranger wrote there.
    """
    here = (cwd or Path(os.curdir)).resolve()
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    candidate = folder / name
    if candidate.is_file():
        if folder.is_relative_to(here):
            return candidate, ""
        return None, (
            f"{name} in the scanned folder was not used, for it lies outside the working "
            f"folder; {'--config' if name == CONFIG_NAME else '--waivers'} uses it"
        )
    own = here / name
    if folder.is_relative_to(here) and own.is_file():
        return own, ""
    return None, ""
