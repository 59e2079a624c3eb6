"""Starting, refusing to start, and ending."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.sample.running import KEYS, command, free_port, running

if TYPE_CHECKING:
    from pathlib import Path


def refused(
    posture: str, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(posture, free_port(), *arguments),
        env=environment,
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_vulnerable_refuses_every_address_but_loopback(host: str) -> None:
    run = refused("vulnerable", KEYS, "--host", host)
    assert run.returncode == 2
    assert run.stderr == (
        f"sample endpoint: the vulnerable posture binds loopback addresses only, not {host!r}.\n"
    )


@pytest.mark.parametrize("posture", ["hardened", "vulnerable"])
def test_refuses_to_start_without_keys(posture: str) -> None:
    run = refused(posture, {"SAMPLE_KEY_BOB": KEYS["SAMPLE_KEY_BOB"]})
    assert run.returncode == 2
    assert run.stderr == (
        "sample endpoint: API keys are missing: "
        "set SAMPLE_KEY_ALICE, SAMPLE_KEY_ADMIN in the environment.\n"
    )


@pytest.mark.parametrize("posture", ["hardened", "vulnerable"])
def test_ends_on_sigterm_and_leaves_nothing_behind(posture: str, tmp_path: Path) -> None:
    with running(posture, tmp_path) as endpoint:
        endpoint.process.terminate()
        endpoint.process.wait(timeout=5)
    assert [path.name for path in tmp_path.iterdir()] == [f"{posture}.log"]


def test_hardened_slows_down_the_guessing_of_keys(tmp_path: Path) -> None:
    with running("hardened", tmp_path) as endpoint:
        statuses = [
            endpoint.call("GET", "/v1/me", None, {"X-API-Key": f"guess-{number}"}).status_code
            for number in range(125)
        ]
        assert statuses == [401] * 120 + [429] * 5
        assert endpoint.call("GET", "/v1/me").ok


def test_hardened_lets_allow_listed_origins_in(tmp_path: Path) -> None:
    settings = {"SAMPLE_ALLOWED_ORIGINS": "https://app.example, https://ops.example"}
    with running("hardened", tmp_path, settings) as endpoint:
        for origin, allowed in (
            ("https://ops.example", "https://ops.example"),
            ("https://ops.example.evil.example", None),
        ):
            headers = endpoint.call("GET", "/v1/me", headers={"Origin": origin}).headers
            assert headers.get("Access-Control-Allow-Origin") == allowed
            assert "Access-Control-Allow-Credentials" not in headers
