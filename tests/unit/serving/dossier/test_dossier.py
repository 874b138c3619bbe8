"""What a person is shown of a claim is what was known at the moment, and no more than they may see."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.events import EventKind
from features.plan import Plan
from features.store import Store
from serving.claim_desk import ClaimDesk
from serving.dossier.dossier import Dossier, Sources, find_dossier
from serving.dossier.masking import Masks, for_role
from serving.model import Model
from serving.policy import Policy
from tests.unit.serving.claims import CONSENT, DAY_MS, NOW_MS, make_claim
from tests.unit.serving.dossier.past import PICTURE, ruled, tell, tell_past
from tests.unit.serving.explained import Models
from tests.unit.serving.small_champion import RISKY_QUANTITY

PERSONS = ("B1", "B2", "D1", "A1", "Y1")


@pytest.fixture(scope="module")
def past_store(
    plan: Plan, policy: Policy, champion: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A buyer's past, and claim C1 decided on it; a verdict on C1 came a day later."""
    folder: Path = tmp_path_factory.mktemp("dossier")
    store = Store.open(f"sqlite:///{folder / 'store.db'}", plan)
    tell_past(store)
    desk = ClaimDesk(store=store, policy=policy, model=champion, clock=lambda _: NOW_MS)
    order = {"address_id": "A1", "payment_id": "Y1", "promised_at_ms": NOW_MS - 5 * DAY_MS}
    claim = make_claim(
        "C1", quantity=RISKY_QUANTITY, device_id="D1", evidence_hashes=[PICTURE], evidence_count=1,
        text="<b>broken</b>", human_requested=True, authority=CONSENT, order=order,
    )  # fmt: skip
    desk.score(claim)
    tell(store, ruled("C1", -1, "abusive"))
    yield store
    store.close()


@pytest.fixture
def sources(plan: Plan, policy: Policy, champion: Model) -> Sources:
    return Sources(plan=plan, models=Models(champion), policy=policy)


def find(store: Store, sources: Sources, as_of_ms: int = NOW_MS + 1, **how: bool) -> Dossier:
    with store.reading() as connection:
        dossier = find_dossier(connection, "C1", as_of_ms, sources, "en", **how)
    assert dossier is not None
    return dossier


def test_claim_and_order_are_shown_with_delivery_against_promise(past_store, sources):
    """What was asked for, written and recorded stands there; delivery two days past the promise is late."""
    claim = find(past_store, sources).claim
    assert (claim.text, claim.amount_minor, claim.share_of_order) == ("<b>broken</b>", 5_000, 0.625)
    assert (claim.order.days_late, claim.days_since_delivery) == (2.0, 3.0)
    assert claim.order.shipped_at_ms == NOW_MS - round(5.5 * DAY_MS)
    assert claim.human_requested


def test_claim_that_is_not_on_record_has_no_dossier(past_store, sources):
    """None, not an error: the page says so."""
    with past_store.reading() as connection:
        assert find_dossier(connection, "none", NOW_MS, sources, "en") is None


def test_reasons_add_up_to_the_raw_score_and_the_probability_of_then(past_store, sources):
    """Each step starts where the one before it ended, and the last ends at the claim."""
    dossier = find(past_store, sources)
    flow = dossier.weighing.waterfall
    assert 1 <= len(dossier.weighing.reasons) <= 5
    assert flow.steps[-1].raw_after == pytest.approx(flow.raw, abs=1e-9)
    assert flow.base_raw + sum(step.change for step in flow.steps) == pytest.approx(flow.raw, abs=1e-9)
    assert flow.probability == dossier.why.answer.abuse_probability
    assert [step.text for step in reversed(flow.steps) if step.text] == [
        reason.text for reason in dossier.weighing.reasons
    ]


