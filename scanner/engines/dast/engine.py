"""The engine `probes`: own tests of the OWASP API Security Top 10 against a running endpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from scanner import __version__
from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.engines._endpoint.target import SPEC_PATHS, Running, paths_on, running
from scanner.engines.dast.client import AttackStopped, Client
from scanner.engines.dast.conversation import (
    Call,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    ProbeVerdict,
    Vulnerable,
    World,
)
from scanner.engines.dast.coverage import Coverage, Share
from scanner.engines.dast.listener import Listener
from scanner.engines.dast.probes import PROBES
from scanner.engines.dast.record import replay_command
from scanner.engines.dast.survey import Survey, children
from scanner.model.errors import TargetError
from scanner.model.evidence import Proof
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import EndpointLocation
from scanner.model.outcome import Assessment, Completed, Partial, Verdict
from scanner.model.plan import DynamicTask, Target, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage
from scanner.redact import redact

_MAX_SPEC_FILE = 20_000_000


@dataclass(frozen=True, slots=True)
class _Tried:
    """One conversation and how it ended."""

    probe: Probe
    operation: Operation
    verdict: ProbeVerdict
    limited: bool


class Probes:
    """The engine `probes`."""

    name = "probes"
    stage = Stage.DAST

    def rules(self) -> tuple[Rule, ...]:
        """One rule per probe."""
        return tuple(probe.rule for probe in PROBES)

    def diagnose(self, root: Path) -> Diagnosis:  # noqa: ARG002 - nothing outside is needed
        """The probes are part of servegate."""
        return Diagnosis(engine=self.name, found=True, version=__version__, place="built in")

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Start or reach the endpoint and attack it. Raises `EngineError`."""
        if not isinstance(task, DynamicTask):
            raise TypeError("probes take an endpoint")
        with (
            running(task.target, context.cancelled, context.progress) as endpoint,
            closing(Client(endpoint, task.target, context.cancelled)) as client,
            Listener() as listener,
        ):
            api = read_spec(task.target, endpoint, client)
            attack = _Attack(api, endpoint, client, task.target, context.progress)
            return attack.carry_out(listener)


class _Attack:
    """One attack on one endpoint; gathers what came of it."""

    def __init__(
        self,
        api: Api,
        endpoint: Running,
        client: Client,
        target: Target,
        progress: Callable[[str], None],
    ) -> None:
        self._api = api
        self._endpoint = endpoint
        self._client = client
        self._target = target
        self._progress = progress
        self._tried: list[_Tried] = []
        self._untried: list[tuple[Probe, Operation]] = []
        self._shares: dict[str, Share] = {}
        self._stopped = ""

    def carry_out(self, listener: Listener) -> Completed | Partial:
        """Survey, then every probe in its phase, then tidy up."""
        self._progress(f"{len(self._api.operations)} operations: first look")
        survey = Survey(
            self._api,
            self._endpoint.prefix,
            self._target.identities,
            self._client.send,
            listener.url,
            allow_destructive=self._target.allow_destructive,
        )
        try:
            survey.take()
        except AttackStopped as stopped:
            self._stopped = str(stopped)
        credentials = {one.name: one.secret for one in self._target.identities}
        world = replace(
            survey.world(),
            listener=listener.url,
            heard=listener.heard,
            credential=lambda name: credentials.get(name, ""),
        )
        self._probe_all(world)
        self._tidy(world)
        death = self._endpoint.died()
        if death:
            self._stopped = f"the endpoint {death} in the attack"
        return self._outcome(world)

    def _probe_all(self, world: World) -> None:
        pairs = [pair for phase in Phase for pair in _conversations(phase, world)]
        for number, (probe, operation) in enumerate(pairs, start=1):
            if self._stopped or self._endpoint.died():
                self._untried.append((probe, operation))
                continue
            self._progress(f"{number}/{len(pairs)} {probe.rule.id} on {operation}")
            try:
                self._tried.append(self._converse(probe, operation, world))
            except AttackStopped as stopped:
                self._stopped = str(stopped)
                self._untried.append((probe, operation))

    def _converse(self, probe: Probe, operation: Operation, world: World) -> _Tried:
        """Let a probe speak; it ends as inconclusive if it asks for too much."""
        conversation = probe.converse(operation, world)
        send = self._client.send_at_once if probe.phase is Phase.EXHAUST else self._client.send
        share = self._shares.setdefault(str(operation), Share())
        limited = False
        try:
            call = next(conversation)
            for _ in range(probe.max_requests):
                if share.seconds > self._target.operation_seconds:
                    conversation.close()
                    return _Tried(probe, operation, Inconclusive(share.spent()), limited)
                reply = send(call)
                share.add(reply)
                limited = limited or reply.status == 429
                call = conversation.send(reply)
        except StopIteration as stop:
            return _Tried(probe, operation, stop.value, limited)
        conversation.close()
        why = f"it needed more than {probe.max_requests} requests"
        return _Tried(probe, operation, Inconclusive(why), limited)

    def _tidy(self, world: World) -> None:
        """Remove the objects that the survey made, where the API has an operation for it."""
        for collection, created in world.objects.items():
            for operation in children(collection, world.operations):
                if operation.method == "DELETE" and not self._endpoint.died():
                    name = operation.path_parameters[-1]
                    ids = {name: created.object_id}
                    label = "removing the scan's own object"
                    with contextlib.suppress(AttackStopped):
                        self._client.send(world.build(operation, created.owner, label, ids=ids))

    def _outcome(self, world: World) -> Completed | Partial:
        assessments = [made for tried in self._tried if (made := _assessment(tried))]
        findings = [
            _finding(tried.probe, tried.operation, verdict)
            for tried in self._tried
            if isinstance(tried.verdict, Vulnerable)
            for verdict in (tried.verdict, *tried.verdict.also)
        ]
        coverage = Coverage(
            world=world,
            assessments=tuple(assessments),
            untried=tuple((probe.rule.id, operation) for probe, operation in self._untried),
            stopped=self._stopped,
        )
        parts = {
            "tool_version": __version__,
            "rules": tuple(probe.rule for probe in PROBES),
            "targets": tuple(sorted(world.baselines)),
            "findings": fingerprinted(findings),
            "assessments": tuple(assessments),
            "notes": tuple(coverage.notes()),
            "requests": self._client.sent,
        }
        gaps = tuple(dict.fromkeys(coverage.gaps()))
        return Partial(**parts, gaps=gaps) if gaps else Completed(**parts)  # type: ignore[arg-type]


