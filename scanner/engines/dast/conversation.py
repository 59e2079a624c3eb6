"""The words that a probe speaks with: calls that it yields, replies that it is sent, a verdict.

A probe never sees a client, so that it reads from top to bottom and is tested with canned replies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from msgspec import field

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.model.evidence import Exchange
from scanner.model.plan import Role
from scanner.model.rule import Rule
from scanner.model.severity import Confidence, Severity
from scanner.model.values import Value

if TYPE_CHECKING:
    from scanner.engines.dast.llm.chat import Chat

# What is sent as a credential that no server knows; a record may show it, for it opens nothing.
NONSENSE_CREDENTIAL = "servegate-made-up-credential"


class Call(Value, kw_only=True):
    """A request to send. `identity` names the caller, None for nobody.

    `path` is the concrete path on the target, already percent-encoded. `json_body` is sent as
    JSON; `raw_body` as it is, with `media_type`. `credential` replaces the identity's secret.
    `label` says in a few words what the request is for.
    """

    label: str
    method: str
    path: str
    identity: str | None = None
    credential: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    json_body: Any = None
    raw_body: bytes | None = None
    media_type: str = ""
    files: tuple[tuple[str, str, bytes], ...] = ()


class Reply(Value, kw_only=True):
    """What came back: `status` 0 and a `fault` where no whole answer did."""

    call: Call
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""
    seconds: float = 0.0
    exchange: Exchange

    @property
    def ok(self) -> bool:
        """Whether the answer is a success."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the answer says that the caller may not."""
        return self.status in (401, 403)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> object:
        """The body as JSON, None where it is none."""
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value

    def header(self, name: str) -> str | None:
        """A header by its name in any case."""
        return self.headers.get(name.lower())


class Vulnerable(Value, kw_only=True):
    """The oracle held, and a control that should differ did.

    `message` is one sentence on what is wrong here; `oracle` the sentence that decided; `proof`
    and `controls` the replies behind it, the decisive one last in `proof`. Severity and
    confidence are the rule's unless given. `operation` is where it was seen, if that is not the
    operation that was asked about; `also` holds what else the same conversation found elsewhere.
    `marks` are texts of the answers that decided, beside those that the oracle's sentence quotes.
    """

    message: str
    oracle: str
    proof: tuple[Reply, ...]
    controls: tuple[Reply, ...] = ()
    parameter: str | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None
    operation: Operation | None = None
    also: tuple[Vulnerable, ...] = ()
    marks: tuple[str, ...] = ()


class Held(Value):
    """The hypothesis was tested and did not hold."""

    why: str = ""


class Inconclusive(Value):
    """It could not be tested to an end, which leaves a gap."""

    why: str


class NotApplicable(Value):
    """There is nothing here that it could be tested on."""

    why: str


ProbeVerdict = Vulnerable | Held | Inconclusive | NotApplicable
Conversation = Generator[Call, Reply, ProbeVerdict]


class Phase(int, Enum):
    """When a probe runs: reading before writing, what exhausts or removes things last.

    Probes of the phase `CHAT` are asked about operations behind which a model talks.
    """

    READ = 1
    CHAT = 2
    WRITE = 3
    EXHAUST = 4


class Caller(Value):
    """An identity as probes know it: no secret."""

    name: str
    role: Role


class Created(Value):
    """An object that the scan made: how, by whom, under which id, and the canary in it.

    `fields` are the members of the request body that carried the canary; `minimal` says that it
    held nothing else that is optional.
    """

    operation: Operation
    owner: str
    object_id: str
    canary: str
    fields: tuple[str, ...]
    minimal: bool
    reply: Reply


class World(Value, kw_only=True):
    """What is known of the target before the probes begin.

    `baselines` holds the answer to one valid call per operation; `objects` the objects that the
    survey created, by path template of the collection; `build` makes a valid call; `resolve`
    follows references in schemas; `credential` gives an identity's header value. `listener` is the
    URL of our own listener, and `heard` says whether a request arrived there whose path holds a
    text. `servers` are the URLs that the specification names, `document` the answer that held it
    if the endpoint gives it out; `origin` is where requests go, and `speaks` says whether a TLS
    version is spoken there; `flows` the operations that the user says may count only once; `chats`
    how to talk with the model behind an operation, `spared` operations that seem to lead to the
    same model and are not talked at.
    """

    operations: tuple[Operation, ...]
    users: tuple[Caller, ...]
    admin: Caller | None
    baselines: Mapping[str, Reply]
    objects: Mapping[str, Created]
    build: Callable[..., Call]
    allow_destructive: bool = False
    servers: tuple[str, ...] = ()
    document: Reply | None = None
    origin: str = ""
    speaks: Callable[[str], bool | None] = lambda _version: None
    flows: frozenset[str] = frozenset()
    credential: Callable[[str], str] = lambda _name: ""
    resolve: Callable[[object], Schema] = lambda node: node if isinstance(node, dict) else {}
    listener: str = ""
    heard: Callable[[str], bool] = lambda _nonce: False
    chats: Mapping[str, Chat] = field(default_factory=dict)
    spared: tuple[str, ...] = ()

    @property
    def user(self) -> Caller | None:
        """The first ordinary user."""
        return self.users[0] if self.users else None

    @property
    def other(self) -> Caller | None:
        """A second ordinary user."""
        return self.users[1] if len(self.users) > 1 else None

    def destroys(self, operation: Operation) -> bool:
        """Whether a call may destroy or replace what the scan did not create."""
        if operation.destructive:
            return True
        if operation.method not in ("PUT", "PATCH") or not operation.path_parameters:
            return False
        collection = operation.path.rsplit("/{", 1)[0]
        return collection not in self.objects

    def may_call(self, operation: Operation) -> bool:
        """Whether a call is harmless enough, or allowed by the user all the same."""
        return self.allow_destructive or not self.destroys(operation)

    def caller(self, operation: Operation) -> str | None:
        """Who may call an operation, as far as the survey learned it; else the first user."""
        reply = self.baselines.get(str(operation))
        if reply is not None:
            return reply.call.identity
        first = self.user or self.admin
        return first.name if first else None

    def is_admin(self, name: str | None) -> bool:
        """Whether this is the administrator's name."""
        return self.admin is not None and name == self.admin.name

    def baseline(self, operation: Operation) -> Reply | None:
        """The valid answer of an operation, if it gave one."""
        reply = self.baselines.get(str(operation))
        return reply if reply is not None and reply.ok else None


class Probe(Value, kw_only=True):
    """One dynamic rule: its metadata and its conversation.

    A probe of the whole target (`per_target`) is asked once, with the operation that fits
    best. `max_requests` bounds one conversation. With `own_objects` it touches nothing but objects
    that the scan created, so that it may use operations that destroy. One that is `opt_in` uses
    verbs that nobody documented, and is only tried where the user allows what may destroy.
    """

    rule: Rule
    converse: Callable[[Operation, World], Conversation]
    max_requests: int
    phase: Phase = Phase.READ
    per_target: bool = False
    own_objects: bool = False
    opt_in: bool = False
