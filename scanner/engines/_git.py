"""Reads older states out of a git repository whose configuration is not trusted.

Only plumbing that reads objects is called: no index, no working tree, no checkout. So no hook, no
file-system monitor, no filter, no external diff and no text conversion has an occasion to run, and
each is switched off besides. Nothing is fetched: a missing object is an error, not a download.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from scanner.engines._process import Ended, find_tool, run_tool, tool_environ
from scanner.model.errors import EngineError, InputError, ToolMissing
from scanner.model.values import Value

_DEADLINE = 120.0
_BATCH = 64 * 1024 * 1024
_LINK, _MODULE = "120000", "160000"
_OVER = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.alternateRefsCommand=",
    "diff.external=",
    "protocol.allow=never",
    # A checkout that belongs to another user is usual in containers; what its configuration could
    # start is switched off, so that reading it is no risk.
    "safe.directory=*",
    "safe.bareRepository=explicit",
)
_ENVIRON = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}


class Blob(Value, kw_only=True):
    """A file of a commit: its path from the scanned folder, its object and its size."""

    path: str
    name: str
    size: int


class Repository(Value, kw_only=True):
    """The repository around a folder: `prefix` leads from its top to the folder."""

    git: Path
    folder: Path
    prefix: str
    shallow: bool

    def head(self) -> str:
        """The commit that is checked out. Raises `InputError`."""
        found = self._commit("HEAD")
        if not found:
            raise InputError(f"{self.folder}: its git repository has no commit yet")
        return found

    def base(self, ref: str) -> str:
        """The commit where HEAD and `ref` parted. Raises `InputError` that names `ref`."""
        if ref.startswith("-") or not ref.strip():
            raise InputError(f"git:{ref}: name a branch, a tag or a commit")
        head = self.head()
        commit = self._commit(ref) or self._commit(f"refs/remotes/origin/{ref}")
        if not commit:
            raise InputError(f"git:{ref}: {self._missing(ref)}")
        found = self._run("merge-base", head, commit, expect=(0, 1)).stdout.split()
        if not found:
            if self.shallow:
                raise InputError(
                    f"git:{ref}: this clone is shallow and does not reach the commit that HEAD and "
                    f"{ref} have in common; {_DEEPEN}"
                )
            raise InputError(
                f"git:{ref}: HEAD and {ref} have no commit in common; use a baseline file"
            )
        return found[0].decode()

    def _missing(self, ref: str) -> str:
        if self.shallow:
            return f"{ref} is not in this clone, which is shallow; {_DEEPEN}"
        return f"{ref} is not in this clone; fetch it first, or correct its name"

    def has(self, commit: str) -> bool:
        """Whether a commit is in this clone."""
        return bool(commit) and self._commit(commit) == commit

    def files(self, commit: str) -> tuple[Blob, ...] | None:
        """The regular files of a commit below the folder; None where it had no such folder.

        Raises `InputError`.
        """
        tree = self._resolve(f"{commit}:{self.prefix.rstrip('/')}" if self.prefix else commit)
        if not tree or self._run("cat-file", "-t", tree).stdout.strip() == b"blob":
            return None
        listing = self._run("ls-tree", "-r", "-l", "-z", "--full-tree", tree).stdout
        found: list[Blob] = []
        for row in listing.split(b"\0"):
            head, _, raw = row.partition(b"\t")
            if not raw:
                continue
            mode, _kind, name, size = head.decode("ascii").split()
            path = raw.decode("utf-8", "surrogateescape")
            if mode in (_LINK, _MODULE) or not _inside(path):
                continue
            if not size.isdigit():
                raise InputError(f"{self.folder}: {_absent(path)}")
            found.append(Blob(path=path, name=name, size=int(size)))
        return tuple(found)

    def write(self, blobs: Iterable[Blob], into: Path) -> None:
        """Write files below `into`, byte for byte. Raises `InputError`."""
        batch: list[Blob] = []
        size = 0
        for blob in blobs:
            if batch and size + blob.size > _BATCH:
                self._write(batch, into)
                batch, size = [], 0
            batch.append(blob)
            size += blob.size
        if batch:
            self._write(batch, into)

    def _write(self, batch: list[Blob], into: Path) -> None:
        names = "".join(f"{blob.name}\n" for blob in batch).encode()
        answer = self._run("cat-file", "--batch", stdin=names).stdout
        at = 0
        for blob in batch:
            line_end = answer.index(b"\n", at)
            words = answer[at:line_end].split()
            if len(words) != 3 or words[0].decode() != blob.name:
                raise InputError(f"{self.folder}: {_absent(blob.path)}")
            start = line_end + 1
            end = start + int(words[2])
            target = into / blob.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(answer[start:end])
            at = end + 1

    def moved(self, base: str) -> dict[str, str]:
        """Files that were renamed between `base` and HEAD, by their old path. Raises `InputError`.

        Paths count from the folder; what was moved into or out of it is left out.
        """
        raw = self._run(
            *("diff-tree", "-r", "-M", "-z", "--raw", "--no-commit-id", "--diff-filter=R"),
            *("--no-ext-diff", "--no-textconv", base, self.head()),
        ).stdout
        words = [word.decode("utf-8", "surrogateescape") for word in raw.split(b"\0")]
        pairs = zip(words[1::3], words[2::3], strict=False)
        cut = len(self.prefix)
        return {
            old[cut:]: new[cut:]
            for old, new in pairs
            if old.startswith(self.prefix) and new.startswith(self.prefix)
        }

    def _commit(self, name: str) -> str:
        return self._resolve(f"{name}^{{commit}}")

    def _resolve(self, name: str) -> str:
        done = self._run("rev-parse", "--verify", "--quiet", name, expect=(0, 1, 128))
        return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""

    def _run(self, *words: str, expect: tuple[int, ...] = (0,), stdin: bytes = b"") -> Ended:
        return _call(self.git, self.folder, words, expect, stdin)


_DEEPEN = (
    "get the whole history (git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'; in "
    "GitHub Actions: actions/checkout with fetch-depth: 0), or use a baseline file"
)


def _absent(path: str) -> str:
    return (
        f"git has no content of {path} (a partial clone?); clone without --filter, "
        "or use a baseline file"
    )


def open_repository(folder: Path) -> Repository:
    """The repository around a folder. Raises `InputError` where there is none, or no git."""
    try:
        git = find_tool("git", folder)
    except ToolMissing as error:
        raise InputError("git is not installed, and older states are read with it") from error
    done = _call(
        git, folder, ("rev-parse", "--is-shallow-repository", "--show-prefix"), (0, 128), b""
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise InputError(f"{folder}: no git repository that can be read: {why}")
    shallow, _, prefix = done.stdout.decode("utf-8", "surrogateescape").partition("\n")
    return Repository(
        git=git, folder=folder, prefix=prefix.removesuffix("\n"), shallow=shallow == "true"
    )


def blob_name(content: bytes, like: str) -> str:
    """What git would call a file of this content, in the hash that the name `like` is of."""
    algorithm = "sha256" if len(like) == 64 else "sha1"
    head = b"blob %d\0" % len(content)
    return hashlib.new(algorithm, head + content, usedforsecurity=False).hexdigest()


def _call(
    git: Path, folder: Path, words: Iterable[str], expect: tuple[int, ...], stdin: bytes
) -> Ended:
    words = tuple(words)
    over = (part for setting in _OVER for part in ("-c", setting))
    try:
        done = run_tool(
            (git, "--no-pager", "--literal-pathspecs", *over, *words),
            cwd=folder,
            deadline=_DEADLINE,
            cancelled=threading.Event(),
            environ=_environ(),
            stdin=stdin,
        )
    except EngineError as error:
        raise InputError(f"{folder}: git {words[0]}: {error}") from error
    if done.returncode not in expect:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise InputError(f"{folder}: git {words[0]} failed: {why}")
    return done


def _environ() -> Mapping[str, str]:
    return tool_environ(_ENVIRON)


def _inside(path: str) -> bool:
    """Whether a path of a tree stays below the folder; a tree may be made by hand."""
    return not path.startswith("/") and all(
        part not in ("", ".", "..") and part.lower() != ".git" for part in path.split("/")
    )
