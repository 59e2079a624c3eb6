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


SESSION = "hunter2hunter2"


@pytest.mark.parametrize(
    "name", ["X-Auth-Token", "X-Amz-Security-Token", "Api-Key", "X-CSRF-Token"]
)
def test_a_header_is_kept_out_by_its_name(name: str) -> None:
    call = Call(label="x", method="GET", path="/me")
    exchange = Recorder([ALICE], {"alice": OWN}).exchange(
        *(call, "http://127.0.0.1:8000/me", {name: SESSION}, None, 200),
        {name: SESSION, "X-Request-Id": "7c3", "Location": f"/cb?access_token={SESSION}"},
        *(b"", "", 0.0),
    )
    assert exchange.response is not None
    assert SESSION not in repr(exchange)
    assert ("X-Request-Id", "7c3") in exchange.response.headers


def test_parameters_of_an_address_and_of_a_body_are_kept_out() -> None:
    call = Call(label="x", method="POST", path="/me")
    exchange = Recorder([ALICE], {"alice": OWN}).exchange(
        *(call, f"http://127.0.0.1:8000/x?token={SESSION}", {}, f"token={SESSION}&x=1", 400, {}),
        *(f'{{"detail": "bad: password={SESSION}"}}'.encode(), "", 0.0),
    )
    assert SESSION not in repr(exchange)
    assert exchange.request.body == "token=[redacted]&x=1"


def test_what_a_probe_injected_stays_readable() -> None:
    call = Call(label="x", method="POST", path="/login")
    sent = '{"user": "a", "password": "\' OR 1=1 --"}'
    exchange = Recorder([ALICE], {"alice": OWN}).exchange(
        *(call, "http://127.0.0.1:8000/login", {}, sent, 200, {}, b"", "", 0.0)
    )
    assert exchange.request.body == sent
