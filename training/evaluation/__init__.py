"""How good a model is on a period that it never saw: figures with intervals, in money too, by slice, and plots.

Read in this order:
    evaluation              what an evaluation says; config, how it is made
    metrics                 the plain figures, as scikit-learn has them
    intervals               buyers drawn anew, the same ones for every figure
    ranking_figures         how well abusive claims come first
    probability_figures     whether probabilities mean what they say
    capacity                what reviewers find in the time that they have
    money                   what deciding by a model costs under a policy
    slices, gaps            for whom it is better or worse
    evaluating              all of it together
    text, plots, storing    an evaluation for people and for files
"""
