"""Secrets leave the text; what only looks a little like one stays readable."""

from __future__ import annotations

import pytest

from scanner.redact import MASK, mask_literals, redact

SECRETS = [
    'aws = "AKIAIOSFODNN7EXAMPLE"',
    'secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
    'password = "s3cr3t-EXAMPLE-passphrase"',
    "OPENAI_API_KEY='sk-proj-abcdefghijklmnopqrstuvwxyz012345'",
    'token: "hf_abcdefghijklmnopqrstuvwx"',
    '{"api_key": "0123456789abcdef"}',
    "postgres://user:hunter22@db/prod",
    "-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----",
    'headers = {"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}',
]
VALUES = [
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtn",
    "s3cr3t",
    "sk-proj",
    "hf_abc",
    "0123456789abcdef",
    "hunter22",
    "MIIabc",
    "eyJzdWI",
]


@pytest.mark.parametrize(("text", "value"), list(zip(SECRETS, VALUES, strict=True)))
def test_a_secret_is_masked(text: str, value: str) -> None:
    assert value in text
    assert value not in redact(text)
    assert MASK in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        'token = os.environ["API_TOKEN"]',
        "def check_password(password: str) -> bool:",
        'model = "sk-learn"',
        'title = "How secrets are kept"',
        "https://example.com/path?x=1",
        "tokenizer = AutoTokenizer.from_pretrained(name)",
    ],
)
def test_innocent_code_stays(text: str) -> None:
    assert redact(text) == text


def test_known_values_are_masked_wherever_they_stand() -> None:
    assert redact("got k3y-value back", ["k3y-value"]) == f"got {MASK} back"
    assert redact("abc", ["abc"]) == "abc", "a value too short to be a secret would mask words"


def test_literals_of_a_secret_finding_are_masked() -> None:
    assert mask_literals("x = 'abc' + \"d'e\"") == f"x = '{MASK}' + \"{MASK}\""
