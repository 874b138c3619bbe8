"""A past decision explained: all of it to the reviewer, what is theirs to the merchant and the buyer, and no more."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from features.events import Event, EventKind
from features.plan import Plan
from features.store import Store
from features.store.log import insert_events
from serving.answer import Answer
from serving.bundle import write_bundle
from serving.claim_desk import ClaimDesk
from serving.explaining.chinese import CHINESE
from serving.explaining.english import ENGLISH
from serving.explaining.explain import WORDS, Explainer
from serving.explaining.messages import (
    BuyerExplanation,
    ChangeName,
    Explanation,
    MerchantExplanation,
    ReviewerExplanation,
)
from serving.ledger import DECISION
from serving.model import Model, load_model
from serving.policy import Policy
from tests.unit.serving.claims import CONSENT, DAY_MS, HOUR_MS, NOW_MS, make_claim
from tests.unit.serving.explained import Models, any_claim, picture_contents
from tests.unit.serving.policies import policy_with, rule
from tests.unit.serving.small_champion import RISKY_QUANTITY

CLAIMS = 30
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def model(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """It finds claims without pictures abusive, and all of many units."""
    return load_model(write_bundle(tmp_path_factory.mktemp("models") / "pictures", picture_contents(plan)).path, plan)


def asks(store: Store, model: Model, policy: Policy) -> Ask:
    explainer = Explainer(store, Models(model))

    def ask_(claim_id: str, audience: str, language: str | None = "en", **other: Any) -> Any:
        by = Explainer(store, other["models"]) if "models" in other else explainer
        return by.explain(claim_id, audience, other.get("policy", policy), language)  # type: ignore[arg-type]

    return ask_


@pytest.fixture
def ask(store: Store, model: Model, policy: Policy) -> Ask:
    """Explain the decision on a claim of the test's own store."""
    return asks(store, model, policy)


@dataclass(frozen=True)
class Decided:
    """Decisions of all sorts, their answers in order, and a way to have them explained."""

    store: Store
    answers: list[Answer]
    ask: Ask


@pytest.fixture(scope="module")
def decided(plan: Plan, model: Model, policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decided]:
    """Made once for the module: only `test_buyer_is_told_the_same` writes to the store, and puts all back."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('decided') / 'store.db'}", plan)
    moments = count(NOW_MS, HOUR_MS)
    desk = ClaimDesk(store, policy, model, lambda _: next(moments))
    answers = [desk.score(make_claim(f"C{number}", **any_claim(number))) for number in range(CLAIMS)]
    yield Decided(store, answers, asks(store, model, policy))
    store.close()


@pytest.fixture
def decide(store: Store, model: Model, policy: Policy) -> Callable[..., Answer]:
    """Decide a claim with consent on record, which is granted where it isn't risky."""

    def decide_(policy: Policy = policy, **changes: Any) -> Answer:
        desk = ClaimDesk(store, policy, model, lambda _: NOW_MS)
        return desk.score(make_claim("C1", **{"authority": CONSENT, **changes}))

    return decide_


def text_of(explained: Explanation) -> str:
    return json.dumps(explained.model_dump(mode="json"), ensure_ascii=False)


def test_reviewer_sees_the_reasons_that_were_given_and_all_others(decided: Decided) -> None:
    """The same codes, shares, columns and values as in the answer, bit for bit; then those that it left out."""
    with_reasons = 0
    for answer in decided.answers:
        texts = {reason.text for reason in answer.reasons}
        language = "zh-CN" if any(re.search("[一-鿿]", text) for text in texts) else "en"
        explained = decided.ask(answer.claim_id, "reviewer", language)
        assert isinstance(explained, ReviewerExplanation)
        assert explained.answer == answer
        assert explained.reasons_from == "model"
        assert explained.abuse_probability_again == answer.abuse_probability
        given = [reason.model_dump(exclude={"features"}) for reason in explained.reasons[: len(answer.reasons)]]
        assert given == [reason.model_dump() for reason in answer.reasons]
        assert len(explained.reasons) > len(answer.reasons) or not explained.reasons
        assert explained.reasons == sorted(explained.reasons, key=lambda reason: -reason.share)
        assert sum(reason.share for reason in explained.reasons) == pytest.approx(1.0)
        with_reasons += bool(answer.reasons)
    assert with_reasons > 10


