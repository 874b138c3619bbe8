"""One claim, one transaction: decided once, seen by the next, explained where somebody reads it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from features.catalog.entities import ENTITIES
from features.engines.online import OnlineEngine
from features.event_file import from_events
from features.events import Event, EventKind
from features.parity import check_parity
from features.store import Store, StoreError
from features.store.bulk import import_events
from features.store.log import stored_events
from features.store.vectors import read_vectors
from serving import claim_desk
from serving.answer import Answer
from serving.bundle import LANGUAGES
from serving.claim_desk import CLOCK_TOLERANCE_MS, ClaimConflictError, ClaimDesk, FutureTimeError
from serving.ledger import find_decision
from serving.model import Model
from serving.policy import Policy
from tests.unit.serving.claims import CONSENT, DAY_MS, HOUR_MS, NOW_MS, make_claim
from tests.unit.serving.small_champion import RISKY_QUANTITY
from training.simulate import SimulationConfig, simulate

OpenDesk = Callable[..., ClaimDesk]


def count_rows(store: Store) -> dict[str, int]:
    """How many rows each table of the store holds."""
    with store.reading() as connection:
        tables = sa.inspect(connection).get_table_names()
        return {table: connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}  # noqa: S608


def logged_value(store: Store, claim_id: str, column: str) -> float:
    """One value of the vector that a claim was scored on."""
    plan = store.plan
    with store.reading() as connection:
        logged = read_vectors(connection, plan.catalog_hash, len(plan.columns))
    return float(logged.vectors[logged.claim_ids.index(claim_id), plan.names.index(column)])


def stored_event(store: Store, event_id: str) -> Event:
    with store.reading() as connection:
        return stored_events(connection, [event_id])[event_id]


def without_mark(answer: Answer) -> dict[str, Any]:
    """An answer, but for whether it was stored."""
    return answer.model_dump(exclude={"replayed"})


# --- what is answered


def test_claim_of_low_risk_with_consent_is_approved_and_charged_to_the_merchant(desk: ClaimDesk) -> None:
    """The cheapest action that may be taken is taken, and the authority used is named."""
    answer = desk.score(make_claim(authority=CONSENT))
    assert (answer.action, answer.cause, answer.charged_to) == ("auto_approve", "least_cost", "merchant")
    assert answer.authority is not None
    assert answer.authority.model_dump() == CONSENT
    assert answer.abuse_probability is not None
    assert answer.abuse_probability < 0.05
    assert not answer.degraded
    assert not answer.replayed


def test_claim_of_high_risk_goes_to_a_person_even_with_consent(desk: ClaimDesk) -> None:
    """High risk leads to review and never to a refusal."""
    answer = desk.score(make_claim(authority=CONSENT, quantity=RISKY_QUANTITY))
    assert (answer.action, answer.cause, answer.charged_to) == ("manual_review", "least_cost", None)
    assert answer.abuse_probability is not None
    assert answer.abuse_probability > 0.8


def test_claim_without_authority_is_never_charged_to_the_merchant(desk: ClaimDesk) -> None:
    """Where nothing entitles the platform, it pays first or a person decides."""
    answer = desk.score(make_claim(amount_minor=2_000))
    assert (answer.action, answer.charged_to, answer.authority) == ("pre_payment_compensation", "platform", None)


def test_claim_whose_buyer_asks_for_a_person_goes_to_one(desk: ClaimDesk) -> None:
    """However low the risk: a wish for a person is always met."""
    answer = desk.score(make_claim(authority=CONSENT, human_requested=True))
    assert (answer.action, answer.cause, answer.charged_to) == ("manual_review", "human_requested", None)
    assert [cost.action for cost in answer.costs if cost.available] == ["manual_review"]
    assert answer.abuse_probability is not None


def test_answer_names_the_versions_it_was_made_under(desk: ClaimDesk, champion: Model, policy: Policy) -> None:
    """A decision can be traced to its model, its policy and its catalogue."""
    answer = desk.score(make_claim())
    assert answer.model_version == champion.version
    assert answer.policy_version == policy.version
    assert answer.catalog_hash == desk.store.plan.catalog_hash
    assert (answer.claim_id, answer.as_of_ms) == ("C1", NOW_MS)


def test_probability_is_the_models_on_the_vector_that_was_logged(desk: ClaimDesk, champion: Model) -> None:
    """What is kept for audits and training is what was scored."""
    answer = desk.score(make_claim(quantity=3))
    with desk.store.reading() as connection:
        logged = read_vectors(connection, desk.store.plan.catalog_hash, len(desk.store.plan.columns))
    assert logged.claim_ids == ("C1",)
    assert champion.scorer.score(logged.vectors[0].copy()).abuse_probability == answer.abuse_probability
    assert logged_value(desk.store, "C1", "claim_quantity") == 3


def test_recovery_model_prices_the_advance_and_the_answer_says_so(
    open_desk: OpenDesk, champion_that_recovers: Model
) -> None:
    """Where a model tells what comes back of an advance, the policy's belief is not used."""
    desk = open_desk(model=champion_that_recovers)
    answer = desk.score(make_claim())
    with desk.store.reading() as connection:
        logged = read_vectors(connection, desk.store.plan.catalog_hash, len(desk.store.plan.columns))
    expected = champion_that_recovers.scorer.recovery_probability(logged.vectors[0].copy())
    assert (answer.recovery_probability, answer.recovery_source) == (expected, "model")
    many = desk.score(make_claim("C2", quantity=RISKY_QUANTITY, order={"buyer_id": "B2"}))
    assert many.recovery_probability < answer.recovery_probability


