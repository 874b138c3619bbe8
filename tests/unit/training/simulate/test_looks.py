from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.event_table import code_of
from features.events import CLAIM_REASONS
from training.simulate import SimulationConfig
from training.simulate.looks import (
    MOST_EVIDENCE,
    evidence_of,
    filing_times,
    is_abusive,
    likelihood,
    looks_of,
    parts_of,
    reasons_of,
    types_of,
)
from training.simulate.orders import Deliveries, Orders
from training.simulate.people import KINDS
from training.simulate.stories import ABUSIVE_STORIES, HONEST_STORIES, STORIES, Clock, story_code

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MANY = 4_000
EACH = np.arange(MANY)
NOBODY = np.zeros(MANY, dtype=np.int64)
ORDERS = Orders(
    person=NOBODY, merchant=NOBODY, product=NOBODY, paid_at_ms=NOBODY, promised_at_ms=NOBODY + 6 * DAY_MS,
    day=NOBODY.astype(float), quantity=NOBODY + 1, amount_minor=np.where(EACH % 2 == 0, 2_000, 50_000),
)  # fmt: skip
DELIVERIES = Deliveries(
    carrier=NOBODY, lost=NOBODY > 0, shipped=NOBODY == 0, shipped_at_ms=NOBODY + DAY_MS,
    delivered_at_ms=NOBODY + 3 * DAY_MS, known_at_ms=NOBODY + 3 * DAY_MS,
)  # fmt: skip
DICE = SimulationConfig(orders=1, days=1).dice("claims")


def claims_of(story: str, *, careful: bool = False) -> pd.DataFrame:
    """Many claims of one story, half of them on cheap orders and half on dear ones."""
    looks = looks_of(np.full(MANY, story_code(story)), np.full(MANY, careful))
    return pd.DataFrame(
        {
            "filed_at_ms": filing_times(DICE, EACH, looks, ORDERS, DELIVERIES),
            "reason": reasons_of(DICE, EACH, looks),
            "type": types_of(DICE, EACH, looks, ORDERS.amount_minor),
            "part": parts_of(DICE, EACH, looks),
            "evidence": evidence_of(DICE, EACH, looks),
        }
    )


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_claims_of_a_story_look_as_it_says(story):
    """Reasons, delay, pictures and the part asked for are those that the story states."""
    claims = claims_of(story.name)
    wanted = np.array([story.reasons.get(word, 0.0) for word in CLAIM_REASONS])
    assert np.bincount(claims["reason"], minlength=len(wanted)) / MANY == pytest.approx(wanted / wanted.sum(), abs=0.05)
    clock_ms = {Clock.PAYMENT: 0, Clock.PROMISE: 6 * DAY_MS, Clock.DELIVERY: 3 * DAY_MS}[story.clock]
    hours = (claims["filed_at_ms"] - clock_ms) / HOUR_MS
    assert hours.min() > 0
    assert hours.median() == pytest.approx(story.delay_median_hours, rel=0.15)
    assert claims["evidence"].mean() == pytest.approx(story.evidence_mean, rel=0.15)
    assert claims["evidence"].max() <= MOST_EVIDENCE
    assert (claims["part"] < 1).mean() == pytest.approx(story.partial_share, abs=0.05)
    assert claims["part"].between(0.2, 1).all()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_claims_on_cheap_goods_ask_for_money_without_a_return_more(story):
    """Between its shares on cheap and on dear goods, a story's claims ask for refund-only."""
    claims = claims_of(story.name)
    refund_only = claims["type"] == code_of("claim_type", "refund_only")
    cheap, dear = refund_only[EACH % 2 == 0].mean(), refund_only[EACH % 2 == 1].mean()
    low, high = sorted([story.refund_only_cheap, story.refund_only_dear])
    assert low - 0.04 <= dear <= high + 0.04
    assert cheap == pytest.approx(story.refund_only_cheap, abs=0.12)
    assert cheap >= dear - 0.04


@pytest.mark.parametrize("story", ABUSIVE_STORIES, ids=lambda story: story.name)
def test_careful_lie_looks_exactly_like_the_honest_story_that_it_imitates(story):
    """With the same luck, what is told with care is claimed as the honest story would be; without care it isn't."""
    assert story.imitates in {honest.name for honest in HONEST_STORIES}
    assert claims_of(story.name, careful=True).equals(claims_of(story.imitates))
    assert not claims_of(story.name).equals(claims_of(story.imitates))


def test_honest_story_looks_like_itself_with_or_without_care():
    """The honest imitate nobody."""
    codes = np.arange(len(HONEST_STORIES))
    assert np.array_equal(looks_of(codes, np.ones(len(codes), dtype=bool)), codes)


def test_abusive_stories_are_those_that_say_so():
    """A code says by itself whether its story is a lie."""
    assert is_abusive(np.arange(len(STORIES))).tolist() == [story.abusive for story in STORIES]


def test_each_kind_of_person_but_the_ordinary_has_a_story_of_its_name():
    """Kinds of people and stories of abuse go by the same words; `one_off` is what the ordinary do."""
    assert set(KINDS) - {"ordinary"} == {story.name for story in ABUSIVE_STORIES} - {"one_off"}
    assert sum(KINDS.values()) == pytest.approx(1, abs=0.01)


def test_likelihood_is_highest_on_average_for_the_story_that_was_told():
    """Claims are likelier under their own story than under any other: on average, by their log."""
    for told in STORIES:
        claims = claims_of(told.name)
        mean = {story.name: np.log(np.maximum(weigh(story.name, claims), 1e-30)).mean() for story in STORIES}
        assert max(mean, key=mean.__getitem__) == told.name


def test_likelihood_of_a_reason_that_a_story_never_gives_is_zero():
    """A buyer who changed its mind never says that the parcel didn't come, so that can't be its story."""
    claims = claims_of("denies_receipt")
    assert (weigh("change_of_mind", claims) == 0).all()
    assert (weigh("denies_receipt", claims) > 0).all()


def weigh(story: str, claims: pd.DataFrame) -> np.ndarray:
    columns = (claims[name].to_numpy() for name in ("filed_at_ms", "reason", "type", "part", "evidence"))
    return likelihood(EACH, np.full(MANY, story_code(story)), *columns, ORDERS, DELIVERIES)