def read_spec(target: Target, endpoint: Running, client: Client) -> Api:
    """The API's specification: a file, a path on the endpoint, or the usual places.

    Raises `TargetError`.
    """
    file = target.cwd / target.spec if target.spec else None
    if file is not None and not target.spec.startswith("/") and file.is_file():
        if file.stat().st_size > _MAX_SPEC_FILE:
            raise TargetError(f"{target.spec} is larger than any specification")
        return parse_spec(file.read_text("utf-8", "replace"), target.spec)
    named = _on_target(target.spec, endpoint)
    first = target.identities[0].name if target.identities else None
    last = ""
    for path in (named,) if named else SPEC_PATHS:
        for place in paths_on(endpoint, path):
            call = Call(
                label="the specification",
                method="GET",
                path=place,
                identity=first,
                headers=(("Accept", "application/json, application/yaml, */*"),),
            )
            reply = client.fetch(call)
            if reply.ok:
                return parse_spec(reply.text, path, place)
            last = f"{path} answered {reply.status}" if reply.status else f"{path}: {reply.fault}"
    raise TargetError(f"no specification: {last}; give --spec")


def _on_target(spec: str, endpoint: Running) -> str:
    """The path of a specification on the endpoint. Raises `TargetError` for another host's."""
    if not spec or spec.startswith("/"):
        return spec
    if spec.startswith(f"{endpoint.origin}/"):
        return spec[len(endpoint.origin) :]
    if "://" in spec:
        raise TargetError(f"{spec} is not on {endpoint.origin}; fetch it and give the file")
    raise TargetError(f"{spec}: no such file; a path on the endpoint starts with /")


def _conversations(phase: Phase, world: World) -> Iterator[tuple[Probe, Operation]]:
    """Which probe is tried on which operation."""
    for probe in PROBES:
        if probe.phase is not phase:
            continue
        if probe.per_target:
            best = _representative(world)
            if best is not None:
                yield probe, best
        else:
            for operation in world.operations:
                if world.may_call(operation) or probe.own_objects:
                    yield probe, operation


def _representative(world: World) -> Operation | None:
    """The operation to show a property of the whole endpoint on: a plain read that works."""
    working = [one for one in world.operations if world.baseline(one)]
    return min(
        working,
        key=lambda one: (not one.reads_only, one.meant_public, len(one.path_parameters), one.path),
        default=None,
    )


def _assessment(tried: _Tried) -> Assessment | None:
    def made(verdict: Verdict, why: str = "") -> Assessment:
        subject = str(tried.operation)
        return Assessment(rule_id=tried.probe.rule.id, subject=subject, verdict=verdict, why=why)

    match tried.verdict:
        case Vulnerable():
            return made(Verdict.VULNERABLE)
        case Held(why=why):
            # An answer of the rate limiter says nothing about what it stands in front of.
            if tried.limited and tried.probe.phase is not Phase.EXHAUST:
                return made(Verdict.INCONCLUSIVE, "rate limited (429), not tested")
            return made(Verdict.HELD, why)
        case Inconclusive(why=why):
            return made(Verdict.INCONCLUSIVE, why)
        case NotApplicable():
            return None


def _finding(probe: Probe, operation: Operation, verdict: Vulnerable) -> Finding:
    where = verdict.operation or operation
    proof = tuple(reply.exchange for reply in verdict.proof)
    return Finding(
        engine=Probes.name,
        stage=Probes.stage,
        rule_id=probe.rule.id,
        severity=verdict.severity or probe.rule.severity,
        confidence=verdict.confidence or probe.rule.confidence,
        message=redact(verdict.message),
        location=EndpointLocation(
            method=where.method, path=where.template or "/", parameter=verdict.parameter
        ),
        evidence=(
            Proof(
                oracle=redact(verdict.oracle),
                exchanges=proof,
                controls=tuple(reply.exchange for reply in verdict.controls),
                replay=replay_command(proof[-1]) if proof else "",
            ),
        ),
    )
