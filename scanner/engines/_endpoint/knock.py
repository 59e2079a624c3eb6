"""Asks an endpoint for a first answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

import requests
import urllib3

from scanner.engines._endpoint.session import TRANSPORT_ERRORS, fault_text, new_session
from scanner.model.values import Value

_CHUNK = 65536


class Fetched(Value, kw_only=True):
    """What came of asking for a path: the status and text, or 0 and the fault."""

    status: int
    text: str = ""
    fault: str = ""


def knock(origin: str, path: str, timeout: float, verify: str | bool = True) -> tuple[int, str]:
    """Ask once whether the endpoint answers: (status, "") or (0, what went wrong)."""
    session = new_session(verify, origin)
    try:
        with session.get(
            f"{origin}{path}", timeout=timeout, stream=True, allow_redirects=False
        ) as response:
            # Read a little: a server whose answer is cut off fills its log with complaints.
            response.raw.read1(65536)
            return response.status_code, ""
    except TRANSPORT_ERRORS as error:
        return 0, fault_text(error)
    finally:
        session.close()


def fetch(
    origin: str,
    path: str,
    headers: Mapping[str, str],
    *,
    timeout: float,
    limit: int,
    verify: str | bool = True,
) -> Fetched:
    """Get a path within `timeout` seconds and `limit` bytes; redirects are not followed."""
    end = time.monotonic() + timeout
    session = new_session(verify, origin)
    try:
        with session.get(
            f"{origin}{path}",
            headers=dict(headers),
            timeout=timeout,
            stream=True,
            allow_redirects=False,
        ) as response:
            text = read_bounded(response, end, limit).decode("utf-8", "replace")
            return Fetched(status=response.status_code, text=text)
    except TRANSPORT_ERRORS as error:
        return Fetched(status=0, fault=fault_text(error))
    finally:
        session.close()


def read_bounded(response: requests.Response, end: float, limit: int) -> bytes:
    """The body of a streamed answer; a body that drips never meets a socket's timeout.

    `end` is a time of the monotonic clock. Raises `requests.ReadTimeout` past it, and
    `requests.exceptions.ContentDecodingError` over `limit` bytes.
    """
    content = bytearray()
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            content += chunk
            if len(content) > limit:
                raise requests.exceptions.ContentDecodingError(f"over {limit:,} bytes")
            if time.monotonic() > end:
                raise requests.ReadTimeout
    except urllib3.exceptions.TimeoutError as error:
        raise requests.ReadTimeout from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError from error
    return bytes(content)
