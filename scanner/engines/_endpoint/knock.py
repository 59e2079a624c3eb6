"""Asks an endpoint for a first answer, and says in a few words why none came."""

from __future__ import annotations

import requests


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
