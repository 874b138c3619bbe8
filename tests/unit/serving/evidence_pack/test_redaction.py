"""A pack holds of persons what its audience may see from the hands of who made it, and says what it left out."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.events import Event, EventKind
from features.plan import Plan
from features.store import Store
from serving.cases.people import PeopleKey
from serving.cases.stepping import open_cases
from serving.evidence_pack.hiding import OTHER, Hiding
from serving.evidence_pack.view import PACK_AUDIENCES, view_of
from serving.intake.adjudicating import AdjudicationDesk
from serving.intake.verdict import Adjudication
from serving.model import Model
from serving.policy import Policy
from tests.contract.stores import append
from tests.unit.serving.claims import CONSENT, DAY_MS, HOUR_MS, NOW_MS
from tests.unit.serving.evidence_pack.packing import (
    BROUGHT,
    IDS,
    NOTE,
    PEOPLE,
    RULING,
    Pack,
    make_pack,
    put_on_record,
    rule_on,
)

MASKED = [("court", "reviewer"), ("buyer", "reviewer"), ("merchant", "reviewer"), ("merchant", "senior")]
NAMELESS = [*MASKED, ("buyer", "senior"), ("buyer", "operator"), ("merchant", "auditor")]
PARTIES = [("buyer", "senior"), ("buyer", "reviewer"), ("merchant", "senior"), ("merchant", "reviewer")]
SECRETS = ("abuse_probability", "expected_cost_minor", "audit", "policy.toml", "least_cost", "waiting_cost", "not_for")
# in what people write, an id stands alone; what it is made of may be anything else
WORDS = st.text("abcdefgXYZ0123456789@._-", min_size=6, max_size=30).map(lambda text: f"q{text}7")
ANY_IDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp")),
    min_size=4,
    max_size=20,
).map(lambda text: f"q~{text}~q")
numbers = count(1)


@pytest.fixture(scope="module")
def recorded(plan: Plan, champion: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a ruled claim (C1), and one that was granted, appealed, audited and measured by (C2)."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('redaction') / 'store.db'}", plan)
    put_on_record(store, champion)
    put_on_record(store, champion, "C2", with_case=False, quantity=1, authority=CONSENT)
    audited = {"adjudication_id": "audit", "claim_id": "C1", "verdict": "legitimate", "source": "audit"}
    AdjudicationDesk(store, now_ms=lambda: NOW_MS + 2 * HOUR_MS).record(Adjudication.model_validate(audited), "olga")
    for kind in ("appeal", "audit", "gold", "double"):
        rule_on(store, "C2", kind)  # type: ignore[arg-type]
    yield store
    store.close()


def everything(pack: Pack) -> str:
    """All that a pack says, as it stands in its bytes and as it reads."""
    raw = [content.decode() for content in pack.files.values()]
    read = [json.dumps(pack.json(name), ensure_ascii=False) for name in pack.files if name.endswith(".json")]
    texts = [text for name in pack.files if name.endswith(".json") for text in strings(pack.json(name))]
    return "\n".join([*raw, *read, *texts, html.unescape(pack.page)])


def strings(value: Any) -> Iterator[str]:
    """All texts in something of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@pytest.mark.parametrize(("audience", "role"), MASKED)
def test_ids_are_in_no_byte_for_who_may_not_see_them(
    recorded: Store, champion: Model, policy: Policy, audience: str, role: str
) -> None:
    """Neither in fields, nor in what buyer and reviewer wrote, nor in the facts of the decision."""
    said = everything(make_pack(recorded, champion, policy, audience=audience, role=role))
    assert [each for each in IDS if each in said] == []


@pytest.mark.parametrize(("audience", "role"), NAMELESS)
def test_names_are_in_no_byte_for_who_may_not_see_them(
    recorded: Store, champion: Model, policy: Policy, audience: str, role: str
) -> None:
    """Who ruled is a reference; who made the pack is a role, and is on record by name all the same."""
    pack = make_pack(recorded, champion, policy, audience=audience, role=role)
    said = everything(pack)
    assert [each for each in (*PEOPLE, "olga", "carla", "shop-key") if each in said] == []
    assert pack.making.made_by == "carla"
    assert PeopleKey.of_store(recorded).reference(PEOPLE[0]) in said


