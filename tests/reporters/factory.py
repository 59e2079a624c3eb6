"""Scans to render: few findings, none, thousands, and one made of hostile text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from msgspec.structs import replace

from scanner.model.decision import (
    Decision,
    GatePolicy,
    GateVerdict,
    Group,
    Reason,
    ReasonKind,
    Status,
    Triaged,
)
from scanner.model.evidence import CodeSnippet, Exchange, Proof, Request, Response
from scanner.model.finding import Finding, InlineSuppression, RelatedLocation, fingerprinted
from scanner.model.location import CodeLocation, EndpointLocation, ResourceLocation
from scanner.model.outcome import (
    Assessment,
    Completed,
    EngineRun,
    Failed,
    FailureKind,
    Gap,
    Partial,
    Verdict,
)
from scanner.model.plan import (
    DynamicTask,
    Identity,
    LeftOut,
    LeftOutKind,
    Plan,
    Role,
    SourceFile,
    StaticTask,
    Target,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence, Severity, Stage

STARTED = datetime(2026, 3, 2, 9, 30, 0, 250_000, tzinfo=timezone.utc)
SECRET = "k-never-to-be-seen"
ROOT = Path("/srv/private/checkout")

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"onclick=\"alert(3)' onmouseover='alert(4)",
    "![p](http://tracker.invalid/p.png) [l](javascript:alert(5)) www.tracker.invalid @all #12",
    "``` | cell | <details open ontoggle=alert(6)>",
    "\x1b[31mred\x1b[0m \x12 \x00 ]]> &amp; <b> \x9b31m",
    "\u202edrow \u2066isolate\u2069 \u200b\ufeff\u2028",
    "lone \udc80\udcff \ud800 surrogates, \U0001f916 and \uffff",
    "{{ 7*7 }} {% raw %} ${7*7} <%= 7*7 %>",
    "<!-- --> <![CDATA[ ]]> <?xml ?> <!--<script>",
)

RULES = (
    Rule(
        id=RuleId("sast/unsafe-model-load"),
        engine="semgrep",
        stage=Stage.SAST,
        title="Model file loaded by a deserialiser that runs code",
        severity=Severity.CRITICAL,
        confidence=Confidence.FIRM,
        rationale="Unpickling a model runs what its author put into it, with the server's rights.",
        remediation="Load weights with safetensors, or with torch.load(..., weights_only=True).",
        cwe=("CWE-502",),
        owasp=("LLM03:2025", "API10:2023"),
        controls=("DESERIAL-1",),
        references=("https://cwe.mitre.org/data/definitions/502.html",),
    ),
    Rule(
        id=RuleId("sast/B614"),
        engine="bandit",
        stage=Stage.SAST,
        title="torch.load on a file that may not be trusted",
        severity=Severity.HIGH,
        confidence=Confidence.FIRM,
        rationale="torch.load unpickles.",
        remediation="Pass weights_only=True.",
        cwe=("CWE-502",),
    ),
    Rule(
        id=RuleId("sast/B101"),
        engine="bandit",
        stage=Stage.SAST,
        title="assert as a guard in serving code",
        severity=Severity.INFO,
        confidence=Confidence.FIRM,
        rationale="Python drops assert statements under -O.",
        remediation="Raise an error instead.",
        cwe=("CWE-703",),
    ),
    Rule(
        id=RuleId("iac/CKV_AWS_53"),
        engine="checkov",
        stage=Stage.IAC,
        title="Model bucket can be made public",
        severity=Severity.MEDIUM,
        confidence=Confidence.FIRM,
        rationale="Model weights are worth stealing, and a public bucket hands them out.",
        remediation="Set block_public_acls = true in an aws_s3_bucket_public_access_block.",
        cwe=("CWE-284",),
        owasp=("API8:2023",),
        controls=("EXPOSURE-1",),
        references=(
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        ),
    ),
    Rule(
        id=RuleId("dast/foreign-object-read"),
        engine="probes",
        stage=Stage.DAST,
        title="One caller reads another caller's object",
        severity=Severity.HIGH,
        confidence=Confidence.PROVEN,
        rationale="Prediction jobs hold the input of other customers.",
        remediation="Compare the owner of the object with the caller before answering.",
        cwe=("CWE-639",),
        owasp=("API1:2023",),
        controls=("AUTHZ-1",),
        references=(
            "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/",
        ),
    ),
    Rule(
        id=RuleId("dast/missing-authentication"),
        engine="probes",
        stage=Stage.DAST,
        title="An operation answers without a credential",
        severity=Severity.CRITICAL,
        confidence=Confidence.PROVEN,
        rationale="Anyone who reaches the port can use the model.",
        remediation="Require a credential on every operation that is not meant to be public.",
        cwe=("CWE-306",),
        owasp=("API2:2023",),
        controls=("AUTHN-1",),
    ),
    Rule(
        id=RuleId("dast/missing-rate-limit"),
        engine="probes",
        stage=Stage.DAST,
        title="No limit on the number of requests",
        severity=Severity.MEDIUM,
        confidence=Confidence.PROVEN,
        rationale="Every prediction costs compute.",
        remediation="Limit requests per credential and answer 429 beyond.",
        cwe=("CWE-770",),
        owasp=("API4:2023",),
    ),
)
CATALOGUE = {rule.id: rule for rule in RULES}


def code(path: str, line: int, message: str, rule: str, **more: object) -> Finding:
    """A finding in source, with a snippet of seven lines around it."""
    known = CATALOGUE[RuleId(rule)]
    lines = tuple(f"    value_{number} = step({number})" for number in range(line - 3, line + 4))
    finding = Finding(
        engine=known.engine,
        stage=known.stage,
        rule_id=known.id,
        severity=known.severity,
        confidence=known.confidence,
        message=message,
        location=CodeLocation(
            path=path, start_line=line, end_line=line, start_column=5, end_column=28
        ),
        anchor=f"value = step() {path} {line}",
        evidence=(CodeSnippet(path=path, start_line=line - 3, lines=lines),),
    )
    return replace(finding, **more)  # type: ignore[arg-type]


def exchange(label: str, status: int | None, body: str, path: str = "/v1/jobs/7") -> Exchange:
    """A GET of a job, answered with `status`, or not at all."""
    response = (
        None
        if status is None
        else Response(
            status=status,
            headers=(("content-type", "application/json"),),
            body=body,
            body_bytes=len(body),
        )
    )
    return Exchange(
        label=label,
        request=Request(
            method="GET",
            url=f"http://127.0.0.1:8000{path}",
            headers=(("x-api-key", "[redacted]"), ("accept", "application/json")),
        ),
        response=response,
        fault=None if response else "no answer within 10 s",
        elapsed_ms=12,
    )


def endpoint(rule: str, method: str, path: str, message: str, **more: object) -> Finding:
    """A finding on an operation, with a proof."""
    known = CATALOGUE[RuleId(rule)]
    finding = Finding(
        engine=known.engine,
        stage=known.stage,
        rule_id=known.id,
        severity=known.severity,
        confidence=known.confidence,
        message=message,
        location=EndpointLocation(method=method, path=path),
        evidence=(
            Proof(
                oracle="bob's answer carries the canary that alice put into her job.",
                exchanges=(
                    exchange("as bob, asking for alice's job", 200, '{"text": "canary-1f9a"}'),
                ),
                controls=(exchange("as bob, asking for a made-up job", 404, '{"detail": "?"}'),),
                replay='curl -sS -H "x-api-key: $BOB" http://127.0.0.1:8000/v1/jobs/7',
            ),
        ),
    )
    return replace(finding, **more)  # type: ignore[arg-type]


def resource(path: str, address: str, line: int, message: str) -> Finding:
    """A finding on a Terraform resource."""
    known = CATALOGUE[RuleId("iac/CKV_AWS_53")]
    return Finding(
        engine=known.engine,
        stage=known.stage,
        rule_id=known.id,
        severity=known.severity,
        confidence=known.confidence,
        message=message,
        location=ResourceLocation(address=address, path=path, start_line=line, end_line=line + 3),
        evidence=(
            CodeSnippet(
                path=path,
                start_line=line,
                lines=(
                    'resource "aws_s3_bucket_public_access_block" "models" {',
                    "  bucket            = aws_s3_bucket.models.id",
                    "  block_public_acls = false",
                    "}",
                ),
            ),
        ),
    )


def group(*findings: Finding) -> Group:
    """One weakness out of findings that already carry their fingerprints."""
    return Group(
        findings=findings,
        severity=max(finding.severity for finding in findings),
        confidence=max(finding.confidence for finding in findings),
    )


def completed(
    engine: str, version: str, targets: tuple[str, ...], found: tuple[Finding, ...]
) -> Completed:
    """An outcome in which every rule of the engine ran."""
    return Completed(
        tool_version=version,
        rules=tuple(rule for rule in RULES if rule.engine == engine),
        targets=targets,
        findings=tuple(finding for finding in found if finding.engine == engine),
    )


def partial(base: Completed, *gaps: Gap, **more: object) -> Partial:
    """The same outcome with gaps."""
    fields = {name: getattr(base, name) for name in Completed.__slots__}
    return Partial(**{**fields, "gaps": gaps, **more})


def static_task(engine: str, stage: Stage, files: tuple[str, ...]) -> StaticTask:
    """A task of these files, each of 1,200 bytes."""
    return StaticTask(
        engine=engine,
        stage=stage,
        root=ROOT,
        files=tuple(SourceFile(path=path, size=1_200) for path in files),
    )


def dynamic_task() -> DynamicTask:
    """A task against a started endpoint with two users and an admin."""
    people = (("alice", Role.USER), ("bob", Role.USER), ("root", Role.ADMIN))
    return DynamicTask(
        engine="probes",
        stage=Stage.DAST,
        root=ROOT,
        target=Target(
            name="api",
            command=(
                "/srv/private/venv/bin/python",
                "-m",
                "uvicorn",
                "app:app",
                "--port",
                "{port}",
            ),
            url=f"http://user:{SECRET}@127.0.0.1:8000/base?token={SECRET}",
            cwd=ROOT,
            env=(("API_TOKEN", SECRET),),
            spec="/openapi.json",
            identities=tuple(
                Identity(name=name, role=role, header="x-api-key", value_env="KEY", secret=SECRET)
                for name, role in people
            ),
        ),
    )


def run(engine: str, stage: Stage, outcome: object, started: float, seconds: float) -> EngineRun:
    """One engine's outcome in time."""
    return EngineRun(
        engine=engine,
        stage=stage,
        outcome=outcome,  # type: ignore[arg-type]
        started=started,
        seconds=seconds,
    )


