"""All endpoints."""

from __future__ import annotations

from typing import Final

from serving.api.adjudicate import ADJUDICATE
from serving.api.alarms import ALARMS
from serving.api.appeals import APPEALS, EVIDENCE
from serving.api.claims import CLAIMS
from serving.api.decisions import DECISIONS
from serving.api.endpoint import Endpoint
from serving.api.events import EVENTS
from serving.api.explain import EXPLAIN
from serving.api.figures import FIGURES
from serving.api.health import HEALTH, LIVE, READY
from serving.api.openapi import DESCRIPTION
from serving.api.page import PAGE
from serving.api.policy_card import POLICY_CARD
from serving.api.score import SCORE, SCORE_BATCH
from serving.api.scorecard import SCORECARD

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    SCORE,
    SCORE_BATCH,
    EVENTS,
    CLAIMS,
    EXPLAIN,
    ADJUDICATE,
    APPEALS,
    EVIDENCE,
    DECISIONS,
    ALARMS,
    POLICY_CARD,
    SCORECARD,
    DESCRIPTION,
    PAGE,
    LIVE,
    READY,
    HEALTH,
    FIGURES,
)
