"""Whether two answers say the same, when what was sent may be repeated in them."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, quote_plus

from scanner.engines.dast.conversation import Reply
from scanner.engines.dast.probes._shape import leaves
from scanner.model.values import Value

_MARK = "\N{SECTION SIGN}"


class Usual(Value):
    """The usual answer to a valid call, seen twice, and the value that the call held."""

    reply: Reply
    again: Reply
    value: str

    @property
    def steady(self) -> bool:
        """Whether the same request gets the same answer."""
        return said(self.reply, self.value) == said(self.again, self.value)

    def matches(self, reply: Reply, sent: str) -> bool:
        """Whether an answer to `sent` says what the usual one says: the same text if the server
        is steady, the same form if its answers differ each time."""
        if reply.status != self.reply.status or not reply.status:
            return False
        if self.steady:
            return said(reply, sent, self.value) == said(self.reply, sent, self.value)
        return form(reply) == form(self.again)


def said(reply: Reply, *sent: str) -> str:
    """The text of an answer with what was sent made unrecognisable."""
    text = reply.text
    for value in sorted(filter(None, sent), key=len, reverse=True):
        for spelled in (value, json.dumps(value)[1:-1], html.escape(value)):
            text = text.replace(spelled, _MARK)
        for spelled in (quote(value, safe=""), quote(value), quote_plus(value)):
            text = text.replace(spelled, _MARK)
    return text


def form(reply: Reply) -> tuple[object, ...]:
    """What stays when values differ: the status, and for JSON each way to a scalar and its type."""
    ways = sorted((path, type(leaf).__name__) for path, leaf in leaves(reply.json()))
    return reply.status, tuple(ways)
