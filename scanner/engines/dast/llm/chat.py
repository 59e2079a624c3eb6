"""A model that can be talked with: what probes of the phase `CHAT` are given."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from scanner.engines.dast.conversation import Call, Reply, World
from scanner.engines.dast.llm.canary import Canary, holds, make_canary
from scanner.engines.dast.llm.dialect import Dialect, Manner, Turn, recognise
from scanner.model.plan import ModelOptions
from scanner.model.values import Value

_CONTROL = "a plain request"
_GUARDED = frozenset({400, 403, 406, 422, 451})
# One server often answers in several shapes; the same model need not be tried through each.
MOST_CHATS = 2
_SURELY_TALKS = ("/completions", "/api/generate", "/generate")


class Chat(Value, kw_only=True):
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

    def refused(self, reply: Reply) -> bool:
        """Whether something in front of the model did not let a request through.

        Only to be asked of requests whose like was let through before: then it is a guard that
        speaks, not a fault of the request.
        """
        return reply.status in _GUARDED


class Met(Value):
    """The models that can be talked with, by operation, and operations that were `spared` for
    behind them is, as it seems, a model that was met through another."""

    chats: dict[str, Chat]
    spared: tuple[str, ...] = ()


def meet(world: World, options: ModelOptions, send: Callable[[Call], Reply]) -> Met:
    """Find the models that can be talked with, and see what each is able to.

    Where only the words of a path make one think of a model, and it answers without doing what it
    is asked, there is none.
    """
    if not options.enabled:
        return Met({})
    met: dict[str, Chat] = {}
    spared: list[str] = []
    for chat in sorted(_candidates(world, options), key=_promise):
        name = str(chat.dialect.operation)
        if len(met) >= MOST_CHATS and chat.dialect.manner is not Manner.TEMPLATE:
            spared.append(name)
            continue
        tried, answered = _try_out(chat, send)
        if tried.able or not answered or _surely_talks(chat):
            met[name] = tried
    return Met(met, tuple(spared))


def _candidates(world: World, options: ModelOptions) -> Iterator[Chat]:
    templates = {one.operation: one for one in options.chats}
    for operation in world.operations:
        reply = world.baselines.get(str(operation))
        named = str(operation) in templates
        if reply is None or not (reply.ok or named) or not world.may_call(operation):
            continue
        dialect = recognise(operation, reply.call, templates)
        if dialect is not None:
            callers = _callers(world, reply.call.identity)
            yield Chat(dialect=dialect, options=options, callers=callers)


def _callers(world: World, known: str | None) -> tuple[str | None, ...]:
    """Who talks: not the first user, as whom all other probes act, for limits are counted by
    caller; and whoever the operation is known to answer, where no ordinary user may call it."""
    users = world.users[1:] or world.users[:1]
    if world.is_admin(known) or not users:
        return (known,)
    return tuple(one.name for one in users)


def _try_out(chat: Chat, send: Callable[[Call], Reply]) -> tuple[Chat, bool]:
    """The positive control: the work that all oracles stand on, asked for without any trick.

    Also says whether any answer came that told of more than a fault or a limit.
    """
    why, answered = "", False
    for number in range(chat.options.seeds):
        canary = chat.canary("control", number)
        reply = send(chat.ask(_CONTROL, number, Turn("user", canary.task)))
        words = chat.said(reply)
        if words is not None and holds(words, canary.token):
            return replace(chat, able=True, control=reply), True
        why = _why_not(reply, words)
        answered = answered or not (reply.status in (0, 429) or reply.status >= 500)
    return replace(chat, why=why), answered


def _why_not(reply: Reply, words: str | None) -> str:
    if reply.status == 0:
        return reply.fault
    if not reply.ok:
        return f"a plain request gave {reply.status}"
    if words is None:
        return "no words could be made out in its answer; [[endpoint.llm.chats]] can tell where"
    return "the model did not do a plain piece of work that all oracles stand on"


def _surely_talks(chat: Chat) -> bool:
    path = chat.dialect.operation.path.rstrip("/")
    return chat.dialect.manner is not Manner.TEXT or path.endswith(_SURELY_TALKS)


def _promise(chat: Chat) -> tuple[int, str]:
    order = (Manner.TEMPLATE, Manner.MESSAGES, Manner.RESPONSES, Manner.TENSOR, Manner.TEXT)
    return order.index(chat.dialect.manner), chat.dialect.operation.path
