"""Calls ZAP's API: every call bounded in time and bytes, every answer checked.

The generated client gives the first JSON value of whatever came back, so that an error looks like
an answer; here the one function that all its methods go through raises an error as what it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests
from zapv2 import ZAPv2

from scanner.engines._endpoint.knock import read_bounded
from scanner.engines._endpoint.session import new_session
from scanner.model.errors import ToolCrashed, ToolTimeout, ToolUnreadable

MAX_ANSWER = 64 * 1024 * 1024


class ApiRefused(ToolUnreadable):
    """ZAP answered a call with an error code (`url_not_found`, `no_implementor`, ...)."""

    def __init__(self, call: str, code: str, detail: str) -> None:
        super().__init__(f"ZAP answered {code} to {call}" + (f": {detail}" if detail else ""))
        self.code = code
        self.said = detail


class BoundedZap(ZAPv2):  # type: ignore[misc]  # the package ships no types
    """The official client with a time limit, a size limit and a check on every call."""

    def __init__(self, url: str, api_key: str, timeout: float) -> None:
        """`url` is where ZAP listens; `timeout` bounds one whole call, in seconds."""
        super().__init__(proxies={"http": url, "https": url}, apikey=None)
        self._url = url
        self._key = api_key
        self._timeout = timeout

    def patient(self, seconds: float) -> BoundedZap:
        """The same ZAP, for a call that may take longer."""
        return BoundedZap(self._url, self._key, seconds)

    def _request(
        self,
        url: str,
        get: Mapping[str, object] | None = None,
        method: str = "GET",
        body: object = None,
    ) -> dict[str, Any]:
        """An answer as the generated methods want it: an object with one value or more."""
        plain = {key: _word(value) for key, value in (get or {}).items()}
        answer = self._request_api(url, plain, method, body).json()
        if not isinstance(answer, dict) or not answer:
            raise ToolUnreadable(f"ZAP's answer to {self._name(url)} is no object")
        return answer

    def _name(self, url: str) -> str:
        return url.removeprefix(self.base).strip("/")

    def _request_api(
        self,
        url: str,
        query: Mapping[str, str] | None = None,
        method: str = "GET",
        body: object = None,
    ) -> requests.Response:
        """Overrides the client's one way out, which has no time limit and checks nothing."""
        name = self._name(url)
        if not url.startswith("http://zap/"):
            raise ValueError(f"not a call of ZAP's API: {name}")
        try:
            response = self._exchange(url, query, method, body)
        except requests.Timeout as error:
            raise ToolTimeout(f"ZAP did not answer {name} within {self._timeout:g} s") from error
        except requests.RequestException as error:
            raise ToolCrashed(f"ZAP does not answer at {self._url} ({name})") from error
        _check(name, response)
        return response

    def _exchange(
        self, url: str, query: Mapping[str, str] | None, method: str, body: object
    ) -> requests.Response:
        end = time.monotonic() + self._timeout
        with new_session(True, self._url, "http://zap/") as session:
            session.headers["X-ZAP-API-Key"] = self._key
            response = session.request(
                method,
                url,
                params=query,
                data=body,  # type: ignore[arg-type]  # passed on as the client gives it
                proxies={"http": self._url},
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )
            content = read_bounded(response, end, MAX_ANSWER)
            response._content = content  # noqa: SLF001 - read in full above, within bounds
            return response


def _check(name: str, response: requests.Response) -> None:
    """Raise what an answer that is an error means."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    code = str(answer["code"]) if isinstance(answer, dict) and "code" in answer else ""
    if code == "bad_api_key":
        raise ToolUnreadable("ZAP refused the API key: it is wrong or missing")
    if code:
        detail = " ".join(str(answer.get("detail") or answer.get("message") or "").split())
        raise ApiRefused(name, code, detail[:300])
    if not response.content:
        # Without `api.reportpermerrors` a ZAP says nothing to a wrong key.
        raise ToolUnreadable("ZAP gave an empty answer: its API key is wrong or missing")
    if answer is None:
        raise ToolUnreadable(f"what answers at this address to {name} is not ZAP's API")
    if response.status_code != 200:
        raise ToolUnreadable(f"ZAP answered {name} with status {response.status_code}")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def number(text: object, what: str) -> int:
    """An id or count, which ZAP gives as text. Raises `ToolUnreadable`."""
    shown = str(text).strip()
    if not shown.isascii() or not shown.isdigit() or len(shown) > 9:
        raise ToolUnreadable(f"ZAP gave {shown[:60]!r} for {what}")
    return int(shown)
