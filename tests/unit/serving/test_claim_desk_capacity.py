"""Claims through the desk, with reviewers who are short and approvals that are audited."""

import math
import random
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest
import sqlalchemy as sa

from features.events import Event, EventKind
from features.store import Store
from features.store.log import complete, insert_events, stored_events
from serving.answer import Answer
from serving.claim import Claim
from serving.claim_desk import ClaimDesk
from serving.decision import audit_propensity, audit_stratum, decide, draw_audit, facts_from_json
from serving.ledger import DECISION, REVIEW_PRICE, LedgerEntry, find_decision
from serving.policy import Audits, Policy
from serving.review_price import REFRESH_MS
from tests.unit.serving.claims import CONSENT, DAY_MS, HOUR_MS, NOW_MS, make_claim
from tests.unit.serving.small_champion import RISKY_QUANTITY

OpenDesk = Callable[..., ClaimDesk]
pytestmark = pytest.mark.slow  # days of claims, one by one

MIDNIGHT_MS = NOW_MS + 16 * HOUR_MS  # in Shanghai
CAPACITY = 10


class Hand:
    """A clock that a test moves."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self, _claim: Claim) -> int:
        return self.now_ms


@pytest.fixture
def scarce(policy: Policy) -> Policy:
    """Ten reviews a day; a tenth of approvals is audited."""
    review = policy.review.model_copy(update={"capacity_per_day": CAPACITY})
    return policy.model_copy(update={"review": review, "audit": Audits(share=0.1, budget_per_day=1_000)})


def risky_claim(claim_id: str, amount_minor: int, **changes: object) -> Claim:
    """A claim of a buyer and a merchant of its own, likely abusive, which may be approved at the merchant's cost."""
    order = {"buyer_id": f"B{claim_id}", "merchant_id": f"M{claim_id}", "product_id": f"P{claim_id}"}
    return make_claim(
        claim_id, amount_minor=amount_minor, quantity=RISKY_QUANTITY, authority=CONSENT, order=order, **changes
    )


def quiet_claim(number: int) -> Claim:
    """One that is approved."""
    order = {"buyer_id": f"B{number}", "merchant_id": f"M{number}", "product_id": f"P{number}"}
    return make_claim(f"C{number}", authority=CONSENT, order=order)


def rule_on(store: Store, claim_id: str, at_ms: int) -> None:
    """A reviewer rules on a claim."""
    ruling = Event(
        event_id=f"ruling on {claim_id}",
        kind=EventKind.CLAIM_ADJUDICATED,
        occurred_at_ms=at_ms,
        known_at_ms=at_ms,
        claim_id=claim_id,
        verdict="abusive",
        verdict_source="reviewer",
    )
    with store.writing() as connection:
        insert_events(connection, [complete(connection, ruling)])


def calm_days(desk: ClaimDesk, chance: random.Random) -> None:
    """In the ledger, two days with a claim every half hour, like those that `risky_claim` makes; none of them waits."""
    first = desk.score(risky_claim("first", 5_000))
    rows = []
    for number in range(96):
        claim_id, at_ms = f"calm{number}", MIDNIGHT_MS - 2 * DAY_MS + number * HOUR_MS // 2
        facts = risky_claim(claim_id, chance.randrange(1_000, 12_000)).facts(at_ms)
        gain = decide(facts, first.abuse_probability, desk.policy).review_gain_minor
        rows.append(
            LedgerEntry(
                claim_id=claim_id,
                decided_at_ms=at_ms,
                content_hash="c0ffee",
                action="auto_approve",
                abuse_probability=first.abuse_probability,
                model_version="m",
                policy_version="p",
                answer="{}",
                review_gain_minor=gain,
                capacity_price_minor=0.0,
            )
        )
    with desk.store.writing() as connection:
        connection.execute(sa.insert(DECISION), [asdict(row) for row in rows])


# --- the price