def test_recovery_without_a_model_is_what_the_policy_believes(desk: ClaimDesk, policy: Policy) -> None:
    """A champion that learned nothing of advances says so in the answer."""
    answer = desk.score(make_claim())
    assert answer.recovery_probability == policy.recovery.default_probability
    assert answer.recovery_source == "policy_default"


def test_text_of_a_claim_is_scored_and_the_logged_vector_stays_the_catalogues(
    open_desk: OpenDesk, champion_that_reads: Model
) -> None:
    """The text's columns are made when a claim is scored; parity is checked on what any engine can compute again."""
    desk, scorer = open_desk(model=champion_that_reads), champion_that_reads.scorer
    answer = desk.score(make_claim(reason="expired", text="it came broken", explain=True))
    with desk.store.reading() as connection:
        logged = read_vectors(connection, desk.store.plan.catalog_hash, len(desk.store.plan.columns))
    whole = scorer.complete(logged.vectors[0].copy(), "it came broken", "expired")
    assert scorer.score(whole).abuse_probability == answer.abuse_probability
    assert answer.reasons[0].code == "claim_text"
    silent = desk.score(make_claim("C2", reason="expired", order={"buyer_id": "B2"}))
    assert silent.abuse_probability != answer.abuse_probability
    assert check_parity(desk.store).holds


# --- without a model


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"authority": CONSENT},
        {"authority": CONSENT, "explain": True},
        {"amount_minor": 1},  # so little that the platform would bear it
        {"claim_type": "return_refund"},  # within the statutory window
    ],
)
def test_claim_without_a_model_goes_to_a_person(open_desk: OpenDesk, changes: dict[str, Any]) -> None:
    """A service that can't judge says so and never approves, whatever the authority."""
    answer = open_desk(model=None).score(make_claim(**changes))
    assert (answer.action, answer.cause, answer.degraded) == ("manual_review", "degraded", True)
    assert (answer.abuse_probability, answer.model_version, answer.reasons) == (None, None, [])
    assert {cost.expected_cost_minor for cost in answer.costs} == {None}
    assert [cost.action for cost in answer.costs if cost.available] == ["manual_review"]
    assert (answer.charged_to, answer.authority, answer.runner_up) == (None, None, None)


def test_claim_without_a_model_is_recorded_like_any_other(open_desk: OpenDesk, store: Store) -> None:
    """Degraded or not, nothing is lost: event, history, vector and decision are there."""
    parties = {"category_id": "G1", "address_id": "A1", "payment_id": "Y1"}
    open_desk(model=None).score(make_claim(device_id="D1", evidence_hashes=["00000000000000ff"], order=parties))
    rows = count_rows(store)
    assert (rows["event"], rows["history"], rows["vector"], rows["decision"]) == (2, len(ENTITIES), 1, 1)
    assert (rows["meeting"], rows["picture"]) == (len(store.plan.meetings), 1)
    assert check_parity(store).holds


def test_claim_decided_without_a_model_stays_decided_when_there_is_one(open_desk: OpenDesk) -> None:
    """A decision that was given is not taken back by a promotion."""
    first = open_desk(model=None).score(make_claim(authority=CONSENT))
    again = open_desk().score(make_claim(authority=CONSENT))
    assert again.replayed
    assert without_mark(again) == without_mark(first)


# --- what the next claim sees


