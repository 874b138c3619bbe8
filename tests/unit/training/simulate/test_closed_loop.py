from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.engines.batch import feature_vectors
from features.event_table import code_of, from_arrow
from features.events import LARGEST_AMOUNT, EventKind
from features.plan import Plan, default_plan
from serving.bundle import Bundle, BundleError, write_bundle
from serving.calibration import Calibration
from serving.policy import Actions, Policy, default_policy_path, read_policy
from serving.scorer import Scorer
from tests.unit.serving.small_champion import champion_contents
from tests.unit.training.simulate.worlds import many_abusers
from training.simulate import SimulationConfig, World, simulate
from training.simulate.closed_loop import PolicyJudge, policy_decider
from training.simulate.in_turn import InTurn, LoopConfig
from training.simulate.life import DayDone
from training.simulate.outcomes import ReviewsPerDay
from training.simulate.sight import make_past, sight

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000
FROM_DAY = 15
CONFIG = SimulationConfig(orders=1_600, days=40, seed=5)
SHORT = replace(CONFIG, orders=600, days=25)
LOOP = LoopConfig(from_day=FROM_DAY, audit_rate=0.3)


@dataclass(frozen=True)
class Run:
    """A world that a policy drove, its days, and the vectors by which claims were scored, in order."""

    world: World
    days: list[DayDone]
    vectors: np.ndarray

    @property
    def actions(self) -> np.ndarray:
        """All answers of the policy, as codes."""
        return np.concatenate([day.answers.action for day in self.days if day.number >= FROM_DAY])

    def known_before(self, at_ms: int) -> pa.Table:
        return self.world.events.filter(pc.less(self.world.events["known_at_ms"], at_ms))

    def frame(self, kind: str) -> pd.DataFrame:
        return self.world.events.filter(pc.equal(self.world.events["kind"], kind)).to_pandas()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


