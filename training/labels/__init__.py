"""What training learns from: for each claim, abusive or not, and when that became known.

`labels` holds the form of all labels. Those from people's findings: `adjudications` collects what was ruled before a
moment, `reliability` says whom to rely on (by the model in `dawid_skene`, sure as far as `certainty` says, from what
`sources` assumes; `measured` has the rates that gold cases told), `verdicts` decides each claim by it, `maturity` says
how long verdicts take, and `propensity` with what chance a claim gets one; `ledger` puts them together. `drawing` hands
them to a training, which tells of them in `statement`'s words; `command` tells of them alone, as `report` and
`agreement` have it. `proxy` makes do where there
are no findings. A label uses nothing that was known at or after the moment at which the labels are drawn.
"""

from training.labels.labels import Labels
from training.labels.ledger import LabelLedger, draw_ledger
from training.labels.proxy import high_refund_labels

__all__ = ["LabelLedger", "Labels", "draw_ledger", "high_refund_labels"]
