"""Signs a manifest with a tool that is at hand, and checks such a signature.

`ssh-keygen` signs with a key that many have anyway; `minisign` with one made for the purpose.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from scanner.engines._process import find_tool, run_tool, tool_environ
from scanner.model.errors import EngineError, InputError, ToolMissing

# How a pack can be signed, and the name of the signature beside the manifest.
SIGNATURES = {"ssh": "manifest.json.sig", "minisign": "manifest.json.minisig"}
PURPOSE = "servegate-evidence"
_SECONDS = 60.0


def method_of(key: Path) -> str:
    """`ssh` or `minisign`, by what the key file holds. Raises `InputError`."""
    try:
        head = key.read_bytes()[:200]
    except OSError as error:
        raise InputError(f"{key}: can't be read: {(error.strerror or '').lower()}") from error
    if head.startswith(b"untrusted comment:"):
        return "minisign"
    if b"PRIVATE KEY-----" in head or head.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        return "ssh"
    raise InputError(f"{key}: neither an SSH nor a minisign key")


def sign(manifest: Path, key: Path, method: str) -> Path:
    """Write the signature beside the manifest. Raises `InputError` where the tool will not."""
    # The tool runs in a folder of its own choosing, where a relative path would mean another file.
    manifest = manifest.resolve()
    signature = manifest.parent / SIGNATURES[method]
    if method == "ssh":
        argv: list[str | Path] = [
            "ssh-keygen",
            "-Y",
            "sign",
            "-q",
            "-f",
            key.resolve(),
            "-n",
            PURPOSE,
            manifest,
        ]
    else:
        argv = ["minisign", "-S", "-s", key.resolve(), "-m", manifest, "-x", signature]
    code, said = _run(argv, manifest.parent)
    if code != 0 or not signature.is_file():
        raise InputError(f"{key}: {argv[0]} did not sign: {said}")
    return signature


def check(manifest: Path, key: Path, method: str) -> str:
    """Why the signature does not hold, or nothing. `key` is public: an SSH one, or minisign's.

    Raises `InputError` where the key can't be read or is none.
    """
    manifest = manifest.resolve()
    signature = manifest.parent / SIGNATURES[method]
    if method_of(key) != method:
        return f"{key}: is no key for a signature by {method}"
    argv: list[str | Path]
    if method == "minisign":
        argv = ["minisign", "-V", "-q", "-p", key.resolve(), "-m", manifest, "-x", signature]
        code, _ = _run(argv, manifest.parent)
    else:
        with tempfile.TemporaryDirectory(prefix="servegate-") as scratch:
            allowed = Path(scratch) / "signers"
            allowed.write_bytes(b"pack " + key.read_bytes())
            argv = ["ssh-keygen", "-Y", "verify", "-q", "-f", allowed, "-I", "pack"]
            argv += ["-n", PURPOSE, "-s", signature]
            code, _ = _run(argv, manifest.parent, stdin=manifest.read_bytes())
    return "" if code == 0 else f"{signature.name}: is not by that key, or the manifest was changed"


def _run(argv: list[str | Path], cwd: Path, stdin: bytes = b"") -> tuple[int, str]:
    try:
        tool = find_tool(str(argv[0]), cwd)
        ended = run_tool(
            [tool, *argv[1:]],
            cwd=cwd,
            deadline=_SECONDS,
            cancelled=threading.Event(),
            environ=tool_environ(),
            stdin=stdin,
        )
    except ToolMissing as error:
        raise InputError(f"{argv[0]} is not installed; it is what such a key needs") from error
    except EngineError as error:
        raise InputError(str(error)) from error
    lines = ended.stderr.strip().splitlines()
    return ended.returncode, lines[-1] if lines else f"exit code {ended.returncode}"
