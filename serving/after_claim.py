"""What is done with a claim after its answer is committed: it is counted, and offered to the challenger in shadow."""

from __future__ import annotations

from serving.claim_desk import Answered, ClaimConflictError, ClaimDesk, Decided, Outcome
from serving.observing.metrics import Metrics
from serving.shadow import Shadow, ShadowClaim


class AfterClaim:
    """Call it with each outcome of a desk, after the commit; it waits for nothing."""

    def __init__(self, metrics: Metrics, shadow: Shadow | None) -> None:
        self._metrics, self._shadow = metrics, shadow

    def __call__(self, outcome: Outcome) -> None:
        """Count an outcome, and have the challenger score it if there is one."""
        if isinstance(outcome, ClaimConflictError):
            self._metrics.count_conflict()
        elif isinstance(outcome, Answered):
            if outcome.decided is None:
                self._metrics.count_replay()
            else:
                self._decided(outcome.decided)

    def _decided(self, decided: Decided) -> None:
        entry = decided.entry
        degraded_by = None
        if decided.judged.decision.degraded:
            degraded_by = "no_model" if entry.model_version is None else "no_probability"
        self._metrics.count_decision(entry.action, entry.abuse_probability, degraded_by)
        self._metrics.count_vector(decided.vector)
        if self._shadow is not None:
            self._shadow.offer(shadow_claim(decided))


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
