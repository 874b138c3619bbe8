"""Past decisions come out again bit for bit, on every kind of database, with the model and the policy of then."""

from __future__ import annotations

import json
import random
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from features.store.schema import EVENT, VECTOR
from serving.bundle import write_bundle
from serving.claim_desk import ClaimDesk
from serving.ledger import DECISION
from serving.lists import LISTS_METADATA, add_members, remove_members
from serving.model import Model, load_model
from serving.past_decision.again import ReplayError
from serving.past_decision.models import FoundModel
from serving.past_decision.running import Replayed, page, replay_decision
from serving.policy import Policy, default_policy_path, parse_policy_text, read_policy
from serving.policy_versions import POLICIES_METADATA, find_policy_text, remember_policy
from tests.unit.serving.claims import CONSENT, DAY_MS, HOUR_MS, NOW_MS, make_claim
from tests.unit.serving.small_champion import RISKY_QUANTITY, champion_contents
from tests.unit.serving.small_reader import small_reader

CLAIMS = 40
RULES = """
[[rules]]
id = "vip"
date = 2020-01-01
priority = 10
when = 'lists.vip_buyers && claim.amount_minor < 20000'
then.platform_bears = true

[[rules]]
id = "many"
date = 2020-01-01
priority = 9
when = 'claim.quantity > 40'
then.reason.en = "Many units"
then.reason.zh-CN = "件数较多"

[[rules]]
id = "asks_history"
date = 2020-01-01
priority = 8
when = 'buyer.claims_1d > 3'
then.forbid = ["auto_approve"]
"""


class Models:
    """Models by version, from memory."""

    def __init__(self, *models: Model) -> None:
        self._models = {model.version: model for model in models}

    def find(self, version: str) -> FoundModel:
        found = self._models.get(version)
        return FoundModel(found, "in memory" if found else "not in memory")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """One that reads texts and tells recovery, too."""
    contents = champion_contents(default_plan(), reader=small_reader(), recovers=True)
    return load_model(write_bundle(tmp_path_factory.mktemp("models") / "then", contents).path, default_plan())


@pytest.fixture(scope="module")
def policy_text() -> str:
    """The shipped policy with rules that ask lists and history, a capacity that makes a price, and many audits."""
    text = default_policy_path().read_text(encoding="utf-8")
    changes = {"share = 0.02 ": "share = 0.5 ", "budget_per_day = 50 ": "budget_per_day = 3 "}
    for old, new in {**changes, "capacity_per_day = 200 ": "capacity_per_day = 3 "}.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text + RULES


@pytest.fixture(scope="module")
def policy(policy_text: str) -> Policy:
    """The policy of that text."""
    return parse_policy_text(policy_text, "then")


def any_claim(number: int) -> dict[str, Any]:
    """Claims of all sorts."""
    chance = random.Random(number)
    return {
        "claim_type": chance.choice(["refund_only", "return_refund", "exchange", "repair"]),
        "reason": chance.choice(["damaged", "changed_mind", "not_received", "other"]),
        "amount_minor": chance.choice([500, 5_000, 60_000, 900_000]),
        "quantity": chance.choice([1, 1, 2, RISKY_QUANTITY]),
        "evidence_count": chance.randrange(3),
        "text": chance.choice([None, "it came broken", "太小了"]),
        "authority": chance.choice([None, CONSENT]),
        "human_requested": chance.random() < 0.1,
        "explain": chance.random() < 0.5,
        "language": chance.choice([None, "en", "zh-CN"]),
        "order": {
            "buyer_id": f"B{chance.randrange(4)}",
            "category_id": chance.choice([None, "electronics"]),
            "delivered_at_ms": chance.choice([None, NOW_MS - 2 * DAY_MS]),
        },
    }


