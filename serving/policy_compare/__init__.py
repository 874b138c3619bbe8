"""Policies compared on past claims: what would another policy have done, and what would it have cost?

Read in this order:
    past        a past claim: what it was judged by, what was decided, what became of it
    judged      past claims under a policy, as arrays
    settings    in what two policies differ
    diff        which decisions change from one policy to another, and whom that costs money
    backtest    what a policy comes to on past claims, by the model and by what was found out
    chances     with what chance a claim's truth came to light
    follow      the queue's price found anew
    diff_text, backtest_text    both as a page of text
    running, command    `clearclaim policy diff` and `clearclaim policy backtest`

All but the last two are functions of values; past claims come from `serving.past_cases`.
"""
