"""What will be done, decided before anything runs."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from scanner.model.outcome import Gap
from scanner.model.rule import RuleId
from scanner.model.severity import Stage
from scanner.model.values import Value

# Why a part of the tree is excluded that the operator named, in `Plan.excluded`.
BY_CONFIGURATION = "excluded by the configuration"


class SourceFile(Value, kw_only=True):
    """A file of the scanned root: `path` relative with `/`, `size` in bytes."""

    path: str
    size: int


class Role(str, Enum):
    """What an identity is allowed to do on the target."""

    USER = "user"
    ADMIN = "admin"


class Recipe(Value, kw_only=True):
    """A request that registers a user or logs one in, and where the answer holds the token.

    `body` is JSON text, sent as it is or as a form; `{username}`, `{password}`, `{email}` and
    `{random}` in it are made up for each scan. `token` is a dotted path into the JSON of the
    answer (`data.access_token`), `cookie` the name of a cookie instead.
    """

    path: str
    method: str = "POST"
    body: str = ""
    form: bool = False
    token: str = ""
    cookie: str = ""

    def __repr__(self) -> str:
        return f"Recipe({self.method} {self.path})"


class Identity(Value, kw_only=True):
    """A caller of the target: its credential travels in header `header`.

    `secret` is the whole header value, which begins with `prefix` (`Bearer `); with `login` it is
    fetched when the attack begins, and again when it stops working. `secrets` are all values that
    may never be shown; they are left out of `repr` and never rendered.
    """

    name: str
    role: Role
    header: str
    value_env: str
    secret: str = ""
    prefix: str = ""
    register: Recipe | None = None
    login: Recipe | None = None
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Identity(name={self.name!r}, role={self.role.value!r}, header={self.header!r})"


class ChatTemplate(Value, kw_only=True):
    """How to talk at an operation that is of no known shape.

    `operation` is method and path; `request` the JSON of a body with `{prompt}` where the words
    go; `answer` a dotted path to the words in the answer (`data.0.text`).
    """

    operation: str
    request: str
    answer: str = ""


class ModelOptions(Value, kw_only=True):
    """How the language model behind the endpoint is tried.

    Each attempt is made with `seeds` different prompts, the same ones for the same `seed`.
    `system_canary` is a word that the operator put into the hidden instructions: it may be shown
    nowhere.
    """

    enabled: bool = True
    seeds: int = 3
    seed: int = 0
    concurrency: int = 8
    system_canary: str = ""
    chats: tuple[ChatTemplate, ...] = ()

    def __repr__(self) -> str:
        return f"ModelOptions(enabled={self.enabled!r}, seeds={self.seeds!r}, seed={self.seed!r})"


class Target(Value, kw_only=True):
    """The endpoint to attack: started by `command`, or running already at `url`, or both: then
    `url` says where the started one is (scheme, host, base path).

    `{port}` in either is replaced by the port. `ca_file` or `insecure` is for TLS with a
    certificate of one's own. `flows` are operations (`POST /v1/vouchers`) that may count only once
    for a caller. Destructive operations are called only with `allow_destructive`.
    Times are seconds; `operation_seconds` is the share of one operation.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    cwd: Path = Path()
    env: tuple[tuple[str, str], ...] = ()
    port: int = 0
    ready: str = ""
    start_timeout: float = 60.0
    spec: str = ""
    identities: tuple[Identity, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    ca_file: str = ""
    insecure: bool = False
    allow_destructive: bool = False
    flows: tuple[str, ...] = ()
    max_requests: int = 2000
    max_seconds: float = 120.0
    request_timeout: float = 30.0
    operation_seconds: float = 45.0
    requests_per_second: float = 100.0
    model: ModelOptions = ModelOptions()


class StaticTask(Value, kw_only=True):
    """Files for one static engine. `gaps` are files that it should see but can't be given.

    `only_text` says that they are prose and settings, in which only a secret can be found.
    `enabled` are rules that are off by default and that the user wants.
    """

    engine: str
    stage: Stage
    root: Path
    files: tuple[SourceFile, ...]
    only_text: bool = False
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    enabled: frozenset[RuleId] = frozenset()
    deadline: float = 300.0


class Focus(Value, kw_only=True):
    """One rule on one operation: all that a replay tries. `path` is the whole path template."""

    rule_id: RuleId
    method: str
    path: str


class DynamicTask(Value, kw_only=True):
    """An endpoint for one dynamic engine; `sources` below `root` may hold its handlers."""

    engine: str
    stage: Stage
    root: Path
    target: Target
    sources: tuple[SourceFile, ...] = ()
    focus: Focus | None = None
    deadline: float = 300.0


Task = StaticTask | DynamicTask


class LeftOutKind(str, Enum):
    """Why an engine is not part of this run."""

    NOT_ASKED = "not asked for"
    NOT_CONFIGURED = "not configured"
    NOT_FOUND = "not found"
    NOTHING_TO_SCAN = "nothing to scan"
    UNCHANGED = "unchanged"
    OTHER_SHARD = "in another shard"


class LeftOut(Value, kw_only=True):
    """An engine that will not run, and why."""

    engine: str
    stage: Stage
    kind: LeftOutKind
    reason: str


class Shard(Value, kw_only=True):
    """Which part of a scan this is: `parts` (from 1) of `count`.

    `scan` names the scan: the state of the files, the configuration and the number of shards. Only
    parts of the same one make a whole. `faults` say what else is wrong with parts that were merged.
    """

    scan: str
    count: int
    parts: tuple[int, ...]
    faults: tuple[str, ...] = ()

    def missing(self) -> tuple[int, ...]:
        """The parts that are not here."""
        return tuple(part for part in range(1, self.count + 1) if part not in self.parts)


class Plan(Value, kw_only=True):
    """Which engine looks at what, and what was left out with which reason.

    `excluded` names the parts of the tree that no engine is given (`path: reason`). `limited` says
    since when files must have changed to be looked at, where that was asked for. `shard` is set
    where this is not the whole of a scan.
    """

    root: Path
    tasks: tuple[Task, ...]
    left_out: tuple[LeftOut, ...]
    excluded: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    limited: str = ""
    shard: Shard | None = None
