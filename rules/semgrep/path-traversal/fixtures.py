import importlib

import pytest


@pytest.fixture(params=["tutorial001", "tutorial002"])
def module(request: pytest.FixtureRequest):
    return importlib.import_module(f"examples.{request.param}")


@pytest.fixture
def text(request):
    # ok: path-traversal
    return open(request.param).read()
