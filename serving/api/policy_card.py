"""GET /v1/policy_card/{category}: what the policy in force gives buyers."""

from __future__ import annotations

from typing import Final, cast, get_args

from features.events import EVENT_FIELDS, complain
from serving.api.bodies import reply_with, wrong_value
from serving.api.endpoint import Call, Endpoint, Parameter, Reply
from serving.api.office import Office
from serving.claim import Language
from serving.policy_card.card import PolicyCard
from serving.policy_card.making import make_card

LANGUAGES: Final[tuple[str, ...]] = get_args(Language)


async def policy_card(office: Office, call: Call) -> Reply:
    """Make the card of a category."""
    category, language = call.path_values["category"], call.query.get("language")
    if complaint := complain(EVENT_FIELDS["category_id"], category):
        raise wrong_value("category", complaint)
    if language is not None and language not in LANGUAGES:
        raise wrong_value("language", f"is {language!r:.60}; use one of {', '.join(LANGUAGES)}")
    return reply_with(make_card(office.desk.policy, category, cast("Language | None", language)))


POLICY_CARD: Final = Endpoint(
    method="GET",
    path="/v1/policy_card/{category}",
    summary="What the policy gives buyers",
    description=(
        "Windows, refunds, freight, warranty, and how a person comes to decide: in numbers, and in words for the "
        "platform's own pages. A category without terms of its own has those for all goods."
    ),
    scopes=frozenset({"platform", "reviewer", "auditor"}),
    handler=policy_card,
    parameters=(
        Parameter("category", "path", "the sort of goods, as in category_id"),
        Parameter(
            "language", "query", "of the words; default: the policy's", {"type": "string", "enum": list(LANGUAGES)}
        ),
    ),
    replies={200: (PolicyCard, "the card")},
)
