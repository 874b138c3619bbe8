"""One reader taught on simulated texts for all tests, and a shop whose buyers write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.events import CLAIM_REASONS, Event, EventKind
from features.plan import Plan
from serving.text.reader import TextReader
from tests.unit.training.conftest import CLAIMS
from tests.unit.training.text.taught import teach
from training.simulate.texts import write_texts
from training.train import Trained, TrainingConfig, train

TAUGHT = 12_000
STATED = 4  # reasons that buyers of the shop state


@pytest.fixture(scope="session")
def reader() -> TextReader:
    """Learned from simulated texts and stated reasons, a tenth of them wrong."""
    return teach(TAUGHT)


@pytest.fixture(scope="session")
def writing_shop(claim: Callable[..., list[Event]]) -> tuple[Event, ...]:
    """The shop with four lines to each filing. Buyers state one of four reasons; abusive ones mostly write of another.

    Every tenth claim has no text, and nobody rules on every seventh filing.
    """
    drawn = [event for number in range(CLAIMS) for line in range(4) for event in claim(number, line=line)]
    end_ms = max(event.known_at_ms for event in drawn if event.kind is EventKind.CLAIM_FILED)
    shop = [event for event in drawn if event.known_at_ms < end_ms and not _unruled(event)]
    filed = [place for place, event in enumerate(shop) if event.kind is EventKind.CLAIM_FILED]
    random = np.random.default_rng(5)
    stated = random.integers(0, STATED, len(filed))
    abusive = np.array([_number(shop[place]) % 3 == 0 for place in filed])
    other = (stated + random.integers(1, STATED, len(filed))) % STATED
    about = np.where(abusive & (random.random(len(filed)) < 0.8), other, stated)
    about[::10] = -1
    one = np.ones(len(filed), dtype=np.int64)
    texts = write_texts(random, about=about, language=one, voice=0 * one, script=-one).to_pylist()
    for place, reason, text in zip(filed, stated.tolist(), texts, strict=True):
        shop[place] = replace(shop[place], claim_reason=CLAIM_REASONS[reason], claim_text=text)
    return tuple(shop)


def _number(event: Event) -> int:
    return int(str(event.claim_id).split("-")[1])


def _unruled(event: Event) -> bool:
    return event.kind is EventKind.CLAIM_ADJUDICATED and _number(event) % 7 == 0


@pytest.fixture(scope="session")
def trained_on_texts(
    writing_shop: tuple[Event, ...], table_of: Callable[..., pa.Table], plan: Plan, quick: TrainingConfig
) -> Trained:
    """A training on that shop."""
    return train(table_of(writing_shop), plan, quick)