@pytest.mark.parametrize("role", ["senior", "auditor", "operator"])
def test_court_sees_all_from_the_hands_of_who_may(recorded: Store, champion: Model, policy: Policy, role: str) -> None:
    """Ids and names in full, the note, and the probability; only other people are left out."""
    pack = make_pack(recorded, champion, policy, role=role)
    said = everything(pack)
    assert [each for each in (*IDS, *PEOPLE, NOTE, RULING["note"]) if each not in said] == []
    ann = PeopleKey.of_store(recorded).reference("ann-li")
    assert pack.json("cases.json")["people"][0] == {"reference": ann, "name": "ann-li", "acted_as": ["reviewer"]}
    assert [each["why"]["en"] for each in pack.json("redactions.json")["left_out"]] == [
        "it concerns other people's claims"
    ]


@pytest.mark.parametrize(("audience", "role"), PARTIES)
@pytest.mark.parametrize("claim_id", ["C1", "C2"])
def test_party_hears_nothing_of_numbers_audits_and_notes(
    recorded: Store, champion: Model, policy: Policy, audience: str, role: str, claim_id: str
) -> None:
    """What would teach evasion, or name a person's guilt, is in no byte but the list of what was left out."""
    pack = make_pack(recorded, champion, policy, audience=audience, role=role, claim_id=claim_id)
    told = {name: content for name, content in pack.files.items() if name not in {"redactions.json", "index.html"}}
    said = "\n".join(content.decode() for content in told.values())
    assert [word for word in (*SECRETS, NOTE, RULING["note"], "abusive", "gold", "double") if word in said] == []
    assert pack.files.keys() & {"vector.json", "model.json", "policy.toml"} == set()
    assert set(pack.json("explanations.json")) == {audience}
    page = html.unescape(pack.page)
    assert [word for word in (NOTE, RULING["note"], "abusive", "Expected cost", "audit:") if word in page] == []
    cases = pack.json("cases.json")["cases"]
    assert [case["kind"] for case in cases] == [{"C1": "review", "C2": "appeal"}[claim_id]]
    ruling = cases[0]["ruling"]
    assert (ruling["ruling"], ruling["refund_minor"]) == ("partly_approve", 4_000)
    assert ("text_for_buyer" in ruling, "merchant_at_fault" in ruling) == (audience == "buyer", audience == "merchant")


@pytest.mark.parametrize(("audience", "role"), PARTIES)
def test_party_hears_of_rulings_on_their_claim_and_of_no_check(
    recorded: Store, champion: Model, policy: Policy, audience: str, role: str
) -> None:
    """A finding on a claim that was granted is a check of the platform's work, and so is any that says audit."""
    both = [make_pack(recorded, champion, policy, audience=audience, role=role, claim_id=each) for each in ("C1", "C2")]
    kinds = [[event["kind"] for event in pack.json("claim.json")["events"]] for pack in both]
    assert kinds == [["claim_filed", "claim_decided", "claim_adjudicated"], ["claim_filed", "claim_decided"]]
    told = [[message["kind"] for message in pack.json("notifications.json")["messages"]] for pack in both]
    assert told == [["claim.decided", "claim.adjudicated"], ["claim.decided"]]
    whole = make_pack(recorded, champion, policy).json("claim.json")["events"]
    assert [event.get("verdict_source") for event in whole] == [None, None, "reviewer", "audit"]


def test_ruling_that_can_be_undone_is_told_to_no_party(recorded: Store, champion: Model, policy: Policy) -> None:
    """Until the minute is over there is no ruling; what one party was asked isn't told to the other."""
    put_on_record(recorded, champion, "C3")
    rule_on(recorded, "C3", "appeal", until="seconded")
    for audience in ("buyer", "merchant"):
        case = make_pack(recorded, champion, policy, claim_id="C3", audience=audience).json("cases.json")["cases"][1]
        assert (case["state"], case["ruling"], case["ruled_at_ms"]) == ("pending", None, None)
        asked = [step for step in case["steps"] if step["step"] == "evidence_asked"]
        assert len(asked) == (audience == "buyer")
        assert (BROUGHT in json.dumps(case)) == (audience == "buyer")
        assert case["party"] is None or case["kind"] == "appeal"


