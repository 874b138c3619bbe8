"""An older store is refused with the way out, and an upgrade brings it along with all that it holds."""

from dataclasses import replace
from importlib import resources

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner

from features.events import EventKind
from features.plan import default_plan
from features.store import Store, StoreError
from features.store.address import make_engine, parse_url
from features.store.bulk import rebuild_history
from features.store.log import insert_events, read_log, stored_events
from features.store.people import newest_of
from features.store.schema import METADATA, OLDER_REVISIONS, REVISION, STORE_INFO, VERSION
from features.store.upgrade import MIGRATIONS, run_revisions, upgrade_store
from serving.cli import main
from tests.contract.stores import contents

# the tables as the first released code made them, before there were revisions
FIRST_TABLES = """
CREATE TABLE event (
    sequence INTEGER NOT NULL, event_id TEXT NOT NULL, kind TEXT NOT NULL, occurred_at_ms BIGINT NOT NULL,
    known_at_ms BIGINT NOT NULL, order_id TEXT, claim_id TEXT, buyer_id TEXT, merchant_id TEXT, product_id TEXT,
    amount_minor BIGINT, quantity BIGINT, order_amount_minor BIGINT, order_paid_at_ms BIGINT,
    order_delivered_at_ms BIGINT, claim_type TEXT, claim_reason TEXT, evidence_count BIGINT, claim_text TEXT,
    action TEXT, verdict TEXT, verdict_source TEXT, merchant_at_fault BOOLEAN, PRIMARY KEY (sequence), UNIQUE (event_id)
);
CREATE INDEX event_of_claim ON event (claim_id, kind);
CREATE TABLE history (
    entity TEXT NOT NULL, known_at_ms BIGINT NOT NULL, state BLOB NOT NULL, PRIMARY KEY (entity, known_at_ms)
) WITHOUT ROWID;
CREATE TABLE vector (
    claim_id TEXT NOT NULL, as_of_ms BIGINT NOT NULL, catalog_hash TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (claim_id)
);
CREATE TABLE store_info (name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
"""
OLD_EVENTS = """
INSERT INTO event (event_id, kind, occurred_at_ms, known_at_ms, order_id, claim_id, buyer_id, merchant_id, product_id,
    amount_minor, quantity, claim_type, claim_reason, verdict, verdict_source, merchant_at_fault)
VALUES
    ('e1', 'order_paid', 1704067200000, 1704067200000, 'o1', NULL, 'ann', 'shop', 'mug', 1000, 1,
     NULL, NULL, NULL, NULL, NULL),
    ('e2', 'claim_filed', 1704153600000, 1704153600000, 'o1', 'c1', 'ann', 'shop', 'mug', 400, 1,
     'refund_only', 'damaged', NULL, NULL, NULL),
    ('e3', 'claim_adjudicated', 1704240000000, 1704240000000, 'o1', 'c1', 'ann', 'shop', 'mug', NULL, NULL,
     NULL, NULL, 'abusive', 'reviewer', false)
"""


@pytest.fixture
def engine(url):
    """Bare access to a database."""
    engine = make_engine(parse_url(url))
    yield engine
    engine.dispose()


@pytest.fixture
def old_store(url, database, engine):
    """A store of the first revision with three events; its URL."""
    with engine.begin() as connection:
        if database == "sqlite":
            for statement in FIRST_TABLES.split(";"):
                connection.exec_driver_sql(statement)
        else:
            run_revisions(connection, "0001")
        connection.exec_driver_sql(OLD_EVENTS)
        connection.execute(sa.insert(STORE_INFO).values(name="layout_hash", value="old"))
    return url


def schema_of(engine):
    """All that a database says of its tables, but for the order of columns."""
    inspector = sa.inspect(engine)
    return {
        name: (
            sorted(
                (column["name"], repr(column["type"]), column["nullable"]) for column in inspector.get_columns(name)
            ),
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(index["column_names"] for index in inspector.get_indexes(name) if not index["unique"]),
            [constraint["column_names"] for constraint in inspector.get_unique_constraints(name)],
        )
        for name in inspector.get_table_names()
    }


def test_older_store_is_refused_with_the_way_out(old_store):
    """Nothing is changed without being asked for; the message says what to run."""
    for existing in (False, True):
        with pytest.raises(StoreError, match=r"revision 0001, now \d+\); run 'clearclaim store upgrade --store "):
            Store.open(old_store, default_plan(), existing=existing)


def test_upgraded_store_keeps_its_events_and_is_rebuilt(old_store, open_store):
    """All that was reported comes along; the history is written anew for what is counted now."""
    assert upgrade_store(old_store) == "0001"
    store = open_store(old_store)
    with store.reading() as connection:
        events = read_log(connection).to_pylist()
    assert [(event["event_id"], event["amount_minor"], event["merchant_at_fault"]) for event in events] == [
        ("e1", 1000, None),
        ("e2", 400, None),
        ("e3", None, False),
    ]
    assert {event["device_id"] for event in events} == {None}
    with pytest.raises(StoreError, match="run 'clearclaim history rebuild'"):
        store.refuse_other_layout()
    assert rebuild_history(store) > 0
    store.refuse_other_layout()
    assert len(contents(store)[0]) == 3


