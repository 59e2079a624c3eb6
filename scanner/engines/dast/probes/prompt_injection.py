"""LLM01: a user talks the model out of a rule that its system message sets."""

from __future__ import annotations

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Inconclusive,
    Phase,
    Probe,
    World,
)
from scanner.engines.dast.llm.chat import Chat
from scanner.engines.dast.llm.prompts import techniques
from scanner.engines.dast.probes._models import (
    attempt,
    chat_at,
    joining,
    refusals,
    talked_over,
    under_the_rule,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/prompt-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="Users can talk the model out of its rules",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "What the operator forbids in the system message, a user allows himself again: limits of "
        "the subject, of tools and of what may be told hold only as long as nobody objects."
    ),
    remediation=(
        "Do not let the model decide what a caller may do: check rights and the arguments of tools "
        "in code. Keep instructions and user text in separate roles, use a model trained on that "
        "order, and judge answers before they are acted upon."
    ),
    cwe=("CWE-1427",),
    owasp=("LLM01:2025", "LLM01:2026"),
    controls=("LLM-INJ-1",),
    references=(
        "https://genai.owasp.org/llmrisk/llm01-prompt-injection/",
        "https://cwe.mitre.org/data/definitions/1427.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Under a rule of our own the model must refuse a plain request; then it is talked over."""
    chat = chat_at(operation, world)
    if not isinstance(chat, Chat):
        return chat
    kept = yield from refusals(chat, RULE)
    if isinstance(kept, Inconclusive):
        return kept
    aim = joining(chat, RULE, under_the_rule)
    made = yield from attempt(chat, techniques("injection"), aim)
    if made.best is None:
        return made.none()
    return talked_over(operation, RULE, made.best, kept, "plainly")


PROBE = Probe(rule=RULE, converse=converse, max_requests=400, phase=Phase.CHAT)
