"""A marketplace with a known truth: for the demo, for tests, and to compare policies where no real data can.

People buy and claim, merchants sell and answer, carriers deliver, reviewers rule, and all of them change by what they
live through; abusers learn when they are caught. Events carry only what a platform would know, and nothing that comes
after the end of the period. The truth is written apart, for grading.

Two kinds of chance: the start is drawn from streams of random numbers (`config.stream`); what happens to an order, a
claim or a person afterwards is thrown by dice of its own (`dice`), so that two policies meet the same luck.

Read `scenarios`, `config` and `dice`; then who is there: `people`, `goods`, `sellers`, `seasons`, `market`, `groups`,
`identities`; what they do: `orders`, `trouble`, `stories`, `looks`, `agents`, `claims`, `pictures`, `words` (with
`texts`); what becomes of it: `deciding`, `rulings`, `returns`, `aftermath`, `feedback`; and how it all runs: `agenda`,
`life`, `book`, `event_arrow`, `truth`, `world`. `closed_loop` puts a policy and a model in the place of the old rule,
with `sight` to see what a service would, `in_turn` to take one claim after the other, and `places` for reviews;
`baselines` are its rivals, and `outcomes` what it all came to.
"""

from __future__ import annotations

from training.simulate.config import SimulationConfig
from training.simulate.world import World, Written, simulate, write_world

__all__ = ["SimulationConfig", "World", "Written", "simulate", "write_world"]
