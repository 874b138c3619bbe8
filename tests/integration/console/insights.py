"""What the claims tell, of little worlds, in the store of the console's tests: so that its pages have data."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features.plan import default_plan
from features.store import Store
from serving.insight.abuse.finding_all import find_abuse
from serving.insight.abuse.part import ABUSE, PLACES
from serving.insight.alarms.alarm import ALARMS_PART
from serving.insight.alarms.working import alarms_of
from serving.insight.keeping import Kept
from serving.insight.parts import PARTS, Ground
from serving.insight.record import record_of
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.insight.abuse.test_findings import ring_town
from tests.unit.serving.insight.alarms.shop import Shop, with_batch
from tests.unit.serving.insight.kept import keep
from training.simulate import SimulationConfig
from training.simulate.world import simulate

ORDERS, DAYS = 1_000, 90
DRAWN_APART = frozenset({ALARMS_PART, ABUSE, PLACES})  # of which a world this little has none


def keep_insights(path: Path) -> dict[str, str]:
    """Keep results of every part; return a merchant, an alarm and a ring to look at."""
    events = simulate(SimulationConfig(orders=ORDERS, days=DAYS, seed=3)).events
    known = np.asarray(events["known_at_ms"])
    until_ms = int(known.max()) + 1
    record = record_of(events, int(known.min()), until_ms)
    alarms = alarms_of(with_batch(Shop().usual(3), "mug").record())
    ring = next(each for each in find_abuse(ring_town().record()) if each.kind == "ring")
    place = {"kind": "address", "id": "station", "buyers": 300, "tied": 2}
    store = Store.open(f"sqlite:///{path}", default_plan(), existing=True)
    with store.reading() as connection:
        ground = Ground(record, read_policy(default_policy_path()), connection)
        found = {part.name: list(part.compute(ground)) for part in PARTS if part.name not in DRAWN_APART}
    found[ALARMS_PART] = [Kept(each.id, rank, each.to_body()) for rank, each in enumerate(alarms, 1)]
    found[ABUSE] = [Kept(ring.key, 1, ring.to_body())]
    found[PLACES] = [Kept("address station", 1, place)]
    for part, results in found.items():
        keep(store, part, results, until_ms)
    store.close()
    return {"merchant": found["merchants"][0].key, "alarm": alarms[0].id, "ring": ring.key}
