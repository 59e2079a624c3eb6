"""Prepares a ZAP for one target: its scope, its credential, a first look, the specification."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scanner.engines._endpoint.knock import Fetched, fetch
from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.spec import Api
from scanner.engines._endpoint.target import Running, paths_on
from scanner.engines.zap.client import ApiRefused, number
from scanner.engines.zap.document import asked, document_text
from scanner.engines.zap.find import Container, Daemon, Installed, Place
from scanner.engines.zap.launch import Zap, host_network_works
from scanner.engines.zap.paths import Paths
from scanner.model.errors import EngineError, TargetError, ToolMissing, ToolUnreadable
from scanner.model.location import CodeLocation
from scanner.model.outcome import Gap
from scanner.model.plan import Identity, Target

_IMPORT_TIMEOUT = 180.0
_MAX_WARNINGS = 10
_TREE_SECONDS = 3.0
_MAX_ANSWER = 20_000_000
# ZAP's numbers for who sends: the active scanner, and what its API asks for or imports.
_INITIATORS = "2,6"
GATEWAY = "host.docker.internal"


@dataclass(slots=True)
class Session:
    """One target in one ZAP.

    `origin` is the target's as ZAP sees it, `origins` has those of further instances of it too;
    `paths` are its operations. `adds_header_to_all` is set where ZAP adds the credential to all
    that it asks of the host. `handlers` is the code of each operation, where it could be mapped.
    """

    zap: Zap
    endpoint: Running
    target: Target
    api: Api
    origin: str
    origins: tuple[str, ...]
    paths: Paths
    adds_header_to_all: bool = False
    context_id: str = ""
    imported: tuple[Operation, ...] = ()
    handlers: Mapping[str, CodeLocation] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def identity(self) -> Identity | None:
        """The caller that ZAP is: the first ordinary user."""
        return scanning_identity(self.target)

    @property
    def shared(self) -> bool:
        """Whether this ZAP is somebody's, so that its own settings are not ours to change."""
        return isinstance(self.zap.place, Daemon)


def scanning_identity(target: Target) -> Identity | None:
    """The identity whose credential ZAP adds: the first that has one without signing in.

    Raises `TargetError` for one that is no header.
    """
    identity = next((one for one in target.identities if one.secret), None)
    if identity is None:
        return None
    if any(ord(one) < 32 or ord(one) == 127 for one in identity.header + identity.secret):
        raise TargetError(
            f"identity {identity.name!r}: its header holds a control character; ZAP would send "
            "what follows it as a header of its own"
        )
    return identity


def start_environment(place: Place, target: Target) -> dict[str, str]:
    """What a ZAP of our own is started with, where it has no add-on that adds a header by URL.

    ZAP's own variables know a host, not a port; unset, they would give the credential to everyone.
    """
    identity = scanning_identity(target)
    if identity is None or not isinstance(place, Installed) or place.has_addon("replacer"):
        return {}
    host = urlsplit(target.url).hostname if target.url else "127.0.0.1"
    return {
        "ZAP_AUTH_HEADER": identity.header,
        "ZAP_AUTH_HEADER_VALUE": identity.secret,
        "ZAP_AUTH_HEADER_SITE": host or "127.0.0.1",
    }


def seen_origin(place: Place, origin: str) -> str:
    """The endpoint's origin on ZAP's side: a container without the host's network needs a name."""
    if not isinstance(place, Container) or host_network_works():
        return origin
    parts = urlsplit(origin)
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return origin
    return f"{parts.scheme}://{GATEWAY}" + (f":{parts.port}" if parts.port else "")


@contextlib.contextmanager
def opened(
    zap: Zap, endpoint: Running, target: Target, api: Api, *, proxied: bool = False
) -> Iterator[Session]:
    """A session with its scope and credential set; both are taken back at the end.

    `proxied` says that requests of others, with credentials of their own, will pass through.
    """
    origin = seen_origin(zap.place, endpoint.origin)
    operations = asked(api, all_of_them=target.allow_destructive)
    paths = Paths(operations, (origin,), endpoint.prefix)
    session = Session(zap, endpoint, target, api, origin, (origin,), paths)
    name = f"servegate-{secrets.token_hex(4)}"
    with contextlib.ExitStack() as undo:
        session.context_id = _scope(session, name)
        undo.callback(_quietly, lambda: zap.api.context.remove_context(name))
        if _credential(session, name, _INITIATORS if proxied else None):
            undo.callback(_quietly, lambda: zap.api.replacer.remove_rule(name))
        yield session


