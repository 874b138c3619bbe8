"""How a feature is declared. Nothing here computes: engines read the declarations.

Read in this order:
    window      how far back to look
    measure     what to count or sum, over which events
    entity      whose history it is
    groups      features made from measures: window totals, rates, recency; and features of the claim itself
"""

from features.definition.entity import Entity
from features.definition.groups import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimShare,
    Direction,
    FeatureGroup,
    Prior,
    RateGroup,
    Reason,
    RecencyGroup,
    TotalGroup,
)
from features.definition.measure import Measure, Text, count, each, total
from features.definition.window import Window

__all__ = [
    "ClaimAmount",
    "ClaimCategory",
    "ClaimElapsed",
    "ClaimShare",
    "Direction",
    "Entity",
    "FeatureGroup",
    "Measure",
    "Prior",
    "RateGroup",
    "Reason",
    "RecencyGroup",
    "Text",
    "TotalGroup",
    "Window",
    "count",
    "each",
    "total",
]
