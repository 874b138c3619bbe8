"""The metrics: what each is called, what it tells, and by what it is told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Stage: TypeAlias = Literal[
    "read_body", "validate", "history", "score", "judge", "write", "commit", "respond", "whole"
]  # of a claim, in this order
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

SECONDS: Final = (
    0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
TENTHS: Final = tuple(number / 10 for number in range(1, 11))


@dataclass(frozen=True, slots=True)
class Declared:
    """One metric. Counters are exposed with `_total` after the name, histograms with `_bucket`, `_sum` and `_count`."""

    kind: Literal["counter", "histogram", "gauge"]
    name: str
    tells: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


STAGE: Final = Declared(
    "histogram", "clearclaim_stage_seconds", "How long each stage of a claim took.", ("stage",), SECONDS
)
REQUEST: Final = Declared(
    "histogram", "clearclaim_request_seconds", "How long requests took, by the endpoint's path.", ("endpoint",), SECONDS
)
REQUESTS: Final = Declared(
    "counter", "clearclaim_requests", "Requests by the endpoint's path and the class of the status.",
    ("endpoint", "status"),
)  # fmt: skip
UNAVAILABLE: Final = Declared(
    "counter", "clearclaim_unavailable", "Requests that were answered with 503, by the endpoint's path.", ("endpoint",)
)
DECISIONS: Final = Declared("counter", "clearclaim_decisions", "Claims decided, by action.", ("action",))
DEGRADED: Final = Declared(
    "counter", "clearclaim_degraded", "Claims that went to a person because the service couldn't tell, by cause.",
    ("cause",),
)  # fmt: skip
REPLAYS: Final = Declared("counter", "clearclaim_replays", "Claims that got their stored answer again.")
CONFLICTS: Final = Declared("counter", "clearclaim_conflicts", "Claims refused since their id has other content.")
EVENTS: Final = Declared(
    "counter", "clearclaim_events", "Events sent: new ones, and those known already.", ("outcome",)
)
SHADOW: Final = Declared(
    "counter", "clearclaim_shadow_claims", "Claims of the challenger in shadow: scored, of these disagreed, dropped.",
    ("outcome",),
)  # fmt: skip
ABUSE_PROBABILITY: Final = Declared(
    "histogram", "clearclaim_abuse_probability", "The abuse probabilities of claims, in tenths.", (), TENTHS
)
VECTORS: Final = Declared("counter", "clearclaim_vectors", "Feature vectors that were looked at for missing values.")
MISSING: Final = Declared(
    "counter", "clearclaim_missing_values", "Missing values in feature vectors, by column.", ("column",)
)
REVIEW_PRICE: Final = Declared("gauge", "clearclaim_review_price_minor", "What a place in the reviewers' queue costs.")
REVIEWS_WAITING: Final = Declared("gauge", "clearclaim_reviews_waiting", "Claims that wait for a person.")
REVIEW_PLACES: Final = Declared("gauge", "clearclaim_review_places_left", "Reviews that today's capacity still has.")
OUTBOX_WAITING: Final = Declared("gauge", "clearclaim_outbox_oldest_seconds", "Wait of the oldest notification.")
OUTBOX_DEAD: Final = Declared("gauge", "clearclaim_outbox_dead", "Notifications that were given up; send them again.")
MODEL_INFO: Final = Declared("gauge", "clearclaim_model_info", "1 for each model in its role.", ("role", "version"))
POLICY_INFO: Final = Declared("gauge", "clearclaim_policy_info", "1 for the policy in force.", ("version",))
WORKER_MEMORY: Final = Declared(
    "gauge", "clearclaim_worker_memory_bytes", "Memory of each worker's process that is in use.", ("worker",)
)
STORE_OPEN: Final = Declared(
    "gauge", "clearclaim_store_open", "1 once a worker has opened the store, 0 while it waits for it.", ("worker",)
)

METRICS: Final = (
    STAGE, REQUEST, REQUESTS, UNAVAILABLE, DECISIONS, DEGRADED, REPLAYS, CONFLICTS, EVENTS, SHADOW, ABUSE_PROBABILITY,
    VECTORS, MISSING, REVIEW_PRICE, REVIEWS_WAITING, REVIEW_PLACES, OUTBOX_WAITING, OUTBOX_DEAD, MODEL_INFO,
    POLICY_INFO, WORKER_MEMORY, STORE_OPEN,
)  # fmt: skip
INFOS: Final = frozenset({MODEL_INFO.name, POLICY_INFO.name})  # where 0 means that it is over
