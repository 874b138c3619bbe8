"""A challenger scores what the champion decided, and costs the answer nothing: before that, it is switched off."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
import sqlalchemy as sa

from features.arrays import Floats
from features.plan import Plan
from features.store import Store
from serving import shadow as module
from serving.bundle import Bundle
from serving.calibration import Calibration
from serving.decision import Case, judge
from serving.model import Model
from serving.policy import Policy
from serving.scorer import Scorer
from serving.shadow import BATCH_ROWS, MOST_LATE, MOST_UNWRITTEN, MOST_WAITING, ROUND_CLAIMS, Shadow, ShadowClaim
from serving.shadow_record import SHADOW, ShadowRow
from tests.unit.serving.claims import CONSENT, NOW_MS, make_claim

Offer = Callable[..., ShadowClaim]


@pytest.fixture
def challenger(champion: Model) -> Model:
    """One that finds every claim abusive, whatever the champion says."""
    contents = replace(champion.bundle.contents, calibration=Calibration(x=(-9.0, 9.0), y=(0.98, 0.99)))
    bundle = Bundle(champion.bundle.path, "challenger", contents)
    return Model(bundle, Scorer(bundle))


class Bench:
    """A shadow with what it counted, and hands on its challenger and its processor's time."""

    def __init__(self, store: Store, challenger: Model | None) -> None:
        self.store, self.challenger, self.counted = store, challenger, Counter[str]()
        self.ticks = iter(lambda: 0.0, 1.0)
        self.shadow = Shadow(store, lambda: self.challenger, self.count, lambda: next(self.ticks))

    def count(self, outcome: str, claims: int) -> None:
        self.counted[outcome] += claims

    def rows(self) -> list[ShadowRow]:
        self.shadow.stop()
        with self.store.reading() as connection:
            return [ShadowRow(*row) for row in connection.execute(sa.select(SHADOW).order_by(SHADOW.c.claim_id))]


@pytest.fixture
def bench(store: Store, challenger: Model) -> Bench:
    return Bench(store, challenger)


@pytest.fixture
def vector(plan: Plan) -> Floats:
    return np.ones(len(plan.columns))


@pytest.fixture
def offered(policy: Policy, vector: Floats, champion: Model) -> Offer:
    """A claim that the champion approved."""

    def offered_(claim_id: str = "C1", **changes: object) -> ShadowClaim:
        claim = ShadowClaim(
            facts=make_claim(claim_id, authority=CONSENT).facts(NOW_MS),
            vector=vector,
            text="broken",
            policy=policy,
            price_minor=0.0,
            lists=frozenset(),
            action="auto_approve",
            champion=champion.version,
        )
        return replace(claim, **changes)  # type: ignore[arg-type]

    return offered_


def test_offered_claim_is_scored_and_written_with_the_action_that_the_policy_would_take(
    bench: Bench, offered: Offer, challenger: Model, policy: Policy, vector: Floats
) -> None:
    """Judged by the same policy on the same case; only the probabilities are the challenger's."""
    claim = offered()
    bench.shadow.offer(claim)
    bench.shadow.work()
    abuse = challenger.scorer.score(vector).abuse_probability
    expected = judge(
        Case(facts=claim.facts, vector=vector, abuse_probability=abuse, capacity_price_minor=0.0), policy
    ).action
    assert expected == "manual_review"
    assert bench.rows() == [ShadowRow("C1", "challenger", abuse, None, expected, NOW_MS)]
    assert bench.counted == {"scored": 1, "disagreed": 1}


def test_challenger_that_agrees_is_not_counted_as_one_that_differs(bench: Bench, offered: Offer) -> None:
    """What matters is the action, however far the probabilities lie apart."""
    bench.shadow.offer(offered(action="manual_review"))
    bench.shadow.work()
    assert bench.counted == {"scored": 1}


@pytest.mark.parametrize("case", ["no challenger", "it is the champion"])
def test_nothing_waits_where_there_is_nobody_to_compare(bench: Bench, offered: Offer, case: str) -> None:
    """Without a challenger an offer costs nothing, nor after its promotion."""
    if case == "no challenger":
        bench.challenger = None
    bench.shadow.offer(offered(champion="challenger" if case == "it is the champion" else None))
    bench.shadow.work()
    assert bench.rows() == []
    assert bench.counted == {}


