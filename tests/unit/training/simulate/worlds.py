"""Worlds for tests, with all that is true of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd
import pytest

from training.simulate import SimulationConfig
from training.simulate.deciding import OldRule
from training.simulate.life import Life
from training.simulate.people import KINDS

ABUSERS_IN_DEN = 0.04  # of people, of each kind that makes a habit of abuse


@dataclass(frozen=True)
class Lived:
    """A marketplace that has been lived through: its events, and all that was true of it, as frames."""

    life: Life
    events: pd.DataFrame
    truth: Mapping[str, pd.DataFrame]

    def of_kind(self, kind: str) -> pd.DataFrame:
        """The events of one kind, without the columns that the kind never has."""
        return self.events[self.events["kind"] == kind].dropna(axis="columns", how="all")

    @property
    def claims(self) -> pd.DataFrame:
        """A row per claim, with its truth."""
        return self.of_kind("claim_filed").merge(self.truth["truth"].drop(columns=["buyer_id", "amount_minor"]))


def live(config: SimulationConfig) -> Lived:
    """Live through a marketplace under the old rule."""
    life = Life(config, OldRule(config))
    events = life.table_of(list(life.days())).to_pandas()
    return Lived(life, events, {name: table.to_pandas() for name, table in life.truth().items()})


@contextmanager
def many_abusers() -> Iterator[None]:
    """Worlds that are made meanwhile have few honest people, and all kinds of abusers."""
    habits = len(KINDS) - 1
    with pytest.MonkeyPatch.context() as patch:
        shares = {kind: ABUSERS_IN_DEN if kind != "ordinary" else 1 - ABUSERS_IN_DEN * habits for kind in KINDS}
        patch.setattr("training.simulate.people.KINDS", shares)
        yield
