"""What is known of this claim's pictures; of several, the largest counts."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import EVIDENCE
from features.definition import Direction, TotalGroup

EVIDENCE_GROUPS = (
    TotalGroup(EVIDENCE, (m.CLAIMS,), w.MONTH_AND_EVER, reasons.EVIDENCE_REUSE),
    TotalGroup(EVIDENCE, (m.CLAIMANTS,), (w.EVER,), reasons.EVIDENCE_REUSE),
    TotalGroup(EVIDENCE, (m.ABUSIVE_VERDICTS,), (w.EVER,), reasons.EVIDENCE_REUSE, Direction.RAISES),
)
