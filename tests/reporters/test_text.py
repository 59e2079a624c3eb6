"""Text that comes from elsewhere, made visible and harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reporters._text import (
    clipped,
    one_line,
    plural,
    public_command,
    public_url,
    uri_path,
    visible,
    web_link,
)

ANY = st.text(alphabet=st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\rb", r"a\x0db"),
        ("\u202edrow", r"\u202edrow"),
        ("\udcff.py", r"\xff.py"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("naïve 🤖 語", "naïve 🤖 語"),
    ],
)
def test_unseen_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY)
def test_visible_text_is_utf8_and_stays_as_it_is(text: str) -> None:
    assert visible(text).encode("utf-8")[:0] == b""
    assert visible(visible(text)) == visible(text)
    assert "\n" not in one_line(text)


@given(ANY)
def test_uri_path_is_relative_and_ascii(text: str) -> None:
    uri = uri_path(text)
    assert uri
    assert uri.isascii()
    assert not uri.startswith("/")
    assert ":" not in uri


@given(ANY, st.integers(0, 20))
def test_clipped_keeps_the_limit(text: str, limit: int) -> None:
    assert len(clipped(text, limit)) <= max(limit, 1)


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "file", "1 file"),
        (0, "file", "0 files"),
        (1200, "operation", "1,200 operations"),
        (2, "entry", "2 entries"),
    ],
)
def test_plural(count: int, noun: str, text: str) -> None:
    assert plural(count, noun) == text


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("javascript:alert(1)", ""),
        ("https://a b", ""),
        ("HTTPS://x", ""),
        ("//host", ""),
        ('https://x/"onclick=', ""),
        ("https://x\n", ""),
    ],
)
def test_web_link(text: str, link: str) -> None:
    assert web_link(text) == link


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("http://u:p@127.0.0.1:80/x?key=1#f", "http://127.0.0.1:80/x"),
        ("", ""),
        ("http://[::1", ""),
    ],
)
def test_public_url(url: str, public: str) -> None:
    assert public_url(url) == public


def test_public_command_hides_folders() -> None:
    command = ("/opt/x/python", "-m", "app", r"C:\venv\run.exe", "rel/a.py", "{port}")
    shown = ("…/python", "-m", "app", "…/run.exe", "rel/a.py", "{port}")
    assert public_command(command) == shown
    assert public_command(shown) == shown