def test_columns_of_a_reason_sum_to_it(decided: Decided, plan: Plan) -> None:
    """Each with what it held in the stored vector, what it means in the reader's words, and its share."""
    for answer in decided.answers[:10]:
        for reason in decided.ask(answer.claim_id, "reviewer", "zh-CN").reasons:
            signed = [each.share if each.direction == "raises" else -each.share for each in reason.features]
            assert sum(signed) == pytest.approx(reason.share if reason.direction == "raises" else -reason.share)
            for each in reason.features:
                column = plan.columns[plan.names.index(each.name)]
                assert (column.reason.code, column.meaning.zh, column.unit) == (reason.code, each.meaning, each.unit)
            assert reason.feature in [each.name for each in reason.features]


def test_model_that_is_gone_is_said_and_the_given_reasons_stand_in(decided: Decided) -> None:
    """No number is made up."""
    for answer in decided.answers[:10]:
        explained = decided.ask(answer.claim_id, "reviewer", models=Models())
        assert explained.reasons_from == "answer"
        assert explained.abuse_probability_again is None
        assert explained.notes == [f"model {answer.model_version}: not in memory"]
        assert [reason.code for reason in explained.reasons] == [reason.code for reason in answer.reasons]
        buyer = decided.ask(answer.claim_id, "buyer", models=Models())
        if answer.action == "manual_review" and answer.cause != "human_requested":
            assert (buyer.changes, buyer.changes_note) == ([], ENGLISH.not_worked_out)


def test_rules_that_fired_are_shown_with_their_conditions(decide: Callable[..., Answer], ask: Ask) -> None:
    """From the policy of then; under another one their conditions aren't told."""
    policy = policy_with(rule("many", "claim.quantity > 1"))
    decide(policy, quantity=2)
    explained = ask("C1", "reviewer", policy=policy)
    assert [(each.rule, each.fired, each.when) for each in explained.rules] == [("many", True, "claim.quantity > 1")]
    other = ask("C1", "reviewer")
    assert (other.policy_from, other.rules[0].when) == ("another", None)
    assert f"policy {policy.version}: no service kept it" in other.notes[0]
    assert ask("C1", "buyer").changes_note == ENGLISH.not_worked_out


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_buyer_is_told_nothing_that_teaches_evasion(
    decided: Decided, plan: Plan, policy: Policy, language: str
) -> None:
    """No column, code, reason, rule, list, device or id of others, and no number but those of what the buyer gets."""
    words = {reason.code for reason in (column.reason for column in plan.columns)} | set(plan.names)
    words |= {text for column in plan.columns for text in (column.reason.text.en, column.reason.text.zh)}
    words |= {rule.id for rule in policy.rules} | set(policy.lists)
    words |= {
        "auto_approve",
        "pre_payment",
        "manual_review",
        "audit",
        "probab",
        "threshold",
        "feature",
        "device",
        "D1",
        "B1",
    }
    outcomes = set()
    for answer in decided.answers:
        explained = decided.ask(answer.claim_id, "buyer", language)
        assert isinstance(explained, BuyerExplanation)
        text = text_of(explained)
        assert [word for word in words if word in text] == []
        given = answer.entitlements
        allowed = [
            "24",
            "22",
            str(answer.as_of_ms),
            answer.claim_id,
            given.rma_number or "",
            str(given.refund_due_days),
        ]
        allowed += [str(given.quota.limit), str(given.quota.left)] if given.quota else []
        left = re.sub(r"\d{4}(-|年)\d\d(-|月)\d\d", "", text)  # days on which something ends
        assert set(re.findall(r"\d+", left)) <= {number for each in allowed for number in re.findall(r"\d+", each)}
        outcomes.add(explained.outcome)
    assert outcomes == {"granted", "with_a_person"}


def test_buyer_is_told_the_same_whatever_the_hidden_parts_of_the_answer_say(decided: Decided) -> None:
    """Probability, costs, thresholds, reasons, rules, audit and versions don't show through in any way."""
    before = {answer.claim_id: decided.ask(answer.claim_id, "buyer", models=Models()) for answer in decided.answers}
    chance = random.Random(3)
    rows = sa.select(DECISION.c.claim_id, DECISION.c.answer, DECISION.c.abuse_probability)
    with decided.store.writing() as connection:
        kept = connection.execute(rows).all()
        for answer in decided.answers:
            hidden = {
                "abuse_probability": chance.random(),
                "costs": [cost.model_copy(update={"expected_cost_minor": chance.random()}) for cost in answer.costs],
                "action_changes_below": chance.random(),
                "action_changes_above": chance.random(),
                "runner_up": None,
                "recovery_probability": chance.random(),
                "capacity_price_minor": chance.random(),
                "review_gain_minor": chance.random(),
                "rules": ["a", "b"],
                "reasons": [],
                "rule_reasons": [],
                "audit": None,
                "catalog_hash": "x",
            }
            changed = answer.model_copy(update=hidden).model_dump_json()
            connection.execute(
                sa.update(DECISION).where(DECISION.c.claim_id == answer.claim_id).values(
                    answer=changed, abuse_probability=chance.random()
                )
            )  # fmt: skip
    after = {claim_id: decided.ask(claim_id, "buyer", models=Models()) for claim_id in before}
    with decided.store.writing() as connection:
        for row in kept:
            values = {"answer": row.answer, "abuse_probability": row.abuse_probability}
            connection.execute(sa.update(DECISION).where(DECISION.c.claim_id == row.claim_id).values(values))
    assert after == before