def test_next_claim_of_a_buyer_within_the_same_millisecond_sees_the_first(desk: ClaimDesk, store: Store) -> None:
    """Claims fired at once can't hide from each other: each gets its own moment, and counts those before."""
    answers = [desk.score(make_claim(f"C{number}")) for number in range(4)]
    assert [answer.as_of_ms for answer in answers] == [NOW_MS, NOW_MS + 1, NOW_MS + 2, NOW_MS + 3]
    assert [logged_value(store, f"C{number}", "buyer_claims_1d") for number in range(4)] == [0, 1, 2, 3]
    assert [logged_value(store, f"C{number}", "buyer_refund_only_claims_ever") for number in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("party", "column"), [("merchant_id", "merchant_claims_30d"), ("product_id", "product_claims_30d")]
)
def test_next_claim_of_another_buyer_sees_what_the_two_share(desk: ClaimDesk, party: str, column: str) -> None:
    """A merchant's and a product's history grow by every claim, whoever files it."""
    others = {"buyer_id": "B2", "merchant_id": "M2", "product_id": "P2", party: "shared"}
    desk.score(make_claim("C1", order={party: "shared"}))
    second = desk.score(make_claim("C2", order=others))
    assert second.as_of_ms == NOW_MS + 1
    assert logged_value(desk.store, "C2", column) == 1
    assert logged_value(desk.store, "C2", "buyer_claims_ever") == 0


def test_claim_that_shares_nothing_with_the_first_is_scored_at_its_own_moment(desk: ClaimDesk) -> None:
    """Moments move only where order matters."""
    desk.score(make_claim("C1"))
    other = desk.score(make_claim("C2", order={"buyer_id": "B2", "merchant_id": "M2", "product_id": "P2"}))
    assert other.as_of_ms == NOW_MS


def test_next_claim_sees_how_the_first_was_decided(desk: ClaimDesk, store: Store) -> None:
    """What was refunded automatically is part of the buyer's history at once."""
    assert desk.score(make_claim("C1", authority=CONSENT)).action == "auto_approve"
    desk.score(make_claim("C2"))
    assert logged_value(store, "C2", "buyer_refunded_minor_30d") == 5_000
    assert logged_value(store, "C2", "buyer_auto_approvals_30d") == 1


def test_claim_after_a_clock_that_went_back_is_scored_after_what_is_known(open_desk: OpenDesk) -> None:
    """History is never rewritten, even when the machine's clock is."""
    open_desk().score(make_claim("C1"))
    late = open_desk(clock=lambda _: NOW_MS - HOUR_MS).score(make_claim("C2"))
    assert late.as_of_ms == NOW_MS + 1


@pytest.mark.parametrize(
    ("changes", "action", "refunded"),
    [
        ({"authority": CONSENT}, "auto_approve", 5_000),
        ({"amount_minor": 2_000}, "pre_payment_compensation", 2_000),
        ({"quantity": RISKY_QUANTITY}, "manual_review", 0),
        ({"authority": CONSENT, "claim_type": "return_refund"}, "auto_approve", 5_000),
        ({"authority": CONSENT, "claim_type": "exchange"}, "auto_approve", 0),
        ({"authority": CONSENT, "claim_type": "repair"}, "auto_approve", 0),
    ],
)
def test_decided_event_says_what_was_refunded(
    desk: ClaimDesk, changes: dict[str, Any], action: str, refunded: int
) -> None:
    """What a person has yet to decide, and what gives no money back, has refunded nothing; else it is the amount."""
    assert desk.score(make_claim(**changes)).action == action
    filed, decided = (stored_event(desk.store, f"claim_{what}:C1") for what in ("filed", "decided"))
    assert (decided.kind, decided.action, decided.amount_minor) == (EventKind.CLAIM_DECIDED, action, refunded)
    parties = ("claim_id", "order_id", "buyer_id", "merchant_id", "product_id", "known_at_ms")
    assert [getattr(decided, name) for name in parties] == [getattr(filed, name) for name in parties]
    assert filed == make_claim(**changes).filed_event(NOW_MS)


# --- the same claim again


@pytest.mark.parametrize("changes", [{}, {"authority": CONSENT}, {"quantity": RISKY_QUANTITY}, {"explain": True}])
def test_claim_sent_again_gets_the_stored_answer_and_writes_nothing(desk: ClaimDesk, changes: dict[str, Any]) -> None:
    """A caller that got no answer may ask again, as often as it likes."""
    first = desk.score(make_claim(**changes))
    rows = count_rows(desk.store)
    again = [desk.score(make_claim(**changes)) for _ in range(2)]
    assert [answer.replayed for answer in again] == [True, True]
    assert [without_mark(answer) for answer in again] == [without_mark(first)] * 2
    assert count_rows(desk.store) == rows


