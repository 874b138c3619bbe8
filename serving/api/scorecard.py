"""GET /v1/merchants/{merchant_id}/scorecard: how a merchant serves, as it was worked out last."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.api.bodies import reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Parameter, Reply
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.insight import keeping
from serving.insight.merchants.ranking import MERCHANTS, scorecard_of
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.insight.tables import INSIGHT_PART

_NOT_YET: Final = "scorecards haven't been worked out yet; an operator runs: clearclaim insight refresh"


async def scorecard(office: Office, call: Call) -> Reply:
    """Look a merchant's scorecard up."""
    return reply_with(await in_a_thread(_find, office.store, call.path_values["merchant_id"]))


def _find(store: Store, merchant_id: str) -> MerchantScorecard:
    with store.reading() as connection:
        if not _is_worked_out(connection):
            raise ApiError(404, "not_worked_out", _NOT_YET)
        # no merchant has an id that can't be printed, and a database may not take it
        found = scorecard_of(connection, merchant_id) if merchant_id.isprintable() else None
    if found is None:
        said = f"{merchant_id!r:.120}: no merchant of this id had an order or a claim in the period of the scorecards"
        raise ApiError(404, "unknown_merchant", said)
    return found


def _is_worked_out(connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table(INSIGHT_PART.name) and keeping.as_of(connection, MERCHANTS) is not None


SCORECARD: Final = Endpoint(
    method="GET",
    path="/v1/merchants/{merchant_id}/scorecard",
    summary="How a merchant serves",
    description=(
        "Claims against what the merchant's mix of categories would have had, answers, verdicts, deliveries, ratings, "
        "disputes, recoveries, the trend, and the score from 1 to 5 that they make, with 95 % intervals and formulas. "
        "It is worked out beside the service and holds as of `as_of_ms`."
    ),
    scopes=frozenset({"platform", "auditor", "scientist"}),
    handler=scorecard,
    parameters=(Parameter("merchant_id", "path", "the merchant"),),
    replies={200: (MerchantScorecard, "the scorecard")},
    errors={404: "the merchant had neither orders nor claims, or nothing was worked out yet: the code says which"},
)
