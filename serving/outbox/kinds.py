"""What there is to tell: the kinds of message, which subscriptions choose from.

Apart from the tables, so that the command's help needn't wait for SQLAlchemy.
"""

from __future__ import annotations

from typing import Final

CLAIM_DECIDED: Final = "claim.decided"
CLAIM_ADJUDICATED: Final = "claim.adjudicated"
CLAIM_RULED: Final = "claim.ruled"  # the money decision of a person
CLAIM_EVIDENCE_ASKED: Final = "claim.evidence_asked"
KINDS: Final = (CLAIM_DECIDED, CLAIM_ADJUDICATED, CLAIM_RULED, CLAIM_EVIDENCE_ASKED)