def test_burst_is_reviewed_as_far_as_capacity_goes_and_the_dearest_mistakes_first(
    open_desk: OpenDesk, scarce: Policy
) -> None:
    """After two calm days, 200 claims come within an hour; every twentieth buyer asks for a person."""
    hand, chance = Hand(MIDNIGHT_MS - 3 * DAY_MS), random.Random(3)
    desk = open_desk(policy=scarce, clock=hand)
    calm_days(desk, chance)
    free, asked = [], []
    for number in range(200):
        hand.now_ms = MIDNIGHT_MS + 9 * HOUR_MS + number * HOUR_MS // 200
        asks = number % 20 == 7
        answer = desk.score(risky_claim(f"C{number}", chance.randrange(1_000, 12_000), human_requested=asks))
        (asked if asks else free).append(answer)

    assert {answer.action for answer in asked} == {"manual_review"}
    reviewed = [answer for answer in free if answer.action == "manual_review"]
    released = [answer for answer in free if answer.action != "manual_review"]
    assert 1 <= len(reviewed) <= CAPACITY + 1
    gains = [[gain_of(answer) for answer in answers] for answers in (reviewed, released)]
    assert statistics.mean(gains[0]) > 1.3 * statistics.mean(gains[1])
    assert min(gains[0]) > statistics.median(gains[1])
    for answer in free:
        assert (gain_of(answer) >= answer.capacity_price_minor) == (answer.action == "manual_review")
    prices = [answer.capacity_price_minor for answer in free]
    assert prices[-1] > 1.5 * prices[0] > 0


def gain_of(answer: Answer) -> float:
    assert answer.review_gain_minor is not None
    return answer.review_gain_minor


def test_first_day_without_any_history_finds_its_price_too(open_desk: OpenDesk, scarce: Policy) -> None:
    """A new service that is flooded reviews some more than it has places for until its price has risen, then stops."""
    hand, chance = Hand(0), random.Random(3)
    desk = open_desk(policy=scarce, clock=hand)
    actions = []
    for number in range(80):
        hand.now_ms = MIDNIGHT_MS + 9 * HOUR_MS + number * 18_000
        actions.append(desk.score(risky_claim(f"C{number}", chance.randrange(1_000, 12_000))).action)
    assert actions[0] == "manual_review"
    assert actions.count("manual_review") <= 2 * CAPACITY
    assert "manual_review" not in actions[40:]


def test_price_in_the_answer_is_in_the_ledger_and_in_the_costs(open_desk: OpenDesk, scarce: Policy) -> None:
    """A decision can be made again from its row: the facts, the probabilities and the price of the moment."""
    hand = Hand(MIDNIGHT_MS)
    desk = open_desk(policy=scarce, clock=hand)
    for number in range(30):
        hand.now_ms += 60_000
        answer = desk.score(risky_claim(f"C{number}", 5_000 + number))
    assert answer.capacity_price_minor > 0
    with desk.store.reading() as connection:
        entry = find_decision(connection, answer.claim_id)
    assert entry is not None
    assert entry.facts is not None
    again = decide(
        facts_from_json(entry.facts),
        entry.abuse_probability,
        scarce,
        capacity_price_minor=entry.capacity_price_minor,
    )
    assert (again.action, again.review_gain_minor) == (answer.action, answer.review_gain_minor)
    assert (entry.review_gain_minor, entry.recovery_probability) == (
        answer.review_gain_minor,
        answer.recovery_probability,
    )
    assert again.costs[0].expected_cost_minor == answer.costs[0].expected_cost_minor
    assert facts_from_json(entry.facts) == risky_claim(answer.claim_id, 5_029).facts(answer.as_of_ms)


def test_repeated_claims_do_not_move_the_price(open_desk: OpenDesk, scarce: Policy) -> None:
    """A platform that sends every claim ten times has the queue of one that sends it once."""
    desks = []
    for repeats in (1, 10):
        hand = Hand(MIDNIGHT_MS)
        store = Store.open(f"sqlite:///{open_desk().store.engine.url.database}.{repeats}", open_desk().store.plan)
        desk = open_desk(store=store, policy=scarce, clock=hand)
        prices = []
        for number in range(12):
            hand.now_ms += 1_000
            answers = [desk.score(risky_claim(f"C{number}", 9_000 + number)) for _ in range(repeats)]
            prices.append(answers[0].capacity_price_minor)
            assert {answer.capacity_price_minor for answer in answers} == {prices[-1]}
        desks.append((prices, desk._review_price._queue))
        store.close()
    assert desks[0] == desks[1]
    assert desks[0][0][-1] > 0