def decide(triaged: tuple[Triaged, ...], policy: GatePolicy, *more: Reason) -> Decision:
    """What the gate would say of these findings, with further reasons put in."""
    blocks = tuple(
        Reason(
            kind=ReasonKind.BLOCKING,
            subject=item.group.fingerprint,
            text=f"{item.group.severity.label}: {item.group.lead.message}",
        )
        for item in triaged
        if item.status is Status.NEW and item.group.severity >= policy.fail_on
    )
    uncertain = any(reason.kind is ReasonKind.UNCERTAIN for reason in more)
    verdict = (
        GateVerdict.FAILED
        if blocks
        else GateVerdict.INCONCLUSIVE
        if uncertain
        else GateVerdict.PASSED
    )
    return Decision(verdict=verdict, reasons=(*blocks, *more))


FILES = ("app/main.py", "app/models.py", "app/old.py", "tests/test_app.py")
OPERATIONS = ("GET /v1/jobs/{job_id}", "POST /v1/predict", "POST /v1/admin/reload", "GET /healthz")


def few() -> ScanResult:
    """Every kind of location, evidence, status and outcome once."""
    named = fingerprinted(
        (
            code(
                "app/models.py",
                41,
                "torch.load reads a path that a caller chose.",
                "sast/unsafe-model-load",
            ),
            code("app/models.py", 41, "torch.load without weights_only.", "sast/B614"),
            code(
                "app/main.py",
                12,
                "assert guards the size of the input.",
                "sast/B101",
                suppression=InlineSuppression(comment="# nosec B101", reason="", blanket=False),
            ),
            resource(
                "infra/s3.tf",
                "aws_s3_bucket_public_access_block.models",
                7,
                "block_public_acls is false for the bucket that holds the models.",
            ),
            endpoint(
                "dast/foreign-object-read",
                "GET",
                "/v1/jobs/{job_id}",
                "bob reads the job that alice created.",
                related=(
                    RelatedLocation(
                        location=CodeLocation(path="app/main.py", start_line=88, end_line=97),
                        note="the handler",
                    ),
                ),
            ),
            endpoint(
                "dast/missing-authentication",
                "POST",
                "/v1/admin/reload",
                "The operation answers 200 without a credential.",
                location=EndpointLocation(
                    method="POST",
                    path="/v1/admin/reload",
                    parameter="model",
                    handler=CodeLocation(path="app/main.py", start_line=120, end_line=131),
                ),
            ),
        )
    )
    by_rule = {str(finding.rule_id): finding for finding in named}
    triaged = (
        Triaged(group=group(by_rule["dast/missing-authentication"]), status=Status.NEW),
        Triaged(
            group=group(by_rule["sast/unsafe-model-load"], by_rule["sast/B614"]), status=Status.NEW
        ),
        Triaged(group=group(by_rule["dast/foreign-object-read"]), status=Status.KNOWN),
        Triaged(group=group(by_rule["iac/CKV_AWS_53"]), status=Status.NEW),
        Triaged(
            group=group(by_rule["sast/B101"]),
            status=Status.SUPPRESSED,
            reason="inline comment: # nosec B101",
        ),
    )
    policy = GatePolicy(fail_on=Severity.HIGH, required=("sast", "dast"))
    probes = completed("probes", "0.1.0", OPERATIONS, named)
    return ScanResult(
        project="sentiment-api",
        version="0.1.0",
        started=STARTED,
        ended=STARTED + timedelta(seconds=21.5),
        plan=Plan(
            root=ROOT,
            tasks=(
                static_task("bandit", Stage.SAST, FILES),
                static_task("semgrep", Stage.SAST, FILES),
                static_task("checkov", Stage.IAC, ("infra/s3.tf", "infra/broken.tf")),
                dynamic_task(),
            ),
            left_out=(
                LeftOut(
                    engine="zap",
                    stage=Stage.DAST,
                    kind=LeftOutKind.NOT_FOUND,
                    reason="no zap.sh on PATH and no ZAP_HOME",
                ),
            ),
            excluded=(Gap(subject="vendor", reason="third-party code, excluded by default"),),
        ),
        runs=(
            run("semgrep", Stage.SAST, completed("semgrep", "1.185.0", FILES, named), 0.0, 0.6),
            run("bandit", Stage.SAST, completed("bandit", "1.9.4", FILES, named), 0.0, 1.2),
            run(
                "checkov",
                Stage.IAC,
                partial(
                    completed("checkov", "3.3.30", ("infra/s3.tf",), named),
                    Gap(subject="infra/broken.tf", reason="Terraform syntax error in line 3"),
                ),
                0.0,
                4.1,
            ),
            run(
                "probes",
                Stage.DAST,
                replace(
                    probes,
                    requests=412,
                    notes=("started in 0.8 s on port 40123",),
                    assessments=(
                        _assessed("dast/foreign-object-read", OPERATIONS[0], Verdict.VULNERABLE),
                        _assessed("dast/foreign-object-read", OPERATIONS[1], Verdict.HELD),
                        _assessed("dast/missing-authentication", OPERATIONS[2], Verdict.VULNERABLE),
                        _assessed("dast/missing-authentication", OPERATIONS[0], Verdict.HELD),
                        _assessed("dast/missing-rate-limit", OPERATIONS[1], Verdict.HELD),
                    ),
                ),
                4.2,
                17.0,
            ),
        ),
        findings=triaged,
        policy=policy,
        decision=decide(
            triaged,
            policy,
            Reason(
                kind=ReasonKind.UNCERTAIN,
                subject="checkov",
                text="checkov did not look at infra/broken.tf: Terraform syntax error in line 3",
            ),
            Reason(kind=ReasonKind.NOTE, subject="zap", text="zap was left out: not found"),
        ),
        catalogue=CATALOGUE,
    )


