"""How a feature is declared. Nothing here computes: engines read the declarations.

Read in this order:
    window      how far back to look
    quantity    what one event adds
    measure     what to count or sum, over which events
    entity      whose history it is
    ring        buyers who are joined by what they share
    groups      features made from measures: window totals, rates, spread, recency; and features of the claim itself
"""

from features.definition.entity import Entity
from features.definition.groups import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    Direction,
    FeatureGroup,
    Link,
    LinkGroup,
    Prior,
    Rate,
    RateGroup,
    Reason,
    RecencyGroup,
    RelativeGroup,
    SpreadGroup,
    TotalGroup,
    UsualGroup,
)
from features.definition.measure import (
    Measure,
    Text,
    carrying,
    count,
    distinct,
    each,
    later,
    seconds,
    squares,
    total,
)
from features.definition.quantity import Form, Quantity
from features.definition.ring import Ring, Shared
from features.definition.window import Window

__all__ = [
    "ClaimAmount",
    "ClaimCategory",
    "ClaimElapsed",
    "ClaimGap",
    "ClaimShare",
    "Direction",
    "Entity",
    "FeatureGroup",
    "Form",
    "Link",
    "LinkGroup",
    "Measure",
    "Prior",
    "Quantity",
    "Rate",
    "RateGroup",
    "Reason",
    "RecencyGroup",
    "RelativeGroup",
    "Ring",
    "Shared",
    "SpreadGroup",
    "Text",
    "TotalGroup",
    "UsualGroup",
    "Window",
    "carrying",
    "count",
    "distinct",
    "each",
    "later",
    "seconds",
    "squares",
    "total",
]