def scope_pattern(origin: str) -> str:
    """A Java expression for one origin and nothing else: no longer port, no longer host."""
    return rf"\Q{origin}\E(?:[/?#].*)?"


def _scope(session: Session, name: str) -> str:
    api = session.zap.api
    context_id = str(number(api.context.new_context(name), "a context"))
    api.context.include_in_context(name, scope_pattern(session.origin))
    if not session.shared:
        # ZAP itself then refuses to attack anything outside the context.
        api.core.set_mode("protect")
    return context_id


def _credential(session: Session, name: str, initiators: str | None) -> bool:
    """Have ZAP add the identity's header to this site; whether there is a rule to take back."""
    identity = session.identity
    if identity is None and session.target.identities:
        reason = "every identity signs in at run time; ZAP is given keys only, so it had none"
        session.gaps.append(Gap(subject="operations that need a credential", reason=reason))
        return False
    if identity is None:
        session.notes.append("no identities are configured: ZAP calls without a credential")
        return False
    try:
        session.zap.api.replacer.add_rule(
            description=name,
            enabled=True,
            matchtype="REQ_HEADER",
            matchregex=False,
            matchstring=identity.header,
            replacement=identity.secret,
            url=scope_pattern(session.origin),
            initiators=initiators,
        )
    except ApiRefused as refused:
        if refused.code != "no_implementor":
            raise
    else:
        return True
    if start_environment(session.zap.place, session.target):
        host = urlsplit(session.origin).hostname
        session.adds_header_to_all = True
        session.notes.append(
            f"this ZAP has no replacer add-on: it adds the credential of {identity.name} to all "
            f"that it asks of {host}, whatever the port"
        )
    else:
        reason = "this ZAP has no replacer add-on, so it was not given the credential"
        session.gaps.append(Gap(subject=f"operations that need {identity.name}", reason=reason))
    return False


def look(session: Session) -> None:
    """Ask ZAP to open the target and compare with our own answer. Raises `TargetError`."""
    identity = session.identity
    path, ours = _our_answer(session)
    url = session.origin + path
    try:
        answer = session.zap.api.core.access_url(url, followredirects=False)
    except ApiRefused as refused:
        if refused.code == "mode_violation":
            raise
        raise TargetError(_unreachable(session, url, refused.said)) from refused
    theirs = _status(answer)
    if theirs == 0:
        raise TargetError(_unreachable(session, url, "no answer"))
    if ours.status and theirs != ours.status and bool(identity) and theirs in (401, 403):
        session.notes.append(
            f"ZAP gets {theirs} from {path}, with the credential it is {ours.status}"
        )
    elif ours.status and theirs != ours.status:
        raise TargetError(
            f"ZAP gets {theirs} from {url}, we get {ours.status}: something else answers there on "
            f"its side{_hint(session.zap.place)}"
        )


def _our_answer(session: Session) -> tuple[str, Fetched]:
    """A path of the target that answers us, and how."""
    target, endpoint, identity = session.target, session.endpoint, session.identity
    headers = {identity.header: identity.secret} if identity else {}
    spec_path = target.spec if target.spec.startswith("/") else ""
    tried = [
        (
            path,
            fetch(
                endpoint.origin,
                path,
                headers,
                timeout=target.request_timeout,
                limit=_MAX_ANSWER,
                verify=endpoint.verify,
            ),
        )
        for path in paths_on(endpoint, target.ready or spec_path or "/")
    ]
    return next((pair for pair in tried if 0 < pair[1].status < 400), tried[0])


