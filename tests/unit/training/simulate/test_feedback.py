"""Ratings of steps: who gives them, when, and what they follow from."""

import pandas as pd
import pytest

from features.events import FEEDBACK_STEPS

pytestmark = pytest.mark.slow

DAY_MS = 24 * 60 * 60 * 1_000


@pytest.fixture(scope="module")
def steps(events) -> pd.DataFrame:
    """A row per rating of a step, beside the claim's filing, first decision, return and inspection."""
    rated = events[events["feedback_step"].notna()]
    for kind, field in {
        "claim_filed": "evidence_count",
        "claim_decided": "action",
        "return_shipped": "known_at_ms",
        "return_inspected": "known_at_ms",
    }.items():
        of_kind = events[events["kind"] == kind].drop_duplicates("claim_id")
        rated = rated.join(of_kind.set_index("claim_id")[[field]].add_prefix(f"{kind}_"), on="claim_id")
    return rated


def test_steps_are_rated_by_some_of_those_who_rate_the_whole(events, steps):
    """All steps are rated, each at most once for a claim, and nobody rates a step without the whole."""
    assert set(steps["feedback_step"]) == set(FEEDBACK_STEPS)
    assert not steps.duplicated(["claim_id", "feedback_step"]).any()
    whole = events[(events["kind"] == "feedback_given") & events["feedback_step"].isna()]
    assert set(steps["claim_id"]) < set(whole["claim_id"])
    assert not whole["claim_id"].duplicated().any()


def test_only_steps_that_a_claim_went_through_are_rated(steps):
    """Who sent nothing back can't say how that was, and support is met where a person decides."""
    returned = steps[steps["feedback_step"] == "return"]
    assert (returned["known_at_ms"] > returned["return_inspected_known_at_ms"]).all()
    support = steps[steps["feedback_step"] == "support"]
    assert set(support["claim_decided_action"]) == {"manual_review"}


def test_rating_of_a_step_follows_what_happened_in_it(steps):
    """A parcel that is long on its way costs stars of the return, and pictures cost some of the filing."""
    returned = steps[steps["feedback_step"] == "return"]
    days = (returned["return_inspected_known_at_ms"] - returned["return_shipped_known_at_ms"]) / DAY_MS
    assert returned["rating"].corr(days) < -0.1
    filing = steps[steps["feedback_step"] == "filing"]
    with_pictures = filing["claim_filed_evidence_count"] > 0
    assert filing["rating"][with_pictures].mean() < filing["rating"][~with_pictures].mean() - 0.1