@pytest.fixture
def decided(store: Store, model: Model, policy: Policy) -> Store:
    """Forty decisions, with lists that changed in between and since."""
    store.create(LISTS_METADATA)
    with store.writing() as connection:
        add_members(connection, "vip_buyers", "buyer", ["B1", "B2"], now_ms=NOW_MS, author="ann")
        remove_members(connection, "vip_buyers", ["B1"], now_ms=NOW_MS + CLAIMS // 2 * HOUR_MS, author="ann")
    moments = count(NOW_MS, HOUR_MS)
    desk = ClaimDesk(store, policy, model, lambda _: next(moments))
    for number in range(CLAIMS):
        desk.score(make_claim(f"C{number}", **any_claim(number)))
    with store.writing() as connection:
        remove_members(connection, "vip_buyers", ["B2"], now_ms=NOW_MS + 2 * CLAIMS * HOUR_MS, author="ann")
    return store


def different(done: Replayed) -> list[str]:
    return [pair.line() for pair in done.pairs if not pair.same]


def test_every_decision_comes_out_again_bit_for_bit(decided: Store, model: Model, policy: Policy) -> None:
    """All values of all answers: probabilities, costs, rules, reasons in their language, entitlements, audits."""
    seen: set[str] = set()
    for number in range(CLAIMS):
        done = replay_decision(decided, f"C{number}", policy, Models(model))
        assert different(done) == []
        assert len(done.pairs) > 40
        answer = json.loads(done.entry.answer)
        seen |= {answer["action"], *answer["rules"], answer["recovery_source"]}
        seen |= {"reasons"} if answer["reasons"] else set()
        seen |= {"zh"} if "件数较多" in done.entry.answer else set()
        seen |= {"audit", f"drawn {answer['audit']['drawn']}"} if answer["audit"] else set()
        seen |= {"priced"} if answer["capacity_price_minor"] > 0 else set()
    expected = {
        "auto_approve",
        "manual_review",
        "vip",
        "many",
        "asks_history",
        "model",
        "reasons",
        "zh",
        "audit",
        "priced",
    }
    assert expected <= seen
    assert list(page(done))[-1] == f"all {len(done.pairs)} values are the same"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (sa.update(DECISION).values(abuse_probability=DECISION.c.abuse_probability + 1e-16), "row.abuse_probability"),
        (sa.update(DECISION).values(audited=sa.not_(DECISION.c.audited)), "row.audited"),
        (sa.update(DECISION).values(action="x"), "row.action"),
    ],
)
def test_row_that_was_changed_differs_from_what_comes_out(
    decided: Store, model: Model, policy: Policy, change: sa.Update, place: str
) -> None:
    """Also by the last bit of a float."""
    with decided.writing() as connection:
        audited = sa.select(DECISION.c.claim_id).where(DECISION.c.audited.is_not(None)).order_by(DECISION.c.claim_id)
        claim_id = connection.scalar(audited.where(DECISION.c.abuse_probability < 0.25).limit(1)) or ""
        connection.execute(change.where(DECISION.c.claim_id == claim_id))
    done = replay_decision(decided, claim_id, policy, Models(model))
    assert [line.split()[1] for line in different(done)] == [place]
    assert list(page(done))[-1] == "1 values differ"


def test_answer_and_vector_that_were_changed_differ(decided: Store, model: Model, policy: Policy) -> None:
    """A cost in the stored answer, or the vector that it was made on."""
    with decided.writing() as connection:
        text = connection.scalar(sa.select(DECISION.c.answer).where(DECISION.c.claim_id == "C3")) or ""
        answer = json.loads(text)
        answer["costs"][0]["expected_cost_minor"] += 1
        connection.execute(sa.update(DECISION).where(DECISION.c.claim_id == "C3").values(answer=json.dumps(answer)))
        width = len(decided.plan.columns)
        connection.execute(sa.update(VECTOR).where(VECTOR.c.claim_id == "C4").values(vector=b"\0" * 8 * width))
    changed_cost = different(replay_decision(decided, "C3", policy, Models(model)))
    assert [line.split()[1] for line in changed_cost] == ["costs.1.expected_cost_minor"]
    assert any(
        line.split()[1] == "abuse_probability"
        for line in different(replay_decision(decided, "C4", policy, Models(model)))
    )


