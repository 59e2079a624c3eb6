"""Hostile text made harmless to look at, and the public form of paths, commands and addresses.

What is scanned chooses file names, source lines and answers. Here it loses the power to move a
cursor, turn the reading direction or break an encoding; each format then escapes it in its own way.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

# Controls but tab and newline; what XML 1.0 forbids; marks that are invisible or reorder text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e0fff]"
)
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")
# What Markdown reads as markup, and what GitHub and GitLab make live by themselves.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#!|~&$]|^[-+=/])")
_LIVE = re.compile(
    r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=GH)(?=-\d)", re.IGNORECASE
)
_ROOTED = re.compile(r"^(/|\\\\|[A-Za-z]:[\\/])")


def visible(text: str) -> str:
    """The same text with every unseen or reordering character written out (`\\x1b`, `\\u202e`).

    The answer holds no lone surrogate and no character that XML 1.0 forbids; tabs and newlines
    stay. A byte that was no UTF-8 (`\\udc80` to `\\udcff`) is shown as that byte.
    """
    return _UNSEEN.sub(_escape, text)


def one_line(text: str) -> str:
    """`visible`, with all white space folded into single spaces."""
    return " ".join(visible(text).split())


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, the last an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def plain(text: str, limit: int = 300) -> str:
    """One line of Markdown that shows `text` and does nothing else."""
    quiet = _LIVE.sub("\u200b", clipped(one_line(text), limit))
    return _SPECIAL.sub(r"\\\1", quiet)


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`, `1,200 files`, `2 categories`."""
    if count != 1:
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun}"


def uri_path(path: str) -> str:
    """A relative path as a URI reference: every segment percent-encoded, never a scheme."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/").lstrip("/") or "_"


def web_link(text: str) -> str:
    """`text` where it is a plain http(s) address, else nothing: no other scheme becomes a link."""
    return text if _LINK.fullmatch(text) else ""


def public_url(url: str) -> str:
    """An address without user name, password, query and fragment, which may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def public_command(command: tuple[str, ...]) -> tuple[str, ...]:
    """A command line with absolute paths shortened to their last part."""
    return tuple(_unrooted(part) if _ROOTED.match(part) else part for part in command)


def _unrooted(path: str) -> str:
    return "…/" + path.rstrip("/\\").replace("\\", "/").rpartition("/")[2]


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
