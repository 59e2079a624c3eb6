"""The only place that sends the attack's requests.

Every request goes to the one origin that the user named: redirects are not followed, proxies and
`.netrc` of the environment are not used. Each exchange is bounded in time and bytes, all of them
in number and total time. What is recorded is redacted here, before anyone can keep it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter

from scanner.engines._endpoint.knock import fault_text
from scanner.engines._endpoint.replay import SECRET_HEADERS
from scanner.engines.dast.conversation import Call, Reply
from scanner.model.errors import Cancelled
from scanner.model.evidence import Exchange, Request, Response
from scanner.model.plan import Identity, Target
from scanner.redact import redact

MAX_BODY = 1_000_000
MAX_DOCUMENT = 20_000_000
_KEPT_BODY = 4_000
_SLEEP_AT_MOST = 5.0


class BudgetSpent(Exception):
    """The scan's requests or seconds are used up."""


class Client:
    """Sends calls to one origin and records what happened."""

    def __init__(self, origin: str, target: Target, cancelled: threading.Event) -> None:
        """`origin` is scheme, host and port, without a path."""
        self._origin = origin.rstrip("/")
        self._identities: Mapping[str, Identity] = {one.name: one for one in target.identities}
        self._secrets = {
            part for one in target.identities for part in (one.secret, *one.secret.split())
        }
        self._timeout = target.request_timeout
        self._max_requests = target.max_requests
        self._end = time.monotonic() + target.max_seconds
        self._pause = 1.0 / target.requests_per_second
        self._cancelled = cancelled
        self._last = 0.0
        self.sent = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.max_redirects = 0
        self._session.mount("http://", HTTPAdapter(max_retries=0))
        self._session.mount("https://", HTTPAdapter(max_retries=0))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(self, call: Call) -> Reply:
        """Send a call; a short wait that the target asks for (429) is honoured once.

        Raises `BudgetSpent` or `Cancelled`; a fault of the exchange is part of the reply.
        """
        reply = self._send_once(call)
        wait = _retry_after(reply)
        if reply.status == 429 and wait is not None and wait <= _SLEEP_AT_MOST:
            if self._cancelled.wait(wait):
                raise Cancelled("the scan was interrupted")
            reply = self._send_once(call)
        return reply

    def fetch(self, call: Call) -> Reply:
        """Send a call whose answer may be large: the specification."""
        return self._send_once(call, limit=MAX_DOCUMENT)

    def send_at_once(self, call: Call) -> Reply:
        """Send a call without waiting for a rate limit: for the probe that looks for one."""
        return self._send_once(call, paced=False)

    def _send_once(self, call: Call, *, paced: bool = True, limit: int = MAX_BODY) -> Reply:
        if self._cancelled.is_set():
            raise Cancelled("the scan was interrupted")
        if self.sent >= self._max_requests:
            raise BudgetSpent(f"the budget of {self._max_requests} requests is used up")
        if time.monotonic() > self._end:
            raise BudgetSpent("the time budget of the attack is used up")
        if paced:
            time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        self._last = time.monotonic()
        self.sent += 1
        headers, body = self._outgoing(call)
        url = self._url(call)
        began = time.monotonic()
        status, answer_headers, content, fault = 0, {}, b"", ""
        try:
            with self._session.request(
                call.method,
                url,
                headers=headers,
                data=body,
                files=[(n, (f, c)) for n, f, c in call.files] or None,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                status = response.status_code
                answer_headers = {name.lower(): value for name, value in response.headers.items()}
                content, fault = self._read(response, began, limit)
        except (requests.RequestException, UnicodeError, ValueError) as error:
            fault = fault_text(error)
        seconds = time.monotonic() - began
        sent_body = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
        exchange = Exchange(
            label=call.label,
            request=Request(
                method=call.method,
                url=self._clean(url),
                headers=self._shown(headers, call),
                body=self._clean(sent_body)[:_KEPT_BODY],
            ),
            response=None
            if status == 0
            else Response(
                status=status,
                headers=self._shown(answer_headers, call),
                body=self._clean(content[: _KEPT_BODY * 4].decode("utf-8", "replace"))[:_KEPT_BODY],
                body_bytes=len(content),
            ),
            fault=fault or None,
            elapsed_ms=round(seconds * 1000),
        )
        return Reply(
            call=call,
            status=status,
            headers=answer_headers,
            body=content,
            fault=fault,
            seconds=seconds,
            exchange=exchange,
        )

    def _read(self, response: requests.Response, began: float, limit: int) -> tuple[bytes, str]:
        """The body up to its bounds: a stream that drips never meets a socket's timeout."""
        content = bytearray()
        while True:
            chunk = response.raw.read1(65536, decode_content=True)
            content += chunk
            if not chunk:
                return bytes(content), ""
            if len(content) >= limit:
                return bytes(content[:limit]), f"the body was cut at {limit:,} bytes"
            if time.monotonic() - began > self._timeout:
                return bytes(content), f"the body did not end within {self._timeout:g} s"

    def _url(self, call: Call) -> str:
        query = f"?{urlencode(call.query)}" if call.query else ""
        return f"{self._origin}{call.path}{query}"

    def _outgoing(self, call: Call) -> tuple[dict[str, str], bytes | None]:
        headers = {"User-Agent": "servegate", "Accept": "application/json, */*"}
        body = call.raw_body
        if call.json_body is not None and body is None:
            body = json.dumps(call.json_body).encode()
            headers["Content-Type"] = "application/json"
        if call.media_type and not call.files:
            headers["Content-Type"] = call.media_type
        if call.identity is not None:
            identity = self._identities[call.identity]
            headers[identity.header] = (
                identity.secret if call.credential is None else call.credential
            )
        headers.update(call.headers)
        return headers, body

    def _clean(self, text: str) -> str:
        return redact(text, self._secrets)

    def _shown(self, headers: Mapping[str, str], call: Call) -> tuple[tuple[str, str], ...]:
        """Headers as they may be kept: a credential becomes the variable that it came from."""
        identity = self._identities.get(call.identity or "")
        shown: list[tuple[str, str]] = []
        for name, value in headers.items():
            if identity and name.lower() == identity.header.lower() and value == identity.secret:
                shown.append((name, f"${identity.value_env}"))
            elif name.lower() in SECRET_HEADERS and call.credential is None:
                shown.append((name, "[redacted]"))
            else:
                shown.append((name, self._clean(value)[:500]))
        return tuple(shown)


def _retry_after(reply: Reply) -> float | None:
    value = (reply.header("retry-after") or "").strip()
    return float(value) if value.isdigit() and len(value) < 7 else None
