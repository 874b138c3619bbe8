"""The BentoML service: the edge where HTTP, settings and clocks meet the pure parts."""

from __future__ import annotations

import bentoml
from starlette.responses import Response

from features.plan import default_plan
from features.store import Store
from serving.answer import Answer
from serving.claim import Claim
from serving.claim_desk import ClaimConflictError, ClaimDesk, FutureTimeError
from serving.errors import ErrorShapeMiddleware, error_response, field_error_response
from serving.model_watch import ModelWatch
from serving.policy_watch import PolicyWatch
from serving.settings import Settings


@bentoml.service(
    name="clearclaim",
    workers=1,
    # what isn't read isn't worth a third of each request
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
)
class ClearclaimService:
    """Scores after-sales claims: what to do with each, what each action is expected to cost, and why."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        plan = default_plan()
        champion = ModelWatch(settings.model_tag, plan)
        champion.start()
        self._desk = ClaimDesk(
            Store.open(settings.store_url, plan),
            PolicyWatch(settings.policy_path),
            champion,
            settings.clock,
        )

    @bentoml.api(route="/score")  # type: ignore[untyped-decorator]
    async def score(self, claim: Claim, /) -> Answer:
        """Decide one claim, with its order's facts: the action, expected costs, reasons, and versions."""
        try:
            answer = self._desk.score(claim)
        except ClaimConflictError as error:
            return error_response(409, "claim_conflict", str(error))  # type: ignore[return-value]
        except FutureTimeError as error:
            return field_error_response(400, error.field, error.reason)  # type: ignore[return-value]
        return Response(answer.model_dump_json(), media_type="application/json")  # type: ignore[return-value]

    def __is_ready__(self) -> bool:
        """Ready to decide by itself: without a model every claim goes to a person."""
        return self._desk.model is not None


ClearclaimService.add_asgi_middleware(ErrorShapeMiddleware)  # type: ignore[attr-defined] # the decorator adds it