def test_claim_sent_again_in_another_language_gets_the_stored_answer(desk: ClaimDesk) -> None:
    """A wish about words doesn't make another claim."""
    first = desk.score(make_claim())
    again = desk.score(make_claim(language="en", explain=True))
    assert again.replayed
    assert again.reasons == first.reasons


def test_claim_sent_again_after_a_restart_gets_the_stored_answer(desk: ClaimDesk, open_desk: OpenDesk) -> None:
    """What was answered is in the database, not in the process, and policy or clock don't change it."""
    first = desk.score(make_claim())
    free_reviews = desk.policy.costs.model_copy(update={"review_cost_minor": 0})
    changed = desk.policy.model_copy(update={"costs": free_reviews})
    desk.store.close()
    again = open_desk(policy=changed, clock=lambda _: NOW_MS + DAY_MS).score(make_claim())
    assert again.replayed
    assert without_mark(again) == without_mark(first)


@pytest.mark.parametrize("changes", [{"amount_minor": 4_999}, {"authority": CONSENT}, {"order": {"buyer_id": "B2"}}])
def test_claim_id_with_other_content_is_refused_and_changes_nothing(desk: ClaimDesk, changes: dict[str, Any]) -> None:
    """An id stands for one claim; the first stays as it was."""
    first = desk.score(make_claim())
    rows = count_rows(desk.store)
    with pytest.raises(ClaimConflictError, match=r"claim 'C1' was decided with other content; give a new claim"):
        desk.score(make_claim(**changes))
    assert count_rows(desk.store) == rows
    assert without_mark(desk.score(make_claim())) == without_mark(first)


def test_claim_that_was_imported_is_refused_and_changes_nothing(desk: ClaimDesk) -> None:
    """What was decided elsewhere isn't decided again."""
    event = replace(make_claim().filed_event(NOW_MS - DAY_MS), event_id="their own name for it")
    import_events(desk.store, from_events([event]), "an import")
    rows = count_rows(desk.store)
    with pytest.raises(ClaimConflictError, match="claim 'C1' is on record from an import"):
        desk.score(make_claim())
    assert count_rows(desk.store) == rows


# --- all or nothing


def fail(*_: object, **__: object) -> None:
    """Stand in for a step that breaks."""
    raise RuntimeError("the disk is full")


