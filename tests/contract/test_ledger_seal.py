"""Seals over the ledger, on every kind of database: whatever was changed, taken away or added is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.store import Store
from features.store.prune import PRUNED_INFO
from features.store.schema import EVENT, VECTOR
from serving.ledger import DECISION
from serving.ledger_seal import rows as rows_module
from serving.ledger_seal import sealing, verifying
from serving.ledger_seal.anchors import append_anchors, read_anchors
from serving.ledger_seal.chain import SealError, SealKeys
from serving.ledger_seal.sealing import Wanted, count_late, seal_ledger
from serving.ledger_seal.tables import LEDGER_SEAL, LEDGER_SEAL_ROW, Seal, read_seals
from serving.ledger_seal.verifying import Verified, verify_ledger
from tests.contract.decided import decide
from tests.unit.serving.claims import DAY_MS, HOUR_MS, NOW_MS

NO_KEY, KEY, OTHER_KEY = SealKeys(), SealKeys((b"a key of sixteen or more",)), SealKeys((b"another key of that sort",))
LATER_MS = NOW_MS + 100 * DAY_MS


def seal(store: Store, until_ms: int = LATER_MS, keys: SealKeys = NO_KEY, *, late: bool = False) -> list[Seal]:
    return list(seal_ledger(store, Wanted(until_ms=until_ms, late=late), keys, now_ms=LATER_MS))


def found(store: Store, keys: SealKeys = NO_KEY, **given: object) -> list[str]:
    return [finding.line() for finding in verify_ledger(store, keys, Verified(), **given)]


def write(store: Store, statement: sa.Executable) -> None:
    with store.writing() as connection:
        assert connection.execute(statement).rowcount > 0


@pytest.fixture
def sealed(store: Store) -> Store:
    """Eight decisions under three seals of periods, and one that is not sealed yet."""
    decide(store, 9)
    for hours in (3, 5, 8):
        assert len(seal(store, NOW_MS + hours * HOUR_MS)) == 1
    return store


def test_ledger_that_nobody_touched_is_verified(sealed: Store) -> None:
    """No finding, and what was looked at is told."""
    verified = Verified()
    assert list(verify_ledger(sealed, NO_KEY, verified)) == []
    assert (verified.seals, verified.rows, verified.keyed, verified.not_sealed) == (3, 8, 0, 1)
    assert verified.head is not None
    assert verified.head.number == 3


def test_every_column_of_a_decision_is_covered(sealed: Store) -> None:
    """Whichever column somebody changes, the claim is named; put back, all is well."""
    with sealed.reading() as connection:
        row = connection.execute(sa.select(DECISION).where(DECISION.c.claim_id == "C001")).mappings().one()
    of_row = sa.update(DECISION).where(DECISION.c.claim_id == "C001")
    for column in DECISION.c:
        if column.name == "claim_id":
            continue
        was = row[column.name]
        for value in {str: ["x"], int: [7], float: [0.1234567], bool: [True, False]}[column.type.python_type]:
            if value == was:
                continue
            write(sealed, of_row.values({column.name: value}))
            assert "changed: the decision on claim 'C001' (seal 1)" in found(sealed), column.name
        if column.nullable and was is not None:
            write(sealed, of_row.values({column.name: None}))
            assert found(sealed) == ["changed: the decision on claim 'C001' (seal 1)"], column.name
        write(sealed, of_row.values({column.name: was}))
    assert found(sealed) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            sa.update(DECISION).where(DECISION.c.claim_id == "C004").values(action="auto_approve"),
            "changed: the decision on claim 'C004' (seal 2)",
        ),
        (sa.delete(DECISION).where(DECISION.c.claim_id == "C007"), "missing: the decision on claim 'C007' (seal 3)"),
        (
            sa.update(VECTOR).where(VECTOR.c.claim_id == "C002").values(vector=b"\0" * 8),
            "changed: the feature vector of claim 'C002' (seal 1)",
        ),
        (
            sa.delete(VECTOR).where(VECTOR.c.claim_id == "C002"),
            "missing: the feature vector of claim 'C002' (seal 1)",
        ),
        (
            sa.update(EVENT).where(EVENT.c.event_id == "claim_filed:C001").values(claim_text="other words"),
            "changed: the filing of claim 'C001' (seal 1)",
        ),
        (
            sa.delete(EVENT).where(EVENT.c.event_id == "claim_filed:C001"),
            "missing: the filing of claim 'C001' (seal 1)",
        ),
    ],
)
def test_what_was_changed_is_named(sealed: Store, change: sa.Executable, line: str) -> None:
    """A decision, the vector that it was made on, and what the buyer filed: one finding, and no false one."""
    write(sealed, change)
    assert found(sealed) == [line]


def test_decision_that_turns_up_in_a_sealed_period_is_named_as_inserted(sealed: Store) -> None:
    """Nobody can add a past; unless somebody takes late ones in on purpose, and then the seal says how many."""
    with sealed.writing() as connection:
        row = dict(connection.execute(sa.select(DECISION).where(DECISION.c.claim_id == "C001")).mappings().one())
        connection.execute(sa.insert(DECISION).values({**row, "claim_id": "forged"}))
    line = "inserted: the decision on claim 'forged' lies in a sealed period, and no seal has it"
    assert found(sealed) == [line]
    assert seal(sealed, NOW_MS + 10 * HOUR_MS)[0].rows == 1
    assert found(sealed) == [line], "a later seal doesn't cover it up"
    with sealed.reading() as connection:
        assert count_late(connection) == 1
    made = seal(sealed, late=True)
    assert [(each.rows, each.late_rows) for each in made] == [(1, 1)]
    assert found(sealed) == []


def test_digest_of_no_seal_does_not_hide_an_inserted_decision(sealed: Store) -> None:
    """Who adds a decision and a digest for it is found too, whatever seal the digest names."""
    with sealed.writing() as connection:
        row = dict(connection.execute(sa.select(DECISION).where(DECISION.c.claim_id == "C001")).mappings().one())
        connection.execute(sa.insert(DECISION).values({**row, "claim_id": "forged"}))
        digest = dict(connection.execute(sa.select(LEDGER_SEAL_ROW).limit(1)).mappings().one())
        connection.execute(sa.insert(LEDGER_SEAL_ROW).values({**digest, "claim_id": "forged", "seal_number": 99}))
    assert found(sealed) == ["inserted: a digest of claim 'forged' belongs to no seal"]
    write(sealed, sa.update(LEDGER_SEAL_ROW).where(LEDGER_SEAL_ROW.c.claim_id == "forged").values(seal_number=2))
    assert "seal broken: seal 2 covers 2 decisions; 3 digests are there" in found(sealed)


def test_decision_removed_with_its_digest_breaks_its_seal(sealed: Store) -> None:
    """The seal knows how many it covers."""
    write(sealed, sa.delete(DECISION).where(DECISION.c.claim_id == "C004"))
    write(sealed, sa.delete(LEDGER_SEAL_ROW).where(LEDGER_SEAL_ROW.c.claim_id == "C004"))
    assert found(sealed) == ["seal broken: seal 2 covers 2 decisions; 1 digests are there"]


@pytest.mark.parametrize("column", [column.name for column in LEDGER_SEAL.c if column.name != "number"])
def test_every_column_of_a_seal_is_covered(sealed: Store, column: str) -> None:
    """A seal that says something else of itself breaks: its own hash, or the chain."""
    value: object = "0" * 64 if column.endswith("_hash") else "x" if column in {"tool_version", "key_id"} else 12_345
    if column == "key_id":  # a key that nobody has
        write(sealed, sa.update(LEDGER_SEAL).where(LEDGER_SEAL.c.number == 2).values(key_id=value))
        with pytest.raises(SealError, match="seal 2 was made with key x; give that key in CLEARCLAIM_SEAL_KEY"):
            found(sealed)
        return
    write(sealed, sa.update(LEDGER_SEAL).where(LEDGER_SEAL.c.number == 2).values({column: value}))
    assert any(line.startswith(("seal broken", "chain broken")) for line in found(sealed))


def reseal(store: Store, keys: SealKeys = NO_KEY) -> None:
    """What somebody does who can write all tables: takes all seals away and makes them again."""
    with store.writing() as connection:
        bounds = [each.to_ms for each in read_seals(connection)]
        connection.execute(sa.delete(LEDGER_SEAL_ROW))
        connection.execute(sa.delete(LEDGER_SEAL))
    for to_ms in bounds:
        seal(store, to_ms, keys)


def test_whoever_rewrites_decisions_and_seals_is_found_by_the_anchor(sealed: Store, tmp_path: Path) -> None:
    """The database alone can't tell; the heads kept elsewhere can, from the first seal on that was rewritten."""
    file = tmp_path / "heads.jsonl"
    with sealed.reading() as connection:
        assert append_anchors(file, read_seals(connection)) == 3
    assert found(sealed, anchors=read_anchors(file)) == []
    write(sealed, sa.update(DECISION).where(DECISION.c.claim_id == "C004").values(action="auto_approve"))
    reseal(sealed)
    assert found(sealed) == []
    lines = found(sealed, anchors=read_anchors(file))
    assert [line.split(" than")[0] for line in lines] == [f"chain broken: seal {n} is another one" for n in (2, 3)]


