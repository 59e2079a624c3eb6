"""LLM10: whole probability vectors for anybody, which is what it takes to copy a model."""

from __future__ import annotations

import math
from collections.abc import Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    Vulnerable,
    World,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/exposed-probabilities"),
    engine="probes",
    stage=Stage.DAST,
    title="Probability vectors for anonymous callers",
    severity=Severity.LOW,
    confidence=Confidence.FIRM,
    rationale=(
        "Each vector says as much about the model as many labels do: with enough of them it is "
        "copied, and it shows whether a record was in the training data. Nobody can be told apart "
        "or limited who needs no key."
    ),
    remediation=(
        "Answer with the label, or with few rounded values (`round(p, 2)` of the best); ask for a "
        "key, and limit and watch how much each one asks."
    ),
    cwe=("CWE-200", "CWE-799"),
    owasp=("API6:2023", "LLM10:2025", "LLM06:2026"),
    controls=("ABUSE-1", "AUTHN-1"),
    references=(
        "https://www.usenix.org/conference/usenixsecurity16/technical-sessions/presentation/tramer",
        "https://arxiv.org/abs/1610.05820",
    ),
)

_CLASSES = 3
_RAW = frozenset({"logits", "logprobs", "log_probs", "probabilities", "probs", "class_scores"})


def converse(operation: Operation, world: World) -> Conversation:
    """The valid call without a credential; what it needs one for is held."""
    valid = world.baseline(operation)
    if valid is None:
        return NotApplicable("it never answered with success")
    found = next(_vectors(valid.json()), None)
    if found is None:
        return NotApplicable("its answer holds no probability vector")
    place, size = found
    anonymous = yield replace(
        valid.call, label="the same without a credential", identity=None, credential=None
    )
    if anonymous.status in (0, 429):
        return Inconclusive(anonymous.fault or "rate limited (429), not tested")
    if not anonymous.ok or next(_vectors(anonymous.json()), None) is None:
        return Held(f"without a credential it gives {anonymous.status}")
    return Vulnerable(
        message=f"{operation} gives anybody whole probability vectors ({size} values in {place})",
        oracle=(
            f"Without a credential the answer holds {size} values in {place} that are whole "
            "probabilities or what they are made from."
        ),
        proof=(anonymous,),
        controls=(valid,) if valid.call.identity else (),
    )


def _vectors(value: object, place: str = "") -> Iterator[tuple[str, int]]:
    """Where in an answer probability vectors stand, and how long they are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            where = f"{place}.{key}" if place else str(key)
            if str(key).lower() in _RAW and (size := _size(inner)) >= _CLASSES:
                yield where, size
            elif _sums_to_one(inner):
                yield where, len(inner)
            else:
                yield from _vectors(inner, where)
    elif isinstance(value, list):
        if _sums_to_one(value):
            yield place or "the answer", len(value)
        for inner in value[:4]:
            yield from _vectors(inner, place)


def _size(value: object) -> int:
    """How many numbers a list or a map of classes holds; the longest row of a matrix."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return 0
    if all(_is_number(one) for one in value):
        return len(value)
    return max((_size(row) for row in value), default=0)


def _sums_to_one(value: object) -> bool:
    """Whether these are probabilities of classes, unrounded: not 0.5 and 0.5 by chance."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list) or len(value) < _CLASSES:
        return False
    numbers = [float(one) for one in value if _is_number(one)]
    whole = len(numbers) == len(value) and all(0 <= one <= 1 for one in numbers)
    fine = any(abs(one - round(one, 3)) > 1e-9 for one in numbers)
    return whole and fine and math.isclose(sum(numbers), 1.0, abs_tol=0.005)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


PROBE = Probe(rule=RULE, converse=converse, max_requests=1, phase=Phase.READ)
