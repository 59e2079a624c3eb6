"""No line of a private key stays, however it is written down and wherever the text was cut."""

from __future__ import annotations

import base64

import pytest

from scanner.redact import MASK, mask_declared, private_keys, redact
from tests.core.private_forms import BEGIN, DRAW, ENCODED, END, FORMS, LINES, PEM, leaked


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
    if form == "two" or "\\/" in text:
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
@pytest.mark.parametrize("between", ["", "\n", LINES[0], "MII", "(", "\\n", "LS0tLS1CRUdJTiA"])
def test_no_text_takes_long(word: str, between: str) -> None:
    text = f"-----{word} PRIVATE KEY-----{between}"
    redact(text * (400_000 // len(text)))
