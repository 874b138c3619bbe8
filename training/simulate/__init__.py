"""A small marketplace with true labels, for the demo and for tests where no real data is at hand.

Buyers, merchants and products have hidden traits, and some buyers form households or rings, which share devices,
addresses and payments. Orders and deliveries follow; some orders lead to a claim, out of honest trouble or out of
abuse, often with pictures; the platform's old rule decides it, and some claims get a verdict later, with errors.
Merchants answer, goods come back, advances are settled, buyers rate. Events carry only what a platform would know, and
nothing that comes after the end of the period. The truth about each claim is a table of its own, for grading.

Read `config`, `market`, `groups`, `orders`, `identities`, `stories`, `causes`, `claims`, `pictures`, `rulings`,
`aftermath`, `returns`, `event_rows`, `event_arrow`, `world`, in that order.
"""

from __future__ import annotations

from training.simulate.config import SimulationConfig
from training.simulate.world import World, simulate, write_world

__all__ = ["SimulationConfig", "World", "simulate", "write_world"]
