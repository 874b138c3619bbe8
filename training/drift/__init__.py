"""Whether the world is still the one that a model was found good on, and what to do if it isn't.

Read in this order:
    bins        the values of a column, cut into bins; missing ones have a bin of their own
    stability   how far two distributions over bins lie apart, and how far chance alone would put them
    resampling  average precision, AUC and shares found, with their errors by buyer
    outcomes    what a model gave and what was found, on labelled claims
    pace        actions by week, and how long first verdicts take
    reference   what a bundle remembers of its training's time: counts per bin, figures; no claim
    remembering how a training makes it
    later       the claims that came since, from a store's log or from a file of events
    comparing   the reference beside the later claims
    judging     what follows: nothing, watch, or retrain, each with its reason
    telling     the same for a terminal, and as JSON
    svg, plots  then and now, drawn for light and dark
    page        the report
    command     what `clearclaim-train drift` does

The reference is of the latest time that the training knew: its test period, and what came after. Of what changed
before, the figures of the test tell already.
"""