def test_claim_that_fails_to_commit_takes_no_place(
    open_desk: OpenDesk, scarce: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is on record counts as a review."""
    desk = open_desk(policy=scarce)
    desk.score(risky_claim("C1", 9_000))

    def fails(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("the disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr("serving.claim_desk.record_decision", fails)
        with pytest.raises(sa.exc.OperationalError):
            desk.score(risky_claim("C2", 9_000))
    assert desk._review_price._queue.reviews_today == 1


def test_replayed_days_are_priced_by_the_claims_own_time(open_desk: OpenDesk, scarce: Policy) -> None:
    """Recorded claims, played in a second, are decided at the prices of their moments: each day has its places."""
    hand = Hand(0)
    desk = open_desk(policy=scarce, clock=hand)
    reviewed = []
    for day in range(3):
        count = 0
        for number in range(24):
            hand.now_ms = MIDNIGHT_MS + day * DAY_MS + number * HOUR_MS
            claim = risky_claim(f"C{day} {number}", 1_000 + 300 * (number * 7 % 24))
            answer = desk.score(claim)
            if answer.action == "manual_review":
                count += 1
                rule_on(desk.store, answer.claim_id, hand.now_ms + 1)
        reviewed.append(count)
    assert all(CAPACITY // 2 <= count <= CAPACITY + 2 for count in reviewed[1:])
    with desk.store.reading() as connection:
        moments = connection.scalars(sa.select(REVIEW_PRICE.c.at_ms)).all()
    assert min(moments) >= MIDNIGHT_MS
    assert max(moments) <= hand.now_ms


def test_two_desks_on_one_store_share_its_places(open_desk: OpenDesk, scarce: Policy) -> None:
    """Two services take turns in a burst: together they review about as many as one would."""
    hand, chance = Hand(MIDNIGHT_MS - 3 * DAY_MS), random.Random(3)
    desks = [open_desk(policy=scarce, clock=hand) for _ in range(2)]
    calm_days(desks[0], chance)
    actions, gap = [], []
    for number in range(100):
        hand.now_ms = MIDNIGHT_MS + 9 * HOUR_MS + number * 3 * REFRESH_MS
        answer = desks[number % 2].score(risky_claim(f"C{number}", chance.randrange(1_000, 12_000)))
        actions.append(answer.action)
        gap.append(answer.capacity_price_minor)
    assert 1 <= actions.count("manual_review") <= CAPACITY + CAPACITY // 2
    pairs = list(zip(gap[20::2], gap[21::2], strict=True))
    # where one of them has just given the last place away, the other learns of it when it looks again
    assert sum(others != pytest.approx(mine, rel=0.1) for mine, others in pairs) <= 2


def test_desk_shared_by_threads_counts_each_decision_once(open_desk: OpenDesk, scarce: Policy) -> None:
    """Whoever comes at once is decided one after the other, and counted."""
    desk = open_desk(policy=scarce)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: desk.score(risky_claim(f"C{n % 20}", 9_000)), range(40)))
    reviewed = {answer.claim_id for answer in answers if answer.action == "manual_review"}
    assert desk._review_price._queue.claims_today == 20
    assert desk._review_price._queue.reviews_today == len(reviewed)


# --- audits


def test_chance_of_an_audit_is_the_same_in_answer_event_and_ledger(open_desk: OpenDesk, scarce: Policy) -> None:
    """What training weighs by is what was drawn with, and the draw can be made again."""
    desk = open_desk(policy=scarce)
    audit = scarce.audit
    answers = [desk.score(quiet_claim(number)) for number in range(60)]
    assert {answer.action for answer in answers} == {"auto_approve"}
    with desk.store.reading() as connection:
        for answer in answers:
            entry = find_decision(connection, answer.claim_id)
            [event] = stored_events(connection, [f"claim_decided:{answer.claim_id}"]).values()
            assert answer.audit is not None
            assert entry is not None
            ppm = audit_propensity(audit_stratum(5_000, 0, audit), audit)
            assert event.audit_propensity_ppm == entry.audit_propensity_ppm == ppm == 100_000
            assert answer.audit.propensity == ppm / 1_000_000
            assert answer.audit.stratum == entry.audit_stratum == "0-/novel"
            assert answer.audit.drawn == entry.audited == draw_audit(audit.seed, answer.claim_id, ppm)
    assert 0 < sum(answer.audit is not None and answer.audit.drawn for answer in answers) < 20


def test_review_and_advance_are_not_up_for_audit(open_desk: OpenDesk, scarce: Policy) -> None:
    """Their events carry no chance, so that nobody weighs by one."""
    desk = open_desk(policy=scarce)
    answers = [
        desk.score(risky_claim("C1", 60_000)),
        desk.score(make_claim("C2", amount_minor=2_000)),
        open_desk(policy=scarce, model=None).score(quiet_claim(3)),
    ]
    assert [answer.action for answer in answers] == ["manual_review", "pre_payment_compensation", "manual_review"]
    assert [answer.audit for answer in answers] == [None, None, None]
    with desk.store.reading() as connection:
        events = stored_events(connection, [f"claim_decided:{answer.claim_id}" for answer in answers])
    assert [event.audit_propensity_ppm for event in events.values()] == [None] * 3


def test_audit_changes_neither_the_action_nor_its_costs(open_desk: OpenDesk, scarce: Policy) -> None:
    """The buyer of an audited claim is paid as any other."""
    everybody = scarce.model_copy(update={"audit": Audits(share=1.0)})
    nobody = scarce.model_copy(update={"audit": Audits()})
    audited = open_desk(policy=everybody).score(quiet_claim(1))
    with open_desk().store.reading() as connection:
        entry = find_decision(connection, "C1")
    assert audited.audit is not None
    assert audited.audit.drawn
    assert entry is not None
    facts = facts_from_json(entry.facts or "")
    plain = decide(facts, audited.abuse_probability, nobody, capacity_price_minor=audited.capacity_price_minor)
    assert (plain.action, plain.charged_to) == (audited.action, audited.charged_to)
    assert [cost.expected_cost_minor for cost in plain.costs] == [cost.expected_cost_minor for cost in audited.costs]


def test_second_claim_of_a_buyer_is_of_another_stratum(open_desk: OpenDesk, scarce: Policy) -> None:
    """The first one is in the history by then."""
    desk = open_desk(policy=scarce)
    answers = [desk.score(make_claim(f"C{n}", authority=CONSENT, order={"buyer_id": "ann"})) for n in range(2)]
    assert [answer.audit and answer.audit.stratum for answer in answers] == ["0-/novel", "0-/known"]


def test_days_chances_add_up_to_the_budget_at_most(open_desk: OpenDesk, scarce: Policy) -> None:
    """But for the least shares; and the next day has its budget again."""
    tight = scarce.model_copy(update={"audit": Audits(share=0.5, least_share=0.01, budget_per_day=5)})
    hand = Hand(MIDNIGHT_MS)
    desk = open_desk(policy=tight, clock=hand)
    chances = []
    for number in range(60):
        hand.now_ms = MIDNIGHT_MS + number * 45 * 60_000  # the last of them after the next midnight
        answer = desk.score(quiet_claim(number))
        assert answer.audit is not None
        chances.append(answer.audit.propensity)
    first = [chance for number, chance in enumerate(chances) if number * 45 < 24 * 60]
    assert sum(first) <= 5 + 0.01 * len(first)
    assert min(chances) == 0.01
    assert chances[len(first)] > 0.01
    assert math.isclose(chances[0], 0.5)


def test_same_claim_is_drawn_alike_by_every_service(open_desk: OpenDesk, scarce: Policy) -> None:
    """A draw hangs on the seed, the id and the chance, and on nothing else."""
    desk = open_desk(policy=scarce)
    claim = quiet_claim(1)
    answer = desk.score(claim)
    repeated = open_desk(policy=scarce, model=replace(desk.model) if desk.model else None).score(claim)
    assert repeated.replayed
    assert repeated.audit == answer.audit
