"""Injection: text of a caller becomes part of a statement to the database."""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._inputs import Input, inputs
from scanner.engines.dast.probes._likeness import Usual
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

RULE = Rule(
    id=RuleId("dast/sql-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="Text of a caller becomes part of an SQL statement",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "A caller asks the database whatever he likes: other tenants' prompts, keys and results, "
        "and with some databases commands of the system."
    ),
    remediation=(
        "Give values to the statement as parameters, never as text within it:\n\n"
        '    session.execute(text("SELECT * FROM users WHERE name = :name"), {"name": name})'
    ),
    cwe=("CWE-89",),
    owasp=("LLM05:2025",),
    controls=("INJ-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/89.html",
        "https://cheatsheetseries.owasp.org/cheatsheets/SQL_Injection_Prevention_Cheat_Sheet.html",
    ),
)

# Words for a model or a person; a password is not looked up, and changing it locks callers out.
_NO_SINK = re.compile(
    r"pass(?:word|wd|phrase)|pwd|prompt|content|message|^texts?$|^inputs?(?:\[|\.|$)|instances|"
    r"image|url|system|callback|token|^\$?filter$|expression|formula",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"log-?_?in|sign-?_?in|auth(?:enticate|/|$)|search|query|find", re.IGNORECASE)
# Complaints about grammar, which values cannot cause; never those about keys or types.
_GRAMMAR = re.compile(
    r"(?P<sqlite>near \\?\"[^\n]{0,80}\\?\": syntax error|unrecognized token: )"
    r"|(?P<mysql>You have an error in your SQL syntax)"
    r"|(?P<postgresql>unterminated quoted string|syntax error at or near|SyntaxError: .{0,40}\$1)"
    r"|(?P<mssql>Unclosed quotation mark after|Incorrect syntax near)"
    r"|(?P<oracle>ORA-0(?:1756|0933|0907|0921)|quoted string not properly terminated)",
)
_MAX_INPUTS = 5
_ROUNDS = 5
# In no simple order, and often enough that a server which answers at random does not fit.
_QUOTES = (2, 3, 4, 5, 6, 3, 2, 1, 1, 4, 5, 2)
_QUICK = 0.7

Tested = Generator[Call, Reply, Vulnerable | None]


class _Context(Value):
    """How text ends where it stands and the statement goes on: `{v}` is the value."""

    what: str
    template: str

    def text(self, value: str, one: int, other: int) -> str:
        """The value with the claim that `one` equals `other`."""
        return self.template.format(v=value, a=one, b=other)


_AND = (
    _Context("a quoted text", "{v}' AND '{a}'='{b}"),
    _Context("a pattern of LIKE", "{v}%' AND '{a}%'='{b}"),
    _Context("a quoted text in brackets", "{v}') AND ('{a}'='{b}"),
    _Context("a text in double quotes", '{v}" AND "{a}"="{b}'),
)
_NUMBER = _Context("a number", "{v} AND {a}={b}")
_OR = (
    _Context("a quoted text", "{v}' OR '{a}'='{b}"),
    _Context("a pattern of LIKE", "{v}%' OR '{a}%'='{b}"),
    _Context("a number", "{v} OR {a}={b}"),
)
_DELAYS = (
    ("postgresql", "{v}'||(SELECT pg_sleep({n}))||'"),
    ("mysql", "{v}' AND SLEEP({n}) AND '7'='7"),
    ("mssql", "{v}'; WAITFOR DELAY '0:0:{n}'--"),
)


def converse(operation: Operation, world: World) -> Conversation:
    """One quote in each place; where that changes the answer, claims that are true and false."""
    if operation.destructive:
        return NotApplicable("not called, since it may destroy")
    valid = world.baselines.get(str(operation))
    if valid is None or valid.refused or valid.status in (0, 405, 429):
        return NotApplicable("no valid call was answered")
    places = [
        one
        for one in inputs(operation, world)
        if one.place != "filename" and not _NO_SINK.search(one.name)
    ][:_MAX_INPUTS]
    if not places:
        return NotApplicable("it takes no text that a database would be asked for")
    # A claim that is always true must not widen what a write applies to.
    asks = operation.reads_only or bool(_LOGIN.search(operation.path))
    for place in places:
        found = yield from _place(operation, place, valid, asks=asks)
        if found is not None:
            return found
    return Held("quotes change nothing that true and false claims would tell apart")


def _place(operation: Operation, place: Input, valid: Reply, *, asks: bool) -> Tested:
    """What one place shows; nothing more is sent where a quote is as good as any letter."""
    quote = f"{place.value}'"
    broken = yield place.call("with a quote", quote)
    usual = Usual(valid, valid, place.value)
    sign = not usual.matches(broken, quote)
    if sign:
        again = yield place.call("as in the valid call", place.value)
        usual = Usual(valid, again, place.value)
        if again.status != valid.status:
            return None
        sign = not usual.matches(broken, quote)
    contexts = _AND if sign else ()
    if place.value.lstrip("-").isdigit():
        contexts = (_NUMBER, *contexts)
    for context in contexts if usual.reply.ok else ():
        found = yield from _pair(operation, place, usual, context)
        if found is not None:
            return found
    for context in _OR if asks and _may_widen(usual, broken) else ():
        found = yield from _widened(operation, place, usual, context)
        if found is not None:
            return found
    if sign:
        found = yield from _grammar(operation, place, usual, broken)
        if broken.status >= 500 and usual.reply.ok and usual.reply.seconds < _QUICK:
            slow = yield from _delay(operation, place, usual)
            return slow or found
        return found
    return None


