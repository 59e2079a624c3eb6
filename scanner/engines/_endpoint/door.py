"""Tries keys on one operation of a running endpoint, and records that without the keys."""

from __future__ import annotations

import time

from scanner.engines._endpoint.knock import read_bounded
from scanner.engines._endpoint.session import TRANSPORT_ERRORS, fault_text, new_session
from scanner.model.evidence import Exchange, Request, Response
from scanner.model.values import Value
from scanner.redact import MASK, is_secret_header, redacted_start
from scanner.rotation.model import Secret
from scanner.rotation.ports import Answer

_MOST_BYTES = 200_000
_KEPT = 1_000
_JSON = "application/json"


class Operation(Value, kw_only=True):
    """What is called: `path` below `origin`, with the key behind `prefix` in `header`."""

    origin: str
    method: str
    path: str
    header: str
    prefix: str = ""
    body: str = ""
    verify: str | bool = True
    timeout: float = 10.0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class HttpDoor:
    """An operation that needs a key."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self.requests = 0

    @property
    def name(self) -> str:
        """The operation, as it is shown."""
        return str(self._operation)

    def try_key(self, secret: Secret, label: str) -> Answer:
        """One request on a connection of its own: a load balancer may choose anew."""
        operation = self._operation
        headers = {operation.header: operation.prefix + secret.reveal(), "Accept": _JSON}
        if operation.body:
            headers["Content-Type"] = _JSON
        session = new_session(operation.verify, operation.origin)
        self.requests += 1
        began = time.monotonic()
        status, fault, body = 0, "", b""
        kept: tuple[tuple[str, str], ...] = ()
        try:
            with session.request(
                operation.method,
                operation.origin + operation.path,
                headers=headers,
                data=operation.body.encode() or None,
                timeout=operation.timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                status = response.status_code
                kept = tuple(response.headers.items())
                body = read_bounded(response, began + operation.timeout, _MOST_BYTES)
        except TRANSPORT_ERRORS as error:
            fault = "" if status else fault_text(error)
        finally:
            session.close()
        seconds = time.monotonic() - began
        return Answer(
            status=status,
            fault=fault,
            exchange=_record(operation, secret, label, status, kept, body, fault, seconds),
        )


def _record(
    operation: Operation,
    secret: Secret,
    label: str,
    status: int,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    fault: str,
    seconds: float,
) -> Exchange:
    known = (secret.reveal(),)
    variable = "".join(one if one.isalnum() else "_" for one in label.split(" ", 1)[-1]).upper()
    shown = tuple(
        (name, MASK if is_secret_header(name) else redacted_start(value, _KEPT, known))
        for name, value in headers
    )
    text = redacted_start(body.decode("utf-8", "replace"), _KEPT, known)
    return Exchange(
        label=label,
        request=Request(
            method=operation.method,
            url=operation.origin + operation.path,
            headers=((operation.header, f"{operation.prefix}${variable}"),),
            body=operation.body,
        ),
        response=Response(status=status, headers=shown, body=text, body_bytes=len(body))
        if status
        else None,
        fault=fault or None,
        elapsed_ms=round(seconds * 1000),
    )
