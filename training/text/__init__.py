"""What reads the free text of claims, fitted on the reasons that buyers stated.

Read in this order:
    claim_texts   texts of claims, with what was stated and by whom
    fitting       a logistic regression over the service's own n-grams, turned into the service's reader
    cross_fit     readers that read a claim without having learned from its buyer
    appended      a dataset with the columns that texts make

A stated reason is what a platform has; it is wrong at times, and an abusive claim may well state one thing and tell of
another. That is why the two are held against each other.
"""