def test_claims_beyond_the_queue_are_dropped_and_counted(bench: Bench, offered: Offer) -> None:
    """Memory is bounded, and so is what a round takes from those who answer."""
    claim = offered()
    for _ in range(MOST_WAITING + 7):
        bench.shadow.offer(claim)
    assert bench.counted == {"dropped_full": 7}
    bench.shadow.work()
    assert bench.counted["scored"] == ROUND_CLAIMS


def test_claim_over_its_budget_is_dropped_and_a_challenger_that_stays_slow_is_switched_off(
    bench: Bench, offered: Offer, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever is slow costs the others processor time; one slow claim alone is forgiven."""
    slow = [number * 0.006 for number in range(2 * MOST_LATE + 2)]  # six milliseconds between any two readings
    bench.ticks = iter([0.0, 0.006, 0.0, 0.0, *slow])
    for number in range(MOST_LATE + 5):
        bench.shadow.offer(offered(f"C{number}"))
    bench.shadow.work()
    assert bench.counted == {"dropped_late": MOST_LATE + 1, "scored": 1, "disagreed": 1}
    [line] = [record.getMessage() for record in caplog.records]
    assert line == (
        f"challenger challenger: {MOST_LATE} claims in a row took more than 5 ms; "
        "it is switched off until another one is promoted"
    )
    bench.shadow.offer(offered("later"))
    bench.shadow.work()
    assert [row.claim_id for row in bench.rows()] == ["C1"]


def test_challenger_that_fails_is_switched_off_with_one_line_until_another_comes(
    bench: Bench, offered: Offer, challenger: Model, caplog: pytest.LogCaptureFixture
) -> None:
    """It fails alone: nothing is raised, and the next challenger gets its chance."""
    bad = offered(vector=np.ones(3))
    for claim in (bad, bad, offered()):
        bench.shadow.offer(claim)
    bench.shadow.work()
    bench.shadow.offer(offered())
    bench.shadow.work()
    assert bench.counted == {"failed": 1}
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "BundleError: a vector of shape (3,)" in line
    bench.challenger = replace(challenger)
    bench.shadow.offer(offered())
    bench.shadow.work()
    assert bench.counted == {"failed": 1, "scored": 1, "disagreed": 1}


def test_rows_wait_for_a_batch_and_are_written_in_one_transaction(
    bench: Bench, offered: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store's one writer is asked for rarely, and for a short time."""
    written: list[int] = []
    monkeypatch.setattr(module, "write_shadow", lambda _connection, rows: written.append(len(rows)))
    monkeypatch.setattr(module, "BATCH_SECONDS", 1e9)
    for number in range(BATCH_ROWS + 10):
        bench.shadow.offer(offered(f"C{number}"))
    for _ in range(BATCH_ROWS // ROUND_CLAIMS):
        bench.shadow.work()
    assert written == []
    bench.shadow.work()
    assert written == [BATCH_ROWS]
    bench.shadow.stop()
    assert written == [BATCH_ROWS, 10]


def test_store_that_refuses_keeps_the_newest_rows_and_says_so_once(
    bench: Bench, offered: Offer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that is gone costs rows of the challenger, never an answer, and no endless memory."""

    def refuse(*_: object) -> None:
        raise sa.exc.OperationalError("statement", {}, Exception("disk full"))

    monkeypatch.setattr(module, "write_shadow", refuse)
    monkeypatch.setattr(module, "BATCH_SECONDS", 0.0)
    bench.shadow._rows = [ShadowRow(f"C{number}", "m", 0.5, None, "manual_review", 1) for number in range(3_000)]
    bench.shadow.offer(offered("newest"))
    bench.shadow.work()
    bench.shadow.work()
    assert bench.counted["dropped_unwritten"] == 3_001 - MOST_UNWRITTEN
    assert bench.shadow._rows[-1].claim_id == "newest"
    [line] = [record.getMessage() for record in caplog.records]
    assert "disk full" not in line
    assert "OperationalError" in line


def test_shadow_that_runs_scores_by_itself(bench: Bench, offered: Offer) -> None:
    """Nobody waits for it, and closing writes what it has scored."""
    scored = Event()
    bench.shadow._count = lambda outcome, _: scored.set() if outcome == "scored" else None
    bench.shadow.start()
    bench.shadow.offer(offered())
    assert scored.wait(20)
    assert [row.claim_id for row in bench.rows()] == ["C1"]
