"""A ledger of before is refused with the way out, and an upgrade brings it along with its decisions."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner

from features.store import StoreError
from serving.claim_desk import ClaimDesk
from serving.cli import main
from serving.ledger import (
    DECISION,
    LEDGER_METADATA,
    LedgerEntry,
    find_decision,
    record_decision,
    upgrade_ledger,
    upgrade_ledger_at,
)
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.claims import NOW_MS, make_claim

# the ledger and an answer in it as they were before prices and audits
OLD_LEDGER = """
CREATE TABLE decision (
    claim_id TEXT NOT NULL, decided_at_ms BIGINT NOT NULL, content_hash TEXT NOT NULL, action TEXT NOT NULL,
    abuse_probability {double}, model_version TEXT, policy_version TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (claim_id)
)
"""
OLD_ANSWER = """{"claim_id":"C1","action":"manual_review","cause":"least_cost","abuse_probability":0.25,"costs":[
{"action":"manual_review","expected_cost_minor":892.5,"available":true,"why":"always_available"},
{"action":"pre_payment_compensation","expected_cost_minor":1950.0,"available":true,"why":"no_authority"},
{"action":"auto_approve","expected_cost_minor":1500.0,"available":false,"why":"no_authority"}],
"runner_up":"pre_payment_compensation","action_changes_below":0.05,"action_changes_above":null,"authority":null,
"charged_to":null,"recovery_probability":0.8,"recovery_source":"policy_default","reasons":[],
"as_of_ms":1735689600000,"model_version":"0123456789ab","policy_version":"ba9876543210",
"catalog_hash":"0123456789abcdef","degraded":false,"replayed":false}"""


def desk_of(store) -> ClaimDesk:
    return ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS)


@pytest.fixture
def old_store(store, database):
    """A store whose ledger an older clearclaim made, with one decision in it."""
    claim = make_claim("C1")
    with store.writing() as connection:
        double = "DOUBLE" if database == "sqlite" else "DOUBLE PRECISION"
        connection.exec_driver_sql(OLD_LEDGER.format(double=double))
        row = ("C1", NOW_MS, claim.content_hash(), "manual_review", 0.25, "0123456789ab", "ba9876543210", OLD_ANSWER)
        names = (
            *("claim_id", "decided_at_ms", "content_hash", "action", "abuse_probability"),
            *("model_version", "policy_version", "answer"),
        )
        connection.execute(sa.insert(DECISION).values(dict(zip(names, row, strict=True))))
    return store


def test_service_on_an_older_ledger_is_refused_with_the_way_out(old_store):
    """Nothing is changed without being asked for; the message says in one line what to run."""
    with pytest.raises(StoreError, match=r"ledger was made by an older clearclaim; run 'clearclaim store upgrade") as e:
        desk_of(old_store)
    assert "\n" not in str(e.value)
    with old_store.reading() as connection:
        assert len(sa.inspect(connection).get_columns("decision")) == 8


def test_upgraded_ledger_answers_a_repeated_claim_as_before(old_store):
    """A claim that was decided by the older service gets that very answer; fields of today have their defaults."""
    assert upgrade_ledger(old_store.engine)
    answer = desk_of(old_store).score(make_claim("C1"))
    assert (answer.replayed, answer.action, answer.abuse_probability) == (True, "manual_review", 0.25)
    assert (answer.policy_version, answer.audit, answer.review_gain_minor) == ("ba9876543210", None, None)


def test_upgraded_ledger_keeps_old_decisions_and_takes_new_ones(old_store):
    """What an old row never had is missing there, and new rows carry it."""
    upgrade_ledger(old_store.engine)
    with old_store.writing() as connection:
        old = find_decision(connection, "C1")
        assert old is not None
        assert old.answer == OLD_ANSWER
        assert (old.facts, old.audited, old.capacity_price_minor) == (None, None, None)
        new = LedgerEntry(**{name: getattr(old, name) for name in DECISION.c.keys()})  # noqa: SIM118
        new = replace(new, claim_id="C2", facts="{}", audited=True, audit_propensity_ppm=7, capacity_price_minor=0.5)
        record_decision(connection, new)
        assert find_decision(connection, "C2") == new


def test_upgraded_ledger_is_that_of_a_new_store(old_store, other_url, open_store):
    """Two ways to the same tables and indexes, and both are what the code describes."""
    upgrade_ledger(old_store.engine)
    new = open_store(other_url)
    new.create(LEDGER_METADATA)
    indexes = []
    for each in (old_store, new):
        with each.reading() as connection:
            inspector = sa.inspect(connection)
            indexes.append(sorted(str(index["name"]) for index in inspector.get_indexes("decision")))
            context = MigrationContext.configure(
                connection,
                opts={"include_name": lambda name, kind, _: kind != "table" or name in LEDGER_METADATA.tables},
            )
            assert compare_metadata(context, LEDGER_METADATA) == []
    assert indexes[0] == indexes[1] == ["decision_by_moment", "decision_to_review"]


def test_upgrade_done_twice_changes_nothing_the_second_time(old_store):
    """Whoever isn't sure may run it again."""
    assert upgrade_ledger(old_store.engine)
    assert not upgrade_ledger(old_store.engine)


def test_store_that_never_decided_needs_no_upgrade(store):
    """A store of imported events has no ledger, and gets none."""
    assert not upgrade_ledger(store.engine)
    with store.reading() as connection:
        assert not sa.inspect(connection).has_table("decision")


def test_upgrade_command_says_what_it_did_and_then_that_nothing_is_left(old_store):
    """An operator runs what the refusal names."""
    url = old_store.engine.url.render_as_string(hide_password=False)
    run = CliRunner().invoke
    said = [run(main, ["store", "upgrade", "--store", url]).output for _ in range(2)]
    assert said == ["the ledger of decisions was brought up to date\n", "up to date already; nothing changed\n"]
    desk_of(old_store)


def test_serve_command_on_an_older_ledger_is_refused_in_one_line(old_store):
    """The service isn't started only to fail at its first claim."""
    url = old_store.engine.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(main, ["serve"], env={"CLEARCLAIM_STORE": url, "CLEARCLAIM_POLICY": ""})
    assert result.exit_code == 1
    assert result.output.startswith("Error: store ")
    assert "run 'clearclaim store upgrade --store" in result.output
    assert len(result.output.splitlines()) == 1


def test_upgrade_that_fails_leaves_the_ledger_as_it_was(old_store):
    """A ledger is never between two shapes."""
    with old_store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE review_price_by_moment (of_somebody_else TEXT)")  # an index's name
    with pytest.raises(sa.exc.SQLAlchemyError, match="already"):
        upgrade_ledger(old_store.engine)
    with old_store.reading() as connection:
        assert len(sa.inspect(connection).get_columns("decision")) == 8


def test_upgrade_of_a_database_that_cannot_be_opened_is_told_in_one_line(tmp_path):
    """A broken file is no trace."""
    (tmp_path / "store.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="can't be opened"):
        upgrade_ledger_at(f"sqlite:///{tmp_path / 'store.db'}")
