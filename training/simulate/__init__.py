"""A small marketplace with true labels, for the demo and for tests where no real data is at hand.

Buyers, merchants and products have hidden traits; orders and deliveries follow from them; some orders lead to a
claim, out of honest trouble or out of abuse; the platform's old rule decides it, and some claims get a verdict later,
with errors. Events carry only what a platform would know, and nothing that comes after the end of the period. The truth
about each claim is a table of its own, for grading.

Read `config`, `market`, `orders`, `stories`, `causes`, `claims`, `rulings`, `event_rows`, `world`, in that order.
"""

from __future__ import annotations

from training.simulate.config import SimulationConfig
from training.simulate.world import World, simulate, write_world

__all__ = ["SimulationConfig", "World", "simulate", "write_world"]