def _assessed(rule: str, subject: str, verdict: Verdict) -> Assessment:
    return Assessment(rule_id=RuleId(rule), subject=subject, verdict=verdict)


def clean() -> ScanResult:
    """A pass: engines looked and found nothing."""
    base = few()
    runs = (
        run("semgrep", Stage.SAST, completed("semgrep", "1.185.0", FILES, ()), 0.0, 0.6),
        run("bandit", Stage.SAST, completed("bandit", "1.9.4", FILES, ()), 0.0, 1.2),
        run("checkov", Stage.IAC, completed("checkov", "3.3.30", ("infra/s3.tf",), ()), 0.0, 4.1),
        run(
            "probes",
            Stage.DAST,
            replace(
                completed("probes", "0.1.0", OPERATIONS, ()),
                requests=398,
                assessments=tuple(
                    _assessed(rule, subject, Verdict.HELD)
                    for rule in (
                        "dast/foreign-object-read",
                        "dast/missing-authentication",
                        "dast/missing-rate-limit",
                    )
                    for subject in OPERATIONS[:3]
                ),
            ),
            4.2,
            17.0,
        ),
    )
    tasks = (
        static_task("bandit", Stage.SAST, FILES),
        static_task("semgrep", Stage.SAST, FILES),
        static_task("checkov", Stage.IAC, ("infra/s3.tf",)),
        dynamic_task(),
    )
    return replace(
        base,
        plan=replace(base.plan, tasks=tasks),
        runs=runs,
        findings=(),
        decision=decide((), base.policy),
    )


