"""What is fitted: LightGBM on the catalogue's columns, a calibration on a later period, and baselines beside them."""
