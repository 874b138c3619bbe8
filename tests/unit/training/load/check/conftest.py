"""The small shop, and what a check finds in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.unit.training.load.small_shop import MAPPING, NOW_MS, write_shop
from training.load import TablesMapping
from training.load.check import CheckReport, check_tables


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., Path]:
    """Write the shop's tables, with rows added to some; return the folder."""
    return partial(write_shop, tmp_path)


@pytest.fixture(scope="session")
def mapping() -> TablesMapping:
    """The shop's mapping."""
    return TablesMapping.model_validate(MAPPING)


@pytest.fixture
def check(shop: Callable[..., Path], mapping: TablesMapping) -> Callable[..., CheckReport]:
    """Check the shop with rows added."""
    return lambda **added: check_tables(mapping, str(shop(**added)), NOW_MS)