def test_time_line_of_the_buyer_is_newest_first_and_counts_the_rest(past_store, sources):
    """Orders, claims and what came of them up to the moment; this claim is marked."""
    line = find(past_store, sources).buyer
    kinds = [(entry.kind, entry.claim_id, entry.detail) for entry in line.entries]
    decided, claimed = (EventKind.CLAIM_DECIDED, "C1", "manual_review"), (EventKind.CLAIM_FILED, "C1", "damaged")
    assert sorted(kinds[:2]) == sorted([decided, claimed])
    assert (EventKind.CLAIM_ADJUDICATED, "C-late", "abusive") in kinds
    assert [entry.at_ms for entry in line.entries] == sorted((e.at_ms for e in line.entries), reverse=True)
    assert {entry.claim_id for entry in line.entries if entry.is_this} == {"C1"}
    assert (line.totals["orders"], line.totals["claims"], line.older_orders, line.older_claims) == (4, 3, 0, 0)


def test_nothing_that_became_known_later_is_in_it(past_store, sources):
    """As of the claim's moment its later verdict isn't there, nor in the totals; two days later it is."""
    then, later = find(past_store, sources), find(past_store, sources, NOW_MS + 2 * DAY_MS)
    assert all(entry.claim_id != "C1" or entry.detail != "abusive" for entry in then.buyer.entries)
    assert then.earlier.verdicts == ()
    assert then.buyer.totals["abusive_verdicts"] == 1
    assert [verdict.verdict for verdict in later.earlier.verdicts] == ["abusive"]
    assert later.buyer.totals["abusive_verdicts"] == 2


def test_rulings_that_are_kept_back_stand_nowhere(past_store, sources):
    """Who is to rule unseen finds the verdict on this claim in no part; those on other claims stay."""
    shown = find(past_store, sources, NOW_MS + 2 * DAY_MS, rulings=False)
    own = [entry for entry in shown.buyer.entries + shown.merchant.entries if entry.is_this]
    assert {entry.kind for entry in own} == {EventKind.CLAIM_FILED, EventKind.CLAIM_DECIDED}
    assert shown.earlier == dataclasses.replace(shown.earlier, cases=(), verdicts=())


def test_model_that_is_kept_back_leaves_no_trace(past_store, sources):
    """Without the reasons there is no probability, cost, rule or similar claim either, but the authority on record."""
    shown = find(past_store, sources, model=False)
    assert (shown.why, shown.weighing, shown.similar, shown.similar_state) == (None, None, (), "not_asked")
    assert shown.authority.kind == "consent"


def test_account_on_the_same_device_is_linked_with_what_it_did(past_store, sources):
    """The tie names what is shared and since when both used it; the numbers are those of the moment."""
    [account] = find(past_store, sources).linked.accounts
    assert (account.buyer_id, account.claims, account.abusive_verdicts) == ("B2", 1, 1)
    [tie] = account.ties
    assert (tie.kind, tie.thing_id, tie.since_ms) == ("device", "D1", NOW_MS - 20 * DAY_MS)


def test_near_picture_of_another_claim_is_found_with_its_verdict(past_store, sources):
    """A picture that differs in one bit was shown by another buyer before."""
    [seen] = find(past_store, sources).seen_elsewhere
    assert (seen.claim_id, seen.bits, seen.by_the_same_buyer, seen.verdict) == ("C-two", 1, False, "abusive")


def test_reviewer_sees_no_id_of_a_person_and_can_tell_accounts_apart(past_store, sources):
    """Ids are masked in every part; the same device is the same pseudonym wherever it stands."""
    dossier = find(past_store, sources)
    masked = for_role(dossier, "reviewer", Masks(b"k" * 32))
    assert not any(f"'{own}'" in repr(masked) for own in PERSONS)
    assert masked.claim.text == dossier.claim.text
    [account] = masked.linked.accounts
    assert account.ties[0].thing_id == masked.claim.device_id != dossier.claim.device_id
    assert masked.seen_elsewhere[0].buyer_id == account.buyer_id != masked.claim.buyer_id


def test_seniors_and_auditors_see_ids_and_administrators_nothing(past_store, sources):
    """What a role may see is decided in one place."""
    dossier = find(past_store, sources)
    for role in ("senior", "auditor"):
        assert for_role(dossier, role, Masks(b"k" * 32)) == dossier
    with pytest.raises(PermissionError):
        for_role(dossier, "administrator", Masks())


def test_key_of_masks_is_made_once_for_a_store(past_store):
    """Two processes give one account the same pseudonym."""
    assert Masks.of_store(past_store) == Masks.of_store(past_store) != Masks()
