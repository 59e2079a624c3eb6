"""Builds a repository that is out to harm its scanner. Each trap leaves a mark if it is sprung."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import socket
import subprocess
import zipfile
from pathlib import Path

EVAL = "def run(text):\n    return eval(text)\n"
ODD_NAMES = (
    b"new\nline.py",
    b"\x1b[31mred\x1b[0m.py",
    "bidi\u202eyp.txt.py".encode(),
    b"latin-\xe9\xff.py",
    b"--config=evil.py",
    b"-x.py",
    b" lead and trail .py",
    b"quote'\"`$(touch sprung).py",
    b"::error file=a::b.py",
    b"<img src=x onerror=alert(1)>.py",
    b"=cmd|' calc'!A1.py",
    b"long" * 62 + b".py",
)
# Each is somebody's configuration; what it would switch off or run is in it.
CONFIGS = {
    ".bandit": "[bandit]\nskips: B307\nexclude: /\n",
    "bandit.yaml": "skips: [B307]\n",
    ".semgrepignore": "*\n",
    ".semgrep.yml": "rules: []\n",
    ".checkov.yaml": "external-checks-dir: [checks]\nskip-path: ['.*']\n",
    ".checkov.yml": "external-checks-dir: [checks]\n",
    ".checkov.baseline": '{"failed_checks": []}\n',
    "zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
    "pyproject.toml": "[tool.bandit]\nskips = ['B307']\n[tool.semgrep]\nx = 1\n",
    "setup.cfg": "[bandit]\nskips = B307\n",
    "tox.ini": "[bandit]\nskips = B307\n",
    ".env": "SEMGREP_RULES=/dev/null\nCKV_IGNORE_HIDDEN_DIRECTORIES=x\nPYTHONPATH=.\n",
}
# Modules of the names that servegate and its engines import, and what Python runs by itself.
MODULES = (
    *("sitecustomize", "usercustomize", "yaml", "typer", "rich", "pydantic", "bandit", "semgrep"),
    *("checkov", "zizmor", "json", "re", "conftest", "stevedore", "hcl2", "tomllib"),
)


def trap(mark: Path) -> str:
    return f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\n"


def build(root: Path, mark: Path) -> None:
    """Fill the folder `root`; whatever is sprung writes into `mark`."""
    root.mkdir(parents=True)
    (root / "serve.py").write_text(EVAL)
    _links(root, mark)
    _names(root)
    _contents(root)
    _packed(root)
    _configs(root, mark)
    _git(root, mark)


def _links(root: Path, mark: Path) -> None:
    outside = mark.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text(EVAL)
    (root / "loop_a.py").symlink_to("loop_b.py")
    (root / "loop_b.py").symlink_to("loop_a.py")
    (root / "self").symlink_to(".")
    (root / "up").symlink_to("..")
    (root / "out.py").symlink_to(outside / "secret.py")
    (root / "outside").symlink_to(outside)
    (root / "zero.py").symlink_to("/dev/zero")
    (root / "zero.tf").symlink_to("/dev/zero")
    (root / "stdin.yaml").symlink_to("/dev/stdin")
    for name in ("pipe.py", "pipe.yaml", "pipe", "Dockerfile.pipe", "pipe.pkl", "pyproject.pipe"):
        os.mkfifo(root / name)
    (root / "pipes").mkdir()
    for name in ("pyproject.toml", "setup.cfg", ".env", ".bandit"):
        os.mkfifo(root / "pipes" / name)
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)
        try:
            server.bind("socket.py")
        finally:
            os.chdir(here)
    # Needs a privilege that not everybody has.
    with contextlib.suppress(PermissionError):
        os.mknod(root / "device.py", 0o020666, os.makedev(1, 5))


def _names(root: Path) -> None:
    odd = root / "odd"
    odd.mkdir()
    for name in ODD_NAMES:
        with open(os.fsencode(odd) + b"/" + name, "w") as file:  # noqa: PTH123 - bytes
            file.write(EVAL)
    deep = root / "deep"
    deep.mkdir()
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 20, dir_fd=descriptor)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    last = os.open("bottom.py", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
    os.write(last, EVAL.encode())
    os.close(last)
    os.close(descriptor)


def _contents(root: Path) -> None:
    made = root / "contents"
    made.mkdir()
    (made / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = eval('\xe9')\n")
    (made / "bytes.py").write_bytes(bytes(range(256)) * 10)
    (made / "nul.py").write_bytes(b"x = 1\n\0\0\0")
    (made / "bom.py").write_bytes(b"\xef\xbb\xbf" + EVAL.encode())
    (made / "utf16.py").write_bytes(EVAL.encode("utf-16"))
    (made / "nested.py").write_text("x = " + "(" * 5_000 + ")" * 5_000 + "\n")
    (made / "plus.py").write_text("x = " + "1+" * 30_000 + "1\n")
    (made / "nested.json").write_text("[" * 100_000)
    (made / "nested.ipynb").write_text('{"cells": ' + "[" * 100_000)
    (made / "bombs.yaml").write_text(_laughs())
    (made / "magic.ipynb").write_text(json.dumps(_notebook()))
    for name in ("huge.py", "huge.tf", "huge.yaml", "huge.ipynb", "huge.json", "huge", "huge.pkl"):
        with (made / name).open("wb") as file:
            file.truncate(3_000_000_000)
    many = root / "many"
    many.mkdir()
    for number in range(3_000):
        (many / f"f{number}.txt").touch()


def _laughs() -> str:
    lines = ["apiVersion: v1", "kind: Pod", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        items = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{items}]")
    return "\n".join(lines) + "\n"


def _notebook() -> dict[str, object]:
    code = ["!touch sprung\n", "%load_ext evil\n", "x = eval(input())\n"]
    cell = {"cell_type": "code", "source": code, "metadata": {}, "outputs": []}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


def _packed(root: Path) -> None:
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("archive/data.pkl", "w", force_zip64=True) as member,
    ):
        member.write(b"\x80\x02")
        for _ in range(150):
            member.write(b"N0" * 500_000)
    for name in ("bomb.whl", "bomb.pt", "bomb.zip"):
        (root / name).write_bytes(bomb.getvalue())
    (root / "bomb.joblib").write_bytes(gzip.compress(gzip.compress(bytes(20_000_000))))


def _configs(root: Path, mark: Path) -> None:
    for name, text in CONFIGS.items():
        (root / name).write_text(text)
    (root / "checks").mkdir()
    (root / "checks" / "__init__.py").write_text(trap(mark))
    (root / "checks" / "evil.py").write_text(trap(mark))
    for name in MODULES:
        (root / f"{name}.py").write_text(trap(mark))
    (root / "scanner").mkdir()
    (root / "scanner" / "__init__.py").write_text(trap(mark))
    for name in ("bandit", "semgrep", "checkov", "git", "zizmor", "osemgrep"):
        tool = root / name
        if not tool.exists():
            tool.write_text(f"#!/bin/sh\necho {name} >> '{mark}'\n")
            tool.chmod(0o755)


def _git(root: Path, mark: Path) -> None:
    run = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    quiet = {"cwd": root, "check": True, "capture_output": True}
    subprocess.run([*run, "init", "-q"], **quiet)  # type: ignore[call-overload]
    subprocess.run([*run, "add", "serve.py"], **quiet)  # type: ignore[call-overload]
    subprocess.run([*run, "commit", "-qm", "a"], **quiet)  # type: ignore[call-overload]
    script = mark.parent / "sprung.sh"
    script.write_text(f"#!/bin/sh\necho hook >> '{mark}'\ncat\n")
    script.chmod(0o755)
    for hook in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        (root / ".git" / "hooks" / hook).write_text(script.read_text())
        (root / ".git" / "hooks" / hook).chmod(0o755)
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    with (root / ".git" / "config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {script}\n\tpager = {script}\n\tsshCommand = {script}\n"
            f'[filter "evil"]\n\tsmudge = {script}\n\tclean = {script}\n\trequired = true\n'
            f'[diff "evil"]\n\ttextconv = {script}\n\tcommand = {script}\n'
            f"[alias]\n\tls-tree = !{script}\n[include]\n\tpath = /dev/zero\n"
            f"[credential]\n\thelper = !{script}\n"
        )
