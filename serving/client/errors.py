"""What went wrong, as the service says it."""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from serving.api.messages import ErrorAnswer, FieldError


class ClearclaimError(Exception):
    """A request that got no answer.

    Attributes:
        status: the HTTP status; None where no response came at all.
        code: a stable word for the kind of error, such as `invalid_claim`; `unreachable` where no response came,
            `unreadable` where it wasn't the service's.
        message: one sentence.
        fields: which fields are wrong.
        request_id: what the service's log calls this request.
        attempts: how often it was asked.
    """

    def __init__(
        self,
        status: int | None,
        code: str,
        message: str,
        fields: tuple[FieldError, ...] = (),
        *,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.request_id = request_id
        self.attempts = attempts
        super().__init__(status, code, message, fields)

    def __str__(self) -> str:
        said = f"{self.code}: {self.message}" if self.status is None else f"{self.status} {self.code}: {self.message}"
        wrong = "".join(f"; {each.field}: {each.reason}" for each in self.fields)
        tried = f" (asked {self.attempts} times)" if self.attempts > 1 else ""
        known_as = "" if self.request_id is None else f" [request {self.request_id}]"
        return f"{said}{wrong}{tried}{known_as}"


def error_of(outcome: httpx.Response | httpx.RequestError, attempts: int, request_id: str) -> ClearclaimError:
    """The error that a response, or the lack of one, comes to."""
    if isinstance(outcome, httpx.Response):
        code, message, fields = _said(outcome)
        return ClearclaimError(outcome.status_code, code, message, fields, request_id=request_id, attempts=attempts)
    message = str(outcome) or type(outcome).__name__
    return ClearclaimError(None, "unreachable", message, request_id=request_id, attempts=attempts)


def _said(response: httpx.Response) -> tuple[str, str, tuple[FieldError, ...]]:
    try:
        said = ErrorAnswer.model_validate_json(response.content).error
    except ValidationError:  # something in between has pages of its own
        return "unreadable", f"{response.reason_phrase}, without the service's own words", ()
    return said.code, said.message, tuple(said.fields)
