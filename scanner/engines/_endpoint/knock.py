"""Asks an endpoint for a first answer."""

from __future__ import annotations

from scanner.engines._endpoint.session import TRANSPORT_ERRORS, fault_text, new_session


def knock(origin: str, path: str, timeout: float, verify: str | bool = True) -> tuple[int, str]:
    """Ask once whether the endpoint answers: (status, "") or (0, what went wrong)."""
    session = new_session(verify)
    try:
        with session.get(
            f"{origin}{path}", timeout=timeout, stream=True, allow_redirects=False
        ) as response:
            return response.status_code, ""
    except TRANSPORT_ERRORS as error:
        return 0, fault_text(error)
    finally:
        session.close()
