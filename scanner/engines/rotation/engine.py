"""Asks the secret manager about the endpoint's key, and tries keys on the endpoint.

Requests go to the manager's URL and to the endpoint that the user named, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from scanner import __version__
from scanner.engines._endpoint.door import HttpDoor, Operation
from scanner.engines._endpoint.replay import replay_command
from scanner.engines.rotation.judge import (
    Judged,
    Kept,
    Limits,
    judge_current,
    judge_made_up,
    judge_manager,
    judge_previous,
)
from scanner.engines.rotation.rules import (
    CURRENT_REFUSED,
    MADE_UP_ACCEPTED,
    PREVIOUS_ACCEPTED,
    RULES,
)
from scanner.model.errors import Cancelled, TargetError, ToolMissing
from scanner.model.evidence import CodeSnippet, Evidence, Proof
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import EndpointLocation, Location, ResourceLocation
from scanner.model.outcome import Assessment, Completed, Gap, Partial, Verdict
from scanner.model.plan import Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage
from scanner.model.values import Value
from scanner.rotation.model import (
    LibraryMissing,
    Observation,
    StoreError,
    ValueGone,
    grace_began,
)
from scanner.rotation.ports import Answer, Door, Store
from scanner.rotation.rotate import make_key, utc_now
from scanner.rotation.stores import Place, open_store

_BY_BEHAVIOUR = (MADE_UP_ACCEPTED, CURRENT_REFUSED, PREVIOUS_ACCEPTED)


class RotationOptions(Value, kw_only=True):
    """Where the key is, what it opens, and what the policy allows.

    `operation` is None where the user named none; `untried` says then what is missing. `settle` is
    how long the endpoint may take to learn of a change. `declared` is the configuration file and
    the line of its `[rotation]`.
    """

    place: Place
    operation: Operation | None
    untried: str
    limits: Limits
    settle: timedelta
    declared: tuple[str, int]


class Rotation:
    """The rotation check."""

    name = "rotation"
    stage = Stage.SECRETS

    def __init__(
        self, options: RotationOptions | None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._options = options
        self._now = now

    def rules(self) -> tuple[Rule, ...]:
        """What is looked for."""
        return RULES

    def diagnose(self, root: Path) -> Diagnosis:  # noqa: ARG002 - the protocol's
        """Whether the manager's library is installed; the manager is not asked."""
        if self._options is None:
            return Diagnosis(
                engine=self.name,
                found=False,
                version="",
                place="",
                mend="name the secret manager in [rotation] of servegate.toml",
            )
        try:
            store = open_store(self._options.place)
        except StoreError as error:
            return Diagnosis(engine=self.name, found=False, version="", place="", mend=str(error))
        return Diagnosis(engine=self.name, found=True, version=__version__, place=store.name)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:  # noqa: ARG002
        """Ask, try and judge. A manager that gives no answer is a failure."""
        options = self._options
        if options is None:
            raise TargetError("no [rotation] in servegate.toml")
        try:
            store = open_store(options.place)
            context.progress(f"asking {store.name}")
            judged = list(judge_manager(self._kept(store), options.limits))
            door = HttpDoor(options.operation) if options.operation else None
            judged += self._behaviour(store, door, options, context)
        except LibraryMissing as error:
            raise ToolMissing(str(error)) from error
        except StoreError as error:
            raise TargetError(str(error)) from error
        return _outcome(judged, store, door, options)

    def _kept(self, store: Store) -> Kept:
        seen = store.observe()
        history = store.history() if len(seen.current) == 1 else None
        return Kept(seen=seen, schedule=store.schedule(), history=history, now=self._now())

    def _behaviour(
        self, store: Store, door: Door | None, options: RotationOptions, context: ScanContext
    ) -> Iterator[Judged]:
        if door is None:
            for rule in _BY_BEHAVIOUR:
                yield Judged(rule=rule, verdict=Verdict.INCONCLUSIVE, why=options.untried)
            return
        context.progress(f"trying keys on {door.name}")
        seen = store.observe()
        made_up = door.try_key(make_key(), "a made-up key")
        current = None
        if len(seen.current) == 1:
            _stop_if(context)
            current = door.try_key(store.read(seen.current[0].id), "the current key")
            yield judge_current(current, made_up, door.name)
        else:
            why = "there is not one current version"
            yield Judged(rule=CURRENT_REFUSED, verdict=Verdict.INCONCLUSIVE, why=why)
        yield judge_made_up(made_up, current, door.name)
        _stop_if(context)
        yield self._previous(store, door, options, seen, (made_up, current))

    def _previous(
        self,
        store: Store,
        door: Door,
        options: RotationOptions,
        seen: Observation,
        controls: tuple[Answer, Answer | None],
    ) -> Judged:
        def unanswered(verdict: Verdict, why: str) -> Judged:
            return Judged(rule=PREVIOUS_ACCEPTED, verdict=verdict, why=why)

        versions = [one.id for one in seen.previous]
        if seen.record and any(one.id == seen.record.current for one in seen.current):
            versions.append(seen.record.previous)
        if not versions or len(seen.current) != 1:
            return unanswered(Verdict.NOT_APPLICABLE, "the manager knows no previous key")
        current = store.read(seen.current[0].id)
        over = grace_began(seen) + options.limits.grace
        if seen.previous and self._now() < over + options.settle:
            return unanswered(Verdict.NOT_APPLICABLE, f"its grace ends {over:%Y-%m-%d %H:%M} UTC")
        judged = unanswered(Verdict.NOT_APPLICABLE, "the previous key is the current one")
        for version in dict.fromkeys(versions):
            try:
                secret = store.read(version)
            except ValueGone:
                if seen.record and seen.record.closed and seen.record.previous == version:
                    why = "it was seen refused, and the manager no longer has its value"
                    judged = unanswered(Verdict.NOT_APPLICABLE, why)
                    continue
                why = "the manager no longer has its value, so it can't be tried"
                return unanswered(Verdict.INCONCLUSIVE, why)
            if secret == current:
                continue
            answer = door.try_key(secret, "the previous key")
            judged = judge_previous(answer, *controls, door.name, over)
            if judged.verdict is not Verdict.HELD:
                return judged
        return judged


