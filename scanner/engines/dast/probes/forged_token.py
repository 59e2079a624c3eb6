"""API2: a token that the server did not sign is taken for one that it did."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    NONSENSE_CREDENTIAL,
    Call,
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._shape import denies, emptier, same_kind, shared
from scanner.engines.dast.probes._tokens import COMMON_SECRETS, Token, token_in
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/forged-token"),
    engine="probes",
    stage=Stage.DAST,
    title="A forged token is accepted",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Whoever can make tokens is whoever he likes: every user, the administrator, and for as "
        "long as he likes."
    ),
    remediation=(
        "Sign with a long random key from the environment, name the one algorithm when a token is "
        "read, and let the library look at the expiry:\n\n"
        '    key = os.environ["TOKEN_KEY"]  # 32 random bytes\n'
        '    claims = jwt.decode(token, key, algorithms=["HS256"], options={"require": ["exp"]})'
    ),
    cwe=("CWE-347", "CWE-1391"),
    owasp=("API2:2023",),
    controls=("AUTHN-2",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://www.rfc-editor.org/rfc/rfc8725",
    ),
)

_IDENTITY = re.compile(
    r"/(?:me|self|whoami|profile|account|current|userinfo|users?)/?$", re.IGNORECASE
)
_MAX_PLACES = 4

Guarded = Generator[Call, Reply, "tuple[Reply, tuple[Reply, Reply]] | None"]


def converse(_operation: Operation, world: World) -> Conversation:
    """Where a token is really looked at: try it unsigned, then signed with a common word."""
    tokens = {one.name: token_in(world.credential(one.name)) for one in world.users}
    name = next((name for name, token in tokens.items() if token), None)
    token = tokens.get(name or "")
    if name is None or token is None:
        return NotApplicable("no user's credential is a signed token")
    for operation in _readers(world, name):
        guarded = yield from _guarded(operation, world, token, name)
        if guarded is None:
            continue
        valid, controls = guarded
        found = yield from _unsigned(operation, token, valid, controls)
        if found is not None:
            return found
        return (yield from _weakly_signed(operation, world, token, valid, controls))
    return NotApplicable("no read that works refuses what is no token")


def _readers(world: World, name: str) -> list[Operation]:
    """Reads that a caller's token opened, those that say who the caller is first."""
    working = [
        one
        for one in world.operations
        if one.method == "GET"
        and (valid := world.baseline(one)) is not None
        and valid.call.identity == name
        and not one.meant_public
        and not one.destructive
    ]
    return sorted(
        working,
        key=lambda one: (
            not _IDENTITY.search(one.path),
            one.secured is not True,
            len(one.path_parameters),
            one.path,
        ),
    )[:_MAX_PLACES]


def _guarded(operation: Operation, world: World, token: Token, name: str) -> Guarded:
    """The answer to the valid token and the refusals of none and of nonsense."""
    valid = yield world.build(operation, name, "with the valid token")
    if not valid.ok or denies(valid):
        return None
    nobody = yield replace(valid.call, label="without a token", identity=None)
    if _works(nobody, valid):
        return None
    nonsense = yield replace(
        valid.call, label="with what is no token", credential=f"{token.prefix}{NONSENSE_CREDENTIAL}"
    )
    return None if _works(nonsense, valid) else (valid, (nobody, nonsense))


def _unsigned(
    operation: Operation, token: Token, valid: Reply, controls: tuple[Reply, Reply]
) -> Generator[Call, Reply, Vulnerable | None]:
    """The same claims without the server's signature."""
    for what, value in _without_signature(token):
        reply = yield replace(valid.call, label=f"with {what}", credential=value)
        if not _works(reply, valid):
            continue
        return Vulnerable(
            message=f"{operation} accepts a token with {what}",
            oracle=(
                f"The valid token with {what} gave {reply.status} with the same content; without "
                f"a token it gave {controls[0].status}, with nonsense {controls[1].status}."
            ),
            proof=(valid, reply),
            controls=controls,
            operation=operation,
        )
    return None


def _without_signature(token: Token) -> Iterator[tuple[str, str]]:
    yield "a random signature", token.altered()
    yield "the signature cut off", token.stripped()
    for name in ("none", "None", "NONE"):
        yield f"the algorithm {name} and no signature", token.unsigned(name)


def _weakly_signed(
    operation: Operation, world: World, token: Token, valid: Reply, controls: tuple[Reply, Reply]
) -> Conversation:
    """Guess the key without the server; if that works, be somebody else."""
    secret = token.secret()
    if secret is None:
        return Held("unsigned tokens are refused, and the key is not a common word")
    # Ours shall not end before the conversation does, whatever is left of the original.
    now = int(time.time())
    fresh = {"exp": now + 300} if "exp" in token.claims else {"iat": now}
    other, own = yield from _somebody_else(operation, world, token, valid)
    claims = {name: other.claims[name] for name in _subject(token, other)} if other else {}
    who = "another user" if other is not None else "the same user"
    reply = yield replace(
        valid.call,
        label=f"with a token made for {who}",
        credential=token.signed(secret, **fresh, **claims),
    )
    if not _works(reply, own or valid) or (own and not _of(reply, own, valid)):
        return Held("the key is a common word, but a token signed with it is refused")
    late = yield replace(
        valid.call,
        label="with a token that ended in 2001",
        credential=token.signed(secret, exp=1_000_000_000),
    )
    ended = _works(late, valid)
    return Vulnerable(
        message=(
            f"{operation} accepts tokens that anyone can sign: the key is a common word"
            + (", and an expired one as well" if ended else "")
        ),
        oracle=(
            f"The token's key is one of {len(COMMON_SECRETS)} common words, found without asking "
            f"the server; a token signed with it for {who} gave {reply.status}"
            + (" with what that user's own token gets" if own else " like the valid one")
            + f", while nonsense gave {controls[1].status}."
        ),
        proof=tuple(one for one in (late if ended else None, own, reply) if one),
        controls=controls if ended else (*controls, late),
        operation=operation,
    )


def _somebody_else(
    operation: Operation, world: World, token: Token, valid: Reply
) -> Generator[Call, Reply, tuple[Token | None, Reply | None]]:
    """Another caller's token, and what it is shown here, if that tells the two apart."""
    for one in (*world.users, *((world.admin,) if world.admin else ())):
        theirs = token_in(world.credential(one.name))
        if one.name == valid.call.identity or theirs is None or not _subject(token, theirs):
            continue
        own = yield world.build(operation, one.name, f"{one.name} with the own token")
        if own.ok and not _of(valid, own, valid):
            return theirs, own
    return None, None


def _subject(token: Token, other: Token) -> list[str]:
    """The claims that tell two callers' tokens apart, without those that pass with time."""
    passing = ("exp", "iat", "nbf", "jti", "auth_time")
    return [
        name
        for name, value in other.claims.items()
        if name not in passing and token.claims.get(name) != value
    ]


def _of(reply: Reply, own: Reply, valid: Reply) -> bool:
    """Whether an answer is what `own` shows, and not what `valid` shows."""
    if shared(own, valid) == 1.0 and shared(valid, own) == 1.0:
        return True
    return shared(own, reply) > max(shared(valid, reply), 0.5)


def _works(reply: Reply, valid: Reply) -> bool:
    return reply.ok and not denies(reply) and same_kind(valid, reply) and not emptier(reply, valid)


PROBE = Probe(
    rule=RULE,
    converse=converse,
    max_requests=3 * _MAX_PLACES + 10,
    phase=Phase.READ,
    per_target=True,
)
