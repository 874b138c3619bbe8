"""Searching the abuse model's parameters, within the training period alone.

    |------------------- train -------------------|-- calibration --|~~~ gap ~~~|-- test --|
    |--- learned ---|~gap~|- judged -|               never looked at
    |-------- learned --------|~gap~|- judged -|
    |------------- learned -------------|~gap~|- judged -|

What is found is reported, like any other model, by a training: on claims that neither it nor the search has seen.

Read in this order:
    folds       the training period, cut into parts to learn from and parts to judge by
    space       what is searched, and within which bounds
    scoring     what a set of parameters is worth
    study       what was tried, kept in a database so that a stopped search goes on
    searching   the search
    child_runs  each trial as a run of MLflow
    running, command    `clearclaim-train tune`
"""
