"""How well what was learned does: how well the free text of claims is read, what weights of labels are worth, and how
good the model is beside the truth and its baselines.
"""

from figures import Figure
from learning import end_to_end, quality, selective_labels, streaming, texts


def run() -> list[Figure]:
    """All figures of the family."""
    return [*texts.run(), *selective_labels.run(), *quality.run(), *streaming.run(), *end_to_end.run()]
