"""Where events and history are kept: one SQLAlchemy Core schema, on SQLite and PostgreSQL.

Read in this order:
    schema      the tables; migrations and upgrade bring older ones to them
    encoding    how a row of totals becomes bytes
    address     a store's URL and engine
    database    opening a store, and its transactions
    locks       who may write next, and what was promised to whom
    keys        what entities are called
    log         the event log: append, read back
    seeks       what is asked of the history
    vectors     the feature vectors that were served
    rows        many rows at once, by each database's quickest way
    history     history out of events, by the batch kernel
    bulk        many events at once, and history made again from the log; known says which the log has already
    prune       what may go
    event_source, event_sink, json_lines    files of events, read and written bit by bit

The features' own questions are in `features.engines.online`.
"""

from features.store.database import Store, StoreError

__all__ = ["Store", "StoreError"]
