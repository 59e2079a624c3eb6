"""What shows that a finding is real.

Records are redacted and cut to length where they are built, so that no reporter can leak what was
never stored.
"""

from __future__ import annotations

from scanner.model.values import Value


class CodeSnippet(Value, kw_only=True):
    """Source lines around a finding; `start_line` is the number of the first of them."""

    path: str
    start_line: int
    lines: tuple[str, ...]


class Request(Value, kw_only=True):
    """A request as sent: headers in order, credentials redacted, body cut to length."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


class Response(Value, kw_only=True):
    """An answer as received, redacted and cut; `body_bytes` is its true length as far as read."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    body_bytes: int = 0


class Exchange(Value, kw_only=True):
    """One request and what came of it.

    `label` says what the exchange is for ("as bob, asking for alice's job"); `fault` is set where
    no whole answer came (a timeout, a reset).
    """

    label: str
    request: Request
    response: Response | None
    fault: str | None = None
    elapsed_ms: int = 0


class Proof(Value, kw_only=True):
    """Why a dynamic finding holds.

    `oracle` is the sentence that decided; `exchanges` show the weakness; `controls` are those that
    had to differ, and did; `replay` is a shell command that sends the decisive request again, with
    secrets as environment variables. `decisive` are the texts within the answers that the oracle
    went by, as they stand in the records.
    """

    oracle: str
    exchanges: tuple[Exchange, ...]
    controls: tuple[Exchange, ...]
    replay: str
    decisive: tuple[str, ...] = ()


class Patch(Value, kw_only=True):
    """A concrete mend that a rule knows: the lines from `start_line` on, as they are and then.

    A proposal to read, made of the scanned source; nobody applies it.
    """

    path: str
    start_line: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def diff(self) -> str:
        """The patch in unified form, without context."""
        old, new = len(self.before), len(self.after)
        head = (
            f"--- a/{self.path}\n+++ b/{self.path}\n"
            f"@@ -{self.start_line},{old} +{self.start_line},{new} @@\n"
        )
        rows = [f"-{line}" for line in self.before] + [f"+{line}" for line in self.after]
        return head + "\n".join(rows) + "\n"


Evidence = CodeSnippet | Proof
