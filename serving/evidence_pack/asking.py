"""What is asked for: a pack of one claim, for one audience, by somebody in a role."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from serving.claim import Language
from serving.evidence_pack.view import PackAudience, PackRole

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_SLUG: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRequest:
    """Which pack, for whom, in which language, and who makes it when."""

    claim_id: str
    audience: PackAudience
    language: Language
    made_by: str
    role: PackRole
    made_at_ms: int

    @property
    def file_name(self) -> str:
        """A name that is safe in every folder and header; two claims never share one.

        >>> PackRequest(claim_id="../../x", audience="court", language="en", made_by="ann", role="senior",
        ...             made_at_ms=0).file_name
        'evidence-x-9cdf6a50-court.zip'
        """
        slug = _UNSAFE.sub("-", self.claim_id).strip("-")[:_LONGEST_SLUG]
        if slug != self.claim_id:
            digest = hashlib.sha256(self.claim_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
            slug = f"{slug}-{digest}" if slug else digest
        return f"evidence-{slug}-{self.audience}.zip"
