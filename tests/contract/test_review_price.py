"""Several services on one store, whatever its database: they share the reviewers' places and each notes its prices."""

from features.store import Store
from serving.claim_desk import ClaimDesk
from serving.ledger import REVIEW_PRICE, count_open_reviews, find_decision
from serving.policy import Policy, default_policy_path, read_policy
from tests.unit.serving.claims import HOUR_MS, NOW_MS, make_claim

MORNING_MS = NOW_MS + 20 * HOUR_MS  # four o'clock in Shanghai
CAPACITY = 5


def policy() -> Policy:
    read = read_policy(default_policy_path())
    review = read.review.model_copy(update={"capacity_per_day": CAPACITY, "half_life_minutes": 0.0})
    return read.model_copy(update={"review": review})


def test_services_on_one_store_see_each_others_reviews(url, open_store):
    """Without a model all claims go to people, past any price; each service learns within seconds how many did."""
    stores: list[Store] = [open_store(url), open_store(url)]
    now_ms = [MORNING_MS]
    desks = [ClaimDesk(store, policy(), None, lambda _: now_ms[0]) for store in stores]
    for number in range(8):
        now_ms[0] += 60_000
        order = {"buyer_id": f"B{number}", "merchant_id": f"M{number}", "product_id": f"P{number}"}
        answer = desks[number % 2].score(make_claim(f"C{number}", order=order))
        assert answer.action == "manual_review"
    assert answer.capacity_price_minor == policy().review.highest_price_minor
    with stores[0].reading() as connection:
        rows = connection.execute(REVIEW_PRICE.select().order_by(REVIEW_PRICE.c.number)).all()
        entry = find_decision(connection, "C7")
        assert count_open_reviews(connection, MORNING_MS) == 8
    assert entry is not None
    assert (entry.capacity_price_minor, entry.audited) == (answer.capacity_price_minor, None)
    assert [row.number for row in rows] == sorted({row.number for row in rows})
    assert rows[0].price_minor == 0
    assert rows[-1].price_minor == policy().review.highest_price_minor
    assert rows[-1].reviews_today >= 1
    assert {row.capacity for row in rows} == {CAPACITY}


def test_claims_sent_by_two_services_again_are_priced_once(url, open_store):
    """A repeat gets the stored answer, with the price of its moment, from whichever service it asks."""
    desks = [ClaimDesk(open_store(url), policy(), None, lambda _: MORNING_MS) for _ in range(2)]
    claims = [make_claim(f"C{n}", order={"buyer_id": f"B{n}", "merchant_id": f"M{n}"}) for n in range(4)]
    first = [desks[0].score(claim) for claim in claims]
    again = [desks[1].score(claim) for claim in claims]
    assert [answer.replayed for answer in again] == [True] * 4
    assert [answer.capacity_price_minor for answer in again] == [answer.capacity_price_minor for answer in first]
    assert desks[1]._review_price._queue.claims_today == 0
