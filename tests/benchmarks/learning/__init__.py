"""How well what was learned does: so far, how well the free text of claims is read, and how quickly."""

from figures import Figure
from learning import texts


def run() -> list[Figure]:
    """All figures of the family."""
    return texts.run()
