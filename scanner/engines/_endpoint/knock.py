"""Asks an endpoint for a first answer, and says in a few words why none came."""

from __future__ import annotations

import time
from collections.abc import Mapping

import requests
import urllib3

from scanner.engines._endpoint.document import Fetched

_CHUNK = 65536


def knock(origin: str, path: str, timeout: float) -> tuple[int, str]:
    """Ask once whether the endpoint answers: (status, "") or (0, what went wrong)."""
    session = requests.Session()
    session.trust_env = False
    try:
        with session.get(
            f"{origin}{path}", timeout=timeout, stream=True, allow_redirects=False
        ) as response:
            return response.status_code, ""
    except (requests.RequestException, UnicodeError, ValueError) as error:
        return 0, fault_text(error)
    finally:
        session.close()


def fault_text(error: Exception) -> str:
    """A transport error in a few words, without the library's object addresses."""
    match error:
        case requests.exceptions.SSLError():
            return "TLS: the certificate was not accepted"
        case requests.exceptions.ConnectTimeout():
            return "no connection in time"
        case requests.exceptions.ReadTimeout():
            return "no answer in time"
        case requests.exceptions.ConnectionError():
            return "the connection failed or was closed"
        case _:
            return f"not valid HTTP ({type(error).__name__})"


def fetch(
    origin: str, path: str, headers: Mapping[str, str], *, timeout: float, limit: int
) -> Fetched:
    """Get a path within `timeout` seconds and `limit` bytes; redirects are not followed."""
    end = time.monotonic() + timeout
    with requests.Session() as session:
        session.trust_env = False
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
        except (requests.RequestException, UnicodeError, ValueError) as error:
            return Fetched(status=0, fault=fault_text(error))


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
