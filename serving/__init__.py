"""Decides, explains, records: one claim in, one answer out.

Read in this order:
    claim, answer   the API, field by field
    claim_desk      claims from requests to answers, in one transaction
    counter         where claims wait for the desk; spool and folding, where answers wait that the store couldn't take
    policy          every amount and limit that a decision depends on
    decision        the action with the lowest expected cost, among those that may be taken
    text            what a claim's free text says: a probability per claim reason
    scorer          from a feature vector to its probabilities (bundle, booster and calibration beneath)
    reasons         what moved it, in words
    ledger          the record of decisions; ledger_seal shows whether anybody changed it
    past_decision, explaining    a decision made again, and told to reviewer, merchant or buyer
    recent_decisions, review_price    what a place in the reviewers' queue costs, live
    policy_watch    the policy in force, taken up from its file while the service runs
    model_watch     the model in force, taken up from BentoML's model store while the service runs
    shadow          a challenger that scores beside the champion, and never acts
    intake          events, and verdicts of people; case_file and policy_card, what can be looked up
    outbox          what others are told: a feed, and signed webhooks
    access          who may call, how often, and what is kept of people
    observing       figures and logs
    api             everything HTTP
    service         the BentoML service around it all
    client          for those who call it, without any of the above
    replay          recorded claims, played through the same code
    cli             the operators' command

Knows `features`; never imports `training`.
"""
