"""Which names, of variables, parameters and headers, are those of secrets. Pure."""

from __future__ import annotations

import re

# Names of which the last word says that what is assigned is a secret: `secretName` does not.
_SECRET_NAME = re.compile(
    r"""(?:passw(?:or)?d|passwd|passphrase|secret|token|credentials?|api[_-]?key|[_-]pwd
        |(?:access|secret|private|account|auth|signing|encryption|storage|shared|master|license|jwt
           |openai|subscription|functions|admin|deploy)[_-]?key
        |connection[_-]?string|(?:^|[_-])dsn)(?:[_-]?(?:value|base64|b64|\d+))?$""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_SECRET_NAME = re.compile(r"existing[_-]?secret$|automount|^(?:max|min|num)[_-]", re.IGNORECASE)
# Such a word may stand anywhere in a name, if what follows does not say that it is about one.
_ABOUT = re.compile(
    r"""(?:passw(?:or)?d|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential
        |auth[_-]?key|account[_-]?key)(?P<rest>.*)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_TELLS = re.compile(
    r"""(?:name|type|kind|id|path|file|dir|url|uri|field|label|title|prefix|suffix|length|len|size
        |ttl|regex|pattern|re|header|param|format|help|text|message|msg|description|placeholder|hint
        |policy|class|env|var|ref|provider|endpoint|scheme|limit|count|status|error|icon|izer|column
        |manager|store|source|mode|model|algorithm|method|action|group|scope|s)(?:[_-]?\d+)?$""",
    re.VERBOSE | re.IGNORECASE,
)
# Words of a tokenizer and places in a list of pages.
_PLAIN_TOKEN = re.compile(
    r"""(?:^|[_-]|(?<=[a-z])(?=[A-Z]))(?:input|output|pad|eos|bos|sep|cls|unk|mask|next|start|stop|special|begin
        |end|page|continuation|eot|image|audio|video|previous|more)[_-]?token$""",
    re.VERBOSE | re.IGNORECASE,
)
_SECRET_HEADER = re.compile(
    r"""(?:^|[_-])(?:(?:proxy-|x-)?authori[sz]ation|cookie2?|auth|token|api-?token|access-?token
        |auth-?token|session-?token|csrf-?token|xsrf-?token|jwt|jwt-assertion|oidc-data|secret
        |passw(?:or)?d|passphrase|credentials?|session(?:-?id)?
        |(?:api|auth|access|secret|private|shared|master|admin|account|subscription|functions|app|client
           |service|license|storage|encryption|signing|customer)-?key)$""",
    re.VERBOSE | re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether the last word of a name says that it is a secret's."""
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET_NAME.search(name)


def is_secret_header(name: str) -> bool:
    """Whether a header of this name carries a credential, whatever its value looks like."""
    return _SECRET_HEADER.search(name) is not None


def is_plain_token(name: str) -> bool:
    """Whether it is a token of a text or of a list of pages: one that anybody may know."""
    return _PLAIN_TOKEN.search(name) is not None


def names_a_secret_within(name: str) -> bool:
    """Whether a secret's word stands in a name, and nothing behind it says that it is about one."""
    found = _ABOUT.search(name)
    return found is not None and not _TELLS.search(found["rest"])


def is_about_a_secret(name: str) -> bool:
    """Whether a secret's word stands anywhere in a name."""
    return _ABOUT.search(name) is not None
