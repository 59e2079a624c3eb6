from __future__ import annotations

import pytest

from scanner.engines._endpoint.replay import replay_command
from scanner.engines.dast.conversation import NONSENSE_CREDENTIAL, Call
from scanner.engines.dast.record import Recorder
from scanner.model.evidence import Exchange
from scanner.model.plan import Identity, Role

OWN = "Bearer tok-en-of-alice"
ALICE = Identity(
    name="alice",
    role=Role.USER,
    header="Authorization",
    value_env="ALICE_TOKEN",
    secret=OWN,
    prefix="Bearer ",
)
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ."


def recorded(sent: str, credential: str | None = None, content: bytes = b"") -> Exchange:
    return Recorder([ALICE], {"alice": OWN}).exchange(
        Call(label="x", method="GET", path="/me", identity="alice", credential=credential),
        "http://127.0.0.1:8000/me",
        {"Authorization": sent},
        None,
        200,
        {},
        content,
        "",
        0.0,
    )


@pytest.mark.parametrize(
    ("sent", "credential", "replayed"),
    [
        (OWN, None, '"Authorization: Bearer $ALICE_TOKEN"'),
        (f"Bearer {JWT}", f"Bearer {JWT}", '"Authorization: Bearer $PROBE_CREDENTIAL"'),
        (
            "opaque-of-a-new-account",
            "opaque-of-a-new-account",
            '"Authorization: $PROBE_CREDENTIAL"',
        ),
        ("Bearer opaque", "Bearer opaque", '"Authorization: Bearer $PROBE_CREDENTIAL"'),
        (
            f"Bearer {NONSENSE_CREDENTIAL}",
            f"Bearer {NONSENSE_CREDENTIAL}",
            f"'Authorization: Bearer {NONSENSE_CREDENTIAL}'",
        ),
    ],
)
def test_a_credential_becomes_a_variable(sent: str, credential: str | None, replayed: str) -> None:
    """A replay that says "[redacted]" can't be replayed."""
    command = replay_command(recorded(sent, credential))
    assert f"-H {replayed}" in command


def test_a_scheme_is_no_secret() -> None:
    exchange = recorded(OWN, content=b"Bearer is asked for, tok-en-of-alice was sent")
    assert exchange.response is not None
    assert exchange.response.body == "Bearer is asked for, [redacted] was sent"
