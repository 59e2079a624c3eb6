"""The types of `servegate/result/v1`, frozen: a change that readers would notice is a new version.

They are apart from the types in `scanner.model`, which are free to change.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PlainValidator,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

SCHEMA = "servegate/result/v1"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004 (pydantic reads ValueError)
    return value


# pydantic's own string refuses lone surrogates, which is how a file name that is not UTF-8 arrives.
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Count = Annotated[StrictInt, Field(ge=0)]
Seconds = Annotated[FiniteFloat, Field(strict=False)]
Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["proven", "firm", "tentative"]
Stage = Literal["sast", "iac", "secrets", "dast"]
Status = Literal["new", "known", "suppressed"]


class V1(BaseModel):
    """The base of all: unknown keys are refused, values can't be changed."""

    # Built once, as part of `Result`, and not each by itself when it is declared.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Gap(V1):
    """Something that was not looked at, and why."""

    subject: Text
    reason: Text


class Reason(V1):
    """One cause of the verdict: the `clause` of the policy behind it, and what would mend it."""

    kind: Literal["blocking", "uncertain", "note"]
    subject: Text
    text: Text
    clause: Text = ""
    mend: Text = ""


class Policy(V1):
    """What the gate was told."""

    fail_on: Severity
    required: tuple[Text, ...]
    allow_missing: tuple[Text, ...]
    allow_gaps: StrictBool
    forbid_inline: StrictBool
    block_known: StrictBool = False
    observe: StrictBool = False
    waiver_days: Count = 0
    waiver_severity: Severity | None = "critical"
    name: Text = ""


class Counts(V1):
    """Findings at each severity without the suppressed ones, and by status. Derived."""

    critical: Count
    high: Count
    medium: Count
    low: Count
    info: Count
    new: Count
    known: Count
    suppressed: Count
    fixed: Count = 0
    unjudged: Count = 0


class Identity(V1):
    """A caller that the target was attacked as; its credential is never written."""

    name: Text
    role: Literal["user", "admin"]


class Target(V1):
    """The endpoint that was attacked."""

    name: Text
    command: tuple[Text, ...]
    url: Text
    identities: tuple[Identity, ...]