def test_merchant_is_told_nothing_of_what_the_buyer_did_elsewhere(decided: Decided, plan: Plan) -> None:
    """Reasons of the goods, the merchant and this claim; no numbers of the model, no ids of the buyer or devices."""
    hidden = ("buyer_", "device", "address", "payment", "ring", "evidence_reuse", "claim_text")
    texts = {
        text
        for column in plan.columns
        if column.reason.code.startswith(hidden) and column.reason.code != "buyer_at_merchant"
        for text in (column.reason.text.en, column.reason.text.zh)
    }
    assert len(texts) > 20
    seen = set()
    for answer in decided.answers:
        explained = decided.ask(answer.claim_id, "merchant")
        assert isinstance(explained, MerchantExplanation)
        text = text_of(explained)
        assert [each for each in (*texts, *plan.names, '"B', "D1", "probab", "share", "audit") if each in text] == []
        assert not re.search(r"\d\.\d", text)
        assert (explained.charged_to, explained.authority) == (answer.charged_to, answer.authority)
        seen |= {reason.text for reason in explained.reasons}
    assert seen


def changes(explained: BuyerExplanation) -> list[tuple[ChangeName, str]]:
    return [(each.change, each.leads_to) for each in explained.changes]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        # without pictures the model finds it abusive; with some, it doesn't
        ({"claim_type": "return_refund"}, ["add_pictures"]),
        # nothing entitles the platform to charge for a refund-only claim, and the law does for a return
        ({"authority": None, "evidence_count": 3}, ["return_the_goods"]),
        ({"authority": None}, ["return_the_goods_with_pictures"]),
        (
            {"authority": None, "evidence_count": 3, "reason": "not_received", "order": {"delivered_at_ms": None}},
            ["wait_for_the_goods"],
        ),
    ],
)
def test_change_that_would_have_led_to_another_outcome_is_named(
    decide: Callable[..., Answer], ask: Ask, claim: dict[str, Any], expected: list[ChangeName]
) -> None:
    """Worked out by deciding the claim again; and who files it so, is granted it."""
    assert decide(**claim).action == "manual_review"
    explained = ask("C1", "buyer")
    assert explained.outcome == "with_a_person"
    assert changes(explained) == [(name, "granted") for name in expected]
    assert [each.text for each in explained.changes] == [ENGLISH.changes[name] for name in expected]
    assert explained.changes_note == ENGLISH.no_promise


@pytest.mark.parametrize("filed", [{}, {"authority": None}])
def test_claim_filed_with_the_change_is_granted(decide: Callable[..., Answer], filed: dict[str, Any]) -> None:
    """The counterfactual and the service agree."""
    assert decide(claim_type="return_refund", evidence_count=3, **filed).action == "auto_approve"


def test_claim_that_no_change_would_have_helped_is_told_so(decide: Callable[..., Answer], ask: Ask) -> None:
    """Honestly, and without a word on why."""
    decide(quantity=RISKY_QUANTITY)
    explained = ask("C1", "buyer")
    assert (explained.changes, explained.changes_note) == ([], ENGLISH.none_helps)
    assert text_of(ask("C1", "buyer", "zh-CN")).count(CHINESE.none_helps) == 1


def test_claim_in_which_nothing_can_be_changed_is_told_so(decide: Callable[..., Answer], ask: Ask) -> None:
    """A return of unwanted goods has nothing to show and nothing else to ask for."""
    decide(quantity=RISKY_QUANTITY, claim_type="return_refund", reason="changed_mind")
    assert ask("C1", "buyer").changes_note == ENGLISH.nothing_to_try


def test_granted_claim_can_go_to_a_person(decide: Callable[..., Answer], ask: Ask) -> None:
    """That is the buyer's right, and nothing else is needed."""
    decide(evidence_count=3)
    explained = ask("C1", "buyer")
    assert explained.outcome == "granted"
    assert changes(explained) == [("ask_for_a_person", "with_a_person")]
    assert explained.changes_note == ENGLISH.nothing_needed
    assert explained.how == ENGLISH.by_machine