def nothing() -> ScanResult:
    """An empty folder: no engine had anything to look at."""
    left_out = tuple(
        LeftOut(
            engine=engine,
            stage=stage,
            kind=LeftOutKind.NOTHING_TO_SCAN,
            reason=f"nothing to scan: {what}",
        )
        for engine, stage, what in (
            ("bandit", Stage.SAST, "no Python source"),
            ("semgrep", Stage.SAST, "no Python source"),
            ("checkov", Stage.IAC, "no Terraform and no Kubernetes manifest"),
            ("probes", Stage.DAST, "no target is configured"),
        )
    )
    base = few()
    return replace(
        base,
        project="empty",
        ended=STARTED + timedelta(seconds=0.2),
        plan=Plan(root=ROOT, tasks=(), left_out=left_out),
        runs=(),
        findings=(),
        decision=decide(
            (),
            base.policy,
            Reason(kind=ReasonKind.UNCERTAIN, subject="", text="Nothing was scanned"),
        ),
        catalogue=CATALOGUE,
    )


def broken() -> ScanResult:
    """No findings, and an engine that was killed."""
    base = clean()
    runs = tuple(
        replace(
            entry,
            outcome=Failed(
                kind=FailureKind.CRASHED,
                reason="semgrep was ended by signal 9",
                detail="Killed",
            ),
        )
        if entry.engine == "semgrep"
        else entry
        for entry in base.runs
    )
    reason = Reason(
        kind=ReasonKind.UNCERTAIN, subject="semgrep", text="semgrep was ended by signal 9"
    )
    return replace(base, runs=runs, decision=decide((), base.policy, reason))


