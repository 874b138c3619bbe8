"""The API described for people: one HTML page, made from the same endpoints, without any script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from serving.access.headers import page_policy
from serving.api.endpoint import EVERYBODY, Call, Endpoint, Reply
from serving.api.office import Office
from serving.api.openapi import Json, describe

HTML_TYPE: Final = b"text/html; charset=utf-8"
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --word: #0a6; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; }
.method { color: var(--word); font-weight: 700; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
summary { cursor: pointer; margin-top: .8rem; } nav a { margin-right: 1rem; } .wide { overflow-x: auto; }
"""


def html_of(endpoints: Iterable[Endpoint]) -> str:
    """The page for these endpoints."""
    table = tuple(endpoints)
    document = describe(table)
    schemas: Json = document["components"]["schemas"]
    links = "".join(f'<li><a href="#{_anchor(each)}">{_name(each)}</a> {escape(each.summary)}</li>' for each in table)
    sections = "".join(_section(each, document, schemas) for each in table)
    models = "".join(_model(name, schema) for name, schema in sorted(schemas.items()))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>clearclaim API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>clearclaim API</h1><p>{escape(document['info']['description'])} "
        f'For programs: <a href="/v1/openapi.json">openapi.json</a>.</p><ul>{links}</ul>{sections}'
        f"<h2>Messages</h2>{models}</main></body></html>"
    )


def _name(endpoint: Endpoint) -> str:
    return f'<span class="method">{endpoint.method}</span> <code>{escape(endpoint.path)}</code>'


def _anchor(endpoint: Endpoint) -> str:
    return f"{endpoint.method}{endpoint.path}".replace("/", "-").replace("{", "").replace("}", "")


def _section(endpoint: Endpoint, document: Json, schemas: Json) -> str:
    operation = document["paths"][endpoint.path][endpoint.method.lower()]
    parts = [
        f'<h2 id="{_anchor(endpoint)}">{_name(endpoint)}</h2>',
        f"<p><strong>{escape(endpoint.summary)}.</strong> {escape(endpoint.description)}</p>",
    ]
    if endpoint.scopes != EVERYBODY:
        words = ", ".join(f"<code>{scope}</code>" for scope in sorted(endpoint.scopes))
        parts.append(f"<p>For keys with the scope {words}.</p>")
    if endpoint.parameters:
        rows = [(each.name, f"{each.where}, {_type(each.schema)}", each.description) for each in endpoint.parameters]
        parts.append(_table(("parameter", "where, what", "meaning"), rows))
    if "requestBody" in operation:
        schema = _resolved(operation["requestBody"]["content"]["application/json"]["schema"], schemas)
        parts.append(_fields(schema))
    if endpoint.example is not None:
        parts.append(f"<details><summary>Example</summary><pre>{escape(_curl(endpoint))}</pre></details>")
    answers = [
        (status, _type(_content(response)), response["description"])
        for status, response in operation["responses"].items()
    ]
    parts.append(_table(("status", "answer", "when"), answers))
    return "".join(parts)


def _content(response: Json) -> Json:
    content: Json = response.get("content", {}).get("application/json", {}).get("schema", {})
    return content


def _curl(endpoint: Endpoint) -> str:
    body = json.dumps(endpoint.example, indent=2, ensure_ascii=False)
    return (
        f"curl http://127.0.0.1:3000{endpoint.path} -H 'authorization: Bearer KEY' \\\n"
        f"  -H 'content-type: application/json' -d '{body}'"
    )


def _model(name: str, schema: Json) -> str:
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{escape(schema.get('description', ''))}</p>{_fields(schema)}</details>"
    )


def _fields(schema: Json) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (name + ("" if name in required else " (optional)"), _type(field), field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]
    return _table(("field", "what", "meaning"), rows) if rows else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    heads = "".join(f"<th>{word}</th>" for word in head)
    # the first cell is a name; the second one is HTML already
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{what}</td><td>{escape(text)}</td></tr>"
        for name, what, text in rows
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _type(schema: Mapping[str, Any]) -> str:
    """What a field holds, in a few words, as HTML."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rsplit("/", 1)[-1]
            return f'<a href="#{escape(name)}">{escape(name)}</a>'
        case {"anyOf": [*some]}:
            return " or ".join(_type(each) for each in some)
        case {"enum": [*words]}:
            return " ".join(f"<code>{escape(str(word))}</code>" for word in words)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": str(name)}:
            return escape(name)
    return ""


def _resolved(schema: Json, schemas: Json) -> Json:
    reference = schema.get("$ref")
    return schemas[reference.rsplit("/", 1)[-1]] if reference else schema


async def page(office: Office, _call: Call) -> Reply:
    """The page itself."""
    return Reply(body=html_of(office.endpoints).encode(), content_type=HTML_TYPE, headers=(page_policy(_STYLE),))


PAGE: Final = Endpoint(
    method="GET",
    path="/",
    summary="The API, for people",
    description="What you are reading.",
    scopes=EVERYBODY,
    handler=page,
    replies={200: (None, "an HTML page")},
)
