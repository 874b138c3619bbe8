"""What a claim's free text says: which of the claim reasons it tells of, and whether that is the one stated.

Read in this order:
    grams     from a text to the numbers of its character n-grams; Chinese needs no segmenter for that
    reader    from those to a probability per reason: a linear model of whole numbers, so that sums are exact
    file      the reader as text in a bundle, checked when it is read
    columns   what the abuse model takes of it, after the columns of the catalogue

Needs NumPy and nothing else. Training reads texts by this very code.
"""