def _may_widen(usual: Usual, broken: Reply) -> bool:
    """Whether widening may show more: the valid call found nothing, or the quote broke it."""
    return not usual.reply.ok or broken.status >= 500 or len(usual.reply.body) < 200


def _pair(operation: Operation, place: Input, usual: Usual, context: _Context) -> Tested:
    """True claims leave the answer as it was, false ones do not; in changing order."""
    proof: list[Reply] = []
    controls: list[Reply] = []
    for number in range(_ROUNDS):
        claims = (False, True) if number % 2 else (True, False)
        for claim in claims:
            reply, as_usual = yield from _claim(place, usual, context, claim=claim)
            if as_usual is not claim:
                return None
            (proof if claim else controls).append(reply)
    last = yield place.call("as in the valid call, once more", place.value)
    if not usual.matches(last, place.value):
        return None
    return _vulnerable(operation, place, context.what, proof, [*controls, last])


def _widened(operation: Operation, place: Input, usual: Usual, context: _Context) -> Tested:
    """False claims leave the answer as it was, true ones bring more, and always the same."""
    proof: list[Reply] = []
    controls: list[Reply] = []
    for number in range(_ROUNDS):
        claims = (False, True) if number % 2 else (True, False)
        for claim in claims:
            reply, as_usual = yield from _claim(place, usual, context, claim=claim)
            if as_usual is claim or (claim and not reply.ok):
                return None
            (proof if claim else controls).append(reply)
    if len({reply.status for reply in proof}) > 1:
        return None
    return _vulnerable(operation, place, context.what, proof, controls)


def _claim(
    place: Input, usual: Usual, context: _Context, *, claim: bool
) -> Generator[Call, Reply, tuple[Reply, bool]]:
    number = secrets.randbelow(8_000) + 1_000
    text = context.text(place.value, number, number if claim else number + 1)
    reply = yield place.call(f"with a claim that is {str(claim).lower()}", text)
    return reply, usual.matches(reply, text)


def _vulnerable(
    operation: Operation, place: Input, what: str, proof: list[Reply], controls: list[Reply]
) -> Vulnerable:
    true, false = proof[-1].status, controls[0].status
    return Vulnerable(
        message=f"{operation} makes {place.name} part of an SQL statement",
        oracle=(
            f"As {what}, claims about random numbers were added to {place.name} {_ROUNDS} times: "
            f"those that are true and those that are false (equally long) were each answered "
            f"alike ({true} and {false}), and differently from each other."
        ),
        # Enough to see it by; the rest was for certainty.
        proof=tuple(proof[-2:]),
        controls=tuple(controls[-3:]),
        parameter=place.name,
    )


def _grammar(operation: Operation, place: Input, usual: Usual, broken: Reply) -> Tested:
    """An odd number of quotes upsets the database, an even number does not."""
    complaint = _GRAMMAR.search(broken.text)
    upset = broken.status >= 500 or complaint is not None
    if not upset:
        return None
    odd: list[Reply] = [broken]
    even: list[Reply] = []
    for number in _QUOTES:
        reply = yield place.call(f"with {number} quotes", f"{place.value}{chr(39) * number}")
        complains = reply.status >= 500 or _GRAMMAR.search(reply.text) is not None
        alike = complains == (number % 2 == 1) and reply.status not in (0, 429)
        if not alike or (number % 2 and reply.status != broken.status):
            return None
        (odd if number % 2 else even).append(reply)
    named = f", and the answer names {complaint.lastgroup}" if complaint else ""
    return Vulnerable(
        message=f"{operation} seems to make {place.name} part of an SQL statement",
        oracle=(
            f"Odd numbers of quotes in {place.name} (1, 3, 5) gave {broken.status}, even ones "
            f"(2, 4, 6) gave {even[0].status}{named}."
        ),
        proof=tuple(odd[:2]),
        controls=(usual.reply, *even[:2]),
        parameter=place.name,
        severity=Severity.HIGH,
        confidence=Confidence.TENTATIVE,
    )


def _delay(operation: Operation, place: Input, usual: Usual) -> Tested:
    """The database waits as long as it is told: two seconds, four, none, and two again."""
    for engine, template in _DELAYS:
        replies: list[Reply] = []
        for seconds in (2, 4, 0, 2):
            text = template.format(v=place.value, n=seconds)
            reply = yield place.call(f"with a delay of {seconds} s", text)
            if not seconds - 0.2 <= reply.seconds <= seconds + 1.5:
                break
            replies.append(reply)
        if len(replies) == len((2, 4, 0, 2)):
            times = ", ".join(f"{one.seconds:.1f}" for one in replies)
            return Vulnerable(
                message=f"{operation} makes {place.name} part of an SQL statement ({engine})",
                oracle=(
                    f"Delays of 2, 4, 0 and 2 seconds for the database in {place.name} took "
                    f"{times} s; the valid call took {usual.reply.seconds:.1f} s."
                ),
                proof=(replies[0], replies[1]),
                controls=(usual.reply, replies[2]),
                parameter=place.name,
            )
    return None


PROBE = Probe(rule=RULE, converse=converse, max_requests=_MAX_INPUTS * 50, phase=Phase.WRITE)
