"""What in an answer is a secret, judged by the key that it stands under and by its own shape."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum

from scanner.engines.dast.conversation import Reply
from scanner.engines.dast.probes._shape import leaves
from scanner.model.values import Value

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]")
# Never shown to anyone, whoever asks.
_NEVER = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|passphrase|password_hash|hashed_password|pass_hash|"
    r"private_key|secret_key|signing_key|encryption_key|client_secret|connection_string|"
    r"database_url|upstream_(?:token|key|secret)|internal_(?:token|key|secret))$"
)
# May be the caller's own, so whose it is has to be found out.
_SOMEBODYS = re.compile(
    r"(?:^|_)(?:token|api_?key|access_key|auth_key|secret|credential|bearer|session_key|jwt)s?$"
)
# Words of the trade that only look like credentials.
_HARMLESS = re.compile(
    r"(?:^|_)(?:next|page|continuation|sync|cursor|csrf|xsrf|eos|bos|pad|unk|mask|cls|sep|stop|"
    r"special|start|end|first|last|chat|image|idempotency|public|design|push|device|delete|"
    r"prev(?:ious)?|refresh_after)_"
)
_HASHES = re.compile(
    r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id?|d)\$v=\d+\$[^\s\"]{20,}"
    r"|\bpbkdf2[:_]sha\d+[:$][^\s\"]{20,}|\bscrypt:\d+:\d+:\d+\$[^\s\"]{20,}"
    r"|\$(?:5|6|y)\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,32}\$[./A-Za-z0-9]{40,}"
)
_KEY_FILE = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?:\\n|\s)*(?:[A-Za-z0-9+/=]{40,}(?:\\n|\s)*){2,}"
)
_MASKED = re.compile(
    r"[*•.xX#\-_ ]+|.*(?:\*{3,}|•{3,}|\.{3}).*|\[?<?(?:redacted|hidden|masked|secret|password|none|"
    r"null|n/?a|not shown|unset|true|false|string|changeme|your[-_ ].*)>?\]?",
    re.IGNORECASE | re.DOTALL,
)


class Kind(IntEnum):
    """How much a value under a key says; ascending."""

    SOMEBODYS = 1
    NEVER = 2


class Secret(Value):
    """A value that looks secret; `path` leads to it, `[n]` for places in lists."""

    path: tuple[str, ...]
    value: str
    kind: Kind

    @property
    def name(self) -> str:
        """The key that it stands under."""
        return next((key for key in reversed(self.path) if not key.startswith("[")), "")


def secrets_in(reply: Reply) -> Iterator[Secret]:
    """The secrets in an answer, without those that the request itself sent."""
    sent = f"{reply.call.json_body!r} {reply.call.raw_body!r} {reply.call.path} {reply.call.query}"
    for path, value in leaves(reply.json()):
        if not isinstance(value, str) or value in sent or _MASKED.fullmatch(value):
            continue
        made = Secret(path, value, Kind.NEVER)
        key = _HUMP.sub("_", made.name).lower()
        named = not _HARMLESS.search(key)
        never = named and bool(_NEVER.search(key)) and 4 <= len(value) <= 4096
        if never or _HASHES.search(value) or _KEY_FILE.search(value):
            yield made
        elif named and _SOMEBODYS.search(key) and _looks_random(value):
            yield Secret(path, value, Kind.SOMEBODYS)


def _looks_random(value: str) -> bool:
    """Whether a text was made by chance: long, without spaces, and of many different characters."""
    if not 16 <= len(value) <= 4096 or re.search(r"\s|://", value):
        return False
    mixed = bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value))
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return mixed and bits > 2.8
