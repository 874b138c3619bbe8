"""Whether a model may take the champion's place: both on the same later period, from which neither has learned.

Claims, labels and policy are the same for both, so that what differs is the models' doing; intervals come from drawing
buyers anew, both models on the same draws.

Read in this order:
    duel        both models on the claims of a period, as arrays
    together    intervals of many differences at once
    comparing   what the two come to, overall and by slice
    chance      the calibration error that chance alone shows
    config      what a challenger is held to, also from a file
    speed       how long a model takes for one claim, and how large it is
    checks      the reasons against a promotion
    period      the claims that two models are compared on, from events
    deciding    what the policy does with either there: a duel
    report      a comparison as text and as JSON
    running     all of it for the commands
"""
