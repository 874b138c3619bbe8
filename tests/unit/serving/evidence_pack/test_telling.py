"""Every word of the record is said in both languages, and values read as people write them."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from features.events import EVENT_FIELDS
from serving.cases.words import CASE_KINDS, CASE_STATES, DENIAL_REASONS, ROLES, RULINGS, Step
from serving.claim import Language
from serving.evidence_pack.asking import PackRequest
from serving.evidence_pack.telling import Telling
from serving.evidence_pack.view import PACK_AUDIENCES, view_of
from serving.languages import LANGUAGES
from serving.outbox.kinds import KINDS
from serving.words import Action, AuthorityKind, Cause, Why

_ZONE = dt.timezone(dt.timedelta(hours=8))
_GROUPS = {
    "field_": EVENT_FIELDS.keys() - {"kind", "occurred_at_ms", "known_at_ms"}
    | {"ruling_id", "two_people", "charged_to", "overturns", "proposed_by"},
    "kind_": EVENT_FIELDS["kind"].values,
    "": {word for name, spec in EVENT_FIELDS.items() if name != "kind" for word in spec.values} | {*get_args(Action)},
    "cause_": get_args(Cause),
    "why_": get_args(Why),
    "authority_": get_args(AuthorityKind),
    "case_": CASE_KINDS,
    "state_": CASE_STATES,
    "step_": get_args(Step),
    "ruling_": RULINGS,
    "denial_": DENIAL_REASONS,
    "message_": KINDS,
    "audience_": PACK_AUDIENCES,
    "role_": {*ROLES, "operator"} - {"administrator"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_record_has_a_text(language: Language) -> None:
    """A word that is added to events, decisions or cases is not shown raw to a court."""
    text = Telling(language, "CNY", _ZONE).text
    wanted = {f"words.{group}{word}" for group, words in _GROUPS.items() for word in words}
    assert wanted - text.keys == set()


@pytest.mark.parametrize("audience", PACK_AUDIENCES)
@pytest.mark.parametrize("role", ["reviewer", "senior", "auditor", "operator"])
def test_every_omission_says_what_and_why(audience: str, role: str) -> None:
    """In both languages; a field speaks for itself under its own name."""
    for language in LANGUAGES:
        text = Telling(language, "CNY", _ZONE).text
        for each in view_of(audience, role).omissions():  # type: ignore[arg-type]
            assert f"why.{each.why}" in text
            assert f"what.{each.what}" in text or f"words.field_{each.what}" in text


def test_values_read_as_people_write_them() -> None:
    """Money in major units, moments with their distance from UTC, words in the language, and texts as they are."""
    telling = Telling("zh-CN", "CNY", _ZONE)
    ruling = {"note": "deny", "refund_minor": 123456, "ruling": "deny", "until_ms": 0, "text": None}
    assert [tuple(fact) for fact in telling.facts(ruling)] == [
        ("裁定", "拒绝"),
        ("退款金额", "CNY 1,234.56"),
        ("备注", "deny"),
        ("期限", "1970-01-01 08:00:00 +08:00"),
    ]
    assert telling.shown("device #2") == "设备 2"
    assert telling.shown("my device #2") == "my device #2"


@pytest.mark.parametrize("claim_id", ["../../x", "a\r\nb", '"; x="', "申请", ".", "x" * 128])
def test_file_name_is_safe_whatever_the_claim_is_called(claim_id: str) -> None:
    """It names one file in one folder, and ends no header; two ids never share one."""
    names = {
        PackRequest(
            claim_id=each, audience="court", language="en", made_by="ann", role="senior", made_at_ms=0
        ).file_name
        for each in (claim_id, f"{claim_id}/")
    }
    assert len(names) == 2
    for name in names:
        assert name.isascii()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
        assert name.startswith("evidence-")
        assert name.count(".") == 1
        assert len(name) < 120
