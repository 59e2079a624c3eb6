"""Private keys are found in every form, no line of them leaves, and what is none is not one."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from scanner.engines.secrets.detectors import private_keys_in
from scanner.engines.secrets.engine import found_in
from tests.core.private_forms import BEGIN, END, FORMS, LINES, PEM, leaked
from tests.e2e.command import servegate

DICE = random.Random(3)
PROTECTED = {"of ssh2", "with headers"}
SUFFIX = {"env": ".env", "yaml block": "a.yaml", "json": "a.json", "pem": "key.pem"}
KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}
FORMATS = {
    "pkcs8": form.PrivateFormat.PKCS8,
    "traditional": form.PrivateFormat.TraditionalOpenSSL,
    "openssh": form.PrivateFormat.OpenSSH,
}


@pytest.mark.parametrize("written", FORMS)
def test_it_is_found_and_no_line_of_it_leaves(written: str) -> None:
    text = f"first\n{FORMS[written]}"
    found = list(found_in(SUFFIX.get(written, "a.txt"), text))
    assert len(found) == (0 if written in PROTECTED else 2 if written == "two" else 1)
    for finding in found:
        assert finding.rule_id == "sast/private-key-in-text"
        assert not leaked(repr(finding))
        assert finding.location.start_line > 1  # type: ignore[union-attr]


# Ed25519 is younger than the traditional format.
PAIRS = [
    (name, kind) for name in KEYS for kind in FORMATS if (name, kind) != ("ed25519", "traditional")
]


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_real_keys_count_unless_a_passphrase_protects_them(name: str, kind: str) -> None:
    for lock in (form.NoEncryption(), form.BestAvailableEncryption(b"a passphrase")):
        if kind == "openssh" and not isinstance(lock, form.NoEncryption):
            continue  # needs a package of its own; see below
        data = KEYS[name].private_bytes(form.Encoding.PEM, FORMATS[kind], lock)  # type: ignore[attr-defined]
        found = list(found_in("key.pem", data.decode()))
        assert len(found) == isinstance(lock, form.NoEncryption)
        assert not any(line in repr(found) for line in data.decode().split("\n")[4:-2])


def test_an_openssh_key_says_in_its_first_bytes_whether_it_is_protected() -> None:
    for cipher, count in ((b"none", 1), (b"aes256-ctr", 0)):
        head = b"openssh-key-v1\0" + len(cipher).to_bytes(4, "big") + cipher
        text = base64.encodebytes(head + DICE.randbytes(300)).decode()
        kind = "OPENSSH PRIVATE KEY"
        block = f"-----BEGIN {kind}-----\n{text}-----END {kind}-----"
        assert len(list(private_keys_in(block))) == count


def test_a_key_in_a_secret_of_kubernetes_is_one() -> None:
    data = base64.b64encode(PEM.encode()).decode()
    (finding,) = found_in("s.yaml", f"kind: Secret\ndata:\n  tls.key: {data}\n")
    assert data[50:80] not in repr(finding)
    certificate = base64.b64encode(PEM.replace("RSA PRIVATE KEY", "CERTIFICATE").encode()).decode()
    assert not list(found_in("s.yaml", f"kind: Secret\ndata:\n  tls.crt: {certificate}\n"))


NONE = (
    PEM.replace("RSA PRIVATE", "ENCRYPTED PRIVATE"),
    PEM.replace("RSA PRIVATE", "PUBLIC"),
    f"{BEGIN}\n...\n{END}",
    f"{BEGIN}\nMIIEpAIBAAKCAQEA...\n{END}",
    f"{BEGIN}\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj...\n{END}",
    f"{BEGIN}\n{{{{ key }}}}\n{END}",
    f"{BEGIN}\n<your private key goes here, all lines of it, as they are in the file>\n{END}",
    f"{BEGIN}\n" + "EXAMPLE" * 20 + f"\n{END}",
    f"{BEGIN}\n" + "A" * 64 + f"\n{END}",
    'if "-----BEGIN PRIVATE KEY-----" in text:\n    raise ValueError',
    'x.startswith("-----BEGIN PRIVATE KEY-----") or x.endswith("-----END PRIVATE KEY-----")',
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_key_in_the_clear_is_no_finding(text: str) -> None:
    assert not list(private_keys_in(text))


def test_the_same_key_is_known_in_another_file() -> None:
    marks = {
        finding.anchor
        for written in ("pem", "json", "env", "one line of python", "yaml block", "a list")
        for finding in found_in("a.txt", FORMS[written])
    }
    assert len(marks) == 1


def test_keys_of_pgp_are_told_apart_by_their_first_packet() -> None:
    public = (
        b"\x04\x00\x00\x00\x00\x01"
        + b"\x04\x00"
        + b"\xff"
        + DICE.randbytes(127)
        + b"\x00\x11\x01\x00\x01"
    )
    for usage, count in ((0, 1), (254, 0), (255, 0)):
        body = public + bytes([usage]) + DICE.randbytes(300)
        packet = bytes([0x95]) + len(body).to_bytes(2, "big") + body
        text = base64.encodebytes(packet).decode()
        kind = "PGP PRIVATE KEY BLOCK"
        block = f"-----BEGIN {kind}-----\n\n{text}=abcd\n-----END {kind}-----"
        assert len(list(private_keys_in(block))) == count


CALLS = "import os\n\ndef run(cmd):\n    os.system(cmd)\n"


@pytest.mark.e2e
def test_no_line_is_in_any_output(tmp_path: Path) -> None:
    """Also not in what Bandit and Semgrep show around a line next to the key."""
    repo = tmp_path / "repo"
    repo.mkdir()
    one = PEM.replace("\n", "\\n")
    (repo / "a.py").write_text(f'{CALLS}KEY = """{PEM}"""\nimport pickle\npickle.loads(KEY)\n')
    (repo / "b.py").write_text(f'import pickle\nKEY = "{one}"\npickle.loads(KEY)\nexec(KEY)\n')
    listed = ",\n".join(f'    "{line}"' for line in PEM.split("\n"))
    (repo / "c.py").write_text(f"KEY = [\n{listed}\n]\nos.system(KEY)\n{CALLS}")
    inside = PEM.replace(LINES[9], f'{LINES[9]}\\n" + eval(x) + "')
    joined = "\n".join(f'    "{line}\\n"' for line in inside.split("\n"))
    (repo / "d.py").write_text(f"password = (\n{joined})\n")
    (repo / "a.js").write_text(f"const pem = `{one}`; eval(req.query.x)\nconst k = `{PEM}`;\n")
    for name, written in {"a.env": "env", "a.yaml": "yaml block", "a.json": "json"}.items():
        (repo / name).write_text(FORMS[written])
    for number, written in enumerate(FORMS.values()):
        (repo / f"{number}.txt").write_text(written)
    (repo / "main.tf").write_text(
        'resource "aws_instance" "a" {\n  associate_public_ip_address = true\n'
        f"  user_data = <<EOT\n{PEM}EOT\n}}\n"
    )
    (repo / "Dockerfile").write_text(
        f'FROM python:3.12\nENV KEY="{one}"\nRUN curl -k http://a | sh\n'
    )
    cell = {"cell_type": "code", "metadata": {}, "source": [f"KEY = '''{PEM}'''\n", "eval(KEY)\n"]}
    shown = {"output_type": "stream", "name": "stdout", "text": PEM.splitlines(keepends=True)}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    (repo / "a.ipynb").write_text(
        json.dumps({**notebook, "cells": [{**cell, "outputs": [shown], "execution_count": 1}]})
    )
    subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    out = tmp_path / "out"
    done = servegate(".", "--only", "sast,iac", "--debug", cwd=repo, out=out)
    rules = done.rules()
    assert "sast/private-key-in-text" in rules
    assert any(rule.startswith("sast/B") for rule in rules), rules
    written = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".json", ".sarif", ".xml", ".html", ".md"}
    for path in written:
        assert not leaked(path.read_text(errors="replace")), path
    assert not leaked(done.text)
