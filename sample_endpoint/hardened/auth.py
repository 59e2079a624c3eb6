"""Who is calling, and what they may do."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from sample_endpoint.core.accounts import Account, Role
from sample_endpoint.core.services import Services
from sample_endpoint.hardened.errors import ApiError
from sample_endpoint.hardened.throttling import count_call, count_refused_key

_header = APIKeyHeader(
    name="X-API-Key",
    scheme_name="ApiKey",
    description="The caller's key; the operator hands it out.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class ManagedKey:
    """A key that a secret manager holds for an account, and when it ends, if that is known."""

    key: str = field(repr=False)
    account: Account
    until: datetime | None = None


class KeyRing:
    """Knows the accounts by the digest of their key; keeps no key itself."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._fixed = tuple((_digest(key), account, None) for key, account in accounts.items())
        self._known: tuple[tuple[bytes, Account, datetime | None], ...] = self._fixed

    def honour(self, managed: Iterable[ManagedKey]) -> None:
        """Take these keys of the secret manager beside the fixed ones, and no earlier ones."""
        # One assignment: a request meets the old set or the new one, never a part.
        self._known = (
            *self._fixed,
            *((_digest(one.key), one.account, one.until) for one in managed),
        )

    def find(self, key: str) -> Account | None:
        """Return whose key this is.

        Every digest is compared in constant time and none is left out after a match, so the time
        taken says nothing about the keys.
        """
        presented = _digest(key)
        now = datetime.now(timezone.utc)
        found = None
        for digest, account, until in self._known:
            if hmac.compare_digest(digest, presented) and (until is None or now < until):
                found = account
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def get_services(request: Request) -> Services:
    """Return the services of the application that serves this request."""
    services: Services = request.app.state.services
    return services


async def require_account(
    request: Request, key: Annotated[str | None, Security(_header)]
) -> Account:
    """Let only known keys pass; note the account for the rate limits."""
    keys: KeyRing = request.app.state.keys
    account = keys.find(key) if key else None
    if account is None:
        _record_refusal(request, "anonymous")
        _raise_if_waiting(count_refused_key(request))
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "A valid X-API-Key header is needed.",
            {"WWW-Authenticate": "ApiKey"},
        )
    _raise_if_waiting(count_call(account.name))
    request.state.account = account
    return account


Caller = Annotated[Account, Depends(require_account)]


async def require_admin(request: Request, caller: Caller) -> Account:
    """Let only administrators pass."""
    if caller.role is not Role.ADMIN:
        _record_refusal(request, caller.name)
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", "This needs an administrator's key.")
    return caller


Administrator = Annotated[Account, Depends(require_admin)]


def _record_refusal(request: Request, actor: str) -> None:
    # The route's template: the path itself is the caller's text.
    target = f"{request.method} {request.scope['route'].path}"
    get_services(request).audit.record(actor, "call", target, "refused")


def _raise_if_waiting(seconds: int | None) -> None:
    if seconds is not None:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            "Too many requests; try again later.",
            {"Retry-After": str(seconds)},
        )