def test_store_of_the_second_revision_keeps_its_history(url, engine, open_store):
    """What the newest revision adds is empty on older events, and new events carry it."""
    with engine.begin() as connection:
        run_revisions(connection, "0002")
        connection.exec_driver_sql(OLD_EVENTS)
        connection.execute(sa.insert(STORE_INFO).values(name="layout_hash", value="old"))
    assert upgrade_store(url) == "0002"
    store = open_store(url)
    with store.writing() as connection:
        [ruling] = stored_events(connection, ["e3"]).values()
        assert (ruling.verdict, ruling.reviewer_id, ruling.audit_propensity_ppm) == ("abusive", None, None)
        insert_events(connection, [replace(ruling, event_id="e4", verdict_source="audit", reviewer_id="rita")])
        [audit] = stored_events(connection, ["e4"]).values()
    assert (audit.verdict_source, audit.reviewer_id) == ("audit", "rita")


def test_store_of_the_third_revision_gets_its_indexes_and_keeps_its_history(url, engine, open_store):
    """What people's events are found by is made from the log that is there; nothing is rebuilt for it."""
    with engine.begin() as connection:
        run_revisions(connection, "0003")
        connection.exec_driver_sql(OLD_EVENTS)
        layout = default_plan().layout_hash
        connection.execute(sa.insert(STORE_INFO).values(name="layout_hash", value=layout))
    assert upgrade_store(url) == "0003"
    store = open_store(url)
    store.refuse_other_layout()
    with store.reading() as connection:
        [order] = newest_of(connection, "buyer", "ann", EventKind.ORDER_PAID, 2**60, 5)
    assert order.event_id == "e1"


def test_store_of_the_fourth_revision_takes_ratings_of_steps_without_a_rebuild(url, engine, open_store):
    """Ratings of before are about the whole; new ones may say which step they are about."""
    with engine.begin() as connection:
        run_revisions(connection, "0004")
        connection.exec_driver_sql(OLD_EVENTS)
        connection.execute(sa.insert(STORE_INFO).values(name="layout_hash", value=default_plan().layout_hash))
    assert upgrade_store(url) == "0004"
    store = open_store(url)
    store.refuse_other_layout()
    with store.writing() as connection:
        [ruling] = stored_events(connection, ["e3"]).values()
        rating = replace(ruling, event_id="e4", kind=EventKind.FEEDBACK_GIVEN, verdict=None, verdict_source=None,
                         merchant_at_fault=None, rating=2, feedback_step="return")  # fmt: skip
        insert_events(connection, [rating])
        assert stored_events(connection, ["e4"]) == {"e4": rating}
    assert ruling.feedback_step is None


@pytest.mark.parametrize(("is_same", "rest"), [(True, "its history stays"), (False, "'clearclaim history rebuild'")])
def test_upgrade_command_asks_for_a_rebuild_only_where_something_else_is_counted(url, engine, is_same, rest):
    """A rebuild takes as long as the history is, and the service stands still meanwhile."""
    with engine.begin() as connection:
        run_revisions(connection, "0004")
        layout = default_plan().layout_hash if is_same else "old"
        connection.execute(sa.insert(STORE_INFO).values(name="layout_hash", value=layout))
    said = CliRunner().invoke(main, ["store", "upgrade", "--store", url])
    assert (said.exit_code, said.output.startswith("upgraded from revision 0004; ")) == (0, True)
    assert rest in said.output


def test_upgrade_done_twice_changes_nothing_the_second_time(old_store, engine):
    """Whoever isn't sure may run it again."""
    upgrade_store(old_store)
    before = schema_of(engine)
    assert upgrade_store(old_store) is None
    assert schema_of(engine) == before


def test_new_store_needs_no_upgrade(url, open_store):
    """A store is made at the newest revision."""
    open_store(url)
    assert upgrade_store(url) is None


def test_upgraded_schema_is_that_of_a_new_store(old_store, other_url, engine, open_store):
    """Two ways to the same tables, and both are what the code describes."""
    upgrade_store(old_store)
    new = open_store(other_url)
    assert schema_of(engine) == schema_of(new.engine)
    for each in (engine, new.engine):
        with each.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []


def test_keys_are_compared_byte_by_byte(store):
    """Order doesn't hang on the locale that a server was set up with."""
    keys = ["b", "B", "a\x1fb", "a b", "ä", "z"]
    with store.writing() as connection:
        store.raise_floors(connection, keys, 1)
        rows = connection.exec_driver_sql("SELECT entity FROM entity_floor ORDER BY entity").scalars().all()
    assert rows == sorted(keys, key=str.encode)


def test_store_of_a_newer_clearclaim_is_refused(store):
    """Tables that this code doesn't know are left alone."""
    with store.writing() as connection:
        connection.execute(sa.update(VERSION).values(version_num="9999"))
    address = store.engine.url.render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=r"made by a newer clearclaim \(revision 9999"):
        Store.open(address, default_plan())
    with pytest.raises(StoreError, match=r"made by a newer clearclaim \(revision 9999"):
        upgrade_store(address)


def test_upgrade_of_no_store_is_refused(url, database):
    """A mistyped URL is told, and no file is made for it."""
    with pytest.raises(StoreError, match="no such file" if database == "sqlite" else "holds no store yet"):
        upgrade_store(url)


def test_upgrade_that_fails_leaves_the_store_as_it_was(old_store, engine):
    """A store is never between two revisions."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE entity_floor (of_somebody_else TEXT)")
    before = schema_of(engine)
    with pytest.raises(StoreError, match="already exists"):
        upgrade_store(old_store)
    assert schema_of(engine) == before


def test_revisions_named_in_the_schema_are_those_there_are():
    """The newest revision is the one that new stores are stamped with, and the older ones lead up to it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions == [REVISION, *reversed(OLDER_REVISIONS)]


def test_revisions_are_part_of_the_package():
    """They are installed with the rest."""
    folder = resources.files("features.store") / "migrations" / "versions"
    assert len([file for file in folder.iterdir() if file.name.startswith("0")]) == len(OLDER_REVISIONS) + 1
