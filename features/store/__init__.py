"""Where events and history are kept: one SQLAlchemy Core schema, SQLite by default.

Read in this order:
    schema      the tables
    encoding    how a row of totals becomes bytes
    database    opening a store, and its transactions
    log         the event log: append, read back
    vectors     the feature vectors that were served
    bulk        many events at once, through the batch kernel; and history made again from the log

The seeks are in `features.engines.online`.
"""

from features.store.database import Store, StoreError

__all__ = ["Store", "StoreError"]
