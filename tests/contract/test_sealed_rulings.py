"""What people ruled is under the seals too, with the steps of its case: whatever was changed is found and named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.cases.tables import CASE_STEP
from serving.ledger_rulings import RULING
from serving.ledger_seal.chain import SealKeys
from serving.ledger_seal.sealing import Wanted, count_late, seal_ledger
from serving.ledger_seal.tables import LEDGER_SEAL_RULING
from serving.ledger_seal.verifying import Verified, verify_ledger
from tests.contract.ruling_room import APPROVE, DENY, Room
from tests.unit.serving.claims import HOUR_MS, NOW_MS

FIRST, SECOND = "console-case-1-3", "console-case-2-3"


def seal(store: Store, hours: int, *, late: bool = False) -> int:
    until_ms = NOW_MS + hours * HOUR_MS
    wanted = Wanted(until_ms=until_ms, late=late)
    return len(list(seal_ledger(store, wanted, SealKeys(), now_ms=until_ms)))


def found(store: Store) -> list[str]:
    return [finding.line() for finding in verify_ledger(store, SealKeys(), Verified())]


@pytest.fixture
def sealed(store: Store) -> Store:
    """Two decisions under a first seal, and a ruling under each of two more."""
    room = Room(store)
    room.file("C1")
    room.file("C2", order_id="order 2")
    assert seal(store, 1) == 1
    for hours, (claim, given) in enumerate([("C1", APPROVE), ("C2", DENY)], 1):
        room.now_ms = NOW_MS + hours * HOUR_MS
        room.desk.rule(room.open(claim).number, "ann", "reviewer", given)
        assert room.release() == 1
        assert seal(store, hours + 1) == 1
    return store


def test_every_change_of_a_ruling_is_named(sealed: Store) -> None:
    """Its row, any step of its case, and whether they are there at all."""
    verified = Verified()
    assert list(verify_ledger(sealed, SealKeys(), verified)) == []
    assert (verified.seals, verified.rulings, verified.rulings_not_sealed) == (3, 2, 0)
    of_first, its_steps = RULING.c.ruling_id == FIRST, CASE_STEP.c.case_number == 1
    changes = {
        sa.update(RULING).where(of_first).values(told="{}"): f"changed: ruling {FIRST!r} (seal 2)",
        sa.update(RULING).where(of_first).values(recorded_at_ms=5): f"changed: ruling {FIRST!r} (seal 2)",
        sa.delete(RULING).where(of_first): f"missing: ruling {FIRST!r} (seal 2)",
        sa.update(CASE_STEP).where(its_steps, CASE_STEP.c.step == "ruled").values(by="bob"): (
            f"changed: the steps of the case of ruling {FIRST!r} (seal 2)"
        ),
        sa.delete(CASE_STEP).where(its_steps): f"missing: the steps of the case of ruling {FIRST!r} (seal 2)",
        sa.delete(LEDGER_SEAL_RULING).where(LEDGER_SEAL_RULING.c.ruling_id == SECOND): (
            "seal broken: the hash of seal 3 doesn't come from what it covers"
        ),
        sa.update(LEDGER_SEAL_RULING)
        .where(LEDGER_SEAL_RULING.c.ruling_id == SECOND)
        .values(seal_number=9): f"inserted: a digest of ruling {SECOND!r} belongs to no seal",
    }
    for change, line in changes.items():
        connection = sealed.engine.connect()
        with connection:  # never committed
            assert connection.execute(change).rowcount > 0
            assert line in _found_in(sealed, connection)
            connection.rollback()
    assert found(sealed) == []


def _found_in(store: Store, connection: sa.Connection) -> list[str]:
    """What is found by somebody who sees an open transaction's changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "reading", lambda: _as_is(connection))
        return found(store)


class _as_is:  # noqa: N801 - a context manager that ends nothing
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sa.Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        return None


def test_ruling_that_turns_up_in_a_sealed_period_is_named_until_it_is_taken_in(sealed: Store) -> None:
    """Nobody can add a past; a later seal takes it in only on purpose."""
    with sealed.writing() as connection:
        row = dict(connection.execute(sa.select(RULING).where(RULING.c.ruling_id == FIRST)).mappings().one())
        connection.execute(sa.insert(RULING).values({**row, "ruling_id": "forged"}))
    line = "inserted: ruling 'forged' lies in a sealed period, and no seal has it"
    assert seal(sealed, 20) == 1
    assert found(sealed) == [line]
    with sealed.reading() as connection:
        assert count_late(connection) == 1
    assert seal(sealed, 30, late=True) == 1
    assert found(sealed) == []


def test_seals_of_before_there_were_rulings_stay_good(sealed: Store) -> None:
    """A store that lacks their tables is verified as it always was."""
    with sealed.writing() as connection:
        connection.execute(sa.delete(LEDGER_SEAL_RULING))
        connection.execute(sa.text("DELETE FROM ledger_seal WHERE number > 1"))
        for table in (RULING, LEDGER_SEAL_RULING):
            table.drop(connection)
    assert found(sealed) == []