def many(count: int) -> ScanResult:
    """`count` findings over all severities, stages and statuses; one in six on the endpoint."""
    rules = [rule for rule in RULES if rule.id != "sast/B614"]
    found: list[Finding] = []
    for number in range(count):
        rule = rules[number % len(rules)]
        message = f"Number {number}: {rule.title.lower()} in the handling of request {number}."
        if rule.stage is Stage.SAST:
            path = f"service/part_{number % 97}/module_{number % 311}.py"
            found.append(code(path, 10 + number, message, rule.id))
        elif rule.stage is Stage.IAC:
            path = f"infra/module_{number % 41}/main.tf"
            found.append(resource(path, f"aws_s3_bucket.models_{number}", 10 + number, message))
        else:
            found.append(endpoint(rule.id, "GET", f"/v1/things_{number}/{{id}}", message))
    named = fingerprinted(found)
    statuses = (Status.NEW, Status.NEW, Status.KNOWN, Status.NEW, Status.SUPPRESSED)
    triaged = tuple(
        Triaged(
            group=group(finding),
            status=statuses[number % 5],
            reason="accepted until the next release" if number % 5 == 4 else "",
        )
        for number, finding in enumerate(named)
    )
    base = few()
    runs = tuple(
        replace(entry, outcome=completed(entry.engine, "1.0", FILES, named)) for entry in base.runs
    )
    policy = GatePolicy(fail_on=Severity.HIGH)
    return replace(
        base, runs=runs, findings=triaged, policy=policy, decision=decide(triaged, policy)
    )


