"""The real listener, asked over the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from scanner.engines.dast.listener import Listener, word_of


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as made:
        yield made


def ask(url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=5)


def test_hears_a_nonce_and_answers_with_its_word(listener: Listener) -> None:
    assert not listener.heard("abc123")
    assert ask(f"{listener.url}/abc123").json() == {"word": word_of("abc123")}
    assert listener.heard("abc123")
    assert "abc123" not in word_of("abc123")


def test_redirect_that_is_followed_is_told_from_one_that_is_not(listener: Listener) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{listener.url}/redirect/aa11", timeout=5, allow_redirects=False)
    assert not listener.heard("/followed/aa11")
    ask(f"{listener.url}/redirect/aa11")
    assert listener.heard("/followed/aa11")


def test_malformed_answer_calls_itself_json(listener: Listener) -> None:
    answer = ask(f"{listener.url}/malformed/bb22")
    assert answer.headers["content-type"] == "application/json"
    assert word_of("bb22") in answer.text
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
