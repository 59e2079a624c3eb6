"""Prediction jobs, kept in an in-memory SQLite database.

The store answers every well-formed question; whose job it is, is for the caller to judge.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime, timezone

from sample_endpoint.core.sentiment import Sentiment, SentimentLabel

_SCHEMA = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    owner TEXT NOT NULL,
    label TEXT NOT NULL,
    text TEXT NOT NULL,
    summary TEXT NOT NULL,
    sentiment TEXT NOT NULL,
    score REAL NOT NULL,
    created_at TEXT NOT NULL
)
"""
COLUMNS = "id, owner, label, text, summary, sentiment, score, created_at"
"""The columns of a row that `to_job` reads, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """One finished prediction job; `created_at` is ISO 8601 in UTC."""

    id: str
    owner: str
    label: str
    text: str
    summary: str
    sentiment: SentimentLabel
    score: float
    created_at: str


JobRow = tuple[str, str, str, str, str, SentimentLabel, float, str]


def to_job(row: JobRow) -> StoredJob:
    """Read one row of `COLUMNS`."""
    job_id, owner, label, text, summary, sentiment, score, created_at = row
    return StoredJob(
        id=job_id,
        owner=owner,
        label=label,
        text=text,
        summary=summary,
        sentiment=sentiment,
        score=score,
        created_at=created_at,
    )


class JobStore:
    """All jobs of one server process; safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(":memory:", check_same_thread=False)
        self.connection.execute(_SCHEMA)

    def add(
        self, job_id: str, owner: str, label: str, text: str, summary: str, sentiment: Sentiment
    ) -> StoredJob:
        """Store a finished job and return it."""
        job = StoredJob(
            id=job_id,
            owner=owner,
            label=label,
            text=text,
            summary=summary,
            sentiment=sentiment.label,
            score=sentiment.score,
            created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
        with self.lock:
            self.connection.execute(
                "INSERT INTO jobs (id, owner, label, text, summary, sentiment, score, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (job.id, owner, label, text, summary, job.sentiment, job.score, job.created_at),
            )
        return job

    def get(self, job_id: str) -> StoredJob | None:
        """Return a job, whoever owns it."""
        with self.lock:
            row = self.connection.execute(
                "SELECT id, owner, label, text, summary, sentiment, score, created_at"
                " FROM jobs WHERE id = ?",
                (job_id,),
            ).fetchone()
        return None if row is None else to_job(row)

    def search(self, owner: str, fragment: str) -> tuple[StoredJob, ...]:
        """Return the jobs of an owner whose label holds a fragment, oldest first."""
        with self.lock:
            rows = self.connection.execute(
                "SELECT id, owner, label, text, summary, sentiment, score, created_at"
                " FROM jobs WHERE owner = ? AND instr(label, ?) > 0 ORDER BY number",
                (owner, fragment),
            ).fetchall()
        return tuple(to_job(row) for row in rows)

    def count(self, owner: str) -> int:
        """Return how many jobs an owner has."""
        with self.lock:
            (number,) = self.connection.execute(
                "SELECT count(*) FROM jobs WHERE owner = ?", (owner,)
            ).fetchone()
        return int(number)

    def delete(self, job_id: str) -> None:
        """Forget a job; an unknown id is no error."""
        with self.lock:
            self.connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