def test_buyer_who_asked_for_a_person_is_told_that(decide: Callable[..., Answer], ask: Ask) -> None:
    """Rather than what else would have helped."""
    decide(human_requested=True, evidence_count=3)
    explained = ask("C1", "buyer")
    assert (explained.decision, explained.changes_note) == (ENGLISH.asked, ENGLISH.asked_yourself)


def test_claim_that_no_machine_could_judge_is_told_so(store: Store, policy: Policy, ask: Ask) -> None:
    """It isn't the buyer's doing, and nothing was checked."""
    ClaimDesk(store, policy, None, lambda _: NOW_MS).score(make_claim("C1"))
    explained = ask("C1", "buyer")
    assert (explained.how, explained.changes_note) == (ENGLISH.not_checked, ENGLISH.nothing_to_try)
    assert ask("C1", "reviewer").notes == ["there was no model when it was decided"]


@pytest.mark.parametrize(("granted", "outcome"), [(False, "decided_by_a_person"), (True, "granted")])
def test_ruling_is_told_unless_it_is_an_audits(
    decide: Callable[..., Answer], ask: Ask, store: Store, granted: bool, outcome: str
) -> None:
    """Whoever ruled on a claim that was granted audited it, of which the buyer is not to know."""
    decide(evidence_count=3 if granted else 0)
    before = ask("C1", "buyer")
    with store.writing() as connection:
        insert_events(
            connection,
            [
                Event(
                    event_id="ruled", kind=EventKind.CLAIM_ADJUDICATED, occurred_at_ms=NOW_MS + DAY_MS,
                    known_at_ms=NOW_MS + DAY_MS, claim_id="C1", verdict="legitimate",
                    verdict_source="audit" if granted else "reviewer",
                )
            ],
        )  # fmt: skip
    after = ask("C1", "buyer")
    assert after.outcome == outcome
    assert (after == before) is granted


def test_claim_that_was_never_decided_has_no_explanation(decided: Decided) -> None:
    """Whoever asks gets None, to say so."""
    assert decided.answers
    assert decided.ask("nobody", "buyer") is None


def test_decision_of_before_facts_were_kept_is_explained_as_far_as_it_goes(
    decide: Callable[..., Answer], ask: Ask, store: Store
) -> None:
    """From its answer, with a note."""
    decide()
    with store.writing() as connection:
        connection.execute(sa.update(DECISION).values(facts=None))
    explained = ask("C1", "reviewer")
    assert (explained.claim, explained.reasons_from) == (None, "answer")
    assert explained.notes == ["claim 'C1' was decided before facts were kept; it can't be made again"]
    assert ask("C1", "buyer").changes_note == ENGLISH.not_worked_out
    assert ask("C1", "merchant").claim is None


def test_language_is_the_policys_where_none_is_asked(decide: Callable[..., Answer], ask: Ask, policy: Policy) -> None:
    """As it is for reasons."""
    decide()
    assert ask("C1", "buyer", None).language == policy.reasons.language


@pytest.mark.parametrize("audience", ["reviewer", "merchant"])
def test_reasons_without_the_model_of_then_are_in_the_language_asked_for(decided: Decided, audience: str) -> None:
    """They were given in the policy's; who reads another one isn't left with its sentences."""
    compared = 0
    for answer in decided.answers:
        told = {
            language: decided.ask(answer.claim_id, audience, language, models=Models()).reasons
            for language in ("en", "zh-CN")
        }
        assert len(told["en"]) == len(told["zh-CN"])
        compared += len(told["en"])
        assert [reason.text for reason in told["en"] if re.search("[一-鿿]", reason.text)] == []
        assert [reason.text for reason in told["zh-CN"] if not re.search("[一-鿿]", reason.text)] == []
    assert compared > 0


def test_languages_say_the_same_things() -> None:
    """Each sentence is there in each language, with the same things to fill in, and nothing is left in another."""
    for name in (each.name for each in fields(ENGLISH)):
        one, other = getattr(ENGLISH, name), getattr(CHINESE, name)
        assert type(one) is type(other)
        if isinstance(one, dict):
            assert one.keys() == other.keys()
            pairs = list(zip(one.values(), other.values(), strict=False))
        else:
            pairs = list(zip(one, other, strict=True)) if isinstance(one, tuple) else [(one, other)]
        for english, chinese in pairs:
            assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese))
            assert not re.search("[一-鿿]", english)
            assert name == "date" or re.search("[一-鿿]", chinese)
    assert WORDS.keys() == {"en", "zh-CN"}
