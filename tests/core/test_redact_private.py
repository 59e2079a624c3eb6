"""No line of a private key stays, however it is written down and wherever the text was cut."""

from __future__ import annotations

import base64
import textwrap
import time

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from scanner.redact import MASK, mask_declared, private_keys, redact
from tests.core.private_forms import BEGIN, DRAW, ENCODED, END, FORMS, LINES, PEM, leaked

RSA = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


@pytest.mark.parametrize("form", FORMS)
def test_every_line_is_masked(form: str) -> None:
    shown = redact(FORMS[form])
    assert not leaked(shown)
    assert MASK in shown


@pytest.mark.parametrize("form", FORMS)
def test_every_line_is_masked_where_the_end_is_cut_off(form: str) -> None:
    text = FORMS[form]
    for share in (0.3, 0.5, 0.7, 0.9):
        assert not leaked(redact(text[: int(len(text) * share)]))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("first", [2, 5, 9, 30])
def test_an_excerpt_knows_the_key_that_it_is_cut_out_of(form: str, first: int) -> None:
    lines = FORMS[form].split("\n")
    last = min(len(lines), first + 4)
    if first > last:
        return
    masked = mask_declared("a.txt", lines, first, last)
    assert len(masked) == last - first + 1
    assert not leaked("\n".join(masked))


@pytest.mark.parametrize("form", FORMS)
def test_the_end_of_a_key_is_enough(form: str) -> None:
    text = FORMS[form]
    if form in ("two", "narrow lines") or "\\/" in text:
        return
    for line in (1, 7, len(LINES) - 1):
        tail = text[text.index(LINES[line][:20]) :]
        assert not leaked(redact(tail)), line


def test_the_middle_of_a_key_is_enough() -> None:
    assert not leaked(redact("\n".join(LINES[4:9])))
    assert not leaked(redact("\n".join(f'    "{line}\\n"' for line in LINES[4:9])))
    assert not leaked(redact("\\n".join(LINES[4:9])))


@pytest.mark.parametrize("word", ["PRIVATE KEY", "EC PRIVATE KEY"])
def test_a_key_as_base64_of_its_pem_is_one(word: str) -> None:
    coded = base64.b64encode(PEM.replace("RSA PRIVATE KEY", word).encode()).decode()
    shown = redact(f"data:\n  tls.key: {coded}\n  other: x\n")
    assert coded[40:80] not in shown
    assert "other: x" in shown


INNOCENT = [
    'if "-----BEGIN PRIVATE KEY-----" in text:\n    raise ValueError("a private key")\nrun(cmd)',
    'x = t.startswith("-----BEGIN PRIVATE KEY-----") and t.endswith("-----END PRIVATE KEY-----")',
    "-----BEGIN PRIVATE KEY-----\n{{ key }}\n-----END PRIVATE KEY-----",
    'pem = f"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----"',
    'END = "-----END PRIVATE KEY-----"\nos.system(cmd)',
    'x = call(y)\nlast = "-----END RSA PRIVATE KEY-----"',
    PEM.replace("RSA PRIVATE KEY", "CERTIFICATE"),
    PEM.replace("RSA PRIVATE KEY", "PUBLIC KEY"),
    "\n".join(DRAW.randbytes(32).hex() for _ in range(6)),
    "grep -r 'BEGIN PRIVATE KEY' .",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_speaks_of_private_keys_stays(text: str) -> None:
    assert redact(text) == text


def test_code_around_a_key_stays() -> None:
    shown = redact(f"before = 1\nkey = '''{PEM}'''\nafter = 2")
    assert shown.startswith("before = 1\nkey = '''")
    assert shown.endswith("\nafter = 2")
    assert redact(f"{BEGIN}\n" + "\n".join(LINES[:3]) + "\n\nrun(cmd)").endswith("run(cmd)")
    assert redact("run(cmd)\n" + "\n".join(LINES[-3:]) + f"\n{END}\n").startswith("run(cmd)")


def test_a_key_is_the_same_however_it_is_written() -> None:
    materials = {
        key.material
        for form in ("pem", "one line of python", "json", "strings that are joined", "of pgp")
        for key in private_keys(FORMS[form])
    }
    assert materials == {ENCODED}


@pytest.mark.parametrize("word", ["BEGIN", "END"])
@pytest.mark.parametrize(
    "between",
    [
        "",
        "\n",
        LINES[0],
        "MII",
        "(",
        "\\n",
        "LS0tLS1CRUdJTiA",
        "MIIabcIBAAKC;",
        'MIIabcIBAAKC\\n"key=',
    ],
)
def test_no_text_takes_long(word: str, between: str) -> None:
    text = f"-----{word} PRIVATE KEY-----{between}"
    began = time.process_time()
    redact(text * (400_000 // len(text)))
    redact(f"{between} " * 40_000)
    assert time.process_time() - began < 30


SPLIT = '"-----BEGIN " + "PRIVATE KEY-----\\n" + ' + " + ".join(f'"{line}\\n"' for line in LINES)


def test_a_marker_that_is_taken_apart_does_not_save_the_lines() -> None:
    assert not leaked(redact(SPLIT))


DER = {
    name: base64.b64encode(key.private_bytes(form.Encoding.DER, kind, form.NoEncryption())).decode()
    for name, key, kind in (
        ("pkcs8", RSA, form.PrivateFormat.PKCS8),
        ("pkcs1", RSA, form.PrivateFormat.TraditionalOpenSSL),
        ("sec1", CURVE, form.PrivateFormat.TraditionalOpenSSL),
        ("curve", CURVE, form.PrivateFormat.PKCS8),
        ("edwards", ED, form.PrivateFormat.PKCS8),
    )
}


@pytest.mark.parametrize("name", DER)
@pytest.mark.parametrize("text", ["KEY={}", 'key("{}")', "a: |\n  {}\nb: c", "x(`{}`)"])
def test_a_key_without_markers_is_known_by_its_first_bytes(name: str, text: str) -> None:
    for written in (DER[name], "\n  ".join(textwrap.wrap(DER[name], 64))):
        shown = redact(text.format(written))
        assert DER[name][40:60] not in shown
        assert DER[name][-12:] not in shown
        (key,) = private_keys(text.format(written))
        assert key.material == DER[name]


def test_a_public_key_without_markers_stays() -> None:
    data = RSA.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    text = f'pub("{base64.b64encode(data).decode()}")'
    assert redact(text) == text


def test_the_private_parts_of_a_json_web_key_are_masked() -> None:
    value = base64.urlsafe_b64encode(DRAW.randbytes(32)).decode().rstrip("=")
    public = base64.urlsafe_b64encode(DRAW.randbytes(32)).decode().rstrip("=")
    for quote in ('"', '\\"'):
        text = f'{{"kty": "EC", "crv": "P-256", "x": "{public}", "d": "{value}"}}'
        shown = redact(text.replace('"', quote))
        assert value not in shown
        assert public in shown
    plain = f'{{"a": "{public}", "d": "{value}"}}'
    assert redact(plain) == plain, "of another thing it is any value"
