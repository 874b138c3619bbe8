"""Each word that the code keeps in a list has a text for people."""

import tomllib
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from features.events import (
    ACTIONS,
    CLAIM_REASONS,
    CLAIM_TYPES,
    INSPECTIONS,
    MERCHANT_RESPONSES,
    VERDICT_SOURCES,
    VERDICTS,
    EventKind,
)
from serving import words
from serving.cases import words as of_cases
from serving.console.languages import texts_of
from serving.insight import returns

FAULTS: Final = ("yes", "no", "unknown")  # what the form of a ruling asks about the merchant
# what a reviewer may do beside ruling, as a form names it
OTHER_RULINGS: Final = ("ask_for_evidence", "escalate")
LISTS: Final[dict[str, tuple[Any, ...]]] = {
    "kind": of_cases.CASE_KINDS,
    "state": of_cases.CASE_STATES,
    "lane": of_cases.LANES,
    "step": get_args(of_cases.Step),
    "ruling": (*of_cases.RULINGS, *OTHER_RULINGS),
    "denial": of_cases.DENIAL_REASONS,
    "arm": get_args(of_cases.ReasonsArm),
    "role": of_cases.ROLES,
    "party": get_args(of_cases.Party),
    "fault": FAULTS,
    "type": CLAIM_TYPES,
    "reason": CLAIM_REASONS,
    "verdict": VERDICTS,
    "source": VERDICT_SOURCES,
    "response": MERCHANT_RESPONSES,
    "inspection": INSPECTIONS,
    "action": ACTIONS,
    "event": tuple(EventKind),
    "cause": get_args(words.Cause),
    "why": get_args(words.Why),
    "authority": get_args(words.AuthorityKind),
    "timing": get_args(words.RefundTiming),
    "payer": get_args(words.FreightPayer),
    "route": get_args(words.RefundRoute),
}


@pytest.mark.parametrize("prefix", LISTS)
def test_words_of_a_list_all_have_their_text_and_no_other_does(prefix):
    """A word that is new in the code, or gone from it, is found here and not on a page."""
    told = {key for key in texts_of("en").keys if key.startswith(f"words.{prefix}_")}
    assert told == {f"words.{prefix}_{word}" for word in LISTS[prefix]}


def test_words_have_no_prefix_that_no_list_has():
    """A text whose list is gone goes too."""
    told = {key for key in texts_of("en").keys if key.startswith("words.")}
    assert {key.removeprefix("words.").partition("_")[0] for key in told} == set(LISTS)


def test_words_of_returns_are_those_of_the_console():
    """A reason has one name, on a case and in a sentence or a plot about returns (there in small letters)."""
    path = Path(returns.__file__).parent / "texts" / "word.toml"
    inside = tomllib.loads(path.read_text(encoding="utf-8"))
    shared = [f"reason_{reason}" for reason in CLAIM_REASONS] + [f"type_{each}" for each in CLAIM_TYPES]
    english, chinese = texts_of("en"), texts_of("zh-CN")
    for key in shared:
        assert inside[key] == {"en": english(f"words.{key}").lower(), "zh-CN": chinese(f"words.{key}")}, key
