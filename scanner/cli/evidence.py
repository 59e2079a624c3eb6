"""`servegate evidence`: makes a pack for auditors, and says whether one is as it was made."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from scanner.cli.rules import all_rules
from scanner.cli.text import plain
from scanner.evidence import pack, sign, verify
from scanner.evidence.controls import read_controls
from scanner.evidence.declare import read_declarations
from scanner.evidence.model import ControlStatus, Declaration
from scanner.model.errors import ConfigError, InputError
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters import json_v1

VERIFY = Path("verify")
OUT = Path("servegate-evidence")


class EvidenceRequest(Value, kw_only=True):
    """What the user asked for on the command line."""

    result: Path
    pack: Path | None
    out: Path | None
    declarations: Path | None
    sign: Path | None
    key: Path | None
    sha256: str | None


def run_evidence(request: EvidenceRequest) -> int:
    """Make or verify a pack; returns the exit code. Raises `ServegateError`."""
    if request.result == VERIFY:
        if request.out or request.declarations or request.sign:
            raise ConfigError("evidence verify takes a folder, --key and --sha256")
        return _verify(request.pack or OUT, request.key, request.sha256)
    if request.pack is not None:
        raise ConfigError(f"{request.pack}: evidence takes one result.json; --out names the pack")
    if request.key or request.sha256:
        raise ConfigError("--key and --sha256 are for evidence verify")
    return _make(request)


def _make(request: EvidenceRequest) -> int:
    try:
        result = request.result.read_bytes()
        scan = json_v1.load(result.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{request.result}: can't be read: {why.lower()}") from error
    method = sign.method_of(request.sign) if request.sign else ""
    ledger = pack.make_ledger(scan, result, all_rules(), _declared(request, scan), method)
    contents = pack.files(ledger, result)
    if request.declarations is not None:
        contents["declarations.toml"] = request.declarations.read_bytes()
    out = request.out or OUT
    text = pack.manifest(ledger, contents)
    _write(out, {**contents, pack.MANIFEST: text.encode()}, request.sign, method)
    counts = ", ".join(f"{ledger.count(status)} {status.value}" for status in ControlStatus)
    signed = f"signed with {method}" if method else "not signed"
    digest = hashlib.sha256(text.encode()).hexdigest()
    sys.stdout.write(
        f"{out}: {len(ledger.assessed)} controls: {counts}\n"
        f"{out / pack.MANIFEST}: sha256 {digest}, {signed}\n"
    )
    return 0


def _declared(request: EvidenceRequest, scan: ScanResult) -> tuple[Declaration, ...]:
    if request.declarations is None:
        return ()
    known = {control.id for control in read_controls()}
    return read_declarations(request.declarations, known, scan.ended.date())


def _write(out: Path, contents: dict[str, bytes], key: Path | None, method: str) -> None:
    """The pack as a whole or not at all: a folder that is filled is refused."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: is not an empty folder; --out names a new one")
    made = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            (out / name).write_bytes(data)
        if key is not None:
            sign.sign(out / pack.MANIFEST, key, method)
    except BaseException as error:
        for name in (*contents, *sign.SIGNATURES.values()):
            (out / name).unlink(missing_ok=True)
        if made:
            shutil.rmtree(out, ignore_errors=True)
        if isinstance(error, OSError):
            why = (error.strerror or "").lower()
            raise InputError(f"{out}: can't be written: {why}") from error
        raise


def _verify(folder: Path, key: Path | None, sha256: str | None) -> int:
    manifest = verify.read_manifest(folder)
    faults = list(verify.problems(folder, manifest))
    path = folder / pack.MANIFEST
    digest = verify.sha256_of(path)
    if sha256 is not None and digest != sha256.strip().lower():
        faults.append(f"{path.name}: its SHA-256 is {digest}")
    if key is not None and not manifest.signed_with:
        faults.append(f"{path.name}: is not signed")
    elif key is not None and not faults:
        fault = sign.check(path, key, manifest.signed_with)
        faults += [fault] if fault else []
    for fault in faults:
        sys.stdout.write(f"{folder}: {plain(fault)}\n")
    if faults:
        return 1
    checked = "the signature holds" if key else _unchecked(manifest.signed_with, sha256)
    sys.stdout.write(f"{folder}: {len(manifest.files)} files are as they were made; {checked}\n")
    return 0


def _unchecked(method: str, sha256: str | None) -> str:
    if sha256:
        return "so is the manifest"
    if method:
        return f"its {method} signature was not checked (--key)"
    return "the manifest itself is not signed (--sha256 compares it)"
