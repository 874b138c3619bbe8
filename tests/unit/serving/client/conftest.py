"""Each test of the client runs on both kinds of it."""

from functools import partial

import pytest

from serving.client import AsyncClearclaimClient
from tests.unit.serving.client.scripted import KINDS, Script, scripted


@pytest.fixture(params=KINDS, ids=lambda kind: "async" if kind is AsyncClearclaimClient else "sync")
def script(request: pytest.FixtureRequest) -> Script:
    """Makes a client before a service that does what a list says, step by step."""
    return partial(scripted, request.param)
