"""The vitals of a store, in one transaction that reads."""

from __future__ import annotations

import sqlalchemy as sa

from features.store import Store
from features.store.check_results import CHECKS, last_check
from serving.monitoring.reading_pulses import read_beating, read_shares
from serving.monitoring.reading_store import read_insight, read_sealing, read_storage
from serving.monitoring.reading_work import read_subscriptions, read_work
from serving.monitoring.vitals import Beating, Vitals
from serving.policy import Policy, PolicyError, parse_policy_text
from serving.policy_versions import POLICY_VERSION


def read_vitals(store: Store, policy: Policy, now_ms: int) -> Vitals:
    """Everything as of now; tables that aren't there tell nothing, and are not made.

    Args:
        store: of the service, or a copy.
        policy: whose capacity and clocks count.
        now_ms: the moment.
    """
    with store.reading() as connection:
        tables = frozenset(sa.inspect(connection).get_table_names())
        beating = read_beating(connection, tables, now_ms)
        found = ((check, last_check(connection, store, check)) for check in CHECKS)
        return Vitals(
            now_ms=now_ms,
            beating=beating,
            actions=read_shares(connection, tables, now_ms),
            work=read_work(connection, tables, policy, now_ms),
            policy_since_ms=_policy_since_ms(connection, tables, beating),
            checks={check: result for check, result in found if result is not None},
            subscriptions=read_subscriptions(connection, tables, now_ms),
            insight=read_insight(connection, tables),
            sealing=read_sealing(connection, tables),
            storage=read_storage(store, connection),
        )


def policy_of(store: Store, otherwise: Policy) -> Policy:
    """The policy that the store's services took up last, as they kept it; another one where there is none."""
    with store.reading() as connection:
        if not sa.inspect(connection).has_table(POLICY_VERSION.name):
            return otherwise
        newest = sa.select(POLICY_VERSION).order_by(POLICY_VERSION.c.first_seen_ms.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
    try:
        return otherwise if row is None else parse_policy_text(row.toml, f"policy {row.version}")
    except PolicyError:
        return otherwise


def _policy_since_ms(connection: sa.Connection, tables: frozenset[str], beating: Beating) -> int | None:
    if POLICY_VERSION.name not in tables or not beating.newest:
        return None
    version = POLICY_VERSION.c
    return connection.scalar(sa.select(version.first_seen_ms).where(version.version == beating.newest[0].policy))
