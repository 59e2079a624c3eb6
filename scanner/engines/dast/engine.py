"""The engine `probes`: own tests of the OWASP API Security Top 10 against a running endpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from scanner import __version__
from scanner.engines._endpoint.document import Specification
from scanner.engines._endpoint.handlers import map_code, map_handlers
from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.relay import Relay
from scanner.engines._endpoint.replay import replay_command
from scanner.engines._endpoint.target import Running, running
from scanner.engines._endpoint.tls import speaks
from scanner.engines.dast.client import AttackStopped, Client
from scanner.engines.dast.conversation import (
    Call,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    ProbeVerdict,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.coverage import Coverage, Share
from scanner.engines.dast.decisive import decisive
from scanner.engines.dast.health import Health
from scanner.engines.dast.lanes import (
    CHAT_RULES,
    by_operation,
    conversations,
    in_focus,
    side_by_side,
)
from scanner.engines.dast.listener import Listener
from scanner.engines.dast.llm.chat import meet
from scanner.engines.dast.probes import PROBES
from scanner.engines.dast.specification import get_specification
from scanner.engines.dast.survey import Survey, children
from scanner.model.evidence import Proof
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import CodeLocation, EndpointLocation
from scanner.model.outcome import Assessment, Completed, Partial, Verdict
from scanner.model.plan import DynamicTask, Task
from scanner.model.protocols import Diagnosis, ScanContext, Tally
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Stage
from scanner.model.values import Value
from scanner.redact import redact

_PROXY_SECONDS = 150.0
# How long after its connections a process that dies may be there.
_SEEN_DEAD = 2.0


class _Tried(Value):
    """One conversation and how it ended."""

    probe: Probe
    operation: Operation
    verdict: ProbeVerdict
    limited: bool


class Probes:
    """The engine `probes`."""

    name = "probes"
    stage = Stage.DAST

    def __init__(self, relay: Relay | None = None) -> None:
        """With a `relay`, the probes' traffic passes through the proxy that it brings."""
        self._relay = relay or Relay()

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
        try:
            with running(task.target, context.cancelled, context.progress) as endpoint:
                return self._probe(endpoint, task, context)
        finally:
            self._relay.finish()

    def _probe(
        self, endpoint: Running, task: DynamicTask, context: ScanContext
    ) -> Completed | Partial:
        proxy = ""
        if self._relay.expected and endpoint.origin.startswith("http://"):
            context.progress("waiting for the proxy")
            proxy = self._relay.take(context.cancelled, _PROXY_SECONDS)
            self._relay.begin(endpoint.origin)
        with (
            closing(Client(endpoint, task.target, context.cancelled, proxy)) as client,
            Listener() as listener,
        ):
            client.sign_in()
            specification, document = get_specification(task.target, endpoint, client)
            attack = _Attack(specification, endpoint, client, task, context)
            return attack.carry_out(listener, document)


