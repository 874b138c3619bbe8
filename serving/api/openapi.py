"""The API described for programs: an OpenAPI 3.1 document, made from the endpoints and their messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from serving.api.endpoint import EVERYBODY, Call, Endpoint, Parameter, Reply
from serving.api.messages import ErrorAnswer
from serving.api.office import Office

Json = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{model}"


_ALWAYS: Final[Mapping[int, str]] = {
    429: "too many requests; the header retry-after says how many seconds to wait",
    503: "the service can't keep what it would decide; the header retry-after says when to send the same again",
}
_WITH_KEY: Final[Mapping[int, str]] = {
    401: "no key, or one that isn't valid",
    403: "the key may not do this; the message names the scope that may",
}
_WITH_BODY: Final[Mapping[int, str]] = {
    400: "a field is missing or wrong; all are named",
    413: "the body is too large",
    415: "the body's content type isn't application/json, or the body is compressed",
}


def describe(endpoints: Iterable[Endpoint]) -> Json:
    """The document for these endpoints."""
    table = tuple(endpoints)
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ErrorAnswer, "serialization")]
    for each in table:
        wanted += [(each.request, "validation")] if each.request else []
        wanted += [(model, "serialization") for model, _ in each.replies.values() if model]
    names, schemas = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REFERENCE)
    paths: dict[str, Json] = {}
    for each in table:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "clearclaim",
            "version": version("clearclaim"),
            "description": "Scores after-sales claims: what to do with each, what each action is expected to cost, "
            "and why. Every answer is JSON, and every error has one shape.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "an API key"}},
        },
    }


def _operation(endpoint: Endpoint, names: Mapping[Any, Json]) -> Json:
    operation: Json = {
        "operationId": f"{endpoint.method.lower()} {endpoint.path}",
        "summary": endpoint.summary,
        "description": endpoint.description,
        "responses": _responses(endpoint, names),
        "security": [] if endpoint.scopes == EVERYBODY else [{"key": []}],
    }
    if endpoint.parameters:
        operation["parameters"] = [_parameter(each) for each in endpoint.parameters]
    if endpoint.request is not None:
        content: Json = {"schema": names[endpoint.request, "validation"]}
        if endpoint.example is not None:
            content["example"] = endpoint.example
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _responses(endpoint: Endpoint, names: Mapping[Any, Json]) -> Json:
    errors = dict(_ALWAYS)
    errors |= {} if endpoint.scopes == EVERYBODY else _WITH_KEY
    errors |= {} if endpoint.request is None else _WITH_BODY
    errors |= {400: "a value in the path or query is wrong"} if endpoint.parameters and not endpoint.request else {}
    errors |= endpoint.errors
    failed = {"application/json": {"schema": names[ErrorAnswer, "serialization"]}}
    responses: Json = {str(status): {"description": text, "content": failed} for status, text in errors.items()}
    for status, (model, text) in endpoint.replies.items():
        responses[str(status)] = {"description": text}
        if model is not None:
            responses[str(status)]["content"] = {"application/json": {"schema": names[model, "serialization"]}}
    return dict(sorted(responses.items()))


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required or parameter.where == "path",
        "schema": dict(parameter.schema),
    }


async def description(office: Office, _call: Call) -> Reply:
    """The document itself."""
    return Reply(body=json.dumps(describe(office.endpoints), ensure_ascii=False).encode())


DESCRIPTION: Final = Endpoint(
    method="GET",
    path="/v1/openapi.json",
    summary="This description",
    description="OpenAPI 3.1, for programs.",
    scopes=EVERYBODY,
    handler=description,
    replies={200: (None, "an OpenAPI document")},
)
