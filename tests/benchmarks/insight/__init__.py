"""How well what is worked out of all claims finds what the simulator knows."""

from figures import Figure
from insight import abuse, alarms, feedback, merchants, returns


def run() -> list[Figure]:
    """All figures of the family; each subject's module gives its own."""
    return [*merchants.run(), *alarms.run(), *abuse.run(), *feedback.run(), *returns.run()]