@pytest.mark.parametrize("step", ["insert_events", "append", "log_vector", "record_decision"])
def test_claim_whose_writing_fails_midway_leaves_nothing(
    desk: ClaimDesk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Events, history, vector and decision commit together or not at all; afterwards the claim is as good as new."""
    desk.score(make_claim("C0"))
    rows = count_rows(desk.store)
    with monkeypatch.context() as patch:
        patch.setattr(OnlineEngine if step == "append" else claim_desk, step, fail)
        with pytest.raises(RuntimeError, match="the disk is full"):
            desk.score(make_claim("C1"))
    assert count_rows(desk.store) == rows
    answer = desk.score(make_claim("C1"))
    assert not answer.replayed
    assert answer.as_of_ms == NOW_MS + 1
    assert check_parity(desk.store).holds


def test_claim_with_a_time_in_the_future_is_refused_and_leaves_nothing(desk: ClaimDesk) -> None:
    """A wrong clock somewhere is found before it becomes history."""
    ahead = NOW_MS + CLOCK_TOLERANCE_MS + 1
    wrong = {
        "filed_at_ms": {"filed_at_ms": ahead},
        "order.paid_at_ms": {"order": {"paid_at_ms": ahead, "delivered_at_ms": None}},
        "order.delivered_at_ms": {"order": {"delivered_at_ms": ahead}},
    }
    for field, changes in wrong.items():
        with pytest.raises(FutureTimeError, match=f"{field} lies in the future") as caught:
            desk.score(make_claim(**changes))
        assert caught.value.field == field
    rows = count_rows(desk.store)
    assert (rows["event"], rows["history"], rows["vector"], rows["decision"]) == (0, 0, 0, 0)


def test_claim_with_a_time_slightly_ahead_is_taken(desk: ClaimDesk) -> None:
    """Clocks of two machines are never quite the same."""
    assert not desk.score(make_claim(filed_at_ms=NOW_MS + CLOCK_TOLERANCE_MS)).replayed


def test_store_of_another_layout_is_refused(store: Store, open_desk: OpenDesk) -> None:
    """A history that means something else is never scored on."""
    other = Store(store.engine, replace(store.plan, layout_hash="another"))
    with pytest.raises(StoreError, match="clearclaim history rebuild"):
        open_desk(store=other)


# --- reasons


def test_approved_claim_has_no_reasons_unless_asked_for(desk: ClaimDesk) -> None:
    """Explaining costs time, so it is done where somebody reads it."""
    quiet = desk.score(make_claim("C1", authority=CONSENT))
    asked = desk.score(make_claim("C2", authority=CONSENT, explain=True))
    assert (quiet.action, asked.action) == ("auto_approve", "auto_approve")
    assert quiet.reasons == []
    assert asked.reasons


@pytest.mark.parametrize("changes", [{"quantity": RISKY_QUANTITY}, {"authority": CONSENT, "human_requested": True}])
def test_claim_for_a_person_has_reasons_unasked(desk: ClaimDesk, changes: dict[str, Any]) -> None:
    """Whoever reviews a claim reads why it is there."""
    answer = desk.score(make_claim(**changes))
    assert answer.action == "manual_review"
    assert 1 <= len(answer.reasons) <= desk.policy.reasons.at_most


def test_first_reason_of_a_risky_claim_is_what_made_it_risky(desk: ClaimDesk) -> None:
    """The reason carries its direction and the value that speaks loudest for it."""
    first = desk.score(make_claim(quantity=RISKY_QUANTITY)).reasons[0]
    assert (first.code, first.direction) == ("claim_amount", "raises")
    assert (first.feature, first.value) == ("claim_quantity", RISKY_QUANTITY)
    assert first.share > 0.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_come_in_the_language_asked_for(desk: ClaimDesk, champion: Model, language: str) -> None:
    """The caller's reader, not the operator, says in which language."""
    reasons = desk.score(make_claim(language=language)).reasons
    texts = champion.bundle.contents.reason_texts
    assert [reason.text for reason in reasons] == [texts[reason.code][language] for reason in reasons]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_come_in_the_policys_language_by_default(open_desk: OpenDesk, policy: Policy, language: str) -> None:
    """Who asks for no language gets the policy's."""
    own = policy.model_copy(update={"reasons": policy.reasons.model_copy(update={"language": language})})
    default = open_desk(policy=own).score(make_claim("C1")).reasons
    asked = open_desk().score(make_claim("C2", language=language, order={"buyer_id": "B2"})).reasons
    assert default[0].text == asked[0].text
    assert default[0].text.isascii() == (language == "en")


# --- the record


def test_decision_is_in_the_ledger_word_for_word(desk: ClaimDesk) -> None:
    """The ledger holds the answer that was given, and what it was about."""
    answer = desk.score(make_claim(quantity=RISKY_QUANTITY))
    with desk.store.reading() as connection:
        entry = find_decision(connection, "C1")
    assert entry is not None
    assert Answer.model_validate_json(entry.answer) == answer
    assert entry.content_hash == make_claim(quantity=RISKY_QUANTITY).content_hash()
    assert (entry.decided_at_ms, entry.action, entry.abuse_probability) == (
        answer.as_of_ms,
        answer.action,
        answer.abuse_probability,
    )
    assert (entry.model_version, entry.policy_version) == (answer.model_version, answer.policy_version)


def test_logged_vectors_equal_the_batch_engines(open_desk: OpenDesk, store: Store) -> None:
    """After an import and dozens of claims, fast and slow, what was served is what training would compute."""
    world = simulate(SimulationConfig(orders=300, days=200, end_ms=NOW_MS - DAY_MS))
    import_events(store, world.events, "a simulated world")
    buyers, merchants, products = (
        np.unique([each for each in world.events[name].to_pylist() if each])[:size]
        for name, size in (("buyer_id", 4), ("merchant_id", 2), ("product_id", 3))
    )
    random = np.random.default_rng(3)
    moments = (NOW_MS + int(step) for step in np.cumsum(random.choice([0, 0, 1, DAY_MS, 6 * DAY_MS], size=60)))
    desk = open_desk(clock=lambda _: next(moments))
    for number in range(60):
        parties = {"buyer_id": random.choice(buyers), "merchant_id": random.choice(merchants)}
        desk.score(
            make_claim(
                f"C{number}",
                claim_type=str(random.choice(["refund_only", "return_refund", "exchange"])),
                reason=str(random.choice(["damaged", "other", "not_received"])),
                amount_minor=int(random.integers(0, 8_000)),
                quantity=int(random.choice([1, RISKY_QUANTITY])),
                authority=CONSENT if random.random() < 0.5 else None,
                order={name: str(value) for name, value in (parties | {"product_id": random.choice(products)}).items()},
            )
        )
    parity = check_parity(store)
    assert (parity.claims, parity.mismatches, parity.missing_claims) == (60, {}, ())
