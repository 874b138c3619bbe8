"""Returns and refunds of the quarter: who bore what, and plots, where matplotlib is there to draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.store import Store
from serving.claim import Language
from serving.insight.returns.ledger import changes_of, read_ledger
from serving.insight.returns.working_out import work_out
from serving.policy import Policy
from serving.report.making import Read

if TYPE_CHECKING:
    from serving.report.plots.plot import Plot


@dataclass(frozen=True, slots=True)
class Drawn:
    """What each party bore of the quarter's claims (minor units; `open` is what nobody has borne yet), and plots."""

    borne_minor: Mapping[str, int]
    plots: Sequence[Plot]


def draw_returns(store: Store, policy: Policy, known: Read, language: Language) -> Drawn | None:
    """Work out and draw a quarter's returns; None where what does so isn't installed."""
    try:
        # only here, as what serving needs otherwise brings no matplotlib
        from serving.report.plots.returns import draw_returns as draw  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        return None
    period = known.period
    with store.reading() as connection:
        ledger = read_ledger(connection, period.read_from_ms, period.as_of_ms)
    worked_out = work_out(
        known.record,
        policy,
        from_ms=period.span.from_ms,
        until_ms=period.span.until_ms,
        changes=changes_of(ledger, policy),
        ledger=ledger,
    )
    borne: dict[str, int] = {each.party: each.total_minor for each in worked_out.costs.parties}
    return Drawn(borne, draw(worked_out, language))
