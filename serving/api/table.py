"""All endpoints."""

from __future__ import annotations

from typing import Final

from serving.api.endpoint import Endpoint
from serving.api.figures import FIGURES
from serving.api.health import HEALTH, LIVE, READY
from serving.api.openapi import DESCRIPTION
from serving.api.page import PAGE
from serving.api.score import SCORE, SCORE_BATCH

ENDPOINTS: Final[tuple[Endpoint, ...]] = (SCORE, SCORE_BATCH, DESCRIPTION, PAGE, LIVE, READY, HEALTH, FIGURES)
