"""One past decision: found with all that it rests on, made again, and held against what was answered then.

Read in this order:
    record          the decision, its answer, its claim's facts, filing and vector
    models          the model of then, among all that BentoML's model store keeps
    policies        the policy of then, as the service kept it
    again           the decision made once more, out of these
    side_by_side    then and now, value by value
    running         what `clearclaim ledger replay` does
"""