@pytest.fixture(scope="module")
def bundle(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A small model of the verdicts that a small world brought."""
    with many_abusers():
        world = simulate(SimulationConfig(orders=4_000, days=60, seed=11))
    events = from_arrow(world.events)
    vectors = feature_vectors(plan, events, events.rows_of(EventKind.CLAIM_FILED))
    parameters = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 1}
    data = lightgbm.Dataset(vectors, world.truth["abusive"].to_numpy().astype(int), feature_name=list(plan.names))
    model = lightgbm.train(parameters, data, 40)
    log_odds = np.linspace(-6, 6, 25)
    calibration = Calibration(x=tuple(log_odds.tolist()), y=tuple((1 / (1 + np.exp(-log_odds))).tolist()))
    contents = replace(champion_contents(plan), model_text=model.model_to_string(), calibration=calibration)
    return write_bundle(tmp_path_factory.mktemp("bundle") / "champion", contents)


def policy_that(**costs: int) -> Policy:
    """The default policy, with other costs."""
    policy = read_policy(default_policy_path())
    return policy.model_copy(update={"costs": policy.costs.model_copy(update=costs)})


DEFAULT = policy_that()
DEAR_REVIEWS = policy_that(review_cost_minor=LARGEST_AMOUNT, advance_fee_minor=LARGEST_AMOUNT)
APPROVES_ALL = DEAR_REVIEWS.model_copy(
    update={
        "actions": DEFAULT.actions.model_copy(update=dict.fromkeys(Actions.model_fields, LARGEST_AMOUNT)),
        "rules": (),
    }
)
REVIEWS_ALL = policy_that(
    review_cost_minor=0, delay_cost_minor=0, wrongful_denial_cost_minor=0, advance_fee_minor=LARGEST_AMOUNT
).model_copy(update={"review": DEFAULT.review.model_copy(update={"sensitivity": 1.0})})


@pytest.fixture(scope="module")
def run(plan: Plan, bundle: Bundle) -> Iterator[Callable[..., Run]]:
    """Let a policy drive a world."""
    scored: list[np.ndarray] = []

    class Listening(Scorer):
        def score_many(self, vectors: np.ndarray) -> np.ndarray:
            scored.append(vectors.copy())
            return super().score_many(vectors)

    def drive(policy: Policy, loop: LoopConfig = LOOP, config: SimulationConfig = CONFIG) -> Run:
        scored.clear()
        days: list[DayDone] = []
        with many_abusers(), policy_decider(config, loop, policy, bundle, plan) as decider:
            world = simulate(config, decider=decider, watch=days.append)
        return Run(world, days, np.concatenate([np.zeros((0, len(plan.columns))), *scored]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.simulate.sight.Scorer", Listening)
        yield drive


@pytest.fixture(scope="module")
def default_run(run) -> Run:
    return run(DEFAULT)


@pytest.fixture(scope="module")
def approving_run(run) -> Run:
    return run(APPROVES_ALL)


@pytest.fixture(scope="module")
def reviewing_run(run) -> Run:
    return run(REVIEWS_ALL)


@pytest.mark.parametrize("name", ["default_run", "approving_run"])
def test_loop_scores_by_what_batch_computes_from_the_events_it_left(name, request, plan):
    """The vectors of each day are, bit for bit, those that training would compute from all events in the end.

    So are those of the recent days before the first one, on which the policy only looks on.
    """
    done = request.getfixturevalue(name)
    events = from_arrow(done.world.events)
    claims = events.rows_of(EventKind.CLAIM_FILED)
    looks_on_from = FROM_DAY - DEFAULT.review.recent_days - 1
    seen = claims[events["known_at_ms"][claims] >= CONFIG.start_ms + looks_on_from * DAY_MS]
    expected = feature_vectors(plan, events, seen)
    assert len(expected) > 120
    assert done.vectors.shape == expected.shape
    differing = (done.vectors != expected) & ~(np.isnan(done.vectors) & np.isnan(expected))
    assert [plan.names[column] for column in np.flatnonzero(differing.any(axis=0))] == []


def test_loop_same_config_and_policy_gives_the_same_events(run):
    """A run can be repeated, event for event."""
    once, again = (run(DEFAULT, LoopConfig(from_day=5), SHORT) for _ in range(2))
    assert len(once.vectors) > 20
    assert again.world.events.equals(once.world.events)
    assert again.world.truth.equals(once.world.truth)


def test_policies_share_all_that_comes_before_their_first_answers(default_run, approving_run, reviewing_run):
    """Up to the end of the first day on which they decide, the worlds of one seed are the same; later they differ."""
    first_answers_ms = CONFIG.start_ms + (FROM_DAY + 1) * DAY_MS
    before = default_run.known_before(first_answers_ms)
    assert len(before) > 700
    for other in (approving_run, reviewing_run):
        assert other.known_before(first_answers_ms).equals(before)
        assert not other.world.events.equals(default_run.world.events)


def test_policies_share_the_luck_of_orders_to_the_end(approving_run, reviewing_run):
    """An order that both worlds have was of the same goods, at the same price, and came at the same moment."""
    told = ["order_id", "merchant_id", "product_id", "amount_minor", "quantity", "order_promised_at_ms", "known_at_ms"]
    for kind in ("order_paid", "order_delivered"):
        one, other = (each.frame(kind)[told].set_index("order_id") for each in (approving_run, reviewing_run))
        shared = one.index.intersection(other.index)
        assert len(shared) > 0.8 * max(len(one), len(other))
        pd.testing.assert_frame_equal(one.loc[shared], other.loc[shared])


def test_policy_that_reviews_all_pays_less_to_lies_and_has_more_verdicts(approving_run, reviewing_run):
    """What a policy lets a person look at is found out and ruled on; what it approves is paid and stays unknown."""
    approve, review = (code_of("action", word) for word in ("auto_approve", "manual_review"))
    assert (reviewing_run.actions == review).mean() > 0.95
    assert (approving_run.actions == approve).mean() > 0.95
    first_ms = CONFIG.start_ms + FROM_DAY * DAY_MS
    paid, verdicts = [], []
    for each in (approving_run, reviewing_run):
        claims = each.frame("claim_filed")
        claims = claims[claims["known_at_ms"].between(first_ms, CONFIG.end_ms - 12 * DAY_MS)]
        lies = claims["claim_id"].isin(each.world.truth.filter(each.world.truth["abusive"])["claim_id"].to_pylist())
        decided = each.frame("claim_decided").groupby("claim_id")["amount_minor"].sum()
        paid.append(decided.reindex(claims["claim_id"][lies]).sum() / claims["amount_minor"][lies].sum())
        verdicts.append(claims["claim_id"].isin(each.frame("claim_adjudicated")["claim_id"]).mean())
    assert paid[1] < 0.5 * paid[0]
    assert verdicts[1] > verdicts[0] + 0.2


def test_reviewed_abusers_learn_and_lie_less_openly(approving_run, reviewing_run):
    """Abusers who are found out change: they get more careful than where all is paid."""
    careful = []
    for each in (approving_run, reviewing_run):
        truth = each.world.truth.to_pandas()
        late = truth[truth["abusive"]].iloc[-100:]
        careful.append(late["careful"].mean())
    assert careful[1] > careful[0]


def test_audits_are_drawn_at_the_stated_propensity(approving_run):
    """Each automatic approval says with which chance it was up for an audit, no other answer does, and so it came."""
    decided = approving_run.frame("claim_decided")
    decided = decided[decided["occurred_at_ms"] >= CONFIG.start_ms + FROM_DAY * DAY_MS]
    by_policy = decided[decided["occurred_at_ms"] < CONFIG.end_ms - 14 * DAY_MS]
    automatic = by_policy[by_policy["action"] == "auto_approve"]
    assert (automatic["audit_propensity_ppm"] == 300_000).mean() > 0.95  # the others are the old rule's last
    assert decided.loc[decided["action"] != "auto_approve", "audit_propensity_ppm"].isna().all()
    found = approving_run.frame("claim_adjudicated")
    audited = automatic["claim_id"].isin(found.loc[found["verdict_source"] == "audit", "claim_id"])
    assert len(automatic) > 50
    assert audited.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / len(automatic)))


@pytest.mark.parametrize(("rate", "ppm"), [(0.0, 0), (1.0, 1_000_000)])
def test_audit_rate_of_nothing_or_all_is_kept_exactly(run, rate, ppm):
    """At zero nothing is audited, at one all that was approved."""
    config = replace(SHORT, days=35)
    done = run(APPROVES_ALL, LoopConfig(audit_rate=rate), config)
    decided, found = done.frame("claim_decided"), done.frame("claim_adjudicated")
    automatic = decided[(decided["action"] == "auto_approve") & (decided["known_at_ms"] < config.end_ms - 20 * DAY_MS)]
    assert len(automatic) > 10
    assert set(automatic["audit_propensity_ppm"]) == {ppm}
    audited = automatic["claim_id"].isin(found.loc[found["verdict_source"] == "audit", "claim_id"])
    assert audited.mean() == pytest.approx(rate, abs=0.1 if rate else 0)  # an audit may take longer than it lasted


def test_asking_for_a_person_always_leads_to_one(run, monkeypatch):
    """Whoever asks gets a review, also from a policy that would approve all."""
    monkeypatch.setattr("training.simulate.in_turn.ASKS_FOR_A_PERSON_SHARE", 1.0)
    done = run(APPROVES_ALL, LoopConfig(), SHORT)
    actions = np.concatenate([day.answers.action for day in done.days])
    assert len(actions) > 20
    assert set(actions) == {code_of("action", "manual_review")}


def test_old_rule_answers_until_the_first_day(default_run, run):
    """A policy that comes after the end leaves all to the old rule, and nothing is scored."""
    done = run(DEFAULT, LoopConfig(from_day=99), SHORT)
    assert len(done.vectors) == 0
    cheap = np.concatenate([day.claims.amount_minor < 5_000 for day in done.days])
    automatic = np.concatenate([day.answers.action for day in done.days]) == code_of("action", "auto_approve")
    assert np.array_equal(cheap, automatic)
    assert not all(
        np.array_equal(day.claims.amount_minor < 5_000, day.answers.action == code_of("action", "auto_approve"))
        for day in default_run.days[FROM_DAY:]
    )


@pytest.mark.parametrize(("orders", "days"), [(1, 1), (5, 40)])
def test_loop_on_days_without_claims_or_events_works(run, orders, days):
    """Nothing to decide is no error."""
    done = run(DEFAULT, LoopConfig(), SimulationConfig(orders=orders, days=days))
    assert len(done.vectors) == len(done.world.truth)


def test_model_of_another_catalogue_is_refused_before_the_first_day(bundle, plan):
    """A model whose columns are others would score nonsense."""
    other = replace(plan, catalog_hash="0" * len(plan.catalog_hash))
    with pytest.raises(BundleError), policy_decider(CONFIG, LOOP, DEFAULT, bundle, other):
        pass


def test_history_of_a_loop_is_forgotten_at_the_end(bundle, plan, monkeypatch, tmp_path: Path):
    """The store of a run is gone after it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with policy_decider(CONFIG, LOOP, DEFAULT, bundle, plan):
        assert any(tmp_path.iterdir())
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"from_day": -1}, "from_day is -1; use zero or more"),
        ({"audit_rate": -0.1}, "audit_rate is -0.1; use 0 to 1"),
        ({"audit_rate": 1.1}, "audit_rate is 1.1; use 0 to 1"),
    ],
)
def test_loop_config_out_of_range_names_the_setting_in_one_line(settings, message):
    """A wrong setting is refused before any work."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        LoopConfig(**settings)


def test_reviews_of_a_day_stay_near_a_capacity_that_binds(run):
    """A policy that would review all sends no more to people than they can take, and the others to the machine."""
    capacity = 2
    policy = REVIEWS_ALL.model_copy(update={
        "time_zone": "UTC", "review": REVIEWS_ALL.review.model_copy(update={"capacity_per_day": capacity}),
    })  # fmt: skip
    counted = ReviewsPerDay(policy, CONFIG, FROM_DAY)
    done = run(policy)
    for day in done.days:
        counted.watch(day)
    claims = np.array([len(day.claims) for day in done.days if day.number >= FROM_DAY])
    counts = np.array(counted.counts())
    assert len(counts) == len(claims)
    assert claims.mean() > 2 * capacity
    assert counts.mean() == pytest.approx(np.minimum(claims, capacity).mean(), rel=0.15)
    assert counts.max() <= capacity + 3  # a tenth more, and who asks for a person


def test_loop_that_begins_with_a_past_goes_as_one_that_lives_through_it(run, bundle, plan, tmp_path):
    """What was written of the past beforehand is what the loop would have written."""
    whole = run(DEFAULT, LoopConfig(from_day=15), SHORT)
    until_ms = SHORT.start_ms + 15 * DAY_MS
    past = make_past(tmp_path / "past.db", plan, whole.world.events, until_ms)
    with many_abusers(), sight(bundle, plan, past) as seen:
        decider = InTurn(SHORT, LoopConfig(from_day=15), DEFAULT, PolicyJudge(DEFAULT, seen, 15))
        world = simulate(SHORT, decider=decider)
    assert len(whole.vectors) > 50
    assert world.events.equals(whole.world.events)