def _status(answer: object) -> int:
    message = answer[-1] if isinstance(answer, list) and answer else answer
    header = message.get("responseHeader") if isinstance(message, dict) else None
    words = header.split(None, 2) if isinstance(header, str) else []
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _unreachable(session: Session, url: str, said: str) -> str:
    reason = f" ({said[:160]})" if said else ""
    return f"ZAP answers, but can't open {url}{reason}{_hint(session.zap.place)}"


def _hint(place: Place) -> str:
    """The classic trap by name."""
    if isinstance(place, Installed):
        return ""
    return (
        "; in a container or on another machine 127.0.0.1 is not this one: run ZAP with the host's "
        "network, or give the endpoint by an address that both can reach"
    )


def import_document(session: Session) -> None:
    """Give ZAP our specification and see what arrived in its tree.

    Raises `ToolMissing` without its OpenAPI add-on, `ToolUnreadable` where nothing arrived.
    """
    wanted = asked(session.api, all_of_them=session.target.allow_destructive)
    skipped = [str(one) for one in session.api.operations if one not in wanted]
    if skipped:
        session.notes.append(f"not given to ZAP, since they may destroy: {', '.join(skipped)}")
    if not wanted:
        raise TargetError("every operation of the specification may destroy: nothing for ZAP")
    text = document_text(session.api, wanted, session.origin, session.endpoint.prefix)
    file = session.zap.workdir / "openapi.json"
    file.write_text(text, "utf-8")
    # It holds nothing secret, and a ZAP that was there before us may run as another user.
    file.chmod(0o644)
    try:
        warnings = session.zap.api.patient(_IMPORT_TIMEOUT).openapi.import_file(
            f"{session.zap.seen_workdir}/openapi.json",
            target=session.origin,
            contextid=session.context_id,
        )
    except ApiRefused as refused:
        if refused.code == "no_implementor":
            raise ToolMissing("this ZAP has no OpenAPI add-on: install it, or a full ZAP") from None
        hint = _file_hint(session.zap.place) if refused.code == "does_not_exist" else ""
        raise ToolUnreadable(f"ZAP did not take the specification: {refused}{hint}") from refused
    shown = [" ".join(one.split())[:200] for one in _texts(warnings)]
    session.notes += [f"ZAP on the specification: {one}" for one in shown[:_MAX_WARNINGS]]
    _compare(session, wanted, shown)


def _file_hint(place: Place) -> str:
    if isinstance(place, Daemon):
        return "; a ZAP in a container or on another machine can't read files of this one"
    return ""


def _texts(warnings: object) -> Iterator[str]:
    if isinstance(warnings, list):
        yield from (one for one in warnings if isinstance(one, str) and one.strip())
    elif isinstance(warnings, str) and warnings not in ("", "OK"):
        yield warnings


def _compare(session: Session, wanted: tuple[Operation, ...], warnings: list[str]) -> None:
    """ZAP answers "OK" to a document that it could not read: count what is in its tree."""
    templates = {one.template for one in wanted}
    end = time.monotonic() + _TREE_SECONDS
    while True:
        urls = session.zap.api.core.urls(session.origin)
        arrived = _arrived(session.paths, urls if isinstance(urls, list) else [])
        # ZAP's tree may be a little behind what it has sent.
        if arrived >= templates or time.monotonic() > end:
            break
        time.sleep(0.2)
    if not arrived:
        said = f"; it says: {warnings[0]}" if warnings else ""
        raise ToolUnreadable(
            f"ZAP imported none of {len(wanted)} operations of the specification{said}"
        )
    session.imported = tuple(one for one in wanted if one.template in arrived)
    for one in wanted:
        if one.template not in arrived:
            session.gaps.append(Gap(subject=str(one), reason="ZAP did not import it"))


def _arrived(paths: Paths, urls: Iterable[object]) -> set[str]:
    spots = [paths.spot("", url) for url in urls if isinstance(url, str) and paths.ours(url)]
    known = {one.template for one in paths.operations}
    return {spot.template for spot in spots} & known


def _quietly(action: object) -> None:
    """Tidy up in a ZAP that may be gone."""
    with contextlib.suppress(EngineError):
        if callable(action):
            action()
