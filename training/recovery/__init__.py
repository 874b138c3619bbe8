"""The recovery model: which share of an advance comes back from the merchant, if the claim is honest.

Where the platform pays a buyer first, it is owed the money by the merchant. Some pay all of it back, some a part, some
nothing; the cost of `pre_payment_compensation` hangs on it (`serving.decision.economics`).

Read in this order:
    settling   how old an advance must be before what came back of it tells
    examples   the advances that may teach, as known at one moment
    advances   those of a history, and a rehearsal of the whole in its past
    figures    what a probability is worth where outcomes are shares
    fitting    LightGBM on a few columns, its calibration, and when there is too little to learn from
    statement  what card, manifest, MLflow and terminal say of it
"""
