"""A double of ZAP, not ZAP: it answers the part of the API that the freely assembled core lacks.

It takes ZAP's command line (`-port`, `-configfile`), keeps the documented forms of the answers
(OpenAPI import, active scan, alerts), and can misbehave in the ways that are documented or known.
What it says of starting, keys, contexts and shutdown is tested with the real core instead.

Run as a script with `--scenario NAME` and ZAP's own flags.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scanner.engines.zap.tables import policy

NO_IMPORT = "imports nothing"
HALF_IMPORT = "imports half"
DIES = "dies in the scan"
SLOW = "never ends the scan"
STOPPED = "stops the scan by itself"
BLIND = "cannot open the target"
ELSEWHERE = "opens something else"
HANGS = "hangs in the scan"
NEVER_READY = "never ready"
NO_RULES = "has no attack rules"
BARE = "has no add-ons"
ODD_SCAN = "gives a word for a scan id"


@dataclass
class State:
    """What the double remembers."""

    scenario: str
    key: str
    mount: str = ""
    urls: list[str] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    header: tuple[str, str, str] | None = None
    polls: int = 0
    stopped: bool = False
    enabled: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)


class Refusal(Exception):
    """An error answer: its code and detail."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Double:
    """The API, call by call; an answer is the object that ZAP would give."""

    def __init__(self, state: State) -> None:
        self.state = state

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """One call. Raises `Refusal`."""
        self.state.calls.append((path, query))
        name = re.sub(r"([A-Z])", r"_\1", path).lower().replace("/", "_")
        method = getattr(self, name, None)
        if method is not None:
            answer: dict[str, Any] = method(query)
            return answer
        if path.startswith(("ascan/action/", "pscan/action/", "context/action/", "core/action/")):
            return {"Result": "OK"}
        raise Refusal("bad_view", path)

    def core_view_version(self, _query: dict[str, str]) -> dict[str, Any]:
        return {"version": "2.17.0"}

    def core_action_shutdown(self, _query: dict[str, str]) -> dict[str, Any]:
        threading.Timer(0.1, os._exit, (0,)).start()
        return {"Result": "OK"}

    def context_action_new_context(self, _query: dict[str, str]) -> dict[str, Any]:
        return {"contextId": "1"}

    def replacer_action_add_rule(self, query: dict[str, str]) -> dict[str, Any]:
        if self.state.scenario == BARE:
            raise Refusal("no_implementor")
        self.state.header = (query["matchString"], query["replacement"], query["url"])
        return {"Result": "OK"}

    def core_action_access_url(self, query: dict[str, str]) -> dict[str, Any]:
        if self.state.scenario == BLIND:
            raise Refusal("internal_error", "Connect to it failed: Connection refused")
        status = 418 if self.state.scenario == ELSEWHERE else self._open(query["url"])
        if status == 0:
            raise Refusal("internal_error", "Connect to it failed: Connection refused")
        return {"accessUrl": [{"id": "1", "responseHeader": f"HTTP/1.1 {status} Any\r\n\r\n"}]}

    def _open(self, url: str) -> int:
        request = urllib.request.Request(url)
        if self.state.header is not None:
            name, value, pattern = self.state.header
            # Java's \Q..\E is a literal.
            regex = re.sub(r"\\Q(.*?)\\E", lambda m: re.escape(m[1]), pattern)
            if re.fullmatch(regex, url):
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def openapi_action_import_file(self, query: dict[str, str]) -> dict[str, Any]:
        if self.state.scenario == BARE:
            raise Refusal("no_implementor")
        path = query["file"].replace("/zap/wrk", self.state.mount or "/zap/wrk")
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as ZAP would
            document = json.load(file)
        paths = list(document["paths"])
        server = document["servers"][0]["url"]
        if self.state.scenario == NO_IMPORT:
            return {"importFile": ["Failed to parse: attribute paths is of the wrong type"]}
        if self.state.scenario == HALF_IMPORT:
            paths = paths[: len(paths) // 2]
        self.state.urls = [server] + [server + re.sub(r"\{[^}]+\}", "1", path) for path in paths]
        return {"importFile": ["Operation of /x has no summary"]}

    def core_view_urls(self, _query: dict[str, str]) -> dict[str, Any]:
        return {"urls": self.state.urls}

    def core_view_message(self, query: dict[str, str]) -> dict[str, Any]:
        if query["id"] not in self.state.messages:
            raise Refusal("does_not_exist", query["id"])
        return {"message": self.state.messages[query["id"]]}

    def ascan_view_scanners(self, _query: dict[str, str]) -> dict[str, Any]:
        if self.state.scenario == NO_RULES:
            return {"scanners": []}
        known = [*(rule.id for rule in policy().active if rule.id != 40042), 30001]
        return {"scanners": [{"id": str(one), "enabled": "true"} for one in known]}

    def ascan_action_enable_scanners(self, query: dict[str, str]) -> dict[str, Any]:
        self.state.enabled = query["ids"].split(",")
        return {"Result": "OK"}

    def ascan_action_scan(self, _query: dict[str, str]) -> dict[str, Any]:
        if self.state.scenario == ODD_SCAN:
            return {"scan": "url_not_found"}
        return {"scan": "0"}

    def ascan_action_stop(self, _query: dict[str, str]) -> dict[str, Any]:
        self.state.stopped = True
        return {"Result": "OK"}

    def ascan_view_scans(self, _query: dict[str, str]) -> dict[str, Any]:
        state = self.state
        state.polls += 1
        if state.polls == 1:
            state.alerts = alerts(state.urls[0], state)
        if state.scenario == HANGS and state.polls > 1:
            time.sleep(60)
        if state.scenario == DIES and state.polls > 1:
            os._exit(137)
        running = state.scenario == SLOW or state.polls < 2
        return {
            "scans": [
                {
                    "id": "0",
                    "reqCount": "120",
                    # A scan that was stopped says 100, too.
                    "progress": "100" if not running or state.stopped else "40",
                    "state": "RUNNING" if running and not state.stopped else "FINISHED",
                }
            ]
        }

    def ascan_view_status(self, _query: dict[str, str]) -> dict[str, Any]:
        return {"status": "100"}

    def ascan_view_scan_progress(self, _query: dict[str, str]) -> dict[str, Any]:
        ended = "Complete"
        cut = "Skipped, max. scan duration reached" if self.state.scenario == STOPPED else ended
        rows = [
            ["Path Traversal", "6", "release", ended, "310", "12", "0"],
            ["SQL Injection", "40018", "release", cut, "900", "80", "1"],
        ]
        plugins = [{"Plugin": row} for row in rows]
        return {"scanProgress": [self.state.urls[0], {"HostProcess": plugins}]}

    def pscan_view_records_to_scan(self, _query: dict[str, str]) -> dict[str, Any]:
        if self.state.scenario == BARE:
            raise Refusal("no_implementor")
        return {"recordsToScan": "0"}

    def alert_view_alerts(self, query: dict[str, str]) -> dict[str, Any]:
        start, count = int(query.get("start", 0)), int(query.get("count", 100))
        return {"alerts": self.state.alerts[start : start + count]}


def alerts(server: str, state: State) -> list[dict[str, Any]]:
    """Alerts as the documentation has them, the awkward ones among them."""
    sql = {
        "id": "10",
        "pluginId": "40018",
        "alertRef": "40018-1",
        "alert": "SQL Injection",
        "name": "SQL Injection",
        "nodeName": f"{server}/v1/items/«item_id»",
        "description": "SQL injection may be possible.",
        "risk": "High",
        "confidence": "Medium",
        "url": f"{server}/v1/items/7",
        "method": "GET",
        "other": "The page results were manipulated.",
        "param": "7",
        "attack": "7 AND 1=1",
        "evidence": "",
        "inputVector": "urlpath",
        "reference": "https://cheatsheetseries.owasp.org/cheatsheets/x.html",
        "cweid": "89",
        "wascid": "19",
        "sourceid": "1",
        "solution": "Do not trust client side input.",
        "messageId": "77",
        "sourceMessageId": 3,
        "tags": {"OWASP_2021_A03": "https://owasp.org/", "API_2023_API10": "https://owasp.org/"},
    }
    name, value = state.header[:2] if state.header else ("X-None", "")
    state.messages["77"] = {
        "id": "77",
        "requestHeader": f"GET {server}/v1/items/7 HTTP/1.1\r\n{name}: {value}\r\n\r\n",
        "requestBody": "",
        "responseHeader": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        "responseBody": json.dumps({"echo": value, "rows": 3}),
        "rtt": "12",
    }
    return [
        sql,
        {**sql},  # the same once more
        {**sql, "id": "11", "confidence": "False Positive"},
        {**sql, "id": "12", "pluginId": "10021", "alertRef": "10021", "name": "Header Missing",
         "risk": "Low", "cweid": "-1", "param": "x-content-type-options", "attack": None,
         "messageId": None, "tags": None, "sourceid": "3"},
        {**sql, "id": "13", "pluginId": "10021", "alertRef": "10021", "name": "Header Missing",
         "risk": "Low", "cweid": "0", "url": f"{server}/health", "nodeName": f"{server}/health",
         "param": "x-content-type-options"},
        {**sql, "id": "14", "pluginId": "10096", "name": "Timestamp Disclosure", "alertRef": ""},
        {**sql, "id": "15", "url": "http://other.invalid/v1/items/7"},
        {**sql, "id": "16", "url": server.replace("127.0.0.1:", "127.0.0.1:1") + "/v1/items/7"},
        {"id": "17", "pluginId": 90022, "risk": "Medium", "url": f"{server}/v1/items",
         "method": "POST", "alert": "Application <b>Error</b>", "confidence": "Low"},
        {"id": "18", "pluginId": "6"},
        "url_not_found",
    ]  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """ZAP takes its API's calls as a proxy for the host `zap`."""

    double: Double

    def do_GET(self) -> None:
        """Answer one call."""
        parts = urlsplit(self.path)
        path = parts.path.strip("/").removeprefix("JSON/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            status, answer = 200, self._answer(path, query)
        except Refusal as refusal:
            status = 400
            answer = {"code": refusal.code, "message": refusal.code, "detail": refusal.detail}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if self.headers.get("X-ZAP-API-Key") != self.double.state.key:
            raise Refusal("bad_api_key")
        if self.double.state.scenario == NEVER_READY:
            raise Refusal("internal_error", "still loading")
        return self.double.answer(path, query)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def serve(scenario: str, key: str, port: int = 0, mount: str = "") -> ThreadingHTTPServer:
    """A double that listens; the caller runs and ends it."""
    handler = type("Bound", (Handler,), {"double": Double(State(scenario, key, mount))})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


def main() -> None:
    """Take ZAP's flags; tell its version as Java would."""
    words = sys.argv[1:]
    if "-version" in words:
        sys.stderr.write('openjdk version "17.0.1" 2021-10-19\n')
        return
    settings = words[words.index("-configfile") + 1]
    with open(settings, encoding="utf-8") as file:  # noqa: PTH123
        pairs = dict(line.strip().split("=", 1) for line in file if "=" in line)
    scenario = words[words.index("--scenario") + 1]
    mount = words[words.index("--mount") + 1] if "--mount" in words else ""
    port = int(words[words.index("-port") + 1])
    serve(scenario, pairs["api.key"], port, mount).serve_forever()


if __name__ == "__main__":
    main()
