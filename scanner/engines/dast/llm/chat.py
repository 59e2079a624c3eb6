"""A model that can be talked with: what probes of the phase `CHAT` are given."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Call, Reply, World
from scanner.engines.dast.llm.canary import Canary, holds, make_canary
from scanner.engines.dast.llm.dialect import Dialect, Manner, Turn, recognise
from scanner.model.plan import ModelOptions

_CONTROL = "a plain request"
# One server often answers in several shapes; the same model need not be tried through each.
MOST_CHATS = 2
_SURELY_TALKS = ("/completions", "/api/generate", "/generate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A model behind an operation.

    `able` says that it joined two pieces when it was simply asked to (`control` is that answer):
    without that, what it does not do under attack says nothing, and `why` tells why not. Calls are
    spread over the `callers`.
    """

    dialect: Dialect
    options: ModelOptions
    callers: tuple[str | None, ...]
    able: bool = False
    why: str = ""
    control: Reply | None = None

    def random(self, *words: object) -> random.Random:
        """Chance that is the same for the same seed of the scan and the same words."""
        return random.Random(":".join(map(str, (self.options.seed, *words))))  # noqa: S311 - no secret

    def canary(self, *words: object) -> Canary:
        """A piece of work for the model, always the same for the same words."""
        return make_canary(self.random(*words))

    def ask(self, label: str, number: int, *turns: Turn) -> Call:
        """The request that says these turns; `number` chooses the caller."""
        return self.dialect.call(turns, label, self.callers[number % len(self.callers)])

    def said(self, reply: Reply) -> str | None:
        """The model's words, None where the answer holds none."""
        return self.dialect.said(reply)


def meet(world: World, options: ModelOptions, send: Callable[[Call], Reply]) -> dict[str, Chat]:
    """Find the models that can be talked with, and see what each is able to.

    Where only the words of a path make one think of a model, and it can't do what it is asked,
    there is none.
    """
    if not options.enabled:
        return {}
    templates = {one.operation: one for one in options.chats}
    found: list[Chat] = []
    for operation in world.operations:
        reply = world.baselines.get(str(operation))
        named = str(operation) in templates
        if reply is None or not (reply.ok or named) or not world.may_call(operation):
            continue
        dialect = recognise(operation, reply.call, templates)
        if dialect is not None:
            # Not the first user, whom all other probes act as: limits are counted by caller.
            users = world.users[1:] or world.users[:1]
            callers = tuple(one.name for one in users) or (reply.call.identity,)
            found.append(Chat(dialect=dialect, options=options, callers=callers))
    met: dict[str, Chat] = {}
    for chat in sorted(found, key=_promise):
        if len(met) >= MOST_CHATS and chat.dialect.manner is not Manner.TEMPLATE:
            continue
        tried = _try_out(chat, send)
        if tried.able or _surely_talks(chat):
            met[str(chat.dialect.operation)] = tried
    return met


def unmet(world: World) -> tuple[Operation, ...]:
    """Operations in a known shape of conversation that were left out for the sake of others."""
    if not world.chats:
        return ()
    return tuple(
        operation
        for operation in world.operations
        if str(operation) not in world.chats
        and (reply := world.baseline(operation)) is not None
        and (dialect := recognise(operation, reply.call, {})) is not None
        and dialect.manner is not Manner.TEXT
    )


def _try_out(chat: Chat, send: Callable[[Call], Reply]) -> Chat:
    """The positive control: the work that all oracles stand on, asked for without any trick."""
    why = ""
    for number in range(chat.options.seeds):
        canary = chat.canary("control", number)
        reply = send(chat.ask(_CONTROL, number, Turn("user", canary.task)))
        words = chat.said(reply)
        if words is not None and holds(words, canary.token):
            return _with(chat, able=True, control=reply)
        why = _why_not(reply, words)
    return _with(chat, why=why)


def _why_not(reply: Reply, words: str | None) -> str:
    if reply.status == 0:
        return reply.fault
    if not reply.ok:
        return f"a plain request gave {reply.status}"
    if words is None:
        return "no words could be made out in its answer; [[endpoint.llm.chats]] can tell where"
    return "the model did not do a plain piece of work that all oracles stand on"


def _with(chat: Chat, *, able: bool = False, why: str = "", control: Reply | None = None) -> Chat:
    return Chat(
        dialect=chat.dialect,
        options=chat.options,
        callers=chat.callers,
        able=able,
        why=why,
        control=control,
    )


def _surely_talks(chat: Chat) -> bool:
    path = chat.dialect.operation.path.rstrip("/")
    return chat.dialect.manner is not Manner.TEXT or path.endswith(_SURELY_TALKS)


def _promise(chat: Chat) -> tuple[int, str]:
    order = (Manner.TEMPLATE, Manner.MESSAGES, Manner.RESPONSES, Manner.TENSOR, Manner.TEXT)
    return order.index(chat.dialect.manner), chat.dialect.operation.path
