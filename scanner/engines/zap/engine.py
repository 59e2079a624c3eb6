"""The engine `zap`: drives a real ZAP against the running endpoint."""

from __future__ import annotations

import contextlib
from pathlib import Path

from msgspec.structs import replace

from scanner.engines._endpoint.document import SPEC_MEDIA, Specification, find_specification
from scanner.engines._endpoint.handlers import map_handlers
from scanner.engines._endpoint.knock import Fetched, fetch
from scanner.engines._endpoint.relay import Relay
from scanner.engines._endpoint.target import Running, running
from scanner.engines.zap.alerts import ENGINE, convert
from scanner.engines.zap.attack import Collected, attack, await_passive, collect, set_options
from scanner.engines.zap.exchange import read_exchange, secrets_of
from scanner.engines.zap.find import Container, Daemon, Installed, Search, search
from scanner.engines.zap.launch import Zap as RunningZap
from scanner.engines.zap.launch import running_zap
from scanner.engines.zap.options import ZapOptions
from scanner.engines.zap.proxying import await_probes, offer_proxy
from scanner.engines.zap.rows import Alert
from scanner.engines.zap.session import (
    Session,
    import_document,
    look,
    opened,
    scanning_identity,
    start_environment,
)
from scanner.engines.zap.tables import alert_table
from scanner.model.errors import Cancelled, EngineError, ToolMissing
from scanner.model.evidence import Exchange
from scanner.model.finding import Finding
from scanner.model.location import EndpointLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import DynamicTask, Target, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage

_MAX_DOCUMENT = 20_000_000
_MAX_EXCHANGES = 300


class Zap:
    """The engine `zap`."""

    name = ENGINE
    stage = Stage.DAST

    def __init__(self, options: ZapOptions | None = None, relay: Relay | None = None) -> None:
        """`options` say how ZAP is found and how far it may go.

        By the `relay` the traffic of our own probes comes to ZAP's proxy.
        """
        self._options = options or ZapOptions()
        self._relay = relay or Relay()

    def rules(self) -> tuple[Rule, ...]:
        """ZAP's rules become known when they fire: their prose is in what it reports."""
        return ()

    def diagnose(self, root: Path) -> Diagnosis:
        """Which ZAP would be used; where none is found, what was looked at."""
        return explain(search(self._options, root))

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Start or reach the endpoint and a ZAP, and have one attack the other."""
        if not isinstance(task, DynamicTask):
            raise TypeError("zap takes an endpoint")
        try:
            return self._drive(task, context)
        finally:
            self._relay.withdraw()

    def _drive(self, task: DynamicTask, context: ScanContext) -> Completed | Partial:
        found = search(self._options, task.root)
        place = found.place
        if place is None:
            raise ToolMissing(f"no ZAP was found: {'; '.join(found.trail)}")
        environ = start_environment(place, task.target)
        with running(task.target, context.cancelled, context.progress) as endpoint:
            specification = _specification(task.target, endpoint)
            api = specification.api
            context.progress("starting ZAP")
            with (
                running_zap(place, self._options, environ, context) as zap,
                opened(zap, endpoint, task.target, api, proxied=self._relay.expected) as session,
            ):
                if specification.note:
                    session.notes.append(specification.note)
                session.handlers = map_handlers(task.root, task.sources, api.operations)
                return carry_out(session, self._options, context, self._relay)


def explain(found: Search) -> Diagnosis:
    """The outcome of a search in the words of `doctor`."""
    trail = "; ".join(found.trail)
    match found.place:
        case None:
            return Diagnosis(engine=ENGINE, found=False, version="", place="", mend=trail)
        case Daemon(url=url):
            return Diagnosis(engine=ENGINE, found=True, version="", place=f"running at {url}")
        case Installed(home=home, version=version):
            return Diagnosis(engine=ENGINE, found=True, version=version, place=str(home))
        case Container(tool=tool, image=image):
            return Diagnosis(engine=ENGINE, found=True, version="", place=f"{image} with {tool}")


def carry_out(
    session: Session, options: ZapOptions, context: ScanContext, relay: Relay
) -> Completed | Partial:
    """Look, import, attack, collect. What ZAP said before it failed is kept, and the rest a gap.

    Raises `EngineError` where nothing was tested at all.
    """
    collected = Collected()
    look(session)
    context.progress("giving ZAP the specification")
    import_document(session)
    try:
        if not session.shared:
            set_options(session, options)
        if relay.expected:
            offer_proxy(session, relay)
        await_passive(session, context)
        collect(session, collected)
        if options.attack:
            attack(session, options, context, collected)
        else:
            session.notes.append("[zap] attack is off: nothing was attacked by ZAP")
        if relay.expected:
            await_probes(session, relay, context)
        await_passive(session, context)
        collect(session, collected, anew=True)
    except Cancelled:
        raise
    except EngineError as error:
        session.gaps.append(Gap(subject="zap", reason=_cut_short(session.zap, error)))
        with contextlib.suppress(EngineError):
            collect(session, collected, anew=True)
    return outcome(session, collected)


def _cut_short(zap: RunningZap, error: EngineError) -> str:
    if zap.service is not None:
        zap.service.wait(1.0)
    death = zap.died()
    return f"ZAP {death} in the scan" if death else str(error)


def outcome(session: Session, collected: Collected) -> Completed | Partial:
    """What is known once the scan ended, in whatever way."""
    found = convert(
        collected.alerts.values(),
        session.paths,
        alert_table(),
        _Exchanges(session),
        secrets_of(session.identity),
    )
    if collected.unreadable:
        reason = f"{collected.unreadable} of ZAP's reports could not be read"
        session.gaps.append(Gap(subject="zap", reason=reason))
    notes = [*session.notes, *(f"{n} left out: {why}" for why, n in found.ignored.items())]
    findings = tuple(_with_handler(one, session) for one in found.findings)
    targets = tuple(sorted(str(one) for one in session.imported))
    whole = Completed(
        tool_version=session.zap.version,
        rules=found.rules,
        targets=targets,
        findings=findings,
        notes=tuple(notes),
        requests=collected.requests,
    )
    return whole.lacking(session.gaps)


def _with_handler(finding: Finding, session: Session) -> Finding:
    """The finding with the code that serves its operation."""
    place = finding.location
    if not isinstance(place, EndpointLocation):
        return finding
    at = [one for one in session.paths.operations if (one.template or "/") == place.path]
    names = [str(one) for one in at if one.method == place.method]
    handler = session.handlers.get(names[0]) if names else None
    return replace(finding, location=replace(place, handler=handler))


class _Exchanges:
    """Fetches the exchange of an alert by its message; a ZAP that is gone has none."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left = _MAX_EXCHANGES

    def __call__(self, alert: Alert) -> Exchange | None:
        if not alert.message.isdigit() or self._left <= 0:
            return None
        self._left -= 1
        try:
            message = self._session.zap.api.core.message(alert.message)
        except EngineError:
            if self._session.zap.died():
                self._left = 0
            return None
        if not isinstance(message, dict):
            return None
        return read_exchange(message, "as sent by ZAP", self._session.identity)


def _specification(target: Target, endpoint: Running) -> Specification:
    identity = scanning_identity(target)
    headers = {"User-Agent": "servegate", "Accept": SPEC_MEDIA}
    if identity is not None:
        headers[identity.header] = identity.secret

    def get(path: str) -> Fetched:
        return fetch(
            endpoint.origin,
            path,
            headers,
            timeout=target.request_timeout,
            limit=_MAX_DOCUMENT,
            verify=endpoint.verify,
        )

    return find_specification(target, endpoint, get)
