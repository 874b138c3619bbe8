"""What the decision is worth: what it saves in closed loop against its rivals, at the same reviewers' capacity."""

from decision import savings
from figures import Figure


def run() -> list[Figure]:
    """All figures of the family."""
    return [*savings.run()]
