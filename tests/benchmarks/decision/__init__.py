"""What the decision is worth: what it saves in closed loop against its rivals, at the same reviewers' capacity; and
what one decision takes under a policy with many rules.
"""

from decision import fifty_rules, savings
from figures import Figure


def run() -> list[Figure]:
    """All figures of the family."""
    return [*fifty_rules.figures(), *savings.run()]
