"""Claims that come at once and look at each other: each is scored on what the log says was known."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from features.parity import check_parity
from features.store import Store
from serving import claim_desk
from serving.answer import Answer
from serving.claim_desk import ClaimConflictError, ClaimDesk
from serving.policy import default_policy_path, read_policy
from tests.contract.stores import append
from tests.spec.drawing import draw
from tests.unit.serving.claims import NOW_MS, make_claim

THREADS = 6
ROUNDS = 8
BUYERS = 8
PICTURES = ("00000000000000ff", "00000000000000fe", "80000000000000ff", "ffffffffffffffff")

SINCE = "\n".join(f"400d | order_paid | tenant {number} | - | house" for number in range(6))
MOVED_IN = f"""
    known_at | kind | buyer | device | address
    0d | order_paid | ann | phone | -
    1d | order_paid | bob | phone | -
    1d | order_paid | bob | -     | house
    1d | order_paid | cy  | -     | house
    {SINCE}
"""


def desk_of(store: Store) -> ClaimDesk:
    """A desk without a model whose clock stands still, so that all wait for each other's moments."""
    return ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS)


def test_claims_of_a_ring_sent_at_once_have_the_vectors_that_the_log_gives(store: Store) -> None:
    """Rings and pictures are read without being written to; nothing slips in behind a moment that was told."""
    desk = desk_of(store)

    def score(thread: int) -> list[Answer]:
        chance = random.Random(thread)
        answers = []
        for number in range(ROUNDS):
            buyer = f"B{chance.randrange(BUYERS)}"
            order = {
                "buyer_id": buyer,
                "merchant_id": f"M{thread}",
                "product_id": f"P{thread} {number}",
                "payment_id": f"Y{chance.randrange(BUYERS)}",
            }
            claim = make_claim(
                f"C{thread} {number}",
                device_id=f"D{chance.randrange(BUYERS)}",
                evidence_hashes=[chance.choice(PICTURES)],
                order=order,
            )
            answers.append(desk.score(claim))
        return answers

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [answer for each in pool.map(score, range(THREADS)) for answer in each]

    assert len(answers) == THREADS * ROUNDS
    parity = check_parity(store)
    assert (parity.claims, parity.mismatches, parity.missing_claims) == (THREADS * ROUNDS, {}, ())


def test_claim_holds_all_that_it_leaves_word_with(store: Store, monkeypatch) -> None:
    """An address that is public by now was a link when the claim became known: those behind it are held as well.

    Whom a claim doesn't hold, another one may hold and wait for it: two that wait for each other wait for ever.
    """
    append(store, draw(MOVED_IN).events)
    desk, held, told = desk_of(store), [], []
    lock, raise_floors = Store.lock, Store.raise_floors
    monkeypatch.setattr(Store, "lock", lambda self, to, keys: held.append(set(keys)) or lock(self, to, held[-1]))
    monkeypatch.setattr(
        Store, "raise_floors", lambda self, to, keys, at: told.append(set(keys)) or raise_floors(self, to, told[-1], at)
    )
    desk.score(make_claim("C1", device_id="phone", order={"buyer_id": "ann"}))
    assert {"b\x1fbob", "b\x1fcy"} <= told[-1]
    assert not store.locks_rows or told[-1] <= held[-1]


def test_one_claim_sent_by_many_at_once_is_decided_once(store: Store) -> None:
    """Whoever is second gets what the first one got."""
    desk = desk_of(store)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _: desk.score(make_claim("C1")), range(THREADS)))
    assert sorted(answer.replayed for answer in answers) == [False, *[True] * (THREADS - 1)]
    assert len({replace_replayed(answer) for answer in answers}) == 1


def test_claim_that_is_decided_while_another_call_looks_for_it_is_a_repeat(new_postgres_url, open_store, monkeypatch):
    """Between a call's looks at the claim and at its decision, another call may commit both: that is no conflict.

    SQLite can't come into this: who writes holds the only lock from the start.
    """
    url = new_postgres_url()
    quick, slow = desk_of(open_store(url)), desk_of(open_store(url))
    looks: list[str] = []

    def first_look_lets_the_other_in(name, look):
        def looking(connection, claim_id):
            found = look(connection, claim_id)
            looks.append(name)
            if len(looks) == 1:
                quick.score(make_claim("C1"))
            return found

        return looking

    for name in ("has_claim", "find_decision"):
        look = getattr(claim_desk, name)
        monkeypatch.setattr(claim_desk, name, first_look_lets_the_other_in(name, look))
    assert slow.score(make_claim("C1")).replayed
    assert set(looks) == {"has_claim", "find_decision"}


def replace_replayed(answer: Answer) -> str:
    """The answer without the mark of a repeat."""
    return answer.model_copy(update={"replayed": False}).model_dump_json()


def test_one_id_for_different_claims_at_once_is_taken_once(store: Store) -> None:
    """They share no entity that they would wait for, but they share the id."""
    desk = desk_of(store)

    def score(thread: int) -> bool:
        order = {"buyer_id": f"B{thread}", "merchant_id": f"M{thread}", "product_id": f"P{thread}"}
        try:
            desk.score(make_claim("C1", order=order))
        except ClaimConflictError:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert sorted(pool.map(score, range(THREADS))) == [*[False] * (THREADS - 1), True]


def test_event_of_a_member_after_a_claim_is_known_no_earlier_than_the_claim(store: Store) -> None:
    """Who was looked at as of a moment learns nothing before it, even where a clock stands behind."""
    drawn = draw("""
        known_at | kind       | buyer | device
        0d       | order_paid | ann   | phone
        1d       | order_paid | bob   | phone
    """).events
    append(store, [replace(event, known_at_ms=NOW_MS - 10 + number) for number, event in enumerate(drawn)])
    first = desk_of(store).score(make_claim("C1", device_id="phone", order={"buyer_id": "ann", "merchant_id": "M1"}))
    behind = ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS - 5)
    second = behind.score(make_claim("C2", order={"buyer_id": "bob", "merchant_id": "M2", "product_id": "P2"}))
    assert second.as_of_ms >= first.as_of_ms
    assert check_parity(store).holds
