"""What the ring of this claim's buyer has done: all who share devices, addresses or payments, the buyer among them."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import RING
from features.definition import Direction, Link, LinkGroup, Text, TotalGroup

RING_GROUPS = (
    LinkGroup(
        Link.RING_SIZE,
        Text("buyers in the ring; 0 where there is none", "团伙中的买家数，无团伙时为0"),
        reasons.RING_CLAIMS,
    ),
    TotalGroup(RING, (m.CLAIMS, m.REFUND_ONLY_CLAIMS), (w.WEEK, w.MONTH, w.QUARTER), reasons.RING_CLAIMS),
    TotalGroup(RING, (m.REFUNDED,), (w.QUARTER,), reasons.RING_CLAIMS),
    TotalGroup(RING, (m.ABUSIVE_VERDICTS,), w.QUARTER_AND_EVER, reasons.RING_CLAIMS, Direction.RAISES),
)
