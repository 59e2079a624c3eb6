"""A bounded record of who did what."""

from __future__ import annotations

import json
import logging
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

_logger = logging.getLogger("sample_endpoint.audit")

MAX_ENTRIES = 1_000


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One event; `at` is ISO 8601 in UTC."""

    at: str
    actor: str
    action: str
    target: str
    outcome: str


class AuditTrail:
    """Keeps the newest events and sends each to the log, as JSON so that none can forge a line."""

    def __init__(self) -> None:
        self._entries: deque[StoredEntry] = deque(maxlen=MAX_ENTRIES)

    def record(self, actor: str, action: str, target: str, outcome: str = "done") -> None:
        """Note one event. Give names and ids, never a key or a caller's text."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        entry = StoredEntry(now, actor, action, target, outcome)
        self._entries.append(entry)
        _logger.info("%s", json.dumps(asdict(entry)))

    def entries(self) -> tuple[StoredEntry, ...]:
        """Return the kept events, newest first."""
        return tuple(reversed(self._entries))
