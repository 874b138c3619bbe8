"""Whether the process lives, and whether it can decide by itself; asked by balancers and supervisors."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field

from serving.api.bodies import reply_with
from serving.api.endpoint import EVERYBODY, ApiError, Call, Endpoint, Reply
from serving.api.office import Office


class Health(BaseModel):
    """What was looked at."""

    status: str = Field(description="ok")
    model_version: str | None = Field(default=None, description="of the model in force")
    policy_version: str | None = Field(default=None, description="of the policy in force")


async def live(_office: Office, _call: Call) -> Reply:
    """The process answers."""
    return reply_with(Health(status="ok"))


async def ready(office: Office, _call: Call) -> Reply:
    """It decides by itself: there is a model, and the store takes claims."""
    if office.counter.store_fails:
        raise ApiError(503, "unavailable", "the store can't take claims: they go to people, and wait in the spool")
    if office.desk.model is None:
        raise ApiError(503, "unavailable", "no model is in force: every claim goes to a person until one is promoted")
    return reply_with(
        Health(status="ok", model_version=office.desk.model.version, policy_version=office.desk.policy.version)
    )


LIVE: Final = Endpoint(
    method="GET",
    path="/livez",
    summary="Whether the process lives",
    description="A supervisor that gets no answer in time should start the process again.",
    scopes=EVERYBODY,
    handler=live,
    replies={200: (Health, "it lives")},
)
HEALTH: Final = Endpoint(
    method="GET",
    path="/healthz",
    summary="Whether the process lives",
    description="The same as /livez.",
    scopes=EVERYBODY,
    handler=live,
    replies={200: (Health, "it lives")},
)
READY: Final = Endpoint(
    method="GET",
    path="/readyz",
    summary="Whether it can decide by itself",
    description="Until then it answers too, and sends every claim to a person.",
    scopes=EVERYBODY,
    handler=ready,
    replies={200: (Health, "it can")},
    errors={503: "it can't: the message says why"},
)
