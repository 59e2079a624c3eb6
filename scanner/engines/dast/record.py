"""Turns what was sent and received into evidence: without credentials, and of bounded length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scanner.engines.dast.conversation import NONSENSE_CREDENTIAL, Call
from scanner.model.evidence import Exchange, Request, Response
from scanner.model.plan import Identity
from scanner.redact import MASK, is_secret_header, redact, redacted_start

_KEPT_BODY = 4_000
_KEPT_HEADER = 500
# Far more than is kept, whatever characters they make.
_MOST_BYTES = 200_000
_SCHEME = re.compile(r"[A-Za-z]+ +(?=\S)")
# Stands for what a probe forged, or was given for an account that it opened.
_PROBE_CREDENTIAL = "$PROBE_CREDENTIAL"


class Recorder:
    """Knows the secrets, and keeps them out of every record."""

    def __init__(self, identities: Iterable[Identity], credentials: Mapping[str, str]) -> None:
        """`credentials` holds the present header value of each identity."""
        self._identities = {one.name: one for one in identities}
        self._credentials = credentials
        self._secrets: set[str] = set()
        for one in self._identities.values():
            self._secrets |= set(one.secrets)
            self.learn(one.secret)

    def learn(self, credential: str) -> None:
        """Keep one more credential out of the records, also what stands behind its scheme."""
        bare = _SCHEME.sub("", credential, count=1)
        self._secrets |= {part for part in (credential, *bare.split()) if len(part) > 5}
        self._secrets |= {part for part in credential.split("=", 1)[1:] if len(part) > 5}

    def exchange(
        self,
        call: Call,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None,
        status: int,
        answer_headers: Mapping[str, str],
        content: bytes,
        fault: str,
        seconds: float,
    ) -> Exchange:
        """The record of one exchange; `status` 0 means that no answer came."""
        request = Request(
            method=call.method,
            url=self._clean(url),
            headers=self._headers(headers, call),
            body=self._body(body.encode() if isinstance(body, str) else body or b""),
        )
        response = Response(
            status=status,
            headers=self._headers(answer_headers, call),
            body=self._body(content),
            body_bytes=len(content),
        )
        return Exchange(
            label=call.label,
            request=request,
            response=response if status else None,
            fault=fault or None,
            elapsed_ms=round(seconds * 1000),
        )

    def _clean(self, text: str) -> str:
        return redact(text, self._secrets)

    def _body(self, content: bytes) -> str:
        text = content[:_MOST_BYTES].decode("utf-8", "replace")
        return redacted_start(text, _KEPT_BODY, self._secrets)

    def _headers(self, headers: Mapping[str, str], call: Call) -> tuple[tuple[str, str], ...]:
        """Headers as they may be kept: a credential becomes the variable that it came from."""
        identity = self._identities.get(call.identity or "")
        shown: list[tuple[str, str]] = []
        for name, value in headers.items():
            own = self._credentials.get(call.identity or "")
            if identity and name.lower() == identity.header.lower() and value == own:
                shown.append((name, f"{identity.prefix}${identity.value_env}"))
            elif identity and name.lower() == identity.header.lower() and _is_live(call.credential):
                scheme = _SCHEME.match(value)
                shown.append((name, f"{scheme[0] if scheme else ''}{_PROBE_CREDENTIAL}"))
            elif is_secret_header(name) and NONSENSE_CREDENTIAL not in value:
                shown.append((name, MASK))
            else:
                shown.append((name, redacted_start(value, _KEPT_HEADER, self._secrets)))
        return tuple(shown)


def _is_live(credential: str | None) -> bool:
    """Whether a probe's own credential may open something, so that no report may hold it."""
    return credential is not None and NONSENSE_CREDENTIAL not in credential
