"""Older states are read from git, and nothing that a repository configures is run for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scanner.cli.older import changes_since, moved, older_state
from scanner.engines._git import open_repository
from scanner.inventory import take_inventory
from scanner.model.errors import InputError

QUIET = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "dev" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "dev@example.com" for who in ("AUTHOR", "COMMITTER")},
}
LONG = "".join(f"value_{n} = {n}\n" for n in range(30))


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **QUIET}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-qb", "main")
    commit(folder, a="x = 1\n", sub__b="y = 1\n", sub__long=LONG)
    return folder


def test_files_come_back_byte_for_byte(repo: Path, tmp_path: Path) -> None:
    names = ("caf\xe9 \u202e.py", "-x.py", "with\nnewline.py", "sp ace.py")
    for number, name in enumerate(names):
        (repo / "sub" / name).write_bytes(b"\r\n\0" * number)
    (repo / "sub/link.py").symlink_to("/etc/hostname")
    commit(repo)
    older = older_state(repo / "sub", "HEAD")
    out = tmp_path / "out"
    older.repository.write(older.blobs or (), out)
    for name in (*names, "b", "long"):
        assert (out / name).read_bytes() == (repo / "sub" / name).read_bytes()
    assert not (out / "link.py").is_symlink()
    assert not (out / "link.py").exists()
    assert not (out / "a").exists()


def test_the_base_is_where_the_branches_parted(repo: Path) -> None:
    parted = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-qb", "feature")
    commit(repo, c="z = 1\n")
    git(repo, "checkout", "-q", "main")
    commit(repo, d="w = 1\n")
    git(repo, "checkout", "-q", "feature")
    assert older_state(repo, "main").commit == parted
    git(repo, "update-ref", "refs/remotes/origin/release", "main")
    assert older_state(repo, "release").commit == parted


@pytest.mark.parametrize(
    ("ref", "says"),
    [("nope", "nope is not in this clone"), ("--all", "name a branch"), ("", "name a branch")],
)
def test_a_ref_that_is_not_there_is_named(repo: Path, ref: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        older_state(repo, ref)


def test_no_repository_no_commit_and_no_common_commit_are_one_line(
    repo: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no git repository"):
        open_repository(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    with pytest.raises(InputError, match="no commit yet"):
        older_state(empty, "HEAD")
    git(repo, "checkout", "-q", "--orphan", "other")
    commit(repo, e="1\n")
    with pytest.raises(InputError, match="no commit in common"):
        older_state(repo, "main")


def test_a_shallow_clone_says_what_to_fetch(repo: Path, tmp_path: Path) -> None:
    commit(repo, a="x = 2\n")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "clone")
    with pytest.raises(InputError, match=r"HEAD~1 .*shallow.*fetch-depth: 0"):
        older_state(tmp_path / "clone", "HEAD~1")


def test_renamed_files_are_followed(repo: Path) -> None:
    git(repo, "mv", "sub/long", "sub/renamed")
    commit(repo, sub__renamed=LONG + "more = 1\n")
    (repo / "sub/b").rename(repo / "sub/moved_here")
    older = older_state(repo / "sub", "HEAD~1")
    assert moved(older) == {"long": "renamed", "b": "moved_here"}


def test_what_changed_is_told_by_content(repo: Path) -> None:
    commit(repo, same__py="", sub__one="1\n")
    for name, text in {"k.py": "a = 1\n", "l.py": "b = 1\n", "m.py": "c = 1\n"}.items():
        (repo / name).write_text(text)
    commit(repo)
    (repo / "k.py").write_text("a = 2\n")
    (repo / "l.py").unlink()
    (repo / "n.py").write_text("new = 1\n")
    os.utime(repo / "m.py")
    found = changes_since(older_state(repo, "HEAD"), take_inventory(repo))
    assert found.paths == {"k.py", "n.py"}
    assert found.removed == {"l.py"}


def test_nothing_that_the_repository_configures_is_run(repo: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    hook = tmp_path / "run"
    hook.write_text(f'#!/bin/sh\necho "$0 $@" >> {canary}\ncat\n')
    hook.chmod(0o755)
    (repo / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n")
    commit(repo, a="x = 3\n")
    settings = (
        *("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass"),
        *("diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean"),
        *("filter.evil.smudge", "filter.evil.process", "credential.helper", "gpg.program"),
        *("core.alternateRefsCommand", "core.gitProxy", "uploadpack.packObjectsHook"),
    )
    for name in settings:
        git(repo, "config", name, str(hook))
    git(repo, "config", "alias.rev-parse", f"!{hook}")
    git(repo, "config", "core.hooksPath", str(tmp_path))
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (repo / ".git/hooks" / name).write_text(hook.read_text())
        (repo / ".git/hooks" / name).chmod(0o755)
    older = older_state(repo, "HEAD~1")
    older.repository.write(older.blobs or (), tmp_path / "out")
    moved(older)
    changes_since(older, take_inventory(repo))
    assert not canary.exists()


@pytest.mark.parametrize("remote", ["ext::sh -c 'echo >CANARY'", "evil::x", "CANARY_HOST:x"])
def test_a_missing_object_is_not_fetched(repo: Path, tmp_path: Path, remote: str) -> None:
    canary = tmp_path / "canary"
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\ntouch {canary}\n")
    tool.chmod(0o755)
    older = older_state(repo, "HEAD")
    blob = next(one for one in older.blobs or () if one.path == "a")
    (repo / ".git/objects" / blob.name[:2] / blob.name[2:]).unlink()
    git(repo, "config", "core.repositoryformatversion", "1")
    git(repo, "config", "extensions.partialClone", "origin")
    git(repo, "config", "remote.origin.promisor", "true")
    git(repo, "config", "remote.origin.url", remote.replace("CANARY", str(canary)))
    git(repo, "config", "core.sshCommand", str(tool))
    git(repo, "config", "protocol.ext.allow", "always")
    with pytest.raises(InputError, match=r"ls-tree|partial clone"):
        older_state(repo, "HEAD")
    assert not canary.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_checkout_of_another_user_is_read(repo: Path) -> None:
    for path in (repo, *repo.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    assert older_state(repo, "HEAD").blobs
