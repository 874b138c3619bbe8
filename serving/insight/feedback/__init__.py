"""What buyers say of how their claims were handled: where satisfaction falls, and why.

Read in this order:
    satisfaction   how satisfied they are, with an interval
    answered       answered claims as columns, each with its rating and what its buyer lived through
    groups         satisfaction by group, and where it falls
    regression     least squares with errors that allow for buyers who rate often
    drivers        what each of a few plain things costs, all others alike
    weighting      who answers, and what the share would be if all had
    merchants      the lowest and the highest, shrunk
    report         all of it, as the part `feedback`
"""
