"""Opening a store: what is kept, what is refused, and how a refused store is mended."""

import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.catalog import CATALOG, ENTITIES, RINGS
from features.definition import Prior, RateGroup
from features.engines.online import OnlineEngine
from features.event_file import from_events
from features.plan import compile_plan
from features.store import Store, StoreError
from features.store.bulk import import_events, rebuild_history
from features.store.log import count_events, insert_events
from tests.contract.stores import append, contents


def test_store_opened_again_holds_what_it_held(url, open_store, history, later):
    """Closing and opening loses nothing, and what comes next goes on from there."""
    first = open_store(url)
    import_events(first, from_events(list(history)), "history")
    before = contents(first)
    first.close()
    second = open_store(url)
    assert contents(second) == before
    append(second, later)
    rebuilt = contents(second)
    rebuild_history(second)
    assert contents(second) == rebuilt


def test_store_opened_twice_at_once_is_one_store(url, open_store, history):
    """What one opening commits, the other sees."""
    writer, reader = open_store(url), open_store(url)
    append(writer, history)
    assert contents(reader) == contents(writer)


def test_store_of_another_layout_is_refused_with_the_way_out(url, open_store, smaller_plan, history, later):
    """A history that was written for other totals is not read as if it were this one's: the message says what to do."""
    import_events(open_store(url), from_events(list(history)), "history")
    changed = open_store(url, smaller_plan)
    before = contents(changed)
    with pytest.raises(StoreError, match=r"another catalogue of features; run 'clearclaim history rebuild'"):
        changed.refuse_other_layout()
    with pytest.raises(StoreError, match=r"clearclaim history rebuild"):
        import_events(changed, from_events(list(later)), "later")
    assert contents(changed) == before


def test_rebuild_after_a_change_of_layout_heals_the_store(url, other_url, open_store, smaller_plan, history, later):
    """After a rebuild the history is what it would be had the store always had this catalogue."""
    import_events(open_store(url), from_events(list(history)), "history")
    changed = open_store(url, smaller_plan)
    rows = rebuild_history(changed)
    changed.refuse_other_layout()
    import_events(changed, from_events(list(later)), "later")
    fresh = open_store(other_url, smaller_plan)
    assert import_events(fresh, from_events(list(history)), "history").history_rows == rows
    import_events(fresh, from_events(list(later)), "later")
    assert contents(changed) == contents(fresh)


def test_rebuild_there_and_back_gives_the_same_bytes(url, open_store, smaller_plan, history):
    """History is a function of the log and the catalogue, of nothing else."""
    store = open_store(url)
    import_events(store, from_events(list(history)), "history")
    before = contents(store)
    rebuild_history(open_store(url, smaller_plan))
    assert contents(store) != before
    with pytest.raises(StoreError, match="clearclaim history rebuild"):
        store.refuse_other_layout()
    rebuild_history(store)
    assert contents(store) == before


def test_store_of_another_prior_is_not_refused(url, open_store, history):
    """A change that leaves the totals alone, such as a prior's, needs no rebuild."""
    import_events(open_store(url), from_events(list(history)), "history")
    catalog = [replace(group, prior=Prior(0.5, 1)) if isinstance(group, RateGroup) else group for group in CATALOG]
    plan = compile_plan(catalog, ENTITIES, RINGS)
    changed = open_store(url, plan)
    changed.refuse_other_layout()
    assert changed.plan.catalog_hash != compile_plan(CATALOG, ENTITIES, RINGS).catalog_hash


@pytest.mark.parametrize(
    "address", ["mysql://ann:secret@host/shop", "duckdb:///shop.db", "postgresql+psycopg://ann:secret@host/shop"]
)
def test_store_of_another_database_is_refused_by_name(address, smaller_plan):
    """A database that isn't supported is named, whether or not its driver is installed, and no password is shown."""
    with pytest.raises(StoreError, match=r"^(mysql|duckdb|postgresql\+psycopg): stores live in SQLite and P") as caught:
        Store.open(address, smaller_plan)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (
            "postgresql://ann:secret@127.0.0.1:1/shop",
            r"can't be opened \(server 127\.0\.0\.1:1 can't be reached: Connection refused\); check the URL",
        ),
        (
            "postgresql://ann:secret@/shop?unix_sock=/nowhere/.s.PGSQL.5432",
            r"\(server /nowhere/\.s\.PGSQL\.5432 can't be reached: No such file or directory\)",
        ),
        ("postgresql://ann:se@cret@127.0.0.1:port/shop", "not a URL"),
        ("postgresql//ann:secret@127.0.0.1/shop", "not a URL"),
        ("postgresql://ann@127.0.0.1:1/shop?password=secret", "can't be opened"),
    ],
)
def test_server_that_is_not_there_is_refused_without_the_password(address, reason, smaller_plan):
    """The message says what failed and never what is secret, not even of a URL that is none."""
    with pytest.raises(StoreError, match=reason) as caught:
        Store.open(address, smaller_plan)
    assert "cret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_database_that_is_not_there_is_refused_in_the_words_of_the_server(new_postgres_url, smaller_plan):
    """A mistyped database is named."""
    address = sa.make_url(new_postgres_url()).set(database="typo").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=r'can\'t be opened \(database "typo" does not exist\); check the URL'):
        Store.open(address, smaller_plan)


