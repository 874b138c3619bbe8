"""The quarterly report: every target that platforms set themselves, with its figure, its formula and what is missing.

One HTML file that needs nothing from elsewhere, for people to read and to print. Nothing in it is set by hand: what
can't be computed is said to be missing, with what to send or switch on. No buyer is named in it.

Read in this order:
    quarter      which days it is about
    held         of which quarters there is anything on record
    ground       what it is read from, once
    figures      a figure with its bounds, how it stands to its target, and what it was before
    targets      one module per target, each with its definition
    checklist    the points of transparency
    rest         decisions, money, models, appeals, and what `serving.insight` keeps
    making       all of it as one value
    drawing      the trends as shapes for a template
    telling      figures as words, in either language
    plots        figures of returns, by matplotlib
    page         that value as HTML
    writing      from a store to a file
"""