class _Attack:
    """One attack on one endpoint; gathers what came of it."""

    def __init__(
        self,
        specification: Specification,
        endpoint: Running,
        client: Client,
        task: DynamicTask,
        context: ScanContext,
    ) -> None:
        self._api = specification.api
        self._note = specification.note
        self._endpoint = endpoint
        self._client = client
        self._task = task
        self._target = task.target
        self._progress = context.progress
        self._tally = context.tally
        self._found = 0
        self._tried: list[_Tried] = []
        self._untried: list[tuple[Probe, Operation]] = []
        self._shares: dict[str, Share] = {}
        self._stopped = ""

    def carry_out(self, listener: Listener, document: Reply | None) -> Completed | Partial:
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
        world = replace(
            survey.world(),
            listener=listener.url,
            heard=listener.heard,
            credential=self._client.credential,
            flows=frozenset(self._target.flows),
            document=document,
            origin=self._endpoint.origin,
            speaks=lambda version: speaks(self._endpoint.origin, version),
        )
        world = self._with_chats(world)
        self._health = Health(world, self._client.send)
        self._probe_all(world)
        self._tidy(world)
        death = self._endpoint.died(within=_SEEN_DEAD if self._client.unanswered else 0.0)
        if death:
            self._stopped = f"the endpoint {death} in the attack"
        return self._outcome(world)

    def _probe_all(self, world: World) -> None:
        asked = {
            phase: [
                pair for pair in conversations(phase, world) if in_focus(self._task.focus, *pair)
            ]
            for phase in Phase
        }
        total = sum(map(len, asked.values()))
        for phase, pairs in asked.items():
            # Conversations that only read may go on side by side, those about one operation one
            # after another. Whatever writes goes alone: it changes what others compare with.
            # What is said to a model changes nothing for the next who talks to it.
            match phase:
                case Phase.READ:
                    lanes, most = by_operation(pairs), side_by_side(world)
                case Phase.CHAT:
                    lanes, most = [[pair] for pair in pairs], self._target.model.concurrency
                case Phase.WRITE | Phase.EXHAUST:
                    lanes, most = [pairs], 1
            workers = min(len(lanes), most) or 1
            with ThreadPoolExecutor(workers, thread_name_prefix="probe") as pool:
                for done in [pool.submit(self._probe_lane, lane, world, total) for lane in lanes]:
                    done.result()

    def _probe_lane(self, pairs: list[tuple[Probe, Operation]], world: World, total: int) -> None:
        for probe, operation in pairs:
            if self._stopped or self._endpoint.died():
                self._untried.append((probe, operation))
                continue
            self._progress(f"{probe.rule.id.partition('/')[2]} on {operation}")
            try:
                tried = self._converse(probe, operation, world)
                self._tried.append(tried)
                self._found += isinstance(tried.verdict, Vulnerable)
                self._tally(Tally(done=len(self._tried), total=total, found=self._found))
            except AttackStopped as stopped:
                self._stopped = self._stopped or str(stopped)
                self._untried.append((probe, operation))

    def _converse(self, probe: Probe, operation: Operation, world: World) -> _Tried:
        """Let a probe speak; it ends as inconclusive if it asks for too much."""
        conversation = probe.converse(operation, world)
        send = self._sender(probe.phase)
        share = self._shares.setdefault(str(operation), Share())
        limited = False
        failure: Reply | None = None
        try:
            call = next(conversation)
            for _ in range(probe.max_requests):
                if self._spent(share, probe):
                    conversation.close()
                    return _Tried(probe, operation, Inconclusive(share.spent()), limited)
                reply = send(call)
                if probe.phase is not Phase.CHAT:
                    share.add(reply)
                limited = limited or reply.status == 429
                # The first failure is what broke it, if anything did.
                if failure is None and not 0 < reply.status < 500:
                    failure = reply
                call = conversation.send(reply)
        except StopIteration as stop:
            self._look_after(failure, probe, operation)
            return _Tried(probe, operation, stop.value, limited)
        conversation.close()
        self._look_after(failure, probe, operation)
        why = f"it needed more than {probe.max_requests} requests"
        return _Tried(probe, operation, Inconclusive(why), limited)

    def _sender(self, phase: Phase) -> Callable[[Call], Reply]:
        match phase:
            case Phase.EXHAUST:
                return self._client.send_at_once
            case Phase.CHAT:
                return self._client.send_patiently
            case Phase.READ | Phase.WRITE:
                return self._client.send

    def _spent(self, share: Share, probe: Probe) -> bool:
        """Whether an operation has had its time. Conversations with a model go on side by side and
        have the time of the whole attack."""
        return probe.phase is not Phase.CHAT and share.seconds > self._target.operation_seconds

    def _with_chats(self, world: World) -> World:
        """The world with the models that can be talked with, where a probe will ask for them."""
        focus = self._task.focus
        if focus is not None and focus.rule_id not in CHAT_RULES:
            return world
        try:
            met = meet(world, self._target.model, self._client.send_patiently)
        except AttackStopped as stopped:
            self._stopped = self._stopped or str(stopped)
            return world
        return replace(world, chats=met.chats, spared=met.spared)

    def _look_after(self, failure: Reply | None, probe: Probe, operation: Operation) -> None:
        """See whether the endpoint is still well after a conversation in which it failed."""
        fault = self._health.fault_after(failure) if failure is not None else None
        if fault is not None:
            self._stopped = f"the endpoint broke under {probe.rule.id} on {operation}: {fault}"

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

    def _inapplicable(self, assessed: set[RuleId]) -> Iterator[Assessment]:
        """One entry for each rule that came to its turn and had nothing to be tried on.

        Without it a rule that was never tried could not be told from one that did not apply.
        """
        waiting = {probe.rule.id for probe, _ in self._untried}
        whys = {
            tried.probe.rule.id: tried.verdict.why
            for tried in reversed(self._tried)
            if isinstance(tried.verdict, NotApplicable)
        }
        whys |= {
            probe.rule.id: "it is tried with allow_destructive alone"
            for probe in PROBES
            if probe.opt_in
            and probe.rule.id not in whys
            and not self._task.target.allow_destructive
        }
        for rule_id in sorted({probe.rule.id for probe in PROBES} - assessed - waiting):
            if self._stopped and rule_id not in whys:
                continue
            yield Assessment(
                rule_id=rule_id,
                subject="endpoint",
                verdict=Verdict.NOT_APPLICABLE,
                why=whys.get(rule_id, "no operation that it could be tried on"),
            )

    def _outcome(self, world: World) -> Completed | Partial:
        # What ran side by side ended in no order.
        self._tried.sort(key=lambda one: (one.probe.rule.id, str(one.operation)))
        assessments = [made for tried in self._tried if (made := _assessment(tried))]
        assessments += self._inapplicable({made.rule_id for made in assessments})
        proven = [
            (tried.probe, verdict.operation or tried.operation, verdict)
            for tried in self._tried
            if isinstance(tried.verdict, Vulnerable)
            for verdict in (tried.verdict, *tried.verdict.also)
        ]
        places = map_handlers(
            self._task.root, self._task.sources, [operation for _, operation, _ in proven]
        )
        findings = [
            _finding(probe, operation, verdict, places.get(str(operation)))
            for probe, operation, verdict in proven
        ]
        coverage = Coverage(
            world=world,
            assessments=tuple(assessments),
            untried=tuple((probe.rule.id, operation) for probe, operation in self._untried),
            stopped=self._stopped,
        )
        whole = Completed(
            tool_version=__version__,
            rules=tuple(probe.rule for probe in PROBES),
            targets=tuple(sorted(world.baselines)),
            findings=fingerprinted(findings),
            assessments=tuple(assessments),
            notes=(*([self._note] if self._note else ()), *coverage.notes()),
            requests=self._client.sent,
            served=map_code(self._task.root, self._task.sources, world.operations),
        )
        return whole.lacking(coverage.gaps())


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


def _finding(
    probe: Probe, operation: Operation, verdict: Vulnerable, handler: CodeLocation | None
) -> Finding:
    proof = tuple(reply.exchange for reply in verdict.proof)
    return Finding(
        engine=Probes.name,
        stage=Probes.stage,
        rule_id=probe.rule.id,
        severity=verdict.severity or probe.rule.severity,
        confidence=verdict.confidence or probe.rule.confidence,
        message=redact(verdict.message),
        location=EndpointLocation(
            method=operation.method,
            path=operation.template or "/",
            parameter=verdict.parameter,
            handler=handler,
        ),
        evidence=(
            Proof(
                oracle=redact(verdict.oracle),
                exchanges=proof,
                controls=tuple(reply.exchange for reply in verdict.controls),
                replay=replay_command(proof[-1]) if proof else "",
                decisive=decisive(verdict.oracle, verdict.marks, proof),
            ),
        ),
    )