def test_last_seals_that_were_cut_off_are_found_by_the_anchor(sealed: Store, tmp_path: Path) -> None:
    """A chain cut short looks whole by itself."""
    file = tmp_path / "heads.jsonl"
    with sealed.reading() as connection:
        append_anchors(file, read_seals(connection))
    for table, column in ((LEDGER_SEAL_ROW, "seal_number"), (LEDGER_SEAL, "number")):
        write(sealed, sa.delete(table).where(table.c[column] == 3))
    assert found(sealed) == []
    assert found(sealed, anchors=read_anchors(file)) == [
        f"chain broken: seal 3 is missing, which {file}, line 3 keeps the hash of"
    ]


def test_seal_taken_out_of_the_middle_is_missed(sealed: Store) -> None:
    """Its number is, and what it covered has no seal any more."""
    for table, column in ((LEDGER_SEAL_ROW, "seal_number"), (LEDGER_SEAL, "number")):
        write(sealed, sa.delete(table).where(table.c[column] == 2))
    lines = found(sealed)
    assert lines[0] == "chain broken: seal 2 is missing before seal 3"
    assert sum(line.startswith("inserted: the decision on claim") for line in lines) == 2


def test_seals_with_a_key_are_not_to_be_made_without_it(store: Store) -> None:
    """Not with another key, not without one; and they are verified with that key only, also after it was changed."""
    decide(store, 4)
    assert seal(store, NOW_MS + 2 * HOUR_MS, KEY)[0].key_id == KEY.sealing_id
    assert found(store, KEY) == []
    with pytest.raises(SealError, match="give that key in CLEARCLAIM_SEAL_KEY"):
        found(store, NO_KEY)
    with pytest.raises(SealError):
        found(store, OTHER_KEY)
    both = SealKeys((*OTHER_KEY.keys, *KEY.keys))
    seal(store, NOW_MS + 3 * HOUR_MS, both)
    assert found(store, both) == []
    with store.writing() as connection:  # pretend that another key had been this one
        forged = sa.update(LEDGER_SEAL).where(LEDGER_SEAL.c.number == 1).values(key_id=OTHER_KEY.sealing_id)
        connection.execute(forged)
    assert found(store, both) == ["seal broken: the hash of seal 1 doesn't come from what it covers"]


