"""One running process for each posture and test module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sample.running import Endpoint, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def vulnerable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with running("vulnerable", tmp_path_factory.mktemp("vulnerable")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def hardened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with running("hardened", tmp_path_factory.mktemp("hardened")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=["vulnerable", "hardened"])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Both postures, one after the other."""
    found: Endpoint = request.getfixturevalue(request.param)
    return found
