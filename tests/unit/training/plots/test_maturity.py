"""The plot of maturity shows when verdicts have come, and how long was waited."""

from __future__ import annotations

import numpy as np

from training.labels.maturity import Maturity, MaturityCurve
from training.plots.maturity import maturity_plot


def curve(verdicts=80, days=(2.0, 10.0, 30.0), share=(0.3, 0.8, 1.0)):
    return MaturityCurve(np.array(days), np.array(share), verdicts, 120.0)


def lines_of(maturity, gap_days=21.0):
    axes = maturity_plot(maturity, gap_days).axes[0]
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}, axes


def test_plot_has_a_line_per_claim_type_and_source():
    """Steps at the delays that occurred, up to all verdicts."""
    maturity = Maturity(
        {("refund_only", "reviewer"): curve(60), ("refund_only", "appeal"): curve(8)},
        {"refund_only": curve(90), "exchange": curve(12)},
        curve(102),
    )
    lines, _ = lines_of(maturity)
    assert set(lines) == {"refund only (90)", "refund only, reviewer (60)", "waited for: 21.0 days"}
    drawn = lines["refund only (90)"]
    assert drawn.get_xdata().tolist() == [0.0, 2.0, 10.0, 30.0]
    assert drawn.get_ydata().tolist() == [0.0, 0.3, 0.8, 1.0]


def test_plot_leaves_out_a_source_that_is_the_whole_type():
    """The same line twice says nothing more."""
    maturity = Maturity({("refund_only", "reviewer"): curve(90)}, {"refund_only": curve(90)}, curve(90))
    assert set(lines_of(maturity)[0]) == {"refund only (90)", "waited for: 21.0 days"}


def test_plot_shows_what_was_waited_for_even_beyond_all_verdicts():
    """The line lies within the picture."""
    lines, axes = lines_of(Maturity({}, {"refund_only": curve()}, curve()), gap_days=45.0)
    assert lines["waited for: 45.0 days"].get_xdata()[0] == 45.0
    assert axes.get_xlim()[1] > 45.0


def test_plot_of_too_few_verdicts_says_so():
    """Nothing is drawn from a handful."""
    lines, axes = lines_of(Maturity({}, {"refund_only": curve(5)}, curve(5)))
    assert set(lines) == {"waited for: 21.0 days"}
    assert "too few verdicts" in axes.texts[0].get_text()
