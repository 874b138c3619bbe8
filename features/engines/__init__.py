"""Several ways to the same window totals, held against each other by the tests.

reference    loops over raw events, skips every optimisation on purpose: the oracle
batch        a sort, a cumulative sum and two binary searches per window, over NumPy arrays
partitioned  the batch kernel on parts on disk, for files that are larger than memory
spark        the batch kernel on parts on a cluster
online       two index seeks per window in a store
"""
