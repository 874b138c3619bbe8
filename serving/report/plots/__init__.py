"""The plots of the quarterly report, as SVG that stands inside a page. Only here does serving draw with matplotlib.

Read in this order:
    plot     a plot, with what is said beside it
    drawing  the one style
    returns  the plots of returns and refunds
"""
