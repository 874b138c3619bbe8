"""Bringing the tables of an older store up to date: Alembic's revisions, in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from features.store.address import cannot_open, make_engine, parse_url, refuse_missing_file, shown
from features.store.database import find_revision
from features.store.errors import StoreError
from features.store.locks import lock_tables_to_make
from features.store.schema import METADATA, OLDER_REVISIONS, REVISION, VERSION

MIGRATIONS: Final = Path(__file__).with_name("migrations")


def upgrade_store(url: str) -> str | None:
    """Bring a store's tables to the newest revision; return the one that it had, or None if it was the newest.

    All or nothing: a store is never between two revisions. Its history must be rebuilt afterwards.

    Raises:
        StoreError: if there is no store, it can't be opened, or a newer clearclaim made it.
    """
    address = parse_url(url)
    refuse_missing_file(address)
    engine = make_engine(address)
    try:
        with engine.begin() as connection:
            lock_tables_to_make(connection)
            found = find_revision(connection)
            if found is None:
                raise StoreError(f"store {shown(address)}: holds no store yet, so there is nothing to upgrade")
            if found == REVISION:
                return None
            if found not in OLDER_REVISIONS:
                raise StoreError(
                    f"store {shown(address)}: made by a newer clearclaim (revision {found}, here {REVISION}); "
                    "update clearclaim"
                )
            if not sa.inspect(connection).has_table(VERSION.name):
                VERSION.create(connection)  # the first stores don't say of which revision they are
                connection.execute(sa.insert(VERSION).values(version_num=found))
            run_revisions(connection)
            return found
    except sa.exc.SQLAlchemyError as error:
        raise cannot_open(address, error) from error
    finally:
        engine.dispose()


def run_revisions(connection: sa.Connection, target: str = REVISION) -> None:
    """Run the revisions that the database doesn't have yet, within the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)

    def steps(current: Any, _context: object) -> Any:  # noqa: ANN401 - Alembic's own types are private
        return script._upgrade_revs(target, current)  # noqa: SLF001 - what Alembic's upgrade command calls

    with EnvironmentContext(config, script, fn=steps, destination_rev=target) as environment:
        environment.configure(connection=connection, target_metadata=METADATA)
        with environment.begin_transaction():
            environment.run_migrations()
