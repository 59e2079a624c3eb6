"""The only place that sends the attack's requests.

Every request goes to the one origin that the user named. Each exchange is bounded in time and
bytes, all of them in number and total time. When going on would mean nothing (the budget is spent,
the target only answers 429, a credential stopped working), sending raises `AttackStopped`.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

import requests

from scanner.engines._endpoint.session import TRANSPORT_ERRORS, fault_text, new_session
from scanner.engines._endpoint.target import Running
from scanner.engines.dast.conversation import Call, Reply
from scanner.engines.dast.record import Recorder
from scanner.engines.dast.sign_in import credential_from, made_up_user, recipe_call
from scanner.model.errors import Cancelled, TargetError
from scanner.model.plan import Identity, Target

MAX_BODY = 1_000_000
MAX_DOCUMENT = 20_000_000
_SLEEP_AT_MOST = 5.0
_PROXY_FAULT = b"ZAP Error ["
_STREAM_SECONDS = 2.0
_PATIENCE = 60.0
_THROTTLED_AFTER = 8
_MAX_LOGINS = 25


class AttackStopped(Exception):
    """Nothing more can be learnt from this target; `str()` says why."""


class Client:
    """Sends calls to one origin and has them recorded."""

    def __init__(
        self, endpoint: Running, target: Target, cancelled: threading.Event, proxy: str = ""
    ) -> None:
        """Requests go to `endpoint.origin`, with the credentials and in the bounds of `target`.

        They pass through `proxy`, if one is given.
        """
        self._origin = endpoint.origin
        self._identities: Mapping[str, Identity] = {one.name: one for one in target.identities}
        self._credentials = {one.name: one.secret for one in target.identities}
        self._users = {one.name: made_up_user() for one in target.identities}
        self._logins: Counter[str] = Counter()
        self._recorder = Recorder(target.identities, self._credentials)
        self._timeout = target.request_timeout
        self._max_requests = target.max_requests
        self._end = time.monotonic() + target.max_seconds
        self._max_seconds = target.max_seconds
        self._pause = 1.0 / target.requests_per_second
        self._cancelled = cancelled
        self._last = 0.0
        self._turn = threading.Lock()
        self._refused_in_a_row = 0
        self._working: dict[str, Call] = {}
        self._guarded: set[tuple[str, str, str]] = set()
        self._session = new_session(endpoint.verify, endpoint.origin, proxy)
        if proxy:
            self._session.proxies = {"http": proxy}
        self._login_fault = ""
        # Those who wait side by side wait for one another: each second is waited by all of them.
        self._patience = _PATIENCE * 2 * target.model.concurrency
        self.sent = 0
        # Whether the last request got no answer at all.
        self.unanswered = False

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def sign_in(self) -> None:
        """Register and log in every identity that has a recipe for it.

        Raises `TargetError` that names the identity and the request.
        """
        for identity in self._identities.values():
            if identity.register is not None:
                label = f"registering {identity.name}"
                reply = self._send_once(
                    recipe_call(identity.register, label, self._users[identity.name])
                )
                if not reply.ok:
                    raise TargetError(f"identity {identity.name}: {_refusal(reply)}")
            if identity.login is not None and not self._log_in(identity):
                raise TargetError(f"identity {identity.name}: {self._login_fault}")

    def credential(self, name: str) -> str:
        """The present header value of an identity, for probes that take tokens apart."""
        return self._credentials[name]

    def _log_in(self, identity: Identity) -> bool:
        """Fetch a credential; false, with the reason kept, where none is given."""
        if identity.login is None or self._logins[identity.name] >= _MAX_LOGINS:
            return False
        self._logins[identity.name] += 1
        values = self._users[identity.name]
        reply = self._send_once(recipe_call(identity.login, f"{identity.name} logs in", values))
        credential = credential_from(identity, reply)
        if credential is None:
            self._login_fault = _refusal(reply)
            return False
        self._credentials[identity.name] = credential
        self._recorder.learn(credential)
        return True

    def send(self, call: Call) -> Reply:
        """Send a call; a short wait that the target asks for (429) is honoured once.

        Raises `AttackStopped` or `Cancelled`; a fault of the exchange is part of the reply.
        """
        reply = self._send_once(call)
        wait = _retry_after(reply)
        if reply.status == 429 and wait is not None and wait <= _SLEEP_AT_MOST:
            if self._cancelled.wait(wait):
                raise Cancelled("the scan was interrupted")
            reply = self._send_once(call)
        self._watch_for_throttling(reply)
        if self._session_is_lost(call, reply):
            # A fresh credential came; what the old one was refused is asked again.
            return self._send_once(call)
        return reply

    def send_patiently(self, call: Call) -> Reply:
        """Send a call, and wait as long as the target asks for (429): up to a minute each time,
        and two in all. A model is talked with often, and its limits are often tight.

        Raises as `send`.
        """
        reply, waited = self._send_once(call), 0.0
        while reply.status == 429:
            wait = _retry_after(reply) or _SLEEP_AT_MOST
            waited += wait
            with self._turn:
                allowed = waited <= _PATIENCE and self._patience >= wait
                self._patience -= wait if allowed else 0.0
            if not allowed:
                return reply
            if self._cancelled.wait(wait):
                raise Cancelled("the scan was interrupted")
            reply = self._send_once(call)
        return self._send_once(call) if self._session_is_lost(call, reply) else reply

    def fetch(self, call: Call) -> Reply:
        """Send a call whose answer may be large: the specification."""
        return self._send_once(call, limit=MAX_DOCUMENT)

    def send_at_once(self, call: Call) -> Reply:
        """Send a call without pacing or waiting: for the probe that looks for a rate limit."""
        return self._send_once(call, paced=False)

    def _watch_for_throttling(self, reply: Reply) -> None:
        self._refused_in_a_row = self._refused_in_a_row + 1 if reply.status == 429 else 0
        if self._refused_in_a_row >= _THROTTLED_AFTER:
            wait = reply.header("retry-after")
            told = f", Retry-After {wait[:20]}" if wait else ""
            raise AttackStopped(f"rate limited (429{told})")

    def _session_is_lost(self, call: Call, reply: Reply) -> bool:
        """A 401 to a credential that worked before: is it this operation, or the credential?

        True where a new login gave another one. Raises `AttackStopped` where none is to be had.
        """
        if call.identity is None or call.credential is not None:
            return False
        if reply.ok:
            self._working.setdefault(call.identity, call)
            return False
        key = (call.identity, call.method, call.path)
        known_good = self._working.get(call.identity)
        if reply.status != 401 or known_good is None or key in self._guarded:
            return False
        if self._send_once(known_good).status != 401:
            self._guarded.add(key)
            return False
        if self._log_in(self._identities[call.identity]):
            return True
        raise AttackStopped(
            f"the credential of {call.identity} stopped working after {self.sent} requests"
        )

    def _send_once(self, call: Call, *, paced: bool = True, limit: int = MAX_BODY) -> Reply:
        with self._turn:
            self._check_bounds()
            if paced:
                time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
            self._last = began = time.monotonic()
            self.sent += 1
        headers, body = self._outgoing(call)
        url = self._url(call)
        status, answer_headers, content, fault = 0, {}, b"", ""
        try:
            with self._session.request(
                call.method,
                url,
                headers=headers,
                data=body,
                files=[(name, (filename, data)) for name, filename, data in call.files] or None,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                status = response.status_code
                answer_headers = {name.lower(): value for name, value in response.headers.items()}
                content, fault = self._read(response, began, limit)
                sent_body = response.request.body
                if self._session.proxies and content.startswith(_PROXY_FAULT):
                    # The proxy speaks in place of the endpoint, which gave it no answer.
                    status, answer_headers, content = 0, {}, b""
                    fault = "no answer through the proxy"
        except TRANSPORT_ERRORS as error:
            fault = fault_text(error)
            sent_body = body
        seconds = time.monotonic() - began
        self.unanswered = status == 0
        return Reply(
            call=call,
            status=status,
            headers=answer_headers,
            body=content,
            fault=fault,
            seconds=seconds,
            exchange=self._recorder.exchange(
                call, url, headers, sent_body, status, answer_headers, content, fault, seconds
            ),
        )

    def _check_bounds(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled("the scan was interrupted")
        if self.sent >= self._max_requests:
            raise AttackStopped(f"the budget of {self._max_requests} requests is used up")
        if time.monotonic() > self._end:
            raise AttackStopped(f"the budget of {self._max_seconds:g} s is used up")

    def _read(self, response: requests.Response, began: float, limit: int) -> tuple[bytes, str]:
        """The body up to its bounds: a stream that drips never meets a socket's timeout.

        An event stream is heard for a moment only; being cut is no fault of it.
        """
        streams = "text/event-stream" in response.headers.get("Content-Type", "")
        content = bytearray()
        while True:
            chunk = response.raw.read1(65536, decode_content=True)
            content += chunk
            seconds = time.monotonic() - began
            if not chunk or (streams and seconds > _STREAM_SECONDS):
                return bytes(content), ""
            if len(content) >= limit:
                return bytes(content[:limit]), f"the body was cut at {limit:,} bytes"
            if seconds > self._timeout:
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
            own = self._credentials[call.identity]
            headers[identity.header] = own if call.credential is None else call.credential
        headers.update(call.headers)
        return headers, body


def _refusal(reply: Reply) -> str:
    """What a recipe's request came to, in a few words."""
    asked = f"{reply.call.method} {reply.call.path}"
    if reply.status == 0:
        return f"{asked}: {reply.fault}"
    return f"{asked} answered {reply.status}" + (" without a token" if reply.ok else "")


def _retry_after(reply: Reply) -> float | None:
    value = (reply.header("retry-after") or "").strip()
    return float(value) if value.isdigit() and len(value) < 7 else None