def test_missing_model_is_said_and_its_recorded_probabilities_are_taken(decided: Store, policy: Policy) -> None:
    """All but the reasons comes out again all the same."""
    for number in range(0, CLAIMS, 4):
        done = replay_decision(decided, f"C{number}", policy, Models())
        assert "MISSING, so its probabilities are taken as recorded; not in memory" in list(page(done))[1]
        assert all(line.split()[1].startswith("reasons") for line in different(done))


def test_policy_of_then_is_found_as_the_service_kept_it(
    decided: Store, model: Model, policy: Policy, policy_text: str
) -> None:
    """Though another one is current now; where nobody kept it, that is said, and the current one is taken."""
    current = read_policy(default_policy_path())
    without = list(page(replay_decision(decided, "C0", current, Models(model))))
    assert f"policy  {policy.version}: MISSING; give its file with --policy" in without
    assert any(f"judged under the current one, {current.version}, instead" in line for line in without)
    decided.create(POLICIES_METADATA)
    with decided.writing() as connection:
        remember_policy(connection, policy, policy_text, now_ms=NOW_MS)
    done = replay_decision(decided, "C0", current, Models(model))
    assert done.policy.source == "kept"
    assert different(done) == []


def test_policy_is_kept_once_and_as_it_was_first(store: Store) -> None:
    """Several services take up the same policy; what is kept can be read as that very policy."""
    with store.reading() as connection:
        assert find_policy_text(connection, "x") is None
    store.create(POLICIES_METADATA)
    path = default_policy_path()
    policy, text = read_policy(path), path.read_text(encoding="utf-8")
    with store.writing() as connection:
        remember_policy(connection, policy, text, now_ms=1)
        remember_policy(connection, policy, f"# the same again\n{text}", now_ms=2)
    with store.reading() as connection:
        assert find_policy_text(connection, policy.version) == text
        assert parse_policy_text(text, "kept").version == policy.version
        assert connection.execute(sa.text("SELECT first_seen_ms FROM policy_version")).scalars().all() == [1]


def test_filing_that_was_pruned_leaves_the_recorded_probabilities(decided: Store, model: Model, policy: Policy) -> None:
    """A model that reads texts can't be asked without the text; nothing is made up."""
    with decided.writing() as connection:
        connection.execute(sa.delete(EVENT).where(EVENT.c.event_id == "claim_filed:C5"))
    assert all(
        line.split()[1].startswith("reasons")
        for line in different(replay_decision(decided, "C5", policy, Models(model)))
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (sa.delete(DECISION), "claim 'C1' has no decision in store"),
        (sa.update(DECISION).values(facts=None), "claim 'C1' was decided before facts were kept"),
        (sa.update(VECTOR).values(catalog_hash="old"), "its vector is of feature catalogue old"),
    ],
)
def test_what_can_not_be_made_again_is_said_in_a_line(
    decided: Store, model: Model, policy: Policy, change: Any, said: str
) -> None:
    """With the claim and the reason."""
    with decided.writing() as connection:
        connection.execute(change.where(change.table.c.claim_id == "C1"))
    with pytest.raises(ReplayError, match=said):
        replay_decision(decided, "C1", policy, Models(model))


def test_claim_that_nobody_could_judge_comes_out_again(store: Store, policy: Policy) -> None:
    """Without a model then, a person decides now too."""
    desk = ClaimDesk(store, policy, None, lambda _: NOW_MS)
    desk.score(make_claim("C1"))
    done = replay_decision(store, "C1", policy, Models())
    assert different(done) == []
    assert list(page(done))[1] == "model   none: there was none"


def test_answer_from_the_spool_comes_out_again(store: Store, policy: Policy) -> None:
    """It is of the moment at which it was given, and was recorded later."""
    desk = ClaimDesk(store, policy, None, lambda _: NOW_MS + 40 * DAY_MS)
    claim = make_claim("C1", claim_type="return_refund")
    answer = desk.without_history(claim, NOW_MS)
    assert desk.take_in(claim, claim.content_hash(), answer.model_dump_json())
    done = replay_decision(store, "C1", policy, Models())
    assert done.entry.decided_at_ms == NOW_MS + 40 * DAY_MS
    assert different(done) == []
