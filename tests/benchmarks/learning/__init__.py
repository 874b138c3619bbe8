"""How well what was learned does: how well the free text of claims is read, and what weights of labels are worth."""

from figures import Figure
from learning import end_to_end, selective_labels, streaming, texts


def run() -> list[Figure]:
    """All figures of the family."""
    return [*texts.run(), *selective_labels.run(), *streaming.run(), *end_to_end.run()]
