"""LLM10: one request makes the model generate as much as its sender likes."""

from __future__ import annotations

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    Inconclusive,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.llm.chat import Chat
from scanner.engines.dast.llm.dialect import Turn
from scanner.engines.dast.probes._models import chat_at, unreadable
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/unbounded-generation"),
    engine="probes",
    stage=Stage.DAST,
    title="One request may ask for any number of answers",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "`n` and `best_of` multiply the cost of a request: the rate limit counts one call where "
        "the "
        "accelerator works for many, and the bill grows with it."
    ),
    remediation=(
        "Bound them in the schema (`n: int = Field(default=1, le=4)`), clamp `max_tokens` to what "
        "the use needs, and limit by tokens as well as by calls."
    ),
    cwe=("CWE-770",),
    owasp=("API4:2023", "LLM10:2025", "LLM06:2026"),
    controls=("COST-1",),
    references=(
        "https://genai.owasp.org/llmrisk/llm102025-unbounded-consumption/",
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
    ),
)

_MANY = 32
_FIELDS = ("n", "best_of")


def converse(operation: Operation, world: World) -> Conversation:
    """The count of answers, or of tokens that the server itself tells, must grow with the field."""
    chat = chat_at(operation, world)
    if not isinstance(chat, Chat):
        return chat
    one = yield _asking(chat, "one answer", {})
    if chat.said(one) is None:
        return unreadable(one)
    refused, unknown = 0, ""
    for name in _FIELDS:
        many = yield _asking(chat, f"{_MANY} by {name}", {name: _MANY})
        if chat.refused(many):
            refused += 1
            continue
        if not many.ok:
            unknown = f"{name}={_MANY}: {many.fault or f'status {many.status}'}"
            continue
        answers, tokens, before = _answers(many), _tokens(many), _tokens(one)
        multiplied = before > 0 and tokens >= before * _MANY * 3 // 4
        if answers >= _MANY or multiplied:
            told = f"{answers} answers" if answers >= _MANY else f"{tokens} tokens"
            return Vulnerable(
                message=f"{operation} gives {told} for one request with {name}={_MANY}",
                oracle=(
                    f"With {name}={_MANY} the server's own answer counts {answers} answers and "
                    f"{tokens} generated tokens; without it {_answers(one)} and {before}."
                ),
                proof=(many,),
                controls=(one,),
                parameter=name,
                marks=(f'"completion_tokens":{tokens}', f'"completion_tokens": {tokens}'),
            )
    if unknown:
        return Inconclusive(f"not assessed: {unknown}")
    return Held(f"{refused} of {len(_FIELDS)} refused, the others made no more answers")


def _asking(chat: Chat, label: str, more: dict[str, int]) -> Call:
    call = chat.ask(label, 0, Turn("user", "Say hello."))
    return replace(call, json_body={**call.json_body, **more})


def _answers(reply: Reply) -> int:
    value = reply.json()
    choices = value.get("choices") if isinstance(value, dict) else None
    return len(choices) if isinstance(choices, list) else 0


def _tokens(reply: Reply) -> int:
    value = reply.json()
    usage = value.get("usage") if isinstance(value, dict) else None
    spent = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return spent if isinstance(spent, int) else 0


PROBE = Probe(rule=RULE, converse=converse, max_requests=4, phase=Phase.CHAT)
