"""Learns, evaluates, promotes: from events to a model that the service can use.

Read in this order:
    simulate    a small marketplace with known truth, where no real data is at hand
    load        files of orders and returns, turned into events
    labels      what training learns from, and when it became known
    text        what reads the free text of claims, fitted on the reasons that buyers state
    dataset     claims with features and labels, split by time
    leakage     checks that fail a training whose figures could not be trusted
    model       LightGBM, its calibration, and the baselines beside it
    recovery    the second model: what comes back of an advance
    evaluation  how good: metrics and plots
    train       all of it in one MLflow run that ends in a registered challenger
    gate        two models on the same later claims, and the reasons against a promotion
    champions   who was champion when
    promote     a challenger becomes champion: BentoML's model store takes its bundle
    drift       whether the world is still the one that a model was found good on
    retrain     train as the champion was, on what there is now, and ask the gate
    demo        the whole path on a fresh checkout

Knows `features`, and of `serving` only what it must agree with: bundle, scorer, text, reasons, decision, policy.
"""
