"""The model's card: what it is for, what it learned from, how good it is, for whom, and where it ends.

`markdown` puts it together from its sections: `use` (what for, what not, and where it ends), `figures` (of the
evaluation, with intervals, beside the baselines and by slice), `stability` (over the folds) and, from their own
packages, labels and recovery model. `page` makes one HTML file of it. The bundle carries both; they depend on nothing
but the training, so that the same training makes the same bundle. `provenance` adds who made it, when and from which
code, for the copies in MLflow, which also have pictures.
"""

from training.card.markdown import write_card
from training.card.page import Picture, card_page
from training.card.provenance import Provenance, with_provenance

__all__ = ["Picture", "Provenance", "card_page", "with_provenance", "write_card"]
