"""Whether a module that downloads speaks of digests: what counts as that."""

from __future__ import annotations

import ast

import pytest

from scanner.engines._compared import compared


@pytest.mark.parametrize(
    "text",
    [
        "import hashlib",
        "from shop.files import verify_sha256",
        "def fetch(url, sha256): pass",
        "fetch(url, known_hash=DIGEST)",
        "EXPECTED_CHECKSUMS = {}",
        "h = hashing.new('sha256')",
        "verify_model_file(path)",
    ],
)
def test_who_compares_is_not_told(text: str) -> None:
    assert compared(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "import requests",
        "validate_model(model)",
        "check_file(path)",
        "load_state_dict_from_url(url, check_hash=False)",
        "# sha256\nx = 1",
        "label = 'the sha256 of the file is not compared'",
        "integrate(f)",
        "share = 1",
    ],
)
def test_other_words_say_nothing(text: str) -> None:
    assert not compared(ast.parse(text))
