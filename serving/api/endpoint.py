"""What an endpoint is: the one declaration that the edge serves, the guard checks and the API page shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import BaseModel

from serving.access.callers import Caller, Scope
from serving.observing.laps import Laps

if TYPE_CHECKING:
    from serving.api.office import Office

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

JSON_TYPE: Final = b"application/json"
EVERYBODY: Final[frozenset[Scope]] = frozenset()  # no key is asked for
LARGEST_BODY_BYTES: Final = 64 * 1024  # a claim with the longest ids and text stays well below


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as a handler sees it."""

    body: bytes
    path_values: Mapping[str, str]
    query: Mapping[str, str]
    caller: Caller
    request_id: str
    laps: Laps


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to send back. Content type, length, request id and security headers are the edge's work."""

    body: bytes
    status: int = 200
    content_type: bytes = JSON_TYPE
    headers: Headers = ()


class ApiError(Exception):
    """What a caller did wrong, or what the service can't do now; the edge makes the one JSON shape of it.

    Attributes:
        fields: pairs of a field's path and what is wrong with it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: tuple[tuple[str, str], ...] = (),
        headers: Headers = (),
    ) -> None:
        self.status, self.code, self.message, self.fields, self.headers = status, code, message, fields, headers
        super().__init__(message)


Handler: TypeAlias = Callable[["Office", Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in the path or the query, as the API page shows it. `schema` is JSON Schema."""

    name: str
    where: Literal["path", "query"]
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A method and a path, and all that is to be known about them.

    Attributes:
        path: with names in braces for what varies, such as /v1/claims/{claim_id}.
        scopes: a key needs one of them; nobody needs a key where there is none.
        request: what the body holds; None where there is no body.
        replies: by status, the model of the answer (None for one that isn't JSON) and when it comes.
        errors: statuses of errors beside those that every endpoint may answer, and when they come.
        timed: whether its stages are observed, as those of a claim are.
        example: a body that is answered with 200 by a fresh service, for the page; a test replays it.
    """

    method: Literal["GET", "POST"]
    path: str
    summary: str
    description: str
    scopes: frozenset[Scope]
    handler: Handler
    replies: Mapping[int, tuple[type[BaseModel] | None, str]]
    request: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    errors: Mapping[int, str] = field(default_factory=dict)
    largest_body_bytes: int = LARGEST_BODY_BYTES
    example: Mapping[str, Any] | None = None
    timed: bool = False
