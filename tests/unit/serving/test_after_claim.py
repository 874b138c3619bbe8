"""What is done after the commit: claims are counted, and offered to a challenger that acts on nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.plan import Plan
from features.store import Store
from serving.after_claim import AfterClaim, watch_desk
from serving.answer import Answer
from serving.bundle import Bundle
from serving.calibration import Calibration
from serving.claim import Claim
from serving.claim_desk import Answered, ClaimDesk
from serving.counter import Result
from serving.model import Model
from serving.observing.metrics import Metrics
from serving.policy import Policy
from serving.scorer import Scorer
from serving.shadow import Shadow
from serving.shadow_record import SHADOW, Agreement, shadow_compare
from tests.unit.serving.claims import CONSENT, NOW_MS, make_claim


@pytest.fixture
def metrics(plan: Plan, tmp_path: Path) -> Iterator[Metrics]:
    metrics = Metrics(plan.names, tmp_path / "metrics")
    yield metrics
    metrics.stop()


@pytest.fixture
def challenger(champion: Model) -> Model:
    """One that finds every claim abusive."""
    contents = replace(champion.bundle.contents, calibration=Calibration(x=(-9.0, 9.0), y=(0.98, 0.99)))
    bundle = Bundle(champion.bundle.path, "challenger", contents)
    return Model(bundle, Scorer(bundle))


@pytest.fixture
def shadow(store: Store, challenger: Model, metrics: Metrics) -> Shadow:
    return Shadow(store, lambda: challenger, metrics.count_shadow)


def send(desk: ClaimDesk, after: AfterClaim, claim: Claim) -> Result:
    """Have a claim decided as the counter does."""
    [outcome] = desk.score_all([desk.prepare(claim)])
    if isinstance(outcome, Answered) and outcome.decided is not None:
        after.decided([outcome.decided])
    after.answered(outcome)
    return outcome


def test_decided_claims_replays_and_conflicts_are_counted(desk: ClaimDesk, metrics: Metrics, champion: Model) -> None:
    """Each once, by what came of it; a replay is no second decision."""
    after = AfterClaim(metrics, None, lambda: champion)
    for changes in ({}, {}, {"amount_minor": 1}):
        send(desk, after, make_claim("C1", authority=CONSENT, **changes))
    text = metrics.text().decode()
    for line in (
        'clearclaim_decisions_total{action="auto_approve"} 1.0',
        "clearclaim_replays_total 1.0",
        "clearclaim_conflicts_total 1.0",
        "clearclaim_vectors_total 1.0",
        'clearclaim_missing_values_total{column="buyer_seconds_since_orders"} 1.0',
        "clearclaim_abuse_probability_count 1.0",
    ):
        assert line in text
    assert "clearclaim_degraded_total{" not in text


@pytest.mark.parametrize(("there", "cause"), [(False, "no_model"), (True, "clock")])
def test_claim_that_no_model_scored_is_counted_by_its_cause(
    open_desk: Callable[..., ClaimDesk], metrics: Metrics, champion: Model, there: bool, cause: str
) -> None:
    """An operator sees whether there is no model, or whether it wasn't asked since the clock can't be trusted."""
    after = AfterClaim(metrics, None, lambda: champion if there else None)
    send(open_desk(model=None), after, make_claim())
    assert f'clearclaim_degraded_total{{cause="{cause}"}} 1.0' in metrics.text().decode()


def test_claim_that_went_to_the_spool_is_counted_as_degraded(desk: ClaimDesk, metrics: Metrics) -> None:
    """The store couldn't take it: a person decides, and the figures say why."""
    answer = desk.without_history(make_claim(text='"replayed":true'), NOW_MS)
    AfterClaim(metrics, None, lambda: None).answered(Answered(answer.model_dump_json(), None))
    text = metrics.text().decode()
    assert 'clearclaim_degraded_total{cause="store"} 1.0' in text
    assert 'clearclaim_decisions_total{action="manual_review"} 1.0' in text


def test_challenger_scores_what_was_decided_and_the_answer_stays_the_champions(
    desk: ClaimDesk, metrics: Metrics, shadow: Shadow, champion: Model
) -> None:
    """Its row lies beside the decision, and the two can be compared; a replay is not offered again."""
    after = AfterClaim(metrics, shadow, lambda: champion)
    for _ in range(2):
        outcome = send(desk, after, make_claim("C1", authority=CONSENT))
        assert isinstance(outcome, Answered)
        answer = Answer.model_validate_json(outcome.body)
        assert (answer.action, answer.model_version) == ("auto_approve", champion.version)
    shadow.work()
    shadow.stop()
    with desk.store.reading() as connection:
        [row] = connection.execute(sa.select(SHADOW)).all()
        compared = shadow_compare(connection)
    assert (row.claim_id, row.model_version, row.action, row.at_ms) == ("C1", "challenger", "manual_review", NOW_MS)
    assert compared == (Agreement("challenger", "auto_approve", "manual_review", 1),)
    assert 'clearclaim_shadow_claims_total{outcome="disagreed"} 1.0' in metrics.text().decode()


def test_figures_tell_what_is_in_force_and_the_queue(
    open_desk: Callable[..., ClaimDesk], metrics: Metrics, shadow: Shadow, champion: Model, policy: Policy
) -> None:
    """They are asked when they are written out, not by claims."""
    scarce = policy.model_copy(update={"review": policy.review.model_copy(update={"capacity_per_day": 5})})
    desk = open_desk(policy=scarce)
    watch_desk(metrics, desk, shadow)
    assert "clearclaim_reviews_waiting" not in metrics.text().decode()
    desk.score(make_claim("C1", quantity=50))
    text = metrics.text().decode()
    assert f'clearclaim_model_info{{role="champion",version="{champion.version}"}} 1.0' in text
    assert 'clearclaim_model_info{role="challenger",version="challenger"} 1.0' in text
    assert f'clearclaim_policy_info{{version="{scarce.version}"}} 1.0' in text
    assert "clearclaim_reviews_waiting 1.0" in text
    assert "clearclaim_review_price_minor " in text
