"""Patterns among ordinary buyers: what is found, with what evidence, and what isn't."""

import pytest

from features.events import EventKind
from serving.insight.abuse.finding import Finding
from serving.insight.abuse.finding_all import find_abuse
from tests.unit.serving.insight.abuse.town import ordinary_town

CLEARED = {EventKind.CLAIM_ADJUDICATED: {"verdict": "legitimate", "verdict_source": "reviewer"}}


def ring_town(size=5, claims=2, **claim):
    """A town where some share a device and claim as one."""
    town = ordinary_town()
    for member in range(size):
        for turn in range(claims):
            town.claim(f"r{member}", 100 + 9 * member + turn, device_id="old phone", **claim)
    return town


def of_kind(town, kind, public=frozenset()):
    return [each for each in find_abuse(town.record(), public) if each.kind == kind]


def test_ordinary_town_has_no_findings():
    """Who claims as much as everybody is nobody's finding."""
    assert find_abuse(ordinary_town().record()) == []


def test_ring_is_found_with_its_members_claims_money_and_what_links_them():
    """Five who share a device and have ten claims where one was expected."""
    [ring] = of_kind(ring_town(), "ring")
    assert [member.buyer_id for member in ring.members] == ["r0", "r1", "r2", "r3", "r4"]
    assert (ring.count, len(ring.claims), ring.asked_minor, ring.paid_minor, ring.open_minor) == (
        *(10, 10),
        *(10_000, 10_000, 0),
    )
    assert [(thing.kind, thing.id, len(thing.buyers)) for thing in ring.things] == [("device", "old phone", 5)]
    assert ring.expected < 2.0
    assert ring.chance < 1e-4
    assert ring.first_ms < ring.last_ms


def test_ring_over_a_public_place_is_none():
    """What people have put on the list of public places links nobody."""
    assert of_kind(ring_town(), "ring", frozenset({("device", "old phone")})) == []


def test_those_who_share_a_device_and_claim_like_others_are_no_ring():
    """A dormitory isn't a ring."""
    town = ordinary_town()
    for member in range(5):
        town.order(f"r{member}", 100, device_id="shared")
        town.order(f"r{member}", 130, device_id="shared")
    assert of_kind(town, "ring") == []


def test_claims_found_legitimate_count_for_nobody():
    """Whoever was looked at and found honest, ten times, isn't a ring."""
    assert of_kind(ring_town(later=CLEARED), "ring") == []


def test_key_stays_when_a_member_joins():
    """Notes about a ring are found again after it has grown."""
    small, large = (of_kind(ring_town(size), "ring")[0] for size in (5, 7))
    assert small.key == large.key
    assert len(small.members) < len(large.members)


def test_finding_comes_back_from_json_as_it_went():
    """The page shows what was worked out."""
    [ring] = of_kind(ring_town(), "ring")
    assert Finding.of_body(ring.to_body()) == ring


def test_accounts_that_follow_each_other_are_found():
    """One account after the other on an old phone, each gone before the next one comes."""
    town = ordinary_town()
    for member in range(6):
        for turn in range(2):
            town.claim(f"n{member}", 10 + 20 * member + turn, device_id="old phone")
    [farm] = of_kind(town, "new_accounts")
    assert [member.buyer_id for member in farm.members] == [f"n{member}" for member in range(6)]


@pytest.mark.parametrize(
    ("kind", "claim", "later"),
    [
        ("serial_refund_only", {}, {}),
        ("denied_receipt", {"claim_reason": "not_received"}, {}),
        (
            "wardrobing",
            {"claim_type": "return_refund", "claim_reason": "changed_mind"},
            {EventKind.RETURN_INSPECTED: {"inspection": "used"}},
        ),
        (
            "empty_returns",
            {"claim_type": "return_refund", "claim_reason": "changed_mind"},
            {EventKind.RETURN_INSPECTED: {"inspection": "empty"}},
        ),
        ("extortion", {"amount_minor": 400}, {EventKind.MERCHANT_RESPONDED: {"merchant_response": "agreed"}}),
    ],
)
def test_habit_is_found(kind, claim, later):
    """Nine of a sort within a month, of one buyer, where others have hardly any."""
    town = ordinary_town()
    own = [town.claim("again", 100 + turn, later=later, **claim) for turn in range(9)]
    [found] = of_kind(town, kind)
    assert [member.buyer_id for member in found.members] == ["again"]
    assert sorted(line.claim_id for line in found.claims) == sorted(own)
    assert found.count == 9


def test_collusion_is_found_where_the_same_buyers_come_back():
    """Three buyers, four claims each against one merchant, all agreed, the advances lost."""
    town = ordinary_town()
    settled = {"amount_minor": 1_000, "recovered_minor": 0}
    later = {
        EventKind.MERCHANT_RESPONDED: {"merchant_response": "agreed"},
        EventKind.ADVANCE_SETTLED: settled,
    }
    for turn in range(12):
        town.claim(f"k{turn % 3}", 100 + turn, merchant_id="friend", later=later)
    [found] = of_kind(town, "collusion")
    assert (found.merchant_id, len(found.members), found.count) == ("friend", 3, 12)


def test_reused_picture_is_found_across_buyers_even_if_encoded_anew():
    """The same picture with two bits changed, shown by three buyers who share nothing else."""
    town = ordinary_town()
    for number, picture in enumerate(("00000000000000ff", "00000000000000fc", "00000000000000ff")):
        town.claim(f"p{number}", 100 + number, evidence_hashes=(picture,), evidence_count=1)
    [found] = of_kind(town, "reused_evidence")
    assert ([member.buyer_id for member in found.members], len(found.things)) == (["p0", "p1", "p2"], 1)
    assert of_kind(town, "reused_evidence", frozenset({("picture", found.things[0].id)})) == []


def test_picture_of_many_strangers_is_no_evidence_of_anything():
    """A blank image is shown by people who share nothing else."""
    town = ordinary_town()
    for number in range(9):
        town.claim(f"p{number}", 100 + number, evidence_hashes=("00000000000000ff",), evidence_count=1)
    assert of_kind(town, "reused_evidence") == []


def test_same_picture_of_the_same_days_is_what_honest_people_send():
    """Two claims of one parcel with one picture; the same after two months, three times, is reuse."""
    soon, late = ordinary_town(), ordinary_town()
    for turn in range(3):
        soon.claim("p", 100 + turn, evidence_hashes=("00000000000000ff",), evidence_count=1)
        late.claim("p", 100 + 30 * turn, evidence_hashes=("00000000000000ff",), evidence_count=1)
    assert of_kind(soon, "reused_evidence") == []
    assert [len(each.claims) for each in of_kind(late, "reused_evidence")] == [3]


def test_claims_on_orders_of_before_the_record_stand_out_from_nothing() -> None:
    """What a buyer ordered then isn't known, so nobody can tell whether five claims are many."""
    town = ordinary_town()
    for turn in range(5):
        town.claim("early", 3 + turn, order_id=f"of before {turn}", claim_reason="not_received")
    town.events = [event for event in town.events if (event.kind, event.buyer_id) != (EventKind.ORDER_PAID, "early")]
    assert find_abuse(town.record()) == []
