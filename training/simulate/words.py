"""What buyers write beside their claims: what truly happened, what they would have believed, or nothing.

The honest tell of their trouble, though the reason that they ticked may be another one that pays better. Liars tell of
the reason they state, some of them vaguely; a ring hands out one script.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.event_table import code_of
from training.simulate.claims import Claims
from training.simulate.config import SimulationConfig
from training.simulate.groups import NO_RING, Groups
from training.simulate.people import People, kind_code
from training.simulate.stories import story_code
from training.simulate.texts import PLACES, VOICES, write_texts

WRITTEN_SHARE: Final = 0.72
CURT_SHARE: Final = (0.3, 0.45)  # of honest claims and of lies
OFF_THE_POINT_SHARE: Final = 0.06  # of texts, those about something else than the trouble


class Writers:
    """Writes the texts of each day's claims."""

    def __init__(self, config: SimulationConfig, people: People, groups: Groups) -> None:
        self._dice = config.dice("words")
        self._language = people.language
        scripted = (groups.ring != NO_RING) & (people.kind != kind_code("serial_refunds"))
        self._script = np.where(scripted, groups.ring, NO_RING)

    def write(self, days: Sequence[Claims]) -> pa.Array:
        """The texts of some days' claims, in their order; null where nothing was written. Many at once are quicker."""
        if not days:
            return pa.array([], type=pa.string())
        order, person, careful, abusive = (
            np.concatenate([getattr(claims, name) for claims in days])
            for name in ("order", "person", "careful", "abusive")
        )
        script = np.where(abusive & ~careful, self._script[person], NO_RING)
        curt = self._dice.happens("curt", order, np.where(abusive, CURT_SHARE[1], CURT_SHARE[0]))
        voice = np.where(curt, VOICES.index("curt"), VOICES.index("plain"))
        return write_texts(
            self._dice.draws("texts", order, PLACES),
            about=np.concatenate([self._about(claims) for claims in days]),
            language=self._language[person],
            voice=np.where(script == NO_RING, voice, VOICES.index("scripted")),
            script=script,
        )

    def _about(self, claims: Claims) -> Ints:
        about = claims.claim_reason.copy()
        for story, reason in (("change_of_mind", "changed_mind"), ("lost_parcel", "not_received")):
            about[claims.story == story_code(story)] = code_of("claim_reason", reason)
        about[claims.story == story_code("late_parcel")] = code_of("claim_reason", "late_delivery")
        off = self._dice.happens("off the point", claims.order, OFF_THE_POINT_SHARE)
        about[off] = code_of("claim_reason", "other")
        written = self._dice.happens("written", claims.order, WRITTEN_SHARE)
        return np.where(written, about, -1)
