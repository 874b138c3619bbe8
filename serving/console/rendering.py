"""From a template to a response.

Templates escape what they show, fail on what they don't know, and speak through `t(key)`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlencode

from serving.claim import Language
from serving.console.page import PageReply
from serving.console.visit import Visit
from serving.html_templates import html_templates

_HERE: Final = Path(__file__).parent
TEMPLATES: Final = _HERE / "templates"
STATIC: Final = _HERE / "static"
STATIC_TYPES: Final = MappingProxyType(
    {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
)
_SAID_ONCE: Final = frozenset({"said", "lang"})
_ASKED: Final = re.compile("[a-z_]{1,30}")  # how our pages name what they are asked for
MS_PER_MINUTE: Final = 60_000


def render(visit: Visit, template: str, /, status: int = 200, **values: Any) -> PageReply:  # noqa: ANN401 - anything
    """A page made from a template.

    Templates find what they are given, and always: `visit`, `t` (texts), `person`, `csrf`, `language`, `static(name)`
    (the address of a file), `money(minor)`, `moment(ms)`, `minutes(ms)`, `in_language(language)` (the address of this
    page in another one), and `said` (what was just done, or None).
    """
    policy = visit.desk.policy()
    said = f"said.{visit.query.get('said', '')}"
    known = {
        "visit": visit,
        "t": visit.text,
        "person": visit.person,
        "csrf": visit.csrf,
        "language": visit.language,
        "said": visit.text(said) if said in visit.text else None,
        "static": static_address,
        "money": lambda minor: money(minor, policy.currency),
        "moment": lambda ms: moment(ms, policy.zone),
        "minutes": lambda ms: minutes(visit, ms),
        "in_language": lambda language: in_language(visit, language),
    }
    body = html_templates(TEMPLATES).get_template(template).render({**known, **values})
    return PageReply(body.encode(), status)


def see_other(address: str, *, said: str | None = None) -> PageReply:
    """Lead to another page after a form was taken, so that reloading sends nothing twice.

    Args:
        address: of the page.
        said: what was done: the key of a text in texts/said.toml.
    """
    if said is not None:
        address += f"{'&' if '?' in address else '?'}said={quote(said)}"
    return PageReply(b"", 303, headers={"location": address})


@cache
def static_address(name: str) -> str:
    """The address of a file, which changes with what is in it, so that browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?v={digest}"


def in_language(visit: Visit, language: Language) -> str:
    """The address of this page in a language, with what it was asked for.

    What was just done isn't said twice, and what no page of ours asks with is left out. The answer to a form has no
    address of its own that a link could lead to: its visitor is led to the start.
    """
    if visit.form:
        return f"/console?lang={language}"
    asked = {name: value for name, value in visit.query.items() if name not in _SAID_ONCE and _ASKED.fullmatch(name)}
    return "?" + urlencode({**asked, "lang": language})


def money(minor: float | None, currency: str) -> str:
    """An amount for people.

    >>> money(123456, "CNY")
    'CNY 1,234.56'
    """
    return "–" if minor is None else f"{currency} {minor / 100:,.2f}"


def moment(ms: int | None, zone: dt.tzinfo) -> str:
    """A moment in the policy's time zone, to the minute.

    >>> moment(1767225600000, dt.UTC)
    '2026-01-01 00:00'
    """
    return "–" if ms is None else dt.datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M")


def minutes(visit: Visit, ms: int) -> str:
    """How long that is, in the visitor's language; a negative time is told as positive."""
    whole = abs(ms) // MS_PER_MINUTE
    if whole < 60:
        return visit.text("common.minutes", minutes=whole)
    if whole < 48 * 60:
        return visit.text("common.hours", hours=whole // 60, minutes=whole % 60)
    return visit.text("common.days", days=whole // (24 * 60))
