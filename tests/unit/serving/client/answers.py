"""An answer as the service sends it."""

from __future__ import annotations

from typing import Any

from serving.answer import Answer, CostAnswer


def answer_content() -> dict[str, Any]:
    """The JSON of an answer to claim C1 that sends it to a person."""
    costs = [
        CostAnswer(action="manual_review", expected_cost_minor=800.5, available=True, why="always_available"),
        CostAnswer(action="auto_approve", expected_cost_minor=None, available=False, why="no_authority"),
    ]
    answer = Answer(
        claim_id="C1",
        action="manual_review",
        cause="least_cost",
        abuse_probability=0.25,
        costs=costs,
        runner_up=None,
        action_changes_below=None,
        action_changes_above=None,
        authority=None,
        charged_to=None,
        recovery_probability=0.7,
        recovery_source="policy_default",
        reasons=[],
        as_of_ms=1_735_689_600_000,
        model_version="0123456789ab",
        policy_version="ba9876543210",
        catalog_hash="0123456789abcdef",
        degraded=False,
        replayed=False,
    )
    return answer.model_dump(mode="json")