def hostile() -> ScanResult:
    """Every text that a scanned project or endpoint can choose, at its worst."""
    found = []
    for text in HOSTILE:
        found.append(
            code(
                text,
                7,
                text,
                "sast/unsafe-model-load",
                evidence=(CodeSnippet(path=text, start_line=6, lines=(text, text, text)),),
                suppression=InlineSuppression(comment=text, reason=text, blanket=True),
            )
        )
        found.append(replace(resource(text, text, 3, text), anchor=text))
        found.append(
            endpoint(
                "dast/foreign-object-read",
                "GET",
                f"/{text}",
                text,
                location=EndpointLocation(method="GET", path=f"/{text}", parameter=text),
                evidence=(_hostile_proof(text),),
            )
        )
    named = fingerprinted(found)
    triaged = tuple(
        Triaged(
            group=group(finding),
            status=Status.SUPPRESSED if place % 7 == 3 else Status.NEW,
            reason=HOSTILE[place % len(HOSTILE)],
        )
        for place, finding in enumerate(named)
    )
    base = few()
    reasons = tuple(
        Reason(kind=ReasonKind.UNCERTAIN, subject="checkov", text=text) for text in HOSTILE
    )
    gaps = tuple(Gap(subject=text, reason=text) for text in HOSTILE)
    runs = (
        run(
            "semgrep",
            Stage.SAST,
            partial(completed("semgrep", HOSTILE[0], HOSTILE, named), *gaps, notes=HOSTILE),
            0.0,
            1.0,
        ),
        run("checkov", Stage.IAC, completed("checkov", HOSTILE[1], HOSTILE, named), 0.0, 1.0),
        run("probes", Stage.DAST, completed("probes", HOSTILE[2], HOSTILE, named), 0.0, 1.0),
        run(
            "bandit",
            Stage.SAST,
            Failed(kind=FailureKind.CRASHED, reason=HOSTILE[0], detail=HOSTILE[5]),
            0.0,
            1.0,
        ),
    )
    return replace(
        base,
        project=HOSTILE[1],
        plan=replace(base.plan, tasks=(), excluded=gaps, notes=HOSTILE),
        runs=runs,
        findings=triaged,
        decision=decide(triaged, base.policy, *reasons),
    )


def _hostile_proof(text: str) -> Proof:
    shown = Exchange(
        label=text,
        request=Request(method=text, url=text, headers=((text, text),), body=text),
        response=Response(status=200, headers=((text, text),), body=text, body_bytes=3),
        fault=text,
    )
    return Proof(oracle=text, exchanges=(shown,), controls=(shown,), replay=text)


EXAMPLES = {
    "few": few,
    "clean": clean,
    "nothing": nothing,
    "broken": broken,
    "hostile": hostile,
}
