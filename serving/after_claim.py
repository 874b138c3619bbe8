"""What is done with a claim after its answer is committed: it is counted, and offered to the challenger in shadow."""

from __future__ import annotations

from collections.abc import Sequence

from serving.claim_desk import Answered, ClaimConflictError, ClaimDesk, Decided
from serving.counter import Result
from serving.model_watch import ModelSource
from serving.observing.metrics import Metrics
from serving.shadow import Shadow, ShadowClaim

_REPLAYED = '"replayed":true'  # as it stands in an answer, and can't stand in any text in it


class AfterClaim:
    """Counts claims, and has the challenger score them if there is one. It waits for nothing."""

    def __init__(self, metrics: Metrics, shadow: Shadow | None, champion: ModelSource) -> None:
        self._metrics, self._shadow, self._champion = metrics, shadow, champion

    def decided(self, claims: Sequence[Decided]) -> None:
        """Claims that were decided, after the commit."""
        for each in claims:
            entry = each.entry
            self._metrics.count_decision(entry.action, entry.abuse_probability, self._degraded_by(each))
            self._metrics.count_vector(each.vector)
            if self._shadow is not None:
                self._shadow.offer(shadow_claim(each))

    def answered(self, result: Result) -> None:
        """What a claim gets in the end: of those that weren't decided just now, replays, conflicts and spooled ones."""
        if isinstance(result, ClaimConflictError):
            self._metrics.count_conflict()
        elif isinstance(result, Answered) and result.decided is None:
            if _REPLAYED in result.body:
                self._metrics.count_replay()
            else:
                self._metrics.count_decision("manual_review", None, "store")

    def _degraded_by(self, decided: Decided) -> str | None:
        if not decided.judged.decision.degraded:
            return None
        return "no_model" if self._champion() is None else "clock"


def shadow_claim(decided: Decided) -> ShadowClaim:
    """A decision as a challenger takes it."""
    judged = decided.judged
    return ShadowClaim(
        facts=judged.facts,
        vector=decided.vector,
        text=decided.claim.text,
        policy=decided.policy,
        price_minor=judged.decision.capacity_price_minor,
        lists=judged.lists,
        action=judged.decision.action,
        champion=decided.entry.model_version,
    )


def watch_desk(metrics: Metrics, desk: ClaimDesk, shadow: Shadow | None) -> None:
    """Have the metrics ask a desk what is in force and how long the queue is, whenever they are written out."""

    def ask() -> None:
        model = desk.model
        metrics.set_versions(
            policy=desk.policy.version,
            champion=None if model is None else model.version,
            challenger=None if shadow is None else shadow.version,
        )
        figures = desk.review_figures
        if figures is not None:
            metrics.set_reviews(
                price_minor=figures.price_minor, waiting=figures.waiting, places_left=figures.places_left
            )

    metrics.ask(ask)
