"""Rate limits: how often one key may call one operation."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request
from limits import RateLimitItem, parse
from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.datastructures import MutableHeaders, State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EXPENSIVE = "60/minute"
"""For operations that run a model, spend credits or reach out."""
ORDINARY = "120/minute"
"""For operations that read or change a few rows."""
PUBLIC = "300/minute"
"""For the health probe, counted by address."""
ALL_CALLS = parse("1200/minute")
"""Every call of an account together, those counted that fail before they reach an endpoint."""
REFUSED_KEYS = parse("120/minute")
"""Refused keys by address: guessing is slow, a misconfigured client is not locked out for long."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


def caller_name(request: Request) -> str:
    """Count by account, whatever address the caller comes from."""
    name: str = request.state.account.name
    return name


# The endpoint's name, not its URL, is the bucket: else each job id would have one of its own.
# A moving window, so that a burst across the turn of a minute does not pass twice.
limiter = Limiter(key_func=caller_name, strategy="moving-window", key_style="endpoint")


def throttled(limit: str) -> Callable[[Endpoint], Endpoint]:
    """Limit an endpoint for each account. The endpoint must take `request: Request`."""
    decorator: Callable[[Endpoint], Endpoint] = limiter.limit(limit)
    return decorator


def throttled_by_address(limit: str) -> Callable[[Endpoint], Endpoint]:
    """Limit a public endpoint for each client address."""
    decorator: Callable[[Endpoint], Endpoint] = limiter.limit(limit, key_func=get_remote_address)
    return decorator


def count_call(account: str) -> int | None:
    """Count a call of an account; return the seconds to wait once there were too many."""
    return _count(ALL_CALLS, ["account", account])


def count_refused_key(request: Request) -> int | None:
    """Count a refused key; return the seconds to wait once the address has sent too many."""
    return _count(REFUSED_KEYS, ["refused-key", get_remote_address(request)])


def _count(limit: RateLimitItem, bucket: list[str]) -> int | None:
    if limiter.limiter.hit(limit, *bucket):
        return None
    return _seconds_left(limit, bucket)


class RateLimitHeaders:
    """Tells callers their limit on every limited answer, and when to come back on a 429."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = State(scope.setdefault("state", {}))

        async def send_with_headers(message: Message) -> None:
            current = getattr(state, "view_rate_limit", None)
            if message["type"] == "http.response.start" and current is not None:
                _add_headers(message, *current)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _add_headers(message: Message, limit: RateLimitItem, bucket: list[str]) -> None:
    headers = MutableHeaders(scope=message)
    remaining = limiter.limiter.get_window_stats(limit, *bucket).remaining
    seconds = _seconds_left(limit, bucket)
    headers["RateLimit-Policy"] = f"{limit.amount};w={limit.get_expiry()}"
    headers["RateLimit-Limit"] = str(limit.amount)
    headers["RateLimit-Remaining"] = str(remaining)
    headers["RateLimit-Reset"] = str(seconds)
    if message["status"] == 429:
        headers["Retry-After"] = str(seconds)


def _seconds_left(limit: RateLimitItem, bucket: list[str]) -> int:
    reset_at = limiter.limiter.get_window_stats(limit, *bucket).reset_time
    return max(1, math.ceil(reset_at - time.time()))
