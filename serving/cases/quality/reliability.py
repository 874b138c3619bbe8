"""How often each reviewer is right on gold cases: sensitivity where there was abuse, specificity where there was none.

Few gold cases tell little of one person, so each is held to the team by a beta prior worth `TEAM_CASES` cases, and the
team to what the policy assumes by one worth `POLICY_CASES`. A ruling that finds nothing (`undetermined`) is no vote, as
learning takes none from it; it is counted beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from serving.cases.quality.chance import Figure, beta_interval, share
from serving.cases.quality.ratings import GoldRuling
from serving.policy.parts import Review

TEAM_CASES: Final = 20.0
POLICY_CASES: Final = 10.0


@dataclass(frozen=True, slots=True)
class ReviewerRates:
    """What gold cases tell of one reviewer, or of the team.

    Attributes:
        sensitivity, specificity: the mean of what is believed, with the middle 95 %; `count` is how many gold cases
            with a finding tell of it.
        right: of all gold cases, those with the right finding; not held to anybody.
        undetermined: how many were found to be nothing.
    """

    sensitivity: Figure
    specificity: Figure
    right: Figure
    undetermined: int


@dataclass(frozen=True, slots=True)
class TeamRates:
    """The team as a whole, and each reviewer by name, in order."""

    team: ReviewerRates
    reviewers: dict[str, ReviewerRates]
    abusive_share: float


def team_rates(golds: Iterable[GoldRuling], review: Review) -> TeamRates:
    """Rates of all who ruled on gold cases.

    Args:
        golds: closed gold cases.
        review: the policy's table, which says what is assumed of people.
    """
    rulings = list(golds)
    assumed = (review.sensitivity * POLICY_CASES, (1 - review.sensitivity) * POLICY_CASES)
    assumed_clean = (review.specificity * POLICY_CASES, (1 - review.specificity) * POLICY_CASES)
    team = _rates(rulings, assumed, assumed_clean)
    by_name: dict[str, list[GoldRuling]] = {}
    for ruling in rulings:
        by_name.setdefault(ruling.person, []).append(ruling)
    sensitivity, specificity = team.sensitivity.value, team.specificity.value
    held = (sensitivity * TEAM_CASES, (1 - sensitivity) * TEAM_CASES)
    held_clean = (specificity * TEAM_CASES, (1 - specificity) * TEAM_CASES)
    reviewers = {name: _rates(by_name[name], held, held_clean) for name in sorted(by_name)}
    abusive = sum(ruling.known == "abusive" for ruling in rulings)
    return TeamRates(team, reviewers, abusive / len(rulings) if rulings else float("nan"))


def _rates(
    rulings: list[GoldRuling], abusive_prior: tuple[float, float], clean_prior: tuple[float, float]
) -> ReviewerRates:
    voted = [ruling for ruling in rulings if ruling.found != "undetermined"]
    return ReviewerRates(
        sensitivity=_believed([each.is_right for each in voted if each.known == "abusive"], abusive_prior),
        specificity=_believed([each.is_right for each in voted if each.known == "legitimate"], clean_prior),
        right=share(sum(ruling.is_right for ruling in rulings), len(rulings)),
        undetermined=len(rulings) - len(voted),
    )


def _believed(right: list[bool], prior: tuple[float, float]) -> Figure:
    above, below = prior[0] + sum(right), prior[1] + len(right) - sum(right)
    low, high = beta_interval(round(above, 6), round(below, 6))
    return Figure(above / (above + below), low, high, len(right))
