"""A claim's vector if the claim itself said something else, and all that was known before it stayed as it was."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.assemble import Assembler
from features.columns import columns_of
from features.definition import ClaimAmount, ClaimCategory, ClaimElapsed, ClaimGap, ClaimShare
from features.plan import Plan, WindowTotals

# groups of columns that come from the claim's own facts alone
_OWN_GROUPS: Final = (ClaimAmount, ClaimCategory, ClaimElapsed, ClaimGap, ClaimShare)


class ChangedFacts:
    """Puts other facts into the vectors of a plan. Safe to share between threads."""

    def __init__(self, plan: Plan) -> None:
        self._assembler = Assembler(plan)
        totals, recent, links = plan.widths
        self._no_history = WindowTotals(*(np.zeros((1, width), dtype=np.int64) for width in (totals, recent, links)))
        own = [isinstance(group, _OWN_GROUPS) for group in plan.catalog for _ in columns_of(group)]
        self._own = np.flatnonzero(own)

    def apply(self, vector: Floats, facts: Ints) -> Floats:
        """The vector with the claim's own columns made from these facts; the others stay.

        Columns that set the claim's amount against what is usual stay too: the amount must be what it was.

        Args:
            vector: of the claim as it was, shape (columns,).
            facts: other facts, shape (1, len(FACT_FIELDS)) (`features.facts.facts_of_event`).
        """
        changed = vector.copy()
        changed[self._own] = self._assembler.assemble(self._no_history, facts)[0][self._own]
        return changed
