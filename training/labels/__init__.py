"""What training learns from: for each claim, abusive or not, and when that became known.

`labels` holds the form; `verdicts` takes people's findings (and silence, if it is told to), `proxy` makes do where
there are none. A label uses nothing that was known at or after the moment at which the labels are drawn.
"""

from training.labels.labels import Labels
from training.labels.proxy import high_refund_labels
from training.labels.verdicts import verdict_labels

__all__ = ["Labels", "high_refund_labels", "verdict_labels"]
