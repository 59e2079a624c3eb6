"""Has the traffic of our own probes pass through ZAP's proxy, to be scanned passively."""

from __future__ import annotations

from scanner.engines._endpoint.relay import Relay
from scanner.engines.zap.client import ApiRefused
from scanner.engines.zap.find import Container
from scanner.engines.zap.launch import host_network_works
from scanner.engines.zap.paths import Paths
from scanner.engines.zap.session import Session
from scanner.model.outcome import Gap
from scanner.model.protocols import ScanContext

_SUBJECT = "the probes' traffic"


def offer_proxy(session: Session, relay: Relay) -> None:
    """Offer ZAP's proxy, unless it would change or miss what passes; then that is a gap."""
    reason = ""
    if session.adds_header_to_all:
        reason = "this ZAP would put one caller's credential on every request (no replacer add-on)"
    elif isinstance(session.zap.place, Container) and not host_network_works():
        reason = "this ZAP's container does not share our network"
    if reason:
        session.gaps.append(Gap(subject=_SUBJECT, reason=reason))
        relay.withdraw()
        return
    try:
        # The probes may have an endpoint of their own, on another port.
        session.zap.api.pscan.set_scan_only_in_scope(False)
    except ApiRefused as refused:
        if refused.code != "no_implementor":
            raise
    relay.offer(session.zap.url)


def await_probes(session: Session, relay: Relay, context: ScanContext) -> None:
    """Wait until the probes are done, and count their endpoint's origin among ours."""
    target = session.target
    context.progress("waiting for the probes")
    seconds = target.start_timeout + target.max_seconds + 60
    origin = relay.await_finish(context.cancelled, seconds)
    if origin and origin not in session.origins:
        session.origins = (*session.origins, origin)
        session.paths = Paths(session.paths.operations, session.origins, session.endpoint.prefix)