def _stop_if(context: ScanContext) -> None:
    if context.cancelled.is_set():
        raise Cancelled("interrupted")


def _outcome(
    judged: list[Judged], store: Store, door: HttpDoor | None, options: RotationOptions
) -> Completed | Partial:
    findings = fingerprinted(
        _finding(one, store.name, options) for one in judged if one.verdict is Verdict.VULNERABLE
    )
    assessments = tuple(
        Assessment(
            rule_id=one.rule.id,
            subject=_subject(one, store.name, options),
            verdict=one.verdict,
            why=one.why if one.verdict in (Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE) else "",
        )
        for one in judged
    )
    gaps = tuple(
        Gap(subject=str(one.rule.id), reason=one.why)
        for one in judged
        if one.verdict is Verdict.INCONCLUSIVE
    )
    targets = (store.name, *((str(options.operation),) if options.operation else ()))
    requests = door.requests if door else 0
    whole = Completed(
        tool_version=__version__,
        rules=RULES,
        targets=targets,
        findings=findings,
        assessments=assessments,
        requests=requests,
    )
    return whole.lacking(gaps)


def _subject(judged: Judged, store: str, options: RotationOptions) -> str:
    tried = judged.rule in _BY_BEHAVIOUR and options.operation is not None
    return str(options.operation) if tried else store


def _finding(judged: Judged, store: str, options: RotationOptions) -> Finding:
    rule = judged.rule
    path, line = options.declared
    location: Location = ResourceLocation(address=store, path=path, start_line=line, end_line=line)
    if judged.exchanges and options.operation:
        location = EndpointLocation(
            method=options.operation.method,
            path=options.operation.path.partition("?")[0],
            parameter=options.operation.header,
        )
    return Finding(
        engine=Rotation.name,
        stage=Rotation.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=f"{judged.why} ({store})",
        location=location,
        evidence=_evidence(judged, store),
    )


def _evidence(judged: Judged, store: str) -> tuple[Evidence, ...]:
    if judged.exchanges:
        proof = Proof(
            oracle=judged.why,
            exchanges=judged.exchanges,
            controls=judged.controls,
            replay=replay_command(judged.exchanges[0]),
        )
        return (proof,)
    if judged.facts:
        return (CodeSnippet(path=store, start_line=1, lines=judged.facts),)
    return ()
