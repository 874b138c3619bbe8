"""What is fitted: LightGBM on the catalogue's columns, a calibration on a later period, and baselines beside them.

Read in this order:
    parameters          of LightGBM, with their bounds, and the files that hold them
    weighing            what claims count for in fitting
    gradient_boosting   the number of trees chosen on a later period, then a fit on both
    calibration_fits    three ways from raw scores to probabilities
    calibration         which of them the data bear
    baselines           what the model must beat
"""
