"""What a store must show after a crash, whatever happened."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from features.events import EventKind
from features.parity import check_parity
from features.plan import default_plan
from features.store import Store
from features.store.bulk import rebuild_history
from features.store.schema import EVENT, VECTOR
from serving.answer import Answer
from serving.ledger import DECISION
from tests.contract.stores import contents


def complaints(file: Path, told: Mapping[str, Answer]) -> list[str]:
    """What is wrong with the store of a stopped service that gave these answers; nothing, if all is well."""
    store = Store.open(f"sqlite:///{file}", default_plan())
    try:
        with store.reading() as connection:
            found = [*_of_answers(connection, told), *_of_halves(connection)]
        if not check_parity(store).holds:
            found.append("vectors that were served differ from those that the log gives")
    finally:
        store.close()
    return found + ([] if _is_rebuilt_alike(file) else ["the history isn't what a rebuild from the log gives"])


def _of_answers(connection: sa.Connection, told: Mapping[str, Answer]) -> list[str]:
    rows = connection.execute(sa.select(DECISION.c.claim_id, DECISION.c.answer)).all()
    kept = {row.claim_id: row.answer for row in rows}
    lost = [claim_id for claim_id in told if claim_id not in kept]
    other = [
        claim_id
        for claim_id, answer in told.items()
        if claim_id in kept
        and Answer.model_validate_json(kept[claim_id]) != answer.model_copy(update={"replayed": False})
    ]
    said = [f"{len(lost)} answers that were given are not in the ledger: {lost[:5]}"] if lost else []
    said += [f"{len(other)} decisions aren't what was answered: {other[:5]}"] if other else []
    return said + ([f"{len(rows) - len(kept)} claims have two decisions"] if len(rows) > len(kept) else [])


def _of_halves(connection: sa.Connection) -> list[str]:
    """Claims of which one part was written and another wasn't, or one twice."""
    decided = connection.execute(sa.select(DECISION.c.claim_id, DECISION.c.answer)).all()
    vectors = list(connection.scalars(sa.select(VECTOR.c.claim_id)))
    # where the store couldn't be asked, a claim went to a person without a vector, and came in later
    degraded = {row.claim_id for row in decided if Answer.model_validate_json(row.answer).degraded}
    parts = {
        "a decision": [row.claim_id for row in decided],
        "a vector": [*vectors, *degraded.difference(vectors)],
        **{
            f"an event {kind}": list(connection.scalars(sa.select(EVENT.c.claim_id).where(EVENT.c.kind == kind)))
            for kind in (EventKind.CLAIM_FILED, EventKind.CLAIM_DECIDED)
        },
    }
    everyone = set().union(*parts.values())
    said = []
    for name, claim_ids in parts.items():
        if missing := everyone.difference(claim_ids):
            said.append(f"{len(missing)} claims lack {name}: {sorted(missing)[:5]}")
        if len(claim_ids) > len(set(claim_ids)):
            said.append(f"{len(claim_ids) - len(set(claim_ids))} claims have {name} twice")
    return said


def _is_rebuilt_alike(file: Path) -> bool:
    copy = file.with_suffix(".rebuilt")
    shutil.copyfile(file, copy)  # the service has stopped, so its log is folded into the file
    before, rebuilt = (Store.open(f"sqlite:///{each}", default_plan()) for each in (file, copy))
    try:
        rebuild_history(rebuilt)
        return contents(before) == contents(rebuilt)
    finally:
        before.close()
        rebuilt.close()
