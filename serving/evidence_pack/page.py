"""index.html: the record for people to read and print, without script and without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from features.events import ALWAYS, OF_THE_CLAIM, EventKind
from serving.evidence_pack.sealed import AS_SEALED
from serving.evidence_pack.telling import Telling
from serving.evidence_pack.view import Omission
from serving.html_templates import html_templates

MOST_EVENTS: Final = 300
MOST_STEPS: Final = 300
MOST_MESSAGES: Final = 100
_REPEATED: Final = frozenset({*ALWAYS, *OF_THE_CLAIM, "claim_id", "reviewer"})  # the table of people has references
_OF_FILING: Final = frozenset({*ALWAYS, "claim_id", "claim_text"})
_OF_FILED_ROW: Final = frozenset({"claim_type", "claim_reason", "amount_minor"})  # the rest stands above
# what stands in columns of their own, or in rulings.json alone
_BESIDE_RULING: Final = frozenset(
    {"claim_id", "case_number", "kind", "recorded_at_ms", "ruled_by", "authority", "told", "as_stored"}
)
_OF_TOLD: Final = ("two_people", "charged_to", "text_for_buyer", "party", "overturns")
LEAST_SHARE: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """What the page tells, as its audience sees it: the same values that are in the pack's files.

    Attributes:
        making: claim_id, made_at_ms, made_by, role and audience.
        events: the first ones, one more than `MOST_EVENTS` if there are more than are shown.
    """

    making: Mapping[str, Any]
    filed: Mapping[str, Any] | None
    events: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any] | None
    policy_since_ms: int | None
    explanations: Mapping[str, Any]
    people: Sequence[Mapping[str, Any]]
    cases: Sequence[Mapping[str, Any]]
    rulings: Sequence[Mapping[str, Any]]
    not_by_console: Sequence[str]
    adjudications: Sequence[Mapping[str, Any]]
    told: Sequence[Mapping[str, Any]]
    seal: Mapping[str, Any]
    omissions: Sequence[Omission]
    files: Sequence[str]


def render_page(parts: PageParts, telling: Telling, zone: str) -> bytes:
    """The page as UTF-8."""
    said = {name: getattr(parts, name) for name in PageParts.__dataclass_fields__}
    said |= {
        "t": telling.text,
        "telling": telling,
        "zone": zone,
        "event_facts": lambda event: list(telling.facts(event, _without(event))),
        "finding_facts": lambda event: list(telling.facts(event, _REPEATED)),
        "filing_facts": lambda filed: list(telling.facts(filed, _OF_FILING)),
        "events_shown": MOST_EVENTS,
        "least_share": LEAST_SHARE,
        "steps_shown": MOST_STEPS,
        "messages_shown": MOST_MESSAGES,
        "changed": lambda now: [telling.word("part_", name) for name, stands in now.items() if stands != AS_SEALED],
        "ruling_facts": lambda ruling: list(telling.facts(_whole_ruling(ruling), _BESIDE_RULING)),
    }
    return (
        html_templates(Path(__file__).with_name("templates"))
        .get_template("index.html")
        .render(said)
        .encode("utf-8", "backslashreplace")
    )


def _without(event: Mapping[str, Any]) -> frozenset[str]:
    """Whom and what a claim is about stands above; a later event says only what is new."""
    if event["kind"] == EventKind.CLAIM_FILED:
        return frozenset(event) - _OF_FILED_ROW
    if event["kind"] == EventKind.CLAIM_DECIDED and not event.get("amount_minor"):
        return _REPEATED | {"amount_minor"}  # passed on to a person: a refund of 0.00 would read as a refusal
    return _REPEATED


def _whole_ruling(ruling: Mapping[str, Any]) -> dict[str, Any]:
    """A ruling with what only the message of it says."""
    told = ruling.get("told", {})
    return {**ruling, **{name: told[name] for name in _OF_TOLD if name in told}}