def test_missing_driver_is_named_with_what_to_install(monkeypatch, smaller_plan):
    """PostgreSQL's driver is an extra, and the message says which."""
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(StoreError, match=r"install it with pip install 'clearclaim\[postgres\]'$"):
        Store.open("postgresql://localhost/shop", smaller_plan)


def test_database_without_a_store_is_refused_where_one_must_be(new_postgres_url, smaller_plan):
    """Reading from an empty database makes no store there."""
    address = new_postgres_url()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"holds no store yet; check the URL"):
            Store.open(address, smaller_plan, existing=True)


def test_store_without_a_url_is_refused(smaller_plan):
    """A path is no URL, and the message says where to look."""
    with pytest.raises(StoreError, match=r"^store shop\.db: not a URL; write sqlite:///FILE or postgresql://"):
        Store.open("shop.db", smaller_plan)


def test_store_that_must_be_there_and_is_not_is_refused(tmp_path, smaller_plan):
    """A mistyped name of a store to read is told at once, and no empty file is made for it."""
    with pytest.raises(StoreError, match=r"typo\.db: no such file; check the URL"):
        Store.open(f"sqlite:///{tmp_path / 'typo.db'}", smaller_plan, existing=True)
    assert list(tmp_path.iterdir()) == []


def test_store_in_a_folder_that_is_not_there_is_refused(tmp_path, smaller_plan):
    """No folder is made behind the user's back."""
    address = f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}"
    with pytest.raises(StoreError, match=r"nowhere/store\.db: can't be opened \(unable to open database file\)"):
        Store.open(address, smaller_plan)
    assert list(tmp_path.iterdir()) == []


def test_store_in_a_file_of_something_else_is_refused(tmp_path, smaller_plan):
    """A file that is no database is named as such, and left as it is."""
    file = tmp_path / "letter.txt"
    file.write_text("Dear sir or madam, " * 100)
    with pytest.raises(StoreError, match=r"letter\.txt: can't be opened \(file is not a database\)"):
        Store.open(f"sqlite:///{file}", smaller_plan)
    assert file.read_text() == "Dear sir or madam, " * 100


def test_errors_of_stores_are_one_line(tmp_path, smaller_plan):
    """A user gets a line, not a page."""
    for address in ("shop.db", f"sqlite:///{tmp_path}", "oracle://host"):
        with pytest.raises(StoreError) as caught:
            Store.open(address, smaller_plan)
        assert len(str(caught.value).splitlines()) == 1


def test_write_that_fails_leaves_nothing_behind(store, history):
    """A transaction commits whole or not at all, tables of other packages included."""
    metadata = sa.MetaData()
    note = sa.Table("note", metadata, sa.Column("text", sa.Text))
    store.create(metadata)
    before = contents(store)

    def interrupted() -> None:
        with store.writing() as connection:
            connection.execute(sa.insert(note), [{"text": "half"}])
            online = OnlineEngine(store.plan)
            store.lock(connection, {key for event in history for key in online.keys(event)})
            insert_events(connection, history)
            online.append(connection, history)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert contents(store) == before
    with store.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(note)) == 0


def test_reader_sees_one_state_while_others_write(store, history):
    """A long read is of one moment, and holds up nobody who writes."""
    with store.reading() as connection:
        before = count_events(connection)
        append(store, history)
        assert count_events(connection) == before == 0
    with store.reading() as connection:
        assert count_events(connection) == len(history)


def test_sqlite_store_survives_power_cuts(tmp_path, open_store):
    """An answer leaves after its commit, so a commit must be on the disk: write-ahead log, full synchronisation."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
