"""Feature vectors in files, so that they are computed once, and needn't lie in memory whole.

Read in this order:
    vectors     one interface for vectors in an array and in a file
    hashing     what a content is called
    folder      a folder that is whole, with a manifest
    writing     from an engine's vectors to a file of them in the order of the claims
    cache       a folder of such files, each found again by the hash of what it was made from
"""