def test_reviewer_learns_of_no_measuring_case(recorded: Store, champion: Model, policy: Policy) -> None:
    """Gold and double cases are left out, and the list of omissions is the same whether or not there are any."""
    with_them, without = (
        make_pack(recorded, champion, policy, role="reviewer", claim_id=claim_id) for claim_id in ("C2", "C1")
    )
    assert [case["kind"] for case in with_them.json("cases.json")["cases"]] == ["appeal", "audit"]
    assert with_them.files["redactions.json"] == without.files["redactions.json"]
    whole = make_pack(recorded, champion, policy, claim_id="C2").json("cases.json")["cases"]
    assert [case["kind"] for case in whole] == ["appeal", "audit", "gold", "double"]


def test_administrator_gets_no_pack() -> None:
    """That role sees no claims."""
    for audience in PACK_AUDIENCES:
        with pytest.raises(PermissionError, match="an administrator sees no claims"):
            view_of(audience, "administrator")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=st.tuples(ANY_IDS, ANY_IDS, ANY_IDS, ANY_IDS), others=st.lists(WORDS, min_size=1, max_size=3, unique=True))
def test_no_personal_id_of_the_store_is_in_a_pack_of_who_may_not_see_it(
    recorded: Store, policy: Policy, own: tuple[str, ...], others: list[str]
) -> None:
    """Whatever ids look like, and wherever people wrote them down: own ones are masked, others' never shown."""
    number = next(numbers)
    claim_id = f"H{number}"
    moment = NOW_MS + number * DAY_MS
    for place, other in enumerate(others):
        append(recorded, [_order(f"{claim_id} {place}", other, moment + place)])
    written = f"我是 {own[0]} 不是 {others[0]}, {own[1]}; see ({others[-1]})"
    append(recorded, [_claim(claim_id, own, written, moment + HOUR_MS)])
    said = {"adjudication_id": claim_id, "claim_id": claim_id, "verdict": "legitimate", "source": "reviewer"}
    desk = AdjudicationDesk(recorded, now_ms=lambda: moment + 2 * HOUR_MS)
    desk.record(Adjudication.model_validate({**said, "note": written}), PEOPLE[0])
    open_cases(recorded)
    for audience, role in (("court", "reviewer"), ("merchant", "senior"), ("buyer", "reviewer"), ("court", "senior")):
        pack = make_pack(recorded, None, policy, claim_id=claim_id, audience=audience, role=role)
        whole = everything(pack)
        hidden = [*others, *own] if (audience, role) != ("court", "senior") else others
        assert [each for each in hidden if each in whole] == []
    assert OTHER in whole


def test_mask_leaves_words_alone_that_only_hold_an_id() -> None:
    """An id is taken for one where it stands alone; the claim's own id stays."""
    hiding = Hiding({"B17": "buyer #1", "17": "buyer #2"}, frozenset(), "B17", lambda _: set())
    assert hiding.text("B17 and B177 and xB17; 17") == "buyer #1 and B177 and xB17; 17"
    assert hiding.text("B17") == "B17"
    assert hiding.id("17") == "buyer #2"


def _order(order_id: str, buyer_id: str, moment: int) -> Event:
    moments = {"occurred_at_ms": moment, "known_at_ms": moment}
    sold = {"merchant_id": "M1", "product_id": "P1", "amount_minor": 500, "quantity": 1}
    return Event(
        event_id=f"order {order_id}", kind=EventKind.ORDER_PAID, order_id=order_id, buyer_id=buyer_id, **moments, **sold
    )  # type: ignore[arg-type]


def _claim(claim_id: str, own: tuple[str, ...], text: str, moment: int) -> Event:
    buyer, device, address, payment = own
    moments = {"occurred_at_ms": moment, "known_at_ms": moment}
    sold = {"merchant_id": "M1", "product_id": "P1", "amount_minor": 500, "quantity": 1}
    return Event(
        event_id=f"filed {claim_id}",
        kind=EventKind.CLAIM_FILED,
        claim_id=claim_id,
        buyer_id=buyer,
        device_id=device,
        address_id=address,
        payment_id=payment,
        claim_type="refund_only",
        claim_reason="damaged",
        claim_text=text,
        **moments,  # type: ignore[arg-type]
        **sold,  # type: ignore[arg-type]
    )