class StaticTask(V1):
    """The files that an engine was given, relative to the scanned root."""

    kind: Literal["static"]
    files: tuple[Text, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[Text, ...]
    deadline: Seconds


class DynamicTask(V1):
    """The endpoint that an engine was given."""

    kind: Literal["dynamic"]
    target: Target
    deadline: Seconds


Task = Annotated[StaticTask | DynamicTask, Field(discriminator="kind")]


class Assessment(V1):
    """One rule tried on one operation."""

    rule_id: Text
    subject: Text
    verdict: Literal["vulnerable", "held", "inconclusive", "not applicable"]
    why: Text


class Cell(V1):
    """A cell of a notebook, counted from 1 over all its cells, and lines in it."""

    number: StrictInt
    start_line: StrictInt
    end_line: StrictInt


class CodeLocation(V1):
    """Lines of a file; lines and columns count from 1. In a notebook they are lines of its JSON."""

    kind: Literal["code"]
    path: Text
    start_line: StrictInt
    end_line: StrictInt
    start_column: StrictInt | None
    end_column: StrictInt | None
    cell: Cell | None = None


class Served(V1):
    """The code behind an operation: its handler, and the functions that this calls.

    `operation` is its name in assessments, `place` the one in findings, with the server's prefix.
    """

    operation: Text
    place: Text
    code: tuple[CodeLocation, ...]


class Engine(V1):
    """One engine: what it was given, how its run ended, what it saw.

    `kind` narrows `state`: why it failed (`timeout`) or was left out (`not asked for`). `started`
    and `seconds` are seconds since the scan began. `rules` names those that ran.
    """

    name: Text
    stage: Stage
    state: Literal["completed", "partial", "failed", "left out", "not run"]
    kind: Text
    reason: Text
    detail: Text
    tool_version: Text
    started: Seconds
    seconds: Seconds
    requests: Count
    findings: Count
    rules_run: Count
    targets: tuple[Text, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[Text, ...]
    assessments: tuple[Assessment, ...]
    rules: tuple[Text, ...]
    task: Task | None
    served: tuple[Served, ...] = ()


class ResourceLocation(V1):
    """A declared resource."""

    kind: Literal["resource"]
    address: Text
    path: Text
    start_line: StrictInt
    end_line: StrictInt


class EndpointLocation(V1):
    """An operation of the running API, with the code that serves it where that is known."""

    kind: Literal["endpoint"]
    method: Text
    path: Text
    parameter: Text | None
    handler: CodeLocation | None


Location = Annotated[
    CodeLocation | ResourceLocation | EndpointLocation, Field(discriminator="kind")
]


class Related(V1):
    """A second place, with a note."""

    location: Location
    note: Text


class Snippet(V1):
    """Source lines; `start_line` is the number of the first."""

    kind: Literal["code"]
    path: Text
    start_line: StrictInt
    lines: tuple[Text, ...]


class Header(V1):
    """One header of a request or an answer."""

    name: Text
    value: Text


class Request(V1):
    """A request as sent, redacted."""

    method: Text
    url: Text
    headers: tuple[Header, ...]
    body: Text


class Response(V1):
    """An answer as received, redacted and cut; `body_bytes` is its true length as far as read."""

    status: StrictInt
    headers: tuple[Header, ...]
    body: Text
    body_bytes: StrictInt


class Exchange(V1):
    """One request and what came of it."""

    label: Text
    request: Request
    response: Response | None
    fault: Text | None
    elapsed_ms: StrictInt


class Proof(V1):
    """Why a dynamic finding holds."""

    kind: Literal["proof"]
    oracle: Text
    exchanges: tuple[Exchange, ...]
    controls: tuple[Exchange, ...]
    replay: Text
    decisive: tuple[Text, ...] = ()


class Patch(V1):
    """A proposed mend: the lines from `start_line` on, as they are and as they should be."""

    path: Text
    start_line: StrictInt
    before: tuple[Text, ...]
    after: tuple[Text, ...]


Evidence = Annotated[Snippet | Proof, Field(discriminator="kind")]


class Inline(V1):
    """A comment in the scanned source that asks for silence."""

    comment: Text
    reason: Text
    blanket: StrictBool


class Source(V1):
    """One engine's finding, a member of a group."""

    fingerprint: Text
    engine: Text
    stage: Stage
    rule_id: Text
    severity: Severity
    confidence: Confidence
    message: Text
    location: Location
    anchor: Text
    related: tuple[Related, ...]
    evidence: tuple[Evidence, ...]
    suppression: Inline | None
    patch: Patch | None = None


class Waiver(V1):
    """An exception that somebody owns; it counts on the day `until` still."""

    name: Text
    reason: Text
    owner: Text
    until: date
    fingerprint: Text
    rule: Text
    path: Text


class Known(V1):
    """A weakness of the baseline."""

    fingerprints: Annotated[tuple[Text, ...], Field(min_length=1)]
    likenesses: tuple[Text, ...]
    rule_id: Text
    engines: tuple[Text, ...]
    severity: Severity
    path: Text
    place: Text
    message: Text


class Comparison(V1):
    """What became of the baseline: `fixed` weaknesses are gone, `unjudged` nobody looked for."""

    source: Text
    commit: Text
    fixed: tuple[Known, ...]
    unjudged: tuple[Known, ...]
    notes: tuple[Text, ...]


class Part(V1):
    """One finding of an attack path, by the fingerprint that it has in `findings`."""

    role: Literal["code", "proof", "exposure"]
    fingerprint: Text
    rule_id: Text
    place: Text


class AttackPath(V1):
    """An operation that was attacked with success, and the findings that make it possible.

    A view: its parts are all in `findings`. `raised` where code, proof and exposure meet.
    """

    name: Text
    operation: Text
    severity: Severity
    raised: StrictBool
    parts: tuple[Part, ...]
    fix: CodeLocation | None


class Held(V1):
    """A weakness of the code whose operation was attacked for it without success."""

    fingerprint: Text
    operation: Text
    rules: tuple[Text, ...]


class Finding(V1):
    """One weakness, with every engine's finding of it in `sources`, the leading one first.

    `fingerprint`, `rule_id`, `message` and `location` repeat the leading source, `title` its rule.
    """

    fingerprint: Text
    status: Status
    reason: Text
    severity: Severity
    confidence: Confidence
    rule_id: Text
    title: Text
    message: Text
    location: Location
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    waiver: Waiver | None = None


class Rule(V1):
    """What was looked for."""

    id: Text
    engine: Text
    stage: Stage
    title: Text
    severity: Severity
    confidence: Confidence
    rationale: Text
    remediation: Text
    cwe: tuple[Text, ...]
    owasp: tuple[Text, ...]
    controls: tuple[Text, ...]
    references: tuple[Text, ...]
    since: Text
    aliases: tuple[Text, ...]
    deprecated: StrictBool


class Earlier(V1):
    """What an earlier scan came to; `counts` has its findings by severity, suppressed ones not."""

    started: AwareDatetime
    commit: Text
    verdict: Literal["passed", "failed", "inconclusive"]
    counts: dict[Severity, Count]


class Baseline(V1):
    """What was known before the scan."""

    source: Text
    commit: Text
    weaknesses: tuple[Known, ...]
    moved: tuple[tuple[Text, Text], ...]
    present: tuple[Text, ...]
    notes: tuple[Text, ...]


class Shard(V1):
    """Which `parts` (from 1) of `count` of a scan this is; only those of one `scan` make a whole.

    `waivers` and `baseline` are those of the scan, for the merge of its parts.
    """

    scan: Text
    count: Annotated[StrictInt, Field(ge=1, le=1000)]
    parts: Annotated[tuple[Annotated[StrictInt, Field(ge=1)], ...], Field(min_length=1)]
    faults: tuple[Text, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None


class Result(V1):
    """One finished scan. Holds no absolute path and no credential."""

    schema_: Literal["servegate/result/v1"] = Field(alias="schema")
    servegate: Text
    project: Text
    started: AwareDatetime
    ended: AwareDatetime
    verdict: Literal["passed", "failed", "inconclusive"]
    reasons: tuple[Reason, ...]
    policy: Policy
    counts: Counts
    engines: tuple[Engine, ...]
    notes: tuple[Text, ...]
    excluded: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    commit: Text = ""
    limited: Text = ""
    comparison: Comparison | None = None
    attack_paths: tuple[AttackPath, ...] = ()
    held: tuple[Held, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    shard: Shard | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`, generated from the types above."""
    schema = Result.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": SCHEMA,
    }
