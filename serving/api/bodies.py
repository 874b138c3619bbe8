"""From the bytes of a body to a message, or to an error that names each wrong field."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from serving.api.endpoint import ApiError, Reply

Message = TypeVar("Message", bound=BaseModel)

MOST_FIELDS = 50  # of an error; whoever sends more wrong ones starts with these


def read_message(model: type[Message], body: bytes) -> Message:
    """Parse and check a body.

    Raises:
        ApiError: 400, naming each field that is wrong.
    """
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise invalid(error) from None


def invalid(error: ValidationError) -> ApiError:
    """What to answer to a message that is wrong."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return ApiError(400, "invalid_request", "the request has fields that are missing or wrong", _fields(details))


def wrong_value(field: str, reason: str) -> ApiError:
    """What to answer to one value that is wrong, in the path or the query."""
    return ApiError(400, "invalid_request", "a value in the path or query is wrong", ((field, reason),))


def reply_with(message: BaseModel, status: int = 200) -> Reply:
    """An answer as JSON."""
    return Reply(body=message.model_dump_json().encode(), status=status)


def _fields(details: list[ErrorDetails]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (".".join(str(part) for part in detail["loc"]) or "body", detail["msg"].removeprefix("Value error, "))
        for detail in details[:MOST_FIELDS]
    )