def test_seals_made_again_without_the_key_are_found(store: Store) -> None:
    """Whoever rewrites a keyed chain as one without keys is found by whoever has the key."""
    decide(store, 4)
    seal(store, NOW_MS + 2 * HOUR_MS, KEY)
    reseal(store, NO_KEY)
    assert found(store, KEY) == ["seal broken: seal 1, the last one, has no key, and one is given; seal again"]


def test_filings_that_were_pruned_are_counted_and_not_found(sealed: Store) -> None:
    """Old events may go by a command that writes down up to where; decisions and vectors stay covered."""
    with sealed.writing() as connection:
        connection.execute(sa.delete(EVENT).where(EVENT.c.known_at_ms < NOW_MS + 2 * HOUR_MS))
        sealed.set_info(connection, PRUNED_INFO, str(NOW_MS + 2 * HOUR_MS))
    verified = Verified()
    assert list(verify_ledger(sealed, NO_KEY, verified)) == []
    assert verified.filings_pruned == 2
    write(sealed, sa.delete(EVENT).where(EVENT.c.event_id == "claim_filed:C003"))
    assert found(sealed) == ["missing: the filing of claim 'C003' (seal 2)"]


def test_column_that_a_later_version_adds_does_not_break_old_seals(
    sealed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is null isn't covered; once somebody fills it in for an old row, that is a change."""
    with sealed.writing() as connection:
        connection.execute(sa.text("ALTER TABLE decision ADD COLUMN spooled_at_ms BIGINT"))
    wider = sa.Table(
        "decision", sa.MetaData(), *(column._copy() for column in DECISION.c), sa.Column("spooled_at_ms", sa.BigInteger)
    )
    monkeypatch.setattr(rows_module, "DECISION", wider)
    assert found(sealed) == []
    write(sealed, sa.update(wider).where(wider.c.claim_id == "C001").values(spooled_at_ms=5))
    assert found(sealed) == ["changed: the decision on claim 'C001' (seal 1)"]


def test_long_period_is_sealed_bit_by_bit_and_read_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small seals and small parts cover each decision once, and what was changed in any of them is named."""
    monkeypatch.setattr(sealing, "SEAL_ROWS", 4)
    for module in (sealing, verifying):
        monkeypatch.setattr(module, "PART_ROWS", 3)
    decide(store, 10)
    seals = seal(store)
    assert [each.rows for each in seals] == [4, 4, 2]
    assert [(one.to_ms, one.root_hash) for one in seals[:-1]] == [
        (each.from_ms, each.previous_hash) for each in seals[1:]
    ]
    assert seals[-1].to_ms == LATER_MS
    assert found(store) == []
    write(store, sa.update(DECISION).where(DECISION.c.claim_id.in_(["C003", "C009"])).values(action="x"))
    assert found(store) == [
        f"changed: the decision on claim '{claim}' (seal {n})" for claim, n in (("C003", 1), ("C009", 3))
    ]


def test_seals_are_the_same_whatever_the_database(store: Store) -> None:
    """Digests hang on what was decided and not on where it is kept: SQLite and PostgreSQL give this very hash."""
    with store.writing() as connection:
        DECISION.metadata.create_all(connection)
        for number, name in enumerate(["a", "Z", "é", "中"]):
            row = {
                "claim_id": name, "decided_at_ms": 5, "content_hash": "00", "action": "auto_approve",
                "policy_version": "p", "answer": "{}", "abuse_probability": 0.1 + number, "audited": bool(number % 2),
                "audit_propensity_ppm": 10**number,
            }  # fmt: skip
            connection.execute(sa.insert(DECISION).values(row))
    seal(store, 10)
    with store.reading() as connection:
        rows = connection.execute(
            sa.select(LEDGER_SEAL_ROW).order_by(LEDGER_SEAL_ROW.c.decided_at_ms, LEDGER_SEAL_ROW.c.claim_id)
        ).all()
    assert [row.claim_id for row in rows] == ["Z", "a", "é", "中"]
    assert [row.decision_digest.hex()[:8] for row in rows] == ["f2cf3ffd", "2c792199", "2666f3f5", "24cd8a41"]
    assert found(store) == []


def test_period_without_decisions_is_sealed_too(sealed: Store) -> None:
    """So that nobody can put one there; and the same moment is not sealed twice."""
    seal(sealed, NOW_MS + 20 * HOUR_MS)
    made = seal(sealed, NOW_MS + 30 * HOUR_MS)
    assert [(each.number, each.rows) for each in made] == [(5, 0)]
    assert seal(sealed, NOW_MS + 30 * HOUR_MS) == []
    assert found(sealed) == []


def test_moment_to_come_is_refused(store: Store) -> None:
    """A period that is not over can't be complete."""
    decide(store, 1)
    with pytest.raises(SealError, match="to come"):
        seal(store, LATER_MS + 1)


def test_two_who_seal_at_once_make_one_seal(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told to do it again."""
    decide(store, 2)
    monkeypatch.setattr(sealing, "_write", lambda *made: (original(*made), original(*made)))
    with pytest.raises(SealError, match="somebody else made seal 1 at the same time"):
        seal(store)
    monkeypatch.undo()
    assert seal(store) == []
    assert found(store) == []


original: Callable[..., None] = sealing._write


def test_lines_of_an_anchor_that_are_none_are_refused(tmp_path: Path) -> None:
    """With file and line."""
    file = tmp_path / "heads.jsonl"
    for line in ("x", "[]", '{"number": 1}', json.dumps({"number": "1", "hash": "a"})):
        file.write_text(f'{{"number":1,"hash":"a"}}\n{line}\n')
        with pytest.raises(SealError, match=r"heads\.jsonl, line 2"):
            read_anchors(file)
    with pytest.raises(SealError, match="no such file; name the one"):
        read_anchors(tmp_path / "nowhere")
