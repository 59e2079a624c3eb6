"""The two CSV files of a pack."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from scanner.evidence.model import Assessed, Effect
from scanner.reporters.csv_v1 import cell


def controls(assessed: Iterable[Assessed]) -> str:
    """One row for each control."""
    rows: list[tuple[str, ...]] = [
        (
            *("control", "title", "status", "strength", "declared", "accepted", "held", "found"),
            *("open", "why", "limits", "supports"),
        )
    ]
    for one in assessed:
        effects = [seen.effect for seen in one.observations]
        rows.append(
            (
                one.control.id,
                one.control.title,
                one.status.value,
                one.control.strength.value,
                "; ".join(f"{entry.state}: {entry.statement}" for entry in one.declarations),
                "yes" if one.accepted else "no",
                *(str(effects.count(e)) for e in (Effect.HELD, Effect.FOUND, Effect.OPEN)),
                "; ".join(one.reasons),
                one.control.limits,
                "; ".join(f"{name} {', '.join(ids)}" for name, ids in one.control.maps),
            )
        )
    return _csv(rows)


def observations(assessed: Iterable[Assessed]) -> str:
    """One row for each place where a rule of a control was tried, or for the rule alone."""
    rows: list[tuple[str, ...]] = [
        (
            *("control", "status", "rule", "engine", "version", "effect", "why", "started"),
            *("ended", "place", "verdict", "note", "fingerprint", "accepted", "sha256"),
        )
    ]
    for one in assessed:
        for seen in one.observations:
            head = (
                one.control.id,
                one.status.value,
                seen.rule_id,
                seen.engine,
                seen.version,
                seen.effect.value,
                seen.why,
                seen.started,
                seen.ended,
            )
            if not seen.places:
                rows.append((*head, "", "", "", "", "", seen.digest))
            rows += [
                (
                    *head,
                    place.subject,
                    place.verdict,
                    place.note,
                    place.fingerprint,
                    "yes" if place.accepted else "no",
                    place.digest,
                )
                for place in seen.places
            ]
    return _csv(rows)


def _csv(rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([cell(field) for field in row] for row in rows)
    return out.getvalue()
