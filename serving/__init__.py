"""Decides, explains, records: one claim in, one answer out.

Read in this order:
    claim, answer   the API, field by field
    claim_desk      one claim from request to answer, in one transaction
    policy          every amount and limit that a decision depends on
    decision        the action with the lowest expected cost, among those that may be taken
    text            what a claim's free text says: a probability per claim reason
    scorer          from a feature vector to its probabilities (bundle, booster and calibration beneath)
    reasons         what moved it, in words
    ledger          the record of decisions
    recent_decisions, review_price    what a place in the reviewers' queue costs, live
    policy_watch    the policy in force, taken up from its file while the service runs
    model_watch     the model in force, taken up from BentoML's model store while the service runs
    shadow          a challenger that scores beside the champion, and never acts
    service         the BentoML service around it all (settings, clock, model, errors at its edge)
    replay          recorded claims, played through the same code
    cli             the operators' command

Knows `features`; never imports `training`.
"""
