"""The hardened posture takes model cards from trusted hubs, and only real ones."""

from __future__ import annotations

import json

import pytest

from sample_endpoint.hardened.hub import (
    MAX_CARD_BYTES,
    CardSource,
    HubError,
    approve_source,
    public_address,
    read_card,
)

CARD = {"name": "tone", "version": "1.2.0", "description": "Judges the tone of a text."}
TRUSTED = frozenset({"hub.example"})


@pytest.mark.parametrize(
    "url", ["https://hub.example/cards/tone", "https://HUB.example:443/cards/tone"]
)
def test_plain_https_to_a_trusted_host_is_approved(url: str) -> None:
    assert approve_source(url, TRUSTED) == CardSource("hub.example", "/cards/tone")


@pytest.mark.parametrize(
    "url",
    [
        "http://hub.example/cards/tone",
        "https://hub.example:8443/cards/tone",
        "https://hub.example.evil.example/cards/tone",
        "https://hub.example@evil.example/cards/tone",
        "https://evil.example#@hub.example/",
        "https://user@hub.example/cards/tone",
        "https://127.0.0.1/cards/tone",
        "https://[::1]/cards/tone",
        "https://hub.example/cards\x01tone",
        "https://hub.example/cards tone",
        "https://hub.example:port/",
        "https://[hub.example/",
        "file:///etc/hostname",
        "",
    ],
)
def test_every_other_source_is_refused(url: str) -> None:
    with pytest.raises(HubError):
        approve_source(url, TRUSTED)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "localhost"])
def test_host_with_an_inner_address_is_refused(host: str) -> None:
    with pytest.raises(HubError, match="allow-list"):
        public_address(host)


def test_card_that_fits_is_read() -> None:
    card = read_card(200, "application/json", json.dumps(CARD).encode())
    assert card.model_dump() == CARD


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (302, "application/json", json.dumps(CARD)),
        (200, "text/html", json.dumps(CARD)),
        (200, "application/json", "{"),
        (200, "application/json", json.dumps(CARD | {"name": "<b>tone</b>"})),
        (200, "application/json", json.dumps(CARD | {"version": 1})),
        (200, "application/json", json.dumps(CARD) + " " * MAX_CARD_BYTES),
    ],
)
def test_card_that_does_not_fit_is_refused(status: int, content_type: str, body: str) -> None:
    with pytest.raises(HubError):
        read_card(status, content_type, body.encode())
