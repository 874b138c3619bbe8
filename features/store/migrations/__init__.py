"""How the tables of a store came to be what they are: Alembic revisions, oldest first, in `versions`.

`features.store.upgrade` runs them; there is no alembic.ini and no env.py, so nothing here does work at import.
To change a table: change `features.store.schema`, add a revision, and name it there as the newest.
"""
