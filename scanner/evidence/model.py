"""Values of the evidence pack: controls, observations, declarations and what follows from them."""

from __future__ import annotations

from datetime import date
from enum import Enum

from scanner.model.rule import RuleId
from scanner.model.values import Value


class Strength(str, Enum):
    """What kind of evidence a control can get from a scan."""

    PROOF = "proof"
    CONFIG = "config"
    PATTERN = "pattern"
    JUDGED = "judged"
    DECLARED = "declared"


class Control(Value, kw_only=True):
    """One entry of `rules/controls.yaml`.

    Of every entry of `needs` at least one word, a rule or an engine, must have held; a control
    without needs is never supported. `maps` names ids of standards by the standard.
    """

    id: str
    title: str
    strength: Strength
    passes: str
    limits: str
    needs: tuple[tuple[str, ...], ...]
    maps: tuple[tuple[str, tuple[str, ...]], ...]


class Effect(str, Enum):
    """What one rule's part in the scan says.

    `QUIET`: it found nothing, and nothing shows that there was something for it to judge; this
    neither supports a control nor stands against it. `OPEN`: it was not, or not fully, tried.
    """

    HELD = "held"
    FOUND = "found"
    QUIET = "nothing to judge"
    OPEN = "open"


class Place(Value, kw_only=True):
    """One place where a rule was tried; `digest` is the SHA-256 of the record behind it.

    A finding has its fingerprint, by which `result.json` shows the exchanges or the source.
    """

    subject: str
    verdict: str
    note: str = ""
    fingerprint: str = ""
    accepted: bool = False
    digest: str = ""


class Observation(Value, kw_only=True):
    """All that the scan says about one rule; `stage` is `pack` for what the pack says of itself."""

    rule_id: RuleId
    engine: str
    stage: str
    effect: Effect
    why: str
    version: str = ""
    started: str = ""
    ended: str = ""
    places: tuple[Place, ...] = ()
    digest: str = ""


class ControlStatus(str, Enum):
    """What the scan says about a control."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_ASSESSED = "not assessed"


class Declaration(Value, kw_only=True):
    """What the operator says about a control; a statement, never an observation.

    `state` is `current`, `overdue` (its review is) or `document missing`; `sha256` is the
    document's, where one is named.
    """

    control: str
    statement: str
    owner: str
    reviewed: date
    review_by: date
    document: str
    sha256: str
    state: str


class Assessed(Value, kw_only=True):
    """One control with its status, the reasons for it and everything behind it.

    `accepted` says that every finding against it is a written exception.
    """

    control: Control
    status: ControlStatus
    reasons: tuple[str, ...]
    observations: tuple[Observation, ...]
    declarations: tuple[Declaration, ...] = ()
    accepted: bool = False
