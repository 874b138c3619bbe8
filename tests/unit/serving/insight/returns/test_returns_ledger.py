"""What the ledger tells of claims, and of policies."""

import json

import pyarrow as pa
import pytest
import sqlalchemy as sa

from features.event_file import from_events
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.insight.keeping import every
from serving.insight.parts import Part
from serving.insight.refreshing import refresh
from serving.insight.returns.body import of_body
from serving.insight.returns.ledger import SCHEMA, Ledger, changes_of, read_ledger
from serving.insight.returns.part import RETURNS, compute_returns
from serving.ledger import LEDGER_METADATA, LedgerEntry, record_decision
from serving.ledger_rulings import RULINGS_METADATA, RulingEntry, record_ruling
from serving.policy import default_policy_path, read_policy
from tests.spec.drawing import BASE_MS, draw

DAY_MS = 86_400_000
POLICY = read_policy(default_policy_path())
UNTIL_MS = BASE_MS + 30 * DAY_MS
SAID = 'he wrote "charged_to":"merchant" and "freight_payer":"buyer"'


def decision(claim_id: str, at_ms: int, **answer: object) -> LedgerEntry:
    """A decision whose answer says this."""
    said = {"reasons": [], "text": SAID, **answer}
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return LedgerEntry(claim_id, at_ms, "c0ffee", "manual_review", None, None, "v1", body)


def ruling(number: int, refund_minor: int | None, **told: object) -> RulingEntry:
    """A ruling on claim `b`, the later the higher its number."""
    return RulingEntry(
        ruling_id=f"r{number}", claim_id="b", case_number=number, kind="review",
        recorded_at_ms=BASE_MS + number * DAY_MS, ruling="approve", refund_minor=refund_minor,
        denial_reason=None, verdict="legitimate", merchant_at_fault=None,
        ruled_by="ann", proposed_by=None, told=json.dumps({"text_for_buyer": SAID, **told}, separators=(",", ":")),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    """Two claims that were decided, one of them ruled on three times."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    opened.create(LEDGER_METADATA)
    opened.create(RULINGS_METADATA)
    events = draw("""
        known_at | kind        | claim | claim_type    | amount
        1d       | claim_filed | a     | return_refund | 500
        2d       | claim_filed | b     | return_refund | 700
    """).events
    import_events(opened, from_events(list(events)), "drawn")
    otherwise = [{"feature": "claim_text_disagreement", "value": 0.8}]
    with opened.writing() as connection:
        record_decision(
            connection,
            decision(
                "a",
                BASE_MS + DAY_MS,
                charged_to="platform",
                entitlements={"freight_payer": "merchant"},
                reasons=otherwise,
            ),
        )
        record_decision(connection, decision("b", BASE_MS + 2 * DAY_MS, charged_to=None))
        record_ruling(connection, ruling(5, 700, charged_to="platform"))
        record_ruling(connection, ruling(6, 400, charged_to="merchant"))
        record_ruling(connection, ruling(7, None))  # an audit releases nothing
    yield opened
    opened.close()


def test_ledger_is_read_past_what_people_wrote(store: Store) -> None:
    """The last ruling that releases money counts, and a text that looks like a key is none."""
    with store.reading() as connection:
        rows = {row["claim_id"]: row for row in read_ledger(connection, BASE_MS, UNTIL_MS).rows.to_pylist()}
    first, second = rows["a"], rows["b"]
    assert (first["charged_to"], first["freight_payer"], first["read_otherwise"]) == ("platform", "merchant", True)
    assert (second["charged_to"], second["freight_payer"], second["read_otherwise"]) == ("merchant", None, False)
    assert (first["ruled_refund_minor"], second["ruled_refund_minor"]) == (None, 400)


def test_store_without_a_ledger_tells_nothing() -> None:
    """What was only ever imported has no decisions of ours."""
    with sa.create_engine("sqlite://").connect() as connection:
        assert len(read_ledger(connection, 0, UNTIL_MS).rows) == 0


def test_part_keeps_three_periods_and_reads_the_ledger(store: Store) -> None:
    """A year, 90 and 30 days, each with what the ledger tells; nothing of an empty store."""
    refresh(store, POLICY, UNTIL_MS, parts=[Part(RETURNS, compute_returns)])
    with store.reading() as connection:
        kept = every(connection, RETURNS)
    assert [each.key for each in kept] == ["365", "90", "30"]
    returns = of_body(kept[0].body)
    assert returns.costs.freight == {"buyer": 0, "merchant": 1, "platform": 0, "untold": 1}
    assert returns.total.refunded_minor == 400
    assert returns.reasons[0].read_otherwise.count == 1
    refresh(store, POLICY, BASE_MS, parts=[Part(RETURNS, compute_returns)])
    with store.reading() as connection:
        assert every(connection, RETURNS) == []


def versions(*of_days: str) -> Ledger:
    """Decisions of each day, an hour apart, a letter for the version of each."""
    rows = [
        {
            "claim_id": f"{day}-{hour}",
            "decided_at_ms": BASE_MS + day * DAY_MS + hour * 3_600_000,
            "policy_version": version,
        }
        for day, of_day in enumerate(of_days)
        for hour, version in enumerate(of_day)
    ]
    return Ledger(pa.Table.from_pylist(rows, schema=SCHEMA))


@pytest.mark.parametrize(
    ("of_days", "changes"),
    [
        (("aaa", "aaa"), []),
        (("aaa", "bbb"), [("a", "b", 1, 0)]),
        (("aaa", "aababb", "bbb"), [("a", "b", 1, 2)]),  # restarted one after another: one change
        (("aaa", "bbb", "aaa"), [("a", "b", 1, 0), ("b", "a", 2, 0)]),  # and back
        ((), []),
    ],
)
def test_change_of_policy_is_when_another_version_decides_most(of_days, changes) -> None:
    """The day's majority counts, from the first decision of the new version on that day."""
    found = [(each.before, each.after, each.at_ms) for each in changes_of(versions(*of_days), POLICY)]
    assert found == [(then, now, BASE_MS + day * DAY_MS + hour * 3_600_000) for then, now, day, hour in changes]
